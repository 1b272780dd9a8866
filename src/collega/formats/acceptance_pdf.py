"""An acceptance report on paper: A4, to print and to sign.

The words travel as JSON and are placed as text: nothing in them is read as markup. The same report always
gives the same bytes.
"""

from collega.formats.acceptance_view import view
from collega.formats.paper import set_paper
from collega.model.acceptance import AcceptanceReport


def acceptance_pdf(report: AcceptanceReport) -> bytes:
    """Set the report; typst gets our own typeface and nothing from the machine or the network."""
    return set_paper("acceptance", "report", view(report, report.surroundings.language), report.ended_at)
