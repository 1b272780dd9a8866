"""The inbox of discrepancies of a site: where AI and signed reports differ, and what becomes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from collega.adapters.postgres.discrepancies import Wanted, changes, inbox, not_closed, words_of
from collega.adapters.postgres.discrepancy_rows import discrepancy
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.reading.board import BoardContext
from collega.bootstrap.trusted import Trusted, trusted
from collega.deliver.table import Channel, reaches
from collega.errors import InputError
from collega.formats.local import number
from collega.formats.wording import finding_words
from collega.model.app import Stage
from collega.model.audit import AuditEntry
from collega.model.code import Text
from collega.model.discrepancy import Contrast, Discrepancy, DiscrepancyState
from collega.model.finding import Evaluation, Finding
from collega.model.job import JobState
from collega.model.runtime import Way
from collega.read import inbox as acts
from collega.read import words
from collega.read.discrepancies import is_late, is_overdue, last_day
from collega.read.feedback import Reader
from collega.read.shown import Reader as Shown

MOST = 200
WAITING = (DiscrepancyState.OPEN, DiscrepancyState.TAKEN)
# What an app said where it differs from the report: the word that is shown beside the sentence.
SPOKE = {
    Contrast.AI_POSITIVE: Evaluation.PRESENT,
    Contrast.AI_LATE: Evaluation.PRESENT,
    Contrast.AI_NEGATIVE: Evaluation.ABSENT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxDesk:
    """What the inbox asks of the site.

    Parameters
    ----------
    store : PostgresStore
    context : BoardContext
    app : str
        Empty: the inbox of readers. Else what readers are not told of this app's discrepancies, and that alone: no
        discrepancy stands in both.
    """

    store: PostgresStore
    context: BoardContext
    app: str = ""

    def unheard(self, app_id: str) -> "InboxDesk | None":
        """Give the inbox of what readers are not told of an app; None where the site has no such app."""
        return replace(self, app=app_id) if app_id in self.context.catalogue else None

    async def listed(self, wanted: Mapping[str, Any], language: str) -> dict[str, Any]:
        """List what readers may be told: what is overdue first, then the oldest; the rest is counted."""
        async with self.store.transaction() as transaction:
            return await self._listed(transaction, Wanted(**wanted), language)

    async def one(self, study_instance_uid: str, key: str, language: str) -> dict[str, Any] | None:
        """Show one, with every standing that it has had; None where there is none that readers may be told of."""
        wanted = Wanted(states=tuple(DiscrepancyState), key=key, study=study_instance_uid)
        async with self.store.transaction() as transaction:
            found = (await self._listed(transaction, wanted, language))["rows"]
            history = await _history(transaction, self.context, language, key)
        return {**found[0], "history": history} if found else None

    async def counts(self) -> dict[str, int]:
        """Count what waits, how much of it is overdue, and the changes that there ever were."""
        now = datetime.now(UTC)
        async with self.store.transaction() as transaction:
            trust = await trusted(transaction, self.context.catalogue, self.context.default_stage)
            grown = await changes(transaction)  # before looking: a change meanwhile is looked for once more
            found = [row for row in await not_closed(transaction) if self._is_here(row, trust)]
        late = [row for row in found if is_late(row["state"], row["found_at"], row["deadline"], now, self.context.zone)]
        return {
            "open": sum(row["state"] == DiscrepancyState.OPEN for row in found),
            "taken": sum(row["state"] == DiscrepancyState.TAKEN for row in found),
            "overdue": len(late),
            "changes": grown,
        }

    async def _listed(self, transaction: PostgresTransaction, wanted: Wanted, language: str) -> dict[str, Any]:
        whose = replace(wanted, app=self.app or wanted.app)
        return await listed(transaction, self.context, whose, language, lets=self._is_here)

    def _is_here(self, row: Mapping[str, Any], trust: Trusted) -> bool:
        if not self.app:
            return may_be_told(row, trust)
        return row["app_id"] == self.app and not may_be_told(row, trust)

    async def take(self, place: acts.Place, reader: Reader, owner: str, deadline: date | None) -> None:
        """Give it to somebody."""
        today = datetime.now(self.context.zone).date()
        async with self.store.transaction() as transaction:
            given = acts.Taking(owner=owner, deadline=deadline, today=today)
            await _log(transaction, await acts.take(transaction, place, reader, given), reader)

    async def close(self, place: acts.Place, reader: Reader, said: acts.Closing) -> None:
        """Close it with a verdict."""
        async with self.store.transaction() as transaction:
            await _log(transaction, await acts.close(transaction, place, reader, said), reader)

    async def reopen(self, place: acts.Place, reader: Reader) -> None:
        """Open it again."""
        async with self.store.transaction() as transaction:
            await _log(transaction, await acts.reopen(transaction, place, reader), reader)


async def _log(transaction: PostgresTransaction, one: Discrepancy, reader: Reader) -> None:
    await transaction.add_audit(changed_line(one, reader.name))


def changed_line(one: Discrepancy, responsible: str) -> AuditEntry:
    """Make the line of the audit record for a change: it is written with the change, or neither is."""
    payload = {"discrepancy": one.key, "version": one.revision}
    return AuditEntry(event="discrepancy changed", study_key=one.study_key, responsible=responsible, payload=payload)


async def list_all(
    transaction: PostgresTransaction, context: BoardContext, language: str, states: Sequence[str]
) -> list[dict[str, Any]]:
    """List discrepancies of every app, those too whose word readers are not told."""
    wanted = Wanted(states=tuple(states))
    rows: list[dict[str, Any]] = (await listed(transaction, context, wanted, language, lets=everything))["rows"]
    return rows


async def show(transaction: PostgresTransaction, context: BoardContext, language: str, key: str) -> dict[str, Any]:
    """Show one of any app, with every standing that it has had.

    Raises
    ------
    InputError
        There is none of that key.
    """
    wanted = Wanted(states=tuple(DiscrepancyState), key=key)
    found = (await listed(transaction, context, wanted, language, lets=everything))["rows"]
    if not found:
        message = f"{key}: no such discrepancy; see `collega discrepancies list`"
        raise InputError(message)
    return {**found[0], "history": await _history(transaction, context, language, key)}


def everything(row: Mapping[str, Any], trust: Trusted) -> bool:
    """Let all be listed."""
    del row, trust
    return True


async def listed(
    transaction: PostgresTransaction,
    context: BoardContext,
    wanted: Wanted,
    language: str,
    *,
    lets: Callable[[Mapping[str, Any], Trusted], bool],
) -> dict[str, Any]:
    """List those that ``lets`` lets through; overdue ones first, and the rest is counted."""
    shown = Shown(language=language, zone=context.zone, now=datetime.now(UTC))
    trust = await trusted(transaction, context.catalogue, context.default_stage)
    found = await inbox(transaction, wanted, MOST + 1)
    kept = [row for row in found[:MOST] if lets(row, trust)]
    said = await words_of(transaction, kept)
    rows = [_row(row, said.get((str(row["job_key"]), row["finding_id"]), ()), trust, context, shown) for row in kept]
    rows.sort(key=lambda row: not row["is_overdue"])
    return {"rows": rows, "hidden": len(found[:MOST]) - len(kept), "more": len(found) > MOST}


def may_be_told(row: Mapping[str, Any], trust: Trusted) -> bool:
    """Whether readers may hear of it: of an app that they hear, or heard when it was found.

    An app that may not rule out says nothing of absence, and one on demand nothing before it is asked.
    """
    standing = trust.standing(row["app_id"], row["app_version"], JobState(row["job_state"]), None)
    then = Stage(row["stage_then"] or trust.default_stage)
    is_heard = reaches(standing.stage, Channel.BOARD) or reaches(then, Channel.BOARD)
    is_kept = standing.way is Way.ON_DEMAND and standing.state is JobState.READY
    return is_heard and not is_kept and (row["contrast"] != Contrast.AI_NEGATIVE or standing.may.may_rule_out)


def _row(
    row: Mapping[str, Any], said: Sequence[Finding], trust: Trusted, context: BoardContext, shown: Shown
) -> dict[str, Any]:
    one = discrepancy(row)
    manifest = context.catalogue.get(one.app_id)
    spec = manifest.finding(one.finding_id) if manifest else None
    word = next((item for item in said if item.evaluation is SPOKE[one.contrast]), None)
    name = spec.name if spec else _coded(said, one.finding_id)
    stage = trust.standing(one.app_id, row["app_version"], JobState(row["job_state"]), None).stage
    late = row["said_at"] - row["signed_at"] if row["said_at"] and row["signed_at"] else None
    return {
        **asdict(one),
        "study_instance_uid": row["study_instance_uid"],
        "accession_number": row["accession_number"],
        "description": row["description"],
        "modality": row["modality"] or "",
        "report_word": words.report_word(row["report_status"], shown.language),
        "app_name": manifest.name.in_language(shown.language) if manifest else one.app_id,
        "app_version": row["app_version"],
        "clinical_use": manifest.clinical_use if manifest else False,
        "finding_name": name.in_language(shown.language),
        # Empty where the job was run again since: what it said then is not there any more.
        "finding_words": finding_words(name, word).in_language(shown.language) if word else "",
        "threshold": None if word is None else word.threshold_percent,
        "threshold_word": _percent(word.threshold_percent, shown.language) if word else "",
        "is_silent": not reaches(stage, Channel.BOARD),
        "signed_at": row["signed_at"],
        "said_at": row["said_at"],
        "signed_clock": shown.clock(row["signed_at"]),
        "said_clock": shown.clock(row["said_at"]),
        "late_s": round(late.total_seconds()) if late else None,
        "age_s": round((shown.now - one.found_at).total_seconds()),
        "last_day": last_day(one, shown.zone),
        "is_overdue": is_overdue(one, shown.now, shown.zone),
        "changed_clock": shown.clock(one.changed_at),
        # Who has set the label of this finding right, here or at another app's discrepancy, and what it is since.
        "label_by": row["label_by"] or "",
        "label_word": row["label_word"] or "",
        "label_clock": shown.clock(row["label_at"]),
    }


def _coded(said: Sequence[Finding], finding_id: str) -> Text:
    meaning = said[0].code.meaning if said else finding_id
    return Text(en=meaning, nl=meaning)


def _percent(share: float | None, language: str) -> str:
    return "" if share is None else number(share, language, ".1f")


async def _history(
    transaction: PostgresTransaction, context: BoardContext, language: str, key: str
) -> list[dict[str, Any]]:
    shown = Shown(language=language, zone=context.zone, now=datetime.now(UTC))
    past = await transaction.standings_of(key)
    return [{**asdict(one), "clock": shown.clock(one.changed_at or one.found_at)} for one in past]
