"""Feedback to makers, as pages, commands and the timer ask for it: prepared, approved or refused, answered."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.packs.pack_view import known_of, told_cases, told_pack
from collega.config import Settings
from collega.decide.pack import Act, Choice, moved, new_cases
from collega.decide.pack_figures import due_at, figures_of
from collega.errors import FencedError, InputError
from collega.model.app import Manifest
from collega.model.audit import AuditEntry
from collega.model.pack import MOST_WORDS, Answer, AnswerStatus, Pack, PackStanding, PackState

COLLEGA = "collega"


def now_utc() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerSaid:
    """What a maker says of a case, as somebody notes it."""

    status: AnswerStatus
    fixed_in: str = ""
    answered_on: date
    writer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PackDesk:
    """What is asked of the site, each in a transaction of its own; what changes is logged in it."""

    store: PostgresStore
    settings: Settings
    catalogue: Mapping[str, Manifest]
    now: Callable[[], datetime] = now_utc

    async def prepare(self, by: str, vendor: str = "") -> list[dict[str, Any]]:
        """Make a pack of what is new, for each maker or for one; `InputError` where no app here is of that maker."""
        _check_words(by, vendor or COLLEGA)
        apps = apps_of(self.catalogue)
        if vendor and vendor not in apps:
            message = f"no app here is made by {vendor}: there are {', '.join(sorted(apps)) or 'none'}"
            raise InputError(message)
        made = [await self._prepare(name, by, None) for name in sorted(apps) if vendor in {"", name}]
        return [told_pack(one) for one in made if one]

    async def prepare_due(self) -> list[Pack]:
        """Make the packs whose time has come."""
        every_days = self.settings.feedback.every_days
        if not every_days:
            return []
        made = [await self._prepare(name, COLLEGA, every_days) for name in sorted(apps_of(self.catalogue))]
        return [one for one in made if one]

    async def listed(self) -> dict[str, Any]:
        """List packs, the latest first, and the figures of each maker."""
        async with self.store.transaction() as transaction:
            packs = await transaction.packs()
        return {"packs": [told_pack(pack) for pack in packs], "figures": self._figures(packs)}

    async def figures(self) -> list[dict[str, Any]]:
        """Count, for each maker, what has left and what was answered; of nobody."""
        async with self.store.transaction() as transaction:
            packs = await transaction.packs()
        return [one for one in self._figures(packs) if one["packs"]]

    def _figures(self, packs: Sequence[Pack]) -> list[dict[str, Any]]:
        zone = ZoneInfo(self.settings.site.timezone)
        today = self.now().astimezone(zone).date()
        vendors = sorted({pack.vendor for pack in packs})
        return [asdict(figures_of(vendor, packs, zone, today)) for vendor in vendors]

    async def told(self, key: str) -> dict[str, Any] | None:
        """Tell of a pack with its cases; None where there is none."""
        async with self.store.transaction() as transaction:
            pack = await transaction.pack(key)
            if pack is None:
                return None
            return {**told_pack(pack), "list": told_cases(pack, await known_of(transaction, pack))}

    async def approve(self, key: str, by: str, reason: str, choice: Choice) -> None:
        """Let a pack leave."""
        await self._decide(key, Act.APPROVE, by, reason, choice)

    async def refuse(self, key: str, by: str, reason: str) -> None:
        """Keep a pack here."""
        _check_words(reason)
        await self._decide(key, Act.REFUSE, by, reason, None)

    async def answer(self, key: str, case: int, said: AnswerSaid, by: str) -> None:
        """Note what the maker says of a case; `InputError` where it has not left, or it is no answer."""
        _check_words(by, said.writer, said.fixed_in or COLLEGA)
        async with self._changing() as transaction:
            pack = await found(transaction, key)
            if case not in pack.standing.gone:
                message = f"the pack has no case {case} that has left: its maker cannot have answered"
                raise InputError(message)
            last = pack.answer_to(case)
            at = self.now()
            if said.answered_on > at.astimezone(ZoneInfo(self.settings.site.timezone)).date():
                message = "the day of an answer is not after today"
                raise InputError(message)
            answer = Answer(case=case, number=last.number + 1 if last else 1, actor=by, at=at, **asdict(said))
            await transaction.add_maker_answer(key, answer)
            more = {"case": pack.label(case), "status": answer.status, "fixed_in": answer.fixed_in}
            (study_key,) = (one.study_key for one in pack.cases if one.number == case)
            await transaction.add_audit(pack_entry("feedback answered", pack, by, (study_key,), more))

    async def _prepare(self, vendor: str, by: str, every_days: float | None) -> Pack | None:
        at = self.now()
        async with self._changing() as transaction:
            packs = await transaction.packs(vendor)
            cases = await new_cases(transaction, vendor, apps_of(self.catalogue)[vendor])
            due = due_at(packs, cases, every_days or 0.0)
            if due is None or (every_days is not None and due > at):
                return None
            pack = Pack(
                key=str(uuid4()),
                vendor=vendor,
                number=1 + max((one.number for one in packs), default=0),
                prepared_at=at,
                cases=cases,
                standing=PackStanding(revision=1, state=PackState.PREPARED, at=at, actor=by),
            )
            await transaction.add_pack(pack)
            await transaction.add_audit(pack_entry("feedback pack prepared", pack, by))
        return pack

    async def _decide(self, key: str, act: Act, by: str, reason: str, choice: Choice | None) -> None:
        _check_words(by, reason or COLLEGA)
        if by not in self.settings.feedback.approvers:
            message = f"{by} may not let feedback leave, nor refuse it: feedback.approvers names who may"
            raise InputError(message)
        async with self._changing() as transaction:
            pack = await found(transaction, key)
            standing = moved(pack, act, actor=by, at=self.now(), reason=reason, choice=choice)
            await transaction.stand_pack(key, standing)
            more: dict[str, object] = {"state": standing.state, "reason": reason}
            if act is Act.APPROVE:
                more |= {"with_text": list(standing.with_text), "withheld": list(standing.withheld)}
            await transaction.add_audit(pack_entry("feedback pack decided", pack, by, None, more))

    @contextlib.asynccontextmanager
    async def _changing(self) -> AsyncIterator[PostgresTransaction]:
        """Open a transaction; what it cannot do is told as such."""
        try:
            async with self.store.transaction() as transaction:
                yield transaction
        except (FencedError, ValueError) as error:
            raise InputError(str(error)) from None


def apps_of(catalogue: Mapping[str, Manifest]) -> dict[str, list[str]]:
    """List the apps of each maker."""
    made: dict[str, list[str]] = {}
    for app in catalogue.values():
        if app.vendor:
            made.setdefault(app.vendor, []).append(app.id)
    return made


async def found(transaction: PostgresTransaction, key: str) -> Pack:
    """Find a pack; `InputError` where there is none."""
    pack = await transaction.pack(key)
    if pack is None:
        message = f"{key}: there is no such pack; see `collega feedback pack list`"
        raise InputError(message)
    return pack


def pack_entry(
    event: str, pack: Pack, by: str, studies: Sequence[str] | None = None, more: Mapping[str, object] | None = None
) -> AuditEntry:
    """Log what was done with a pack, and of whom: its studies where none are named."""
    keys = [case.study_key for case in pack.cases] if studies is None else studies
    payload = {"pack": pack.key, "vendor": pack.vendor, "number": pack.number, **(more or {})}
    return AuditEntry(event=event, responsible=by, studies=tuple(dict.fromkeys(keys)), payload=payload)


def _check_words(*words: str) -> None:
    if not all(word.strip() and word.isprintable() and len(word) <= MOST_WORDS for word in words):
        message = f"names and reasons are plain text of 1 to {MOST_WORDS} characters"
        raise InputError(message)
