"""The digest of a month on paper."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collega.formats.paper import set_paper


def digest_pdf(view: Mapping[str, Any], at: datetime) -> bytes:
    """Set the pages; what is said travels as JSON and is placed as text, nothing in it is read as markup."""
    return set_paper("digest", "digest", view, at)
