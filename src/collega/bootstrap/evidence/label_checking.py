"""Label checks of a site: reports are drawn, read again by a reader, and the labels' error is told."""

import asyncio
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from collega.adapters.postgres import label_checks, references
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.evidence.answers import said_of
from collega.bootstrap.site import Asked
from collega.errors import InputError
from collega.measure.label_checks import Draw, draw_check, error_by_finding
from collega.model.audit import AuditEntry
from collega.model.code import Text
from collega.model.label import Reservation
from collega.model.label_check import REPORTS, CheckAnswer, CheckItem, LabelCheck
from collega.model.reference import TruthWord
from collega.model.standing import standing
from collega.ports.linked import links_of

NONE = Text(
    en="there is no such label check, or it has no such report",
    nl="zo'n labelcontrole is er niet, of zij heeft zo'n verslag niet",
)
MOST_SEED = 2**31


async def begin(transaction: Asked, actor: str, seed: int | None = None, reports: int = REPORTS) -> LabelCheck:
    """Draw the reports of a new check, of those that the labeller of today has labelled.

    Raises
    ------
    InputError
        There is none, or a check of these labels waits.
    """
    _, labeller = await references.labelled(transaction)
    every = await references.report_labels(transaction)
    mine = [one for one in every if one.labeller == labeller and one.reservation is not Reservation.LANGUAGE]
    chosen = Draw(
        key=str(uuid.uuid4()),
        seed=secrets.randbelow(MOST_SEED) if seed is None else seed,
        at=datetime.now(UTC),
        actor=actor,
        reports=reports,
    )
    # Of a hundred thousand reports it takes seconds: whoever else asks is answered meanwhile.
    check = await asyncio.to_thread(draw_check, mine, chosen)
    if any(one.labeller == check.labeller and not one.is_done for one in await label_checks.listed(transaction)):
        message = "a check of these labels is not done yet: go on with it"
        raise InputError(message, nl="een controle van deze labels is nog niet af: ga daarmee verder")
    await label_checks.add(transaction, check)
    return check


async def state(transaction: Asked, confidence: float = 0.95) -> dict[str, Any]:
    """Tell of every check how far it is, and the error of the labels where it is done."""
    reports, labeller = await references.labelled(transaction)
    checks = await label_checks.listed(transaction)
    return {
        "reports": reports,
        "labeller": labeller,
        "reserved": await references.reserved(transaction),
        "is_known": any(one.labeller == labeller and one.is_done for one in checks),
        "checks": [account(one, confidence) for one in checks],
    }


def account(check: LabelCheck, confidence: float = 0.95) -> dict[str, Any]:
    """Tell how far a check is, and the labels' error where it is done."""
    errors = error_by_finding(check, confidence) if check.is_done else {}
    return {
        "key": check.key,
        "labeller": check.labeller,
        "seed": check.seed,
        "created_at": check.created_at,
        "actor": check.actor,
        "reports": len(check.items),
        "done": len(check.items) - len(check.waiting),
        "is_done": check.is_done,
        "unreadable": sum(not one.words for one in check.answers),
        "readers": sorted({one.reader for one in check.answers}),
        "next": next(iter(check.waiting), None),
        "error": {
            name: {
                "sensitivity": asdict(one.sensitivity),
                "specificity": asdict(one.specificity),
                "read": one.read,
                "labelled_present": check.frame[name][TruthWord.PRESENT],
            }
            for name, one in errors.items()
        },
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckDesk:
    """What the page asks; see `collega.web.label_check.page.Desk`."""

    store: PostgresStore

    async def state(self) -> dict[str, Any]:
        """Tell of every check."""
        async with self.store.transaction() as transaction:
            return await state(transaction)

    async def begin(self, actor: str) -> str:
        """Draw reports; gives the key of the check."""
        async with self.store.transaction() as transaction:
            return (await begin(transaction, actor)).key

    async def next_report(self, key: str) -> int | None:
        """Give the first report that nobody has read; None where there is none, or no such check."""
        async with self.store.transaction() as transaction:
            check = await label_checks.found(transaction, key)
        return next(iter(check.waiting), None) if check else None

    async def report(self, key: str, number: int, reader: str) -> dict[str, Any] | None:
        """Show a report with what was said of it, and not what the program makes of it; that it was shown is logged."""
        async with self.store.transaction() as transaction:
            check = await label_checks.found(transaction, key)
            item = _item(check, number)
            if check is None or item is None:
                return None
            entry = AuditEntry(event="report shown for a check", study_key=item.study_key, responsible=reader)
            await transaction.add_audit(entry)
            text = await _text(transaction, item)
        said = [one for one in check.answers if one.item == number]
        return {
            "key": check.key,
            "number": number,
            "reports": len(check.items),
            "done": len(check.items) - len(check.waiting),
            "text": text,
            "findings": list(check.findings),
            "mine": dict(said[-1].words) if said else {},
        }

    async def answer(self, key: str, number: int, reader: str, words: Mapping[str, str]) -> None:
        """Keep what a reader makes of a report; nothing where it is not to be read any more."""
        async with self.store.transaction() as transaction:
            check = await label_checks.found(transaction, key)
            item = _item(check, number)
            if check is None or item is None:
                raise InputError(NONE.en, nl=NONE.nl)
            said = {} if await _text(transaction, item) is None else said_of(check.findings, words)
            before = [one for one in check.answers if one.item == number]
            answer = CheckAnswer(item=number, reader=reader, words=said, at=datetime.now(UTC), number=1 + len(before))
            await label_checks.add_answer(transaction, key, answer)
            entry = AuditEntry(event="report checked", study_key=item.study_key, responsible=reader)
            await transaction.add_audit(entry)


def _item(check: LabelCheck | None, number: int) -> CheckItem | None:
    return next((one for one in check.items if one.number == number), None) if check else None


async def _text(transaction: Asked, item: CheckItem) -> str | None:
    """Give the text that was drawn; None where the report has changed or gone since."""
    study = await transaction.study(item.study_key)
    report = standing((await links_of(transaction, study)).reports) if study else None
    return report.text if report is not None and report.version == item.report_version else None
