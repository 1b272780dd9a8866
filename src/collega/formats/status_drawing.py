"""The status page as a picture: large white type on black, each outcome with a shape of its own.

Shape and word carry the meaning; there is no colour that a grey monitor or a colour-blind
reader could miss. The typeface is Roboto (Apache-2.0), shipped so that every site draws
the same letters.
"""

from collections.abc import Sequence
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from collega.formats.status_layout import MARGIN, STYLES, Row, lay_out
from collega.formats.status_shapes import INK, PAPER, SHAPE_SIZE, draw_shape
from collega.formats.status_text import Paragraph, Role

FONTS = files("collega.formats") / "fonts"
WEIGHTS = ("Regular", "Bold")


def draw(paragraphs: Sequence[Paragraph]) -> NDArray[np.uint8]:
    """Picture (rows, columns) of the page, as large as its words need."""
    fonts = load_fonts()
    sheet = lay_out(paragraphs, fonts)
    image = Image.new("L", (sheet.width, sheet.height), PAPER)
    canvas = ImageDraw.Draw(image)
    for row in sheet.rows:
        _draw_row(canvas, row, fonts[row.role])
    return np.asarray(image, dtype=np.uint8)


def load_fonts() -> dict[Role, ImageFont.FreeTypeFont]:
    """Type of each role; the simple layout engine is the one that every Pillow has."""
    faces = {weight: (FONTS / f"Roboto-{weight}.ttf").read_bytes() for weight in WEIGHTS}
    return {
        role: ImageFont.truetype(BytesIO(faces[style.weight]), style.size, layout_engine=ImageFont.Layout.BASIC)
        for role, style in STYLES.items()
    }


def _draw_row(canvas: ImageDraw.ImageDraw, row: Row, font: ImageFont.FreeTypeFont) -> None:
    style = STYLES[row.role]
    if row.outcome is not None:
        middle = row.top + style.line_height // 2
        draw_shape(canvas, row.outcome, (row.left - style.left + MARGIN, middle - SHAPE_SIZE // 2))
    if style.inverse:
        right = row.left + round(font.getlength(row.words)) + 10
        canvas.rectangle((row.left - 8, row.top - 2, right, row.top + style.line_height - 3), fill=INK)
    canvas.text((row.left, row.top), row.words, font=font, fill=PAPER if style.inverse else style.tone)
