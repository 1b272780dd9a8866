"""The night list of a site: first looks and AI beside the final reports, and calls before and after."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from collega.adapters.postgres import nights
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.reading.board import BoardContext, Part, app_lines, is_seen
from collega.bootstrap.trusted import trusted
from collega.measure.hours import HourClass, hour_class
from collega.measure.night import CallRate, NightCase, call_rate, for_viewer, night_before, night_figures
from collega.model.feedback import Seen
from collega.model.finding import Evaluation, Outcome
from collega.model.night import MorningWord, latest_words
from collega.read.board import AppLine
from collega.read.feedback import Reader
from collega.read.night import note_report
from collega.read.shown import Reader as Shown
from collega.read.shown import shown_app

MOST = 2000
NIGHTS = 28
CALL_DAYS = 180
# What an app's outcome says of the study as a whole; the others say nothing of it.
SAID = {
    Outcome.FOUND: Evaluation.PRESENT,
    Outcome.NOTHING_FOUND: Evaluation.ABSENT,
    Outcome.UNDETERMINED: Evaluation.UNDETERMINED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class NightDesk:
    """What the night list asks of the site.

    Parameters
    ----------
    store : PostgresStore
    context : BoardContext
    """

    store: PostgresStore
    context: BoardContext

    def today(self) -> date:
        """Give the day by the clocks of the site."""
        return datetime.now(self.context.zone).date()

    async def night(self, morning: date, language: str, viewer: str | None = None) -> dict[str, Any]:
        """Show the night that ended on a morning, and what it came to; ``viewer`` is None where nobody is known."""
        begin, end = night_before(morning, self.context.zone)
        shown = Shown(language=language, zone=self.context.zone, now=datetime.now(UTC))
        async with self.store.transaction() as transaction:
            rows = await nights.night(transaction, begin, end, MOST)
            words, lines = await self._said(transaction, rows)
        cases = [_case(row, words, lines) for row in rows]
        return {
            "begin": begin,
            "end": end,
            "rows": [
                _row(row, case, words.get(row["study_key"]), lines.get(row["study_key"], ()), shown)
                for row, case in zip(rows, cases, strict=True)
            ],
            "figures": _figures(cases, viewer),
        }

    async def lately(self, morning: date, viewer: str | None = None) -> dict[str, Any]:
        """Sum up the nights before a morning, and the calls before and after apps were shown to readers."""
        zone = self.context.zone
        _, end = night_before(morning, zone)
        begin, _ = night_before(morning - timedelta(days=NIGHTS - 1), zone)
        async with self.store.transaction() as transaction:
            found = await nights.night(transaction, begin, end, NIGHTS * MOST)
            rows = [row for row in found if hour_class(row["first_received_at"], zone) is not HourClass.DAY]
            words, lines = await self._said(transaction, rows)
            began = await nights.readers_began(transaction, self.context.default_stage)
            calls = await self._calls(transaction, began, end) if began else None
        figures = _figures([_case(row, words, lines) for row in rows], viewer)
        return {"nights": NIGHTS, "figures": figures, "calls": calls, "began": began}

    async def note(self, study_instance_uid: str, reader: Reader, *, found: Evaluation, is_recalled: bool) -> bool:
        """Keep what the final report says; false where no such study was received."""
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(study_instance_uid, lock=True)
            if study is None:
                return False
            await note_report(transaction, study.key, reader, found=found, is_recalled=is_recalled)
        return True

    async def _said(
        self, transaction: PostgresTransaction, rows: Sequence[dict[str, Any]]
    ) -> tuple[dict[str, MorningWord], dict[str, list[AppLine]]]:
        keys = [row["study_key"] for row in rows]
        words = latest_words(await transaction.morning_words_of(keys))
        trust = await trusted(transaction, self.context.catalogue, self.context.default_stage)
        found = await app_lines(transaction, keys, trust, self.context, Part(limit=1))
        return words, {key: [line for line in lines if is_seen(line)] for key, lines in found.items()}

    async def _calls(self, transaction: PostgresTransaction, began: datetime, end: datetime) -> dict[str, Any]:
        span = timedelta(days=CALL_DAYS)
        before = await self._rate(transaction, began - span, began)
        after = await self._rate(transaction, max(began, end - span), end)
        return {"before": asdict(before), "after": asdict(after)}

    async def _rate(self, transaction: PostgresTransaction, begin: datetime, end: datetime) -> CallRate:
        rows = await nights.calls(transaction, begin, end)
        of_nights = [row for row in rows if hour_class(row["at"], self.context.zone) is not HourClass.DAY]
        return call_rate(len(of_nights), sum(row["calls"] for row in of_nights))


def _figures(cases: Sequence[NightCase], viewer: str | None) -> dict[str, Any]:
    figures = night_figures(cases)
    return asdict(figures if viewer is None else for_viewer(figures, cases, viewer))


def _case(row: dict[str, Any], words: dict[str, MorningWord], lines: dict[str, list[AppLine]]) -> NightCase:
    word = words.get(row["study_key"])
    return NightCase(
        study_key=row["study_key"],
        first=Evaluation(row["first_found"]) if row["first_found"] else None,
        first_by=row["first_by"] or "",
        first_at=row["first_at"],
        ai=_ai(lines.get(row["study_key"], ())),
        final=word.found if word else None,
        signed_at=row["signed_at"],
        is_called=row["calls"] > 0,
        is_recalled=bool(word and word.is_recalled),
    )


def _ai(lines: Sequence[AppLine]) -> Evaluation | None:
    """Give AI's word on the study as a whole: one app that finds something is enough, all must deny."""
    said = [SAID[line.outcome] for line in lines if isinstance(line.outcome, Outcome) and line.outcome in SAID]
    if not said or len(said) < len(lines):
        return Evaluation.PRESENT if Evaluation.PRESENT in said else None
    order = (Evaluation.PRESENT, Evaluation.UNDETERMINED, Evaluation.ABSENT)
    return next(word for word in order if word in said)


def _row(
    row: dict[str, Any], case: NightCase, word: MorningWord | None, lines: Sequence[AppLine], shown: Shown
) -> dict[str, Any]:
    return {
        "study_instance_uid": row["study_instance_uid"],
        "accession_number": row["accession_number"],
        "description": row["description"],
        "modality": row["modality"] or "",
        "received_clock": shown.clock(row["first_received_at"]),
        "first": case.first,
        "first_clock": shown.clock(row["first_at"]),
        "ai_seen": Seen(row["ai_seen"]) if row["ai_seen"] else None,
        "calls": row["calls"],
        "apps": [shown_app(line, shown) for line in lines],
        "signed_clock": shown.clock(row["signed_at"]),
        "final": case.final,
        "is_recalled": case.is_recalled,
        "is_corrected": case.is_corrected,
        "is_read": word is not None,
    }
