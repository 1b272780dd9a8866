"""A report of a validation on paper."""

from datetime import datetime
from typing import Any

from collega.formats.paper import set_paper
from collega.formats.validation_drawing import styled
from collega.formats.validation_parts import Part, Tongue
from collega.formats.validation_view import Section, View

# A table of more lines is printed to here, and whole in its CSV.
MOST_LINES = 24


def validation_pdf(view: View, at: datetime) -> bytes:
    """Set the report; what is said travels as JSON and is placed as text, nothing in it is read as markup."""
    told = {
        "language": view.language,
        "title": view.title,
        "subtitle": view.subtitle,
        "preface": view.preface,
        "warnings": view.warnings,
        "page": Tongue(language=view.language).word("page"),
        "sections": [_section(one) for one in view.sections],
    }
    return set_paper("validation", "report", told, at)


def _section(section: Section) -> dict[str, Any]:
    return {
        "number": section.number,
        "decide": section.decide,
        "name": section.name,
        "reported": section.is_reported,
        "parts": [_part(part) for part in section.parts],
    }


def _part(part: Part) -> dict[str, Any]:
    more = len(part.rows) - MOST_LINES
    return {
        "text": part.text,
        "caption": part.caption,
        "columns": part.columns,
        "rows": part.rows[:MOST_LINES],
        "more": f"+ {more}: tables/{part.name}.csv" if more > 0 else "",
        "drawing": styled(part.drawing) if part.drawing else "",
    }
