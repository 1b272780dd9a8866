"""Reports that come in a table or from a program: kept as messages, and acted upon as those of a RIS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from collega.adapters.postgres.outages import LINKS_LOCK
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.reports.report_tables import ReportTable
from collega.bootstrap.site import SystemClock
from collega.config import Settings
from collega.errors import InputError
from collega.formats.hl7.dialect_file import read_dialects
from collega.formats.hl7.given import report_message
from collega.link.apply import Applier
from collega.link.inbox import Inbox
from collega.model.given_report import GivenReport
from collega.model.message import ReportStatus
from collega.model.study import Patient
from collega.read.reports.language import other_language

AT_ONCE = 200
REQUIRED = ("patient_id", "signed_at")
OPTIONAL = ("issuer", "accession_number", "study_instance_uid", "status", "author")


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportDesk:
    """Takes reports of programs."""

    store: PostgresStore
    settings: Settings

    async def take(self, given: GivenReport, source: str) -> str:
        """Keep a report; it is acted upon by the process for messages.

        Returns
        -------
        str
            The language that it seems to be in, where that is another than reports are read in: it gets no labels.

        Raises
        ------
        InputError
            No such process is to run here.
        """
        if not self.settings.hl7.port:
            message = "hl7.port is 0: nothing acts upon reports here"
            raise InputError(message)
        await _inbox(self.store, self.settings).take([(report_message(given), source)])
        return other_language(given.text, language_of(self.settings))


def language_of(settings: Settings) -> str:
    """Tell in which language this site's reports are."""
    return settings.reports.language or settings.site.language


def _inbox(store: PostgresStore, settings: Settings) -> Inbox:
    zone = ZoneInfo(settings.site.timezone)
    return Inbox(store, SystemClock(), zone, read_dialects(settings.hl7.dialect))


def given_reports(table: ReportTable, text: Sequence[str], zone: ZoneInfo) -> list[GivenReport]:
    """Read reports from a table: fixed names of columns, and those with the text.

    Raises
    ------
    InputError
        Names the row and what is wrong with it.
    """
    table.places(REQUIRED)
    known = [name for name in (*REQUIRED, *OPTIONAL) if name in table.columns]
    places = dict(zip(known, table.places(known), strict=True))
    texts = table.places(text)
    found = []
    for number, row in enumerate(table.rows, 1):
        values = {name: row[place].strip() for name, place in places.items()}
        try:
            given = _given(values, "\n".join(row[place] for place in texts), zone)
            given.check_clock(SystemClock().now())
            found.append(given)
        except ValueError as error:
            message = f"{table.name}, report {number}: {error}"
            raise InputError(message) from None
    return found


def _given(values: Mapping[str, str], text: str, zone: ZoneInfo) -> GivenReport:
    signed_at = datetime.fromisoformat(values["signed_at"])
    return GivenReport(
        patient=Patient(issuer=values.get("issuer", ""), patient_id=values["patient_id"]),
        status=ReportStatus(values.get("status") or ReportStatus.FINAL),
        text=text,
        signed_at=signed_at if signed_at.tzinfo else signed_at.replace(tzinfo=zone),
        accession_number=values.get("accession_number", ""),
        study_instance_uid=values.get("study_instance_uid", ""),
        author=values.get("author", ""),
    )


async def add_reports(store: PostgresStore, settings: Settings, given: Sequence[GivenReport]) -> None:
    """Keep reports, and act upon them at once where no server does."""
    inbox = _inbox(store, settings)
    for start in range(0, len(given), AT_ONCE):
        await inbox.take([(report_message(one), "command line") for one in given[start : start + AT_ONCE]])
    async with store.held_lock(LINKS_LOCK) as still_alone:
        if still_alone is None:
            return
        zone = ZoneInfo(settings.site.timezone)
        applier = Applier(store, SystemClock(), zone, read_dialects(settings.hl7.dialect))
        while await applier.apply_waiting():
            await still_alone()
