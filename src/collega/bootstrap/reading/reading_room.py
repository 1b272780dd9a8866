"""The study page of a site: what its apps say, what its readers say of that, and what they add."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from collega.adapters.postgres import board as rows_of
from collega.adapters.postgres.discrepancies import Wanted
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.reading.board import BoardContext, Part, app_lines, is_seen, said_by
from collega.bootstrap.reading.inbox import listed, may_be_told
from collega.bootstrap.trusted import trusted
from collega.errors import InputError
from collega.formats.dicom_concept import concept
from collega.formats.local import number
from collega.formats.report_text import report_line
from collega.formats.together import shared, together
from collega.formats.wording import finding_words
from collega.model.code import Text
from collega.model.discrepancy import DiscrepancyState
from collega.model.feedback import Feedback, Opinion, Seen, latest, latest_looks, latest_missed
from collega.model.finding import Evaluation, Finding, Region
from collega.model.ids import storage_key
from collega.model.study import Priority, age_years
from collega.read import words
from collega.read.board import AppLine
from collega.read.feedback import About, Reader, give_opinion, look_first, mark_missed
from collega.read.shown import Reader as Shown
from collega.read.shown import folded, shown_app
from collega.read.together import shown_together

GONE = "this app says nothing of such a finding on this study (any more): reload the page"


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyDesk:
    """What the study page asks of the site.

    Parameters
    ----------
    store : PostgresStore
    context : BoardContext
    """

    store: PostgresStore
    context: BoardContext

    async def page(self, study_instance_uid: str, language: str, reader: str) -> dict[str, Any] | None:
        """Tell all that a reader may see of a study; None where it was never received."""
        now = datetime.now(UTC)
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(study_instance_uid)
            if study is None:
                return None
            lines = await self._lines(transaction, study.key)
            described = (await rows_of.studies(transaction, [study.key]))[0]
            opinions = latest(await transaction.feedback_of(study.key))
            missed = latest_missed(await transaction.missed_of(study.key))
            looks = latest_looks(await transaction.first_looks_of(study.key))
            wanted = Wanted(states=tuple(DiscrepancyState), study=study_instance_uid)
            differ = await listed(transaction, self.context, wanted, language, lets=may_be_told)
        shown = Shown(language=language, zone=self.context.zone, now=now)
        side = shown_together(shared(together([said_by(self.context, line) for line in lines], concept)), language)
        return {
            **_heading(described, shown),
            "apps": [_beside(_card(line, shown, opinions, reader), side, differ["rows"]) for line in lines],
            "together": side,
            "differ": differ["rows"],
            "missed": [
                {"mark": one.mark, "what": one.what, "mine": one.reader == reader, "place": one.place} for one in missed
            ],
            "first_look": next((one for one in looks if one.reader == reader and not one.finding_id), None),
            "first_looks": len({one.reader for one in looks}),
        }

    async def uids_of(self, accession_number: str) -> Sequence[str]:
        """List the studies under an accession number, the latest first."""
        query = """SELECT study_instance_uid FROM study WHERE accession_number = %s
            ORDER BY last_received_at DESC LIMIT 20"""
        async with self.store.transaction() as transaction:
            found = await transaction.rows(query, (accession_number,))
        return [row["study_instance_uid"] for row in found]

    async def opinion(  # noqa: PLR0913 - the parts of an opinion
        self,
        study_instance_uid: str,
        app_id: str,
        finding_id: str,
        reader: Reader,
        *,
        opinion: Opinion,
        ai_seen: Seen,
        cause: str = "",
        remark: str = "",
    ) -> bool:
        """Keep an opinion; false where no such study was received.

        Raises
        ------
        InputError
            The app says nothing of that finding to readers, or it is no opinion.
        """
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(study_instance_uid, lock=True)
            if study is None:
                return False
            job_key = _job_of(await self._lines(transaction, study.key), app_id, finding_id)
            about = About(study_key=study.key, job_key=job_key, app_id=app_id, finding_id=finding_id)
            try:
                await give_opinion(
                    transaction, about, reader, opinion=opinion, ai_seen=ai_seen, cause=cause, remark=remark
                )
            except ValueError as error:
                raise InputError(str(error)) from None
        return True

    async def missed(  # noqa: PLR0913 - the parts of a mark
        self,
        study_instance_uid: str,
        reader: Reader,
        *,
        what: str,
        place: Region | None = None,
        ai_seen: Seen = Seen.UNKNOWN,
        remark: str = "",
    ) -> str | None:
        """Keep a finding that no app named; its mark, None where no such study was received.

        Raises
        ------
        InputError
            The image is none of this study, or the finding has no name.
        """
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(study_instance_uid, lock=True)
            if study is None:
                return None
            if place is not None:
                known = {one.header.sop_instance_uid for one in await transaction.instances(study.key)}
                if place.image not in known:
                    message = "the image of the mark is none of this study"
                    raise InputError(message)
            mark = uuid.uuid4().hex
            try:
                await mark_missed(
                    transaction, study.key, mark, reader, what=what, place=place, ai_seen=ai_seen, remark=remark
                )
            except ValueError as error:
                raise InputError(str(error)) from None
        return mark

    async def take_back(self, study_instance_uid: str, mark: str, reader: Reader) -> bool:
        """Take a mark back; false where there is none of this reader's."""
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(study_instance_uid, lock=True)
            marks = latest_missed(await transaction.missed_of(study.key)) if study else ()
            mine = next((one for one in marks if (one.mark, one.reader) == (mark, reader.name)), None)
            if study is None or mine is None:
                return False
            await mark_missed(transaction, study.key, mark, reader, what=mine.what, place=mine.place, is_withdrawn=True)
        return True

    async def first_look(
        self, study_instance_uid: str, reader: Reader, *, found: Evaluation, ai_seen: Seen, is_called: bool
    ) -> bool:
        """Keep a first look at the study as a whole; false where no such study was received."""
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(study_instance_uid, lock=True)
            if study is None:
                return False
            await look_first(transaction, study.key, "", reader, found=found, ai_seen=ai_seen, is_called=is_called)
        return True

    async def _lines(self, transaction: PostgresTransaction, study_key: str) -> list[AppLine]:
        trust = await trusted(transaction, self.context.catalogue, self.context.default_stage)
        found = await app_lines(transaction, [study_key], trust, self.context, Part(limit=1))
        return [line for line in found.get(study_key, ()) if is_seen(line)]


def _job_of(lines: Sequence[AppLine], app_id: str, finding_id: str) -> str:
    """Find the work whose word an opinion is on; what a reader is not shown cannot be judged."""
    for line in lines:
        if line.app_id == app_id and any(item.id == finding_id for _, item in line.findings):
            return line.job_key
    raise InputError(GONE)


def _heading(row: Mapping[str, Any], reader: Shown) -> dict[str, Any]:
    return {
        "study_instance_uid": row["study_instance_uid"],
        "accession_number": row["accession_number"],
        "description": row["description"],
        "modality": row["modality"] or "",
        "age": age_years(row["birth_date"], row["study_date"], row["patient_age"] or ""),
        "sex": row["sex"],
        "location": row["order_location"],
        "priority_word": words.PRIORITIES[Priority(row["priority"])].in_language(reader.language),
        "order_word": words.order_word(row["order_standing"], reader.language),
        "report_word": words.report_word(row["report_status"], reader.language),
        "received_clock": reader.clock(row["first_received_at"]),
        "complete_clock": reader.clock(row["complete_at"]),
        "is_complete": row["complete_at"] is not None,
    }


def _card(line: AppLine, shown: Shown, opinions: Sequence[Feedback], reader: str) -> dict[str, Any]:
    said = partial(_finding, line=line, shown=shown, opinions=opinions, reader=reader)
    return {
        **shown_app(line, shown),
        "job": line.job_key,
        "cards": [said(name, item) for name, item in line.findings],
        "expected_clock": shown.clock(line.expected_at) if line.outcome is None else "",
    }


def _beside(card: dict[str, Any], side: Sequence[dict[str, Any]], differ: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Put beside each finding of an app what the other apps say of it, and where the signed report differs."""
    for finding in card["cards"]:
        mine = (card["app"], finding["id"])
        row = next((row for row in side if mine in {(word["app"], word["finding"]) for word in row["words"]}), None)
        finding["agreement"] = row and row["agreement"]
        finding["agreement_word"] = row and row["agreement_word"]
        finding["beside"] = [word for word in row["words"] if word["app"] != card["app"]] if row else []
        finding["differ"] = [one for one in differ if (one["app_id"], one["finding_id"]) == mine]
    return {**card, "cards": folded(card["cards"])}


def _key_image(item: Finding) -> dict[str, Any] | None:
    """Name the image that shows a finding best: the one that its app points at first, else the first one looked at."""
    if item.regions:
        return {"key": storage_key(item.regions[0].image), "frame": item.regions[0].frame}
    return {"key": storage_key(item.images[0]), "frame": 1} if item.images else None


def _finding(  # noqa: PLR0913 - what a finding's place on the card is made of
    name: Text, item: Finding, *, line: AppLine, shown: Shown, opinions: Sequence[Feedback], reader: str
) -> dict[str, Any]:
    on_it = [one for one in opinions if (one.job_key, one.finding_id) == (line.job_key, item.id)]
    mine = next((one for one in on_it if one.reader == reader), None)
    text = report_line(line.name.in_language(shown.language), line.version, name, item, clinical_use=line.clinical_use)
    return {
        "id": item.id,
        "name": name.in_language(shown.language),
        "evaluation": item.evaluation,
        "words": finding_words(name, item).in_language(shown.language),
        "score": item.score.presence_percent,
        "threshold": item.threshold_percent,
        "threshold_word": _word(item.threshold_percent, shown.language),
        # An image is shown of what is there: of what an app does not see there is none to point at.
        "key_image": _key_image(item) if item.evaluation is Evaluation.PRESENT else None,
        "text": text.in_language(shown.language),
        "mine": mine,
        # What others think is told to who has said it too: it should not lead anybody.
        "others": len([one for one in on_it if one.reader != reader]) if mine else 0,
    }


def _word(percent: float | None, language: str) -> str:
    return "" if percent is None else number(percent, language, ".1f")
