"""A workbook for spreadsheet programs (Office Open XML, ECMA-376 part 1), without formulas.

Numbers are numbers. Text goes into cells as text whatever it begins with: what people wrote is never worked out.
"""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from math import isfinite
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

Row = Sequence[object]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What XML 1.0 has no sign for.
UNSAYABLE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]")
LETTERS = 26
# The same content gives the same bytes.
MOMENT = (1980, 1, 1, 0, 0, 0)
FACE = '<sz val="11"/><name val="Calibri"/>'
PLAIN = 'numFmtId="0" fillId="0" borderId="0"'
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="2"><font>{FACE}</font><font><b/>{FACE}</font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    f'<cellStyleXfs count="1"><xf {PLAIN} fontId="0"/></cellStyleXfs>'
    f'<cellXfs count="2"><xf {PLAIN} fontId="0" xfId="0"/><xf {PLAIN} fontId="1" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def workbook(sheets: Sequence[tuple[str, Sequence[Row]]]) -> bytes:
    """Write sheets, each a name and its rows; the first row of a sheet is its heading.

    A bool is written as a word, a date as ISO 8601, None as an empty cell.
    """
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in _parts(sheets):
            archive.writestr(ZipInfo(name, MOMENT), HEAD + content, ZIP_DEFLATED)
    return out.getvalue()


def _parts(sheets: Sequence[tuple[str, Sequence[Row]]]) -> Iterator[tuple[str, str]]:
    numbers = range(1, len(sheets) + 1)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{kind}.worksheet+xml"/>'
        for number in numbers
    )
    told = (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>{types}</Types>'
    )
    yield "[Content_Types].xml", told
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    listed = "".join(
        f'<sheet name="{_said(name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, (name, _) in zip(numbers, sheets, strict=True)
    )
    yield "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
    targets = [("worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations([*targets, ("styles", "styles.xml")])
    yield "xl/styles.xml", STYLES
    for number, (_, rows) in zip(numbers, sheets, strict=True):
        yield f"xl/worksheets/sheet{number}.xml", _sheet(rows)


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    told = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{told}</Relationships>'


def _sheet(rows: Sequence[Row]) -> str:
    told = "".join(_row(row, number) for number, row in enumerate(rows, 1))
    return f'<worksheet xmlns="{MAIN}"><sheetData>{told}</sheetData></worksheet>'


def _row(row: Row, number: int) -> str:
    style = ' s="1"' if number == 1 else ""
    cells = "".join(_cell(value, f'r="{_place(column, number)}"{style}') for column, value in enumerate(row))
    return f'<row r="{number}">{cells}</row>'


def _place(column: int, row: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, LETTERS)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def _cell(value: object, said: str) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return f"<c {said}><v>{value!r}</v></c>"
    text = value.isoformat() if isinstance(value, date) else str(value)
    return f'<c {said} t="inlineStr"><is><t xml:space="preserve">{_said(text)}</t></is></c>'


def _said(text: str) -> str:
    return escape(UNSAYABLE.sub("\ufffd", text), {'"': "&quot;"})
