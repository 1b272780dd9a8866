"""One-time links on paper: a sheet of codes, one a person, to cut out and give away."""

from collections.abc import Sequence
from datetime import datetime

from collega.formats.paper import set_paper
from collega.formats.qr import qr_file


def ticket_sheet(title: str, links: Sequence[str], at: datetime) -> bytes:
    """Set the sheet; links travel as JSON and are placed as text."""
    tickets = [{"link": link, "code": qr_file(link)} for link in links]
    return set_paper("tickets", "sheet", {"title": title, "tickets": tickets}, at)
