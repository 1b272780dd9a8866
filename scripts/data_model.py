"""Draw docs/_static/data-model.svg from the live schema: every table there is, and every reference between two.

``--check`` tells whether the drawing is still the schema's. Tables that come later are those of the page's own list.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

import psycopg

from collega.adapters.postgres.embedded import EmbeddedPostgres
from collega.adapters.postgres.migrate import migrate

HERE = Path(__file__).resolve().parent.parent
DRAWING = HERE / "docs" / "_static" / "data-model.svg"
PAGE = HERE / "docs" / "explanation" / "data-model.md"
LATER = re.compile(r"^\| `(\w+)` \|.*\| \*later\* \|$", re.MULTILINE)
# The queue's tables are its maker's, and the book of migrations says nothing of studies.
TABLES = """SELECT c.relname AS name,
    array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attname !~ '_key$') AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    AND c.relname !~ '^procrastinate' AND c.relname <> 'schema_version'
GROUP BY c.relname ORDER BY c.relname"""
REFERENCES = """SELECT DISTINCT conrelid::regclass::text AS child, confrelid::regclass::text AS parent
FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid AND conrelid::regclass::text !~ '^procrastinate'
ORDER BY 1, 2"""
WIDTH, HEIGHT, APART, ABOVE, EDGE = 176, 46, 64, 12, 20
SHOWN_COLUMNS, LONGEST = 3, 27
ACROSS = 5
NOTES = (
    "Drawn from the schema by scripts/data_model.py. A line: the table on the right names a row of the left one.",
    "Tables without a line name study and job by key, so that they outlive both. Dashed: comes with later work.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """One table in the drawing; ``says``: its first columns."""

    name: str
    says: str
    x: int
    y: int
    later: bool = False


def read_schema(url: str) -> tuple[Mapping[str, str], Sequence[tuple[str, str]]]:
    """Read the tables with their first columns, and who refers to whom as (child, parent)."""
    with psycopg.connect(url) as connection:
        tables = {name: _few(columns or []) for name, columns in connection.execute(TABLES)}
        return tables, [(child, parent) for child, parent in connection.execute(REFERENCES)]


def _few(columns: Sequence[str]) -> str:
    text = ", ".join(columns[:SHOWN_COLUMNS])
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def depths(tables: Mapping[str, str], references: Sequence[tuple[str, str]]) -> Mapping[str, int]:
    """Give the column of each table that has a line: one to the right of the last of those that it names."""
    linked = sorted({name for pair in references for name in pair})
    found = dict.fromkeys(linked, 0)
    for _ in tables:  # no chain is longer than there are tables
        for child, parent in references:
            found[child] = max(found[child], found[parent] + 1)
    return found


def boxes(
    tables: Mapping[str, str], references: Sequence[tuple[str, str]], later: Sequence[str]
) -> tuple[Sequence[Box], int]:
    """Place every table; returns the boxes, and how deep the drawing is."""
    column_of = depths(tables, references)
    placed: dict[str, Box] = {}
    for column in range(max(column_of.values()) + 1):
        names = [name for name, depth in column_of.items() if depth == column]
        names.sort(key=lambda name: (_height_of_parents(name, references, placed), name))
        for row, name in enumerate(names):
            placed[name] = Box(name=name, says=tables[name], x=_x(column), y=_y(row))
    lowest = max(box.y for box in placed.values())
    alone = [name for name in tables if name not in placed]
    for number, name in enumerate([*alone, *later]):
        row, column = divmod(number, ACROSS)
        y = lowest + HEIGHT + 3 * ABOVE + row * (HEIGHT + ABOVE)
        placed[name] = Box(name=name, says=tables.get(name, "later"), x=_x(column), y=y, later=name in later)
    return list(placed.values()), max(box.y for box in placed.values()) + HEIGHT


def _height_of_parents(name: str, references: Sequence[tuple[str, str]], placed: Mapping[str, Box]) -> float:
    above = [placed[parent].y for child, parent in references if child == name and parent in placed]
    return sum(above) / len(above) if above else 0.0


def _x(column: int) -> int:
    return EDGE + column * (WIDTH + APART)


def _y(row: int) -> int:
    return EDGE + row * (HEIGHT + ABOVE)


def drawing(url: str, page: str) -> str:
    """Draw the schema of a database as SVG."""
    tables, references = read_schema(url)
    later = [name for name in LATER.findall(page) if name not in tables]
    placed, depth = boxes(tables, references, later)
    width = max(box.x for box in placed) + WIDTH + EDGE
    height = depth + EDGE + 20 * len(NOTES) + 10
    at = {box.name: box for box in placed}
    told = "; ".join(f"{child} refers to {parent}" for child, parent in references)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="t d"',
        "     font-family=\"system-ui, -apple-system, 'Segoe UI', sans-serif\">",
        '  <title id="t">Data model of collega</title>',
        f'  <desc id="d">{len(tables)} tables. {told}. Later: {", ".join(later)}.</desc>',
        f'  <rect width="{width}" height="{height}" fill="#ffffff"/>',
        '  <g stroke="#7d8fa0" stroke-width="1.2" fill="none">',
        *(_line(at[parent], at[child]) for child, parent in references),
        "  </g>",
        *(line for box in placed for line in _box(box)),
        *(
            f'  <text x="{EDGE}" y="{depth + 32 + 20 * number}" font-size="13" fill="#4a5a6a">{escape(note)}</text>'
            for number, note in enumerate(NOTES)
        ),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _line(parent: Box, child: Box) -> str:
    begin, end = (parent.x + WIDTH, parent.y + HEIGHT // 2), (child.x, child.y + HEIGHT // 2)
    bend = end[0] - APART // 2
    return f'    <path d="M{begin[0]} {begin[1]}C{bend} {begin[1]} {bend} {end[1]} {end[0]} {end[1]}"/>'


def _box(box: Box) -> Iterator[str]:
    middle = box.x + WIDTH // 2
    look = 'fill="#ffffff" stroke="#8a97a3" stroke-dasharray="5 4"' if box.later else 'fill="#dcebf7" stroke="#2f6fa3"'
    yield f'  <rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEIGHT}" rx="7" stroke-width="1.3" {look}/>'
    yield f'  <g text-anchor="middle"><text x="{middle}" y="{box.y + 20}" font-size="14" font-weight="600" '
    yield f'fill="#23313f">{escape(box.name)}</text><text x="{middle}" y="{box.y + 36}" font-size="10.5" '
    yield f'fill="#4a5a6a">{escape(box.says)}</text></g>'


@contextmanager
def schema(url: str | None) -> Iterator[str]:
    """Give a database with the schema: the one that is named, else an embedded one for the block."""
    if url is not None:
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="collega-data-model-") as folder:
        Path(folder).chmod(0o755)  # the server runs as a user of its own where this is started as root
        embedded = EmbeddedPostgres(Path(folder))
        made = embedded.start()
        try:
            migrate(made)
            yield made
        finally:
            embedded.stop()


def main() -> int:
    """Draw, or check the drawing."""
    parser = argparse.ArgumentParser(description="draw the data model from the live schema")
    parser.add_argument("--check", action="store_true", help="say whether the drawing is the schema's")
    parser.add_argument("--url", help="a database that has the schema (else an embedded one is made)")
    options = parser.parse_args()
    with schema(options.url) as url:
        made = drawing(url, PAGE.read_text(encoding="utf-8"))
    if not options.check:
        DRAWING.write_text(made, encoding="utf-8")
        return 0
    is_same = DRAWING.read_text(encoding="utf-8") == made
    if not is_same:
        sys.stderr.write(f"{DRAWING.name} is not the schema's: python -m scripts.data_model draws it anew\n")
    return 0 if is_same else 1


if __name__ == "__main__":
    raise SystemExit(main())
