"""Where each line of the status page stands: columns of blocks, one block for each app."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from PIL import ImageFont

from collega.formats.status_shapes import SHAPE_SIZE
from collega.formats.status_text import Paragraph, Role
from collega.model.finding import Outcome
from collega.model.result import NoAnswer

COLUMN = 768
LEAST_HEIGHT = 512
MARGIN = 32
INDENT = MARGIN + SHAPE_SIZE + 24
LEADING = 1.28
# Height over width up to which one more row is better than one more column.
TALLEST = 1.6

Fonts = Mapping[Role, ImageFont.FreeTypeFont]


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """Look of a role: type size in pixels, weight, tone, left edge, space above; inverse is black on white."""

    size: int
    weight: str = "Regular"
    tone: int = 255
    left: int = INDENT
    above: int = 4
    inverse: bool = False

    @property
    def line_height(self) -> int:
        """Distance between the tops of two lines."""
        return round(self.size * LEADING)


STYLES = {
    Role.TITLE: Style(size=40, weight="Bold", left=MARGIN, above=MARGIN),
    Role.WRITTEN: Style(size=22, tone=190, left=MARGIN),
    Role.REPLACES: Style(size=30, weight="Bold", left=MARGIN, above=14, inverse=True),
    Role.OUTCOME: Style(size=38, weight="Bold", above=34),
    Role.TEXT: Style(size=29, above=2),
    Role.DETAIL: Style(size=24, tone=225),
    Role.FINE: Style(size=22, tone=190),
    Role.WARNING: Style(size=22, weight="Bold", above=8, inverse=True),
    Role.TOGETHER: Style(size=29, weight="Bold", left=MARGIN, above=34),
    Role.SHARED: Style(size=24, tone=225, left=MARGIN),
    Role.FOOTER: Style(size=22, left=MARGIN, above=10),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of type with its upper left corner; ``outcome`` where a shape stands beside it."""

    words: str
    role: Role
    left: int
    top: int
    outcome: Outcome | NoAnswer | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A page laid out."""

    rows: tuple[Row, ...]
    width: int
    height: int


def lay_out(paragraphs: Sequence[Paragraph], fonts: Fonts) -> Sheet:
    """Place every paragraph; the blocks of the apps are spread over as many columns as keep the page upright."""
    blocks = [_set_block(block, fonts) for block in _blocks(paragraphs)]
    head, apps, foot = blocks[0], blocks[1:-1], blocks[-1]
    total = sum(height for _, height in blocks)
    columns = max(1, ceil(sqrt(total / (COLUMN * TALLEST))))
    limit = ceil(sum(height for _, height in apps) / columns)
    rows = list(_shifted(head[0], 0, 0))
    lowest, column, top = head[1], 0, head[1]
    for block, height in apps:
        # A block that begins above the fair share stays whole, so the last column holds the rest.
        if top - head[1] >= limit and column < columns - 1:
            column, top = column + 1, head[1]
        rows.extend(_shifted(block, column * COLUMN, top))
        top += height
        lowest = max(lowest, top)
    rows.extend(_shifted(foot[0], 0, lowest + MARGIN))
    height = lowest + MARGIN + foot[1] + MARGIN
    return Sheet(rows=tuple(rows), width=(column + 1) * COLUMN, height=max(height, LEAST_HEIGHT))


def _blocks(paragraphs: Sequence[Paragraph]) -> list[list[Paragraph]]:
    """Head, one block for each app and for each finding side by side, foot."""
    blocks: list[list[Paragraph]] = [[]]
    for paragraph in paragraphs:
        starts_footer = paragraph.role is Role.FOOTER and blocks[-1] and blocks[-1][-1].role is not Role.FOOTER
        # Findings side by side may be many: each but the first under its heading may stand in the next column.
        follows = paragraph.role is Role.SHARED and blocks[-1][-1].role is Role.SHARED
        if paragraph.role in {Role.OUTCOME, Role.TOGETHER} or starts_footer or follows:
            blocks.append([])
        blocks[-1].append(paragraph)
    return blocks


def _set_block(paragraphs: Sequence[Paragraph], fonts: Fonts) -> tuple[list[Row], int]:
    """Rows of a block from its own top, and its height."""
    rows: list[Row] = []
    top = 0
    for paragraph in paragraphs:
        style = STYLES[paragraph.role]
        top += style.above
        for number, words in enumerate(wrap(paragraph.words, fonts[paragraph.role], COLUMN - style.left - MARGIN)):
            outcome = paragraph.outcome if number == 0 else None
            rows.append(Row(words=words, role=paragraph.role, left=style.left, top=top, outcome=outcome))
            top += style.line_height
    return rows, top


def _shifted(rows: Sequence[Row], right: int, down: int) -> Iterator[Row]:
    for row in rows:
        yield Row(words=row.words, role=row.role, left=row.left + right, top=row.top + down, outcome=row.outcome)


def wrap(words: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Break at spaces, and within a word that alone is too wide, so that nothing is cut off."""
    # Measuring is what a page costs most: most paragraphs fit as they are.
    single = " ".join(words.split())
    if font.getlength(single) <= width:
        return [single]
    rows: list[str] = []
    for word in single.split():
        joined = f"{rows[-1]} {word}" if rows else word
        if font.getlength(joined) <= width:
            rows[-1:] = [joined]
        else:
            rows.extend(_pieces(word, font, width))
    return rows


def _pieces(word: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if font.getlength(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
