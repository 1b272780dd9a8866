"""A report of a validation as HTML: one body for the page and for a file by itself."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from collega.formats.validation_drawing import PAPER_STYLE
from collega.formats.validation_parts import Part, Tongue
from collega.formats.validation_view import Section, View

# Drawings with words in lines, by the end of their names: a phone scrolls them.
WIDE = ("flow", "weakness-sensitivity", "weakness-specificity")
FILE_STYLE = (
    "body{font:15px/1.45 Roboto,system-ui,sans-serif;max-width:60rem;margin:1.5rem auto;padding:0 1rem;color:#1a1f24;"
    "background:#fff}table{border-collapse:collapse;font-size:.9rem}th,td{text-align:left;padding:.2rem .7rem .2rem 0;"
    "border-bottom:1px solid #c9d0d6;vertical-align:top}td.figure{font-variant-numeric:tabular-nums}"
    ".quiet{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}.table{overflow:auto;max-height:26rem}svg.plot{max-width:47rem;width:100%;height:auto}.soft{color:#5b6570}.warning{background:#fff3cd;"
    "padding:.5rem .8rem;border-left:4px solid #8a4500}h2{font-size:1.05rem;margin:1.4rem 0 .2rem}p{margin:.3rem 0}"
    "td:last-child:not(:nth-child(-n+4)){min-width:9rem}.drawing{overflow-x:auto}"
    ".beside{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start}.beside>*{flex:1 1 22rem;min-width:0}"
    + PAPER_STYLE
)


def report_body(view: View, *, with_cases: bool, files: str = "tables/{name}.csv") -> str:
    """Write warnings and sections; every word from elsewhere is escaped.

    Parameters
    ----------
    with_cases : bool
        Whether tables that name cases are shown.
    files : str
        Address of a table as CSV, with its ``{name}``.
    """
    warnings = "".join(f'<p class="warning">{escape(said)}</p>' for said in view.warnings)
    preface = f'<p class="soft">{escape(view.preface)}</p>'
    return warnings + preface + "".join(_section(one, view, files, with_cases=with_cases) for one in view.sections)


def report_file(view: View) -> str:
    """Write a whole file, which needs nothing else."""
    return (
        f'<!doctype html><html lang="{view.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(view.title)}</title>'
        f"<style>{FILE_STYLE}</style></head><body><main><h1>{escape(view.title)}</h1>"
        f"<p>{escape(view.subtitle)}</p>{report_body(view, with_cases=True)}</main></body></html>\n"
    )


def _section(section: Section, view: View, files: str, *, with_cases: bool) -> str:
    shown = [part for part in section.parts if with_cases or not part.is_patient]
    numbers = f"STARD {section.number}" if section.number not in {"-", "+"} else ""
    decide = f"DECIDE-AI {section.decide}" if section.decide else ""
    cited = escape(" · ".join(one for one in (numbers, decide) if one))
    kind = "" if section.is_reported else ' class="soft"'
    return (
        f'<section{kind}><h2>{escape(section.name)} <small class="soft">{cited}</small></h2>'
        f"{''.join(_grouped(shown, Tongue(language=view.language), files))}</section>"
    )


def _grouped(parts: list[Part], say: Tongue, files: str) -> Iterable[str]:
    """Set a figure and the table of its name side by side."""
    drawn = {part.name for part in parts if part.drawing}
    for part in parts:
        if part.text:
            yield f"<p>{escape(part.text)}</p>"
        elif part.drawing:
            table = next((one for one in parts if one.name == part.name and one.columns), None)
            kind = "drawing wide" if part.name.endswith(WIDE) else "drawing"
            named = f'class="{kind}" role="region" aria-label="{escape(part.caption)}" tabindex="0"'
            beside = _table(table, say, files) if table else ""
            yield f'<div class="beside"><div {named}>{part.drawing}</div>{beside}</div>'
        elif part.name not in drawn:
            yield _table(part, say, files)


def _table(part: Part, say: Tongue, files: str) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in part.columns)
    rows = "".join(_row(row) for row in part.rows)
    caption = escape(part.caption)
    address = escape(files.format(name=part.name))
    return (
        f'<div><p class="caption">{caption} · <a href="{address}">CSV<span class="quiet"> {caption}</span></a></p>'
        f'<div class="table" role="region" aria-label="{say.word("table_of")}: {caption}" tabindex="0">'
        f'<table id="{part.name}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></div>'
    )


def _row(row: tuple[str, ...]) -> str:
    cells = "".join(f'<td class="figure">{escape(cell)}</td>' for cell in row[1:])
    return f'<tr><th scope="row">{escape(row[0])}</th>{cells}</tr>'
