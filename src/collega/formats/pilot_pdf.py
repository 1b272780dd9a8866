"""A pilot on paper: one sheet, for the meeting of a department."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collega.formats.paper import set_paper


def pilot_pdf(view: Mapping[str, Any], at: datetime) -> bytes:
    """Set the sheet; what is said travels as JSON and is placed as text, nothing in it is read as markup."""
    return set_paper("pilot", "pilot", view, at)
