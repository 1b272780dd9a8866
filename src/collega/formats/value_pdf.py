"""A business case on paper: four pages, for those who decide on money."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collega.formats.paper import set_paper


def value_pdf(view: Mapping[str, Any], at: datetime) -> bytes:
    """Set the pages; what is said travels as JSON and is placed as text, nothing in it is read as markup."""
    return set_paper("value", "case", view, at)
