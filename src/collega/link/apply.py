"""Acting upon kept messages: many at once, or one by one where that fails."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import TypeVar, cast

import structlog

from collega.errors import CollegaError, MessageError
from collega.formats.hl7.dialect import Dialects
from collega.formats.hl7.facts import said
from collega.formats.hl7.message import Hl7Message, decoded
from collega.link.logged import logged
from collega.link.orders import orders
from collega.link.settle import settle
from collega.model.merge import identity
from collega.model.message import (
    MergeSaid,
    Message,
    MessageChange,
    MessageState,
    OrderSaid,
    PatientSaid,
    ReportSaid,
    Said,
    Word,
)
from collega.model.order import Order
from collega.ports.linked import merges
from collega.ports.machine import Clock
from collega.ports.store import Store, Transaction

S = TypeVar("S", bound=Said)
AT_ONCE = 200
TRIES = 5
FIRST_WAIT = timedelta(seconds=1)
# A number that so many messages bear is no number of an order but a filling, such as "0".
MOST_OF_AN_ORDER = 500
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Kinds:
    """Words by their kind."""

    orders: Sequence[Word[OrderSaid]]
    reports: Sequence[Word[ReportSaid]]
    patients: Sequence[Word[PatientSaid]]
    merges: Sequence[Word[MergeSaid]]


class Applier:
    """Acts upon what waits; one at a time in the world."""

    def __init__(self, store: Store, clock: Clock, zone: tzinfo, dialects: Dialects) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._dialects = dialects

    async def apply_waiting(self) -> int:
        """Act upon the messages that wait, oldest first, and meet the studies that came; how many there were."""
        async with self._store.transaction() as transaction:
            waiting = await transaction.messages_waiting(AT_ONCE, self._clock.now())
        if waiting and not await self._try(waiting, alone=len(waiting) == 1):
            for message in waiting:
                await self._try([message], alone=True)
        return len(waiting) + await self._meet_studies()

    async def _meet_studies(self) -> int:
        try:
            async with self._store.transaction() as transaction:
                await transaction.give_way()
                due = await transaction.studies_to_meet(AT_ONCE)
                if due:
                    await settle(transaction, due, self._clock.now())
        except Exception:  # noqa: BLE001 - the edge of the process: they stay marked, and are met in the next round
            _log.exception("studies could not be held against orders and reports; they are again")
            return 0
        return len(due)

    async def _try(self, messages: Sequence[Message], *, alone: bool) -> bool:
        """Apply messages together; a failure of one alone is noted on it."""
        try:
            words = [word for message in messages for word in self._read(message)]
            async with self._store.transaction() as transaction:
                await transaction.give_way()
                await self._apply(transaction, kinds(words))
                now = self._clock.now()
                applied = [MessageChange(key=one.key, state=MessageState.APPLIED, at=now) for one in messages]
                await transaction.change_messages(applied)
                for entry in logged(messages, words):
                    await transaction.add_audit(entry)
        except Exception as error:  # noqa: BLE001 - one message never holds up the others
            if alone:
                await self._fail(messages[0], error)
            return False
        return True

    async def _fail(self, message: Message, error: Exception) -> None:
        """Try again later, ever less often; what cannot be read, or has failed too often, is listed."""
        now, tries = self._clock.now(), message.tries + 1
        is_over = isinstance(error, MessageError) or tries >= TRIES
        why = str(error) if isinstance(error, CollegaError) else f"{type(error).__name__} while it was applied"
        change = MessageChange(
            key=message.key,
            state=MessageState.FAILED if is_over else MessageState.WAITING,
            at=now,
            reason=why,
            tries=tries,
            next_at=None if is_over else now + FIRST_WAIT * (1 << (2 * (tries - 1))),
        )
        # The text of an error of the database may hold what the message held.
        _log.error("a message could not be applied", message=message.key, kind=message.kind, why=why, tries=tries)
        async with self._store.transaction() as transaction:
            await transaction.change_messages([change])

    def _read(self, message: Message) -> Iterable[Word[Said]]:
        text, _ = decoded(message.encoded)
        read = Hl7Message(text)
        sent_at = message.sent_at or message.received_at
        for item, fact in enumerate(said(read, self._dialects.of(read), self._zone)):
            yield Word(message_key=message.key, item=item, sent_at=sent_at, control_id=message.control_id, said=fact)

    async def _apply(self, transaction: Transaction, words: Kinds) -> None:
        await transaction.add_words([*words.orders, *words.reports, *words.patients, *words.merges])
        numbers = {identity(side) for word in words.merges for side in (word.said.survivor, word.said.prior)}
        circle = await transaction.merges_around(sorted(numbers)) if numbers else []
        numbers |= {identity(side) for word in circle for side in (word.said.survivor, word.said.prior)}
        tokens = {token for word in words.orders for token in word.said.numbers.tokens}
        tokens |= set(await transaction.tokens_of(sorted(numbers))) if numbers else set()
        changed = await _fold(transaction, tokens)
        spoken = {token for word in words.reports for token in word.said.numbers.tokens}
        changed += await transaction.orders_with(sorted(spoken)) if spoken else []
        accessions = {order.numbers.accession for order in changed} | {
            token.removeprefix("f:") for token in spoken if token.startswith("f:")
        }
        uids = {order.study_instance_uid for order in changed} | {
            word.said.study_instance_uid for word in words.reports
        }
        numbers |= {identity(word.said.patient) for word in words.patients}
        keys = set(await transaction.studies_named(sorted(accessions - {""}), sorted(uids - {""})))
        if numbers:
            keys |= set(await transaction.studies_under(sorted(numbers)))
        if keys:
            await settle(transaction, keys, self._clock.now())


async def _fold(transaction: Transaction, tokens: Collection[str]) -> list[Order]:
    """Make the orders of these numbers anew; those that were and those that are."""
    if not tokens:
        return []
    known: dict[tuple[str, int], Word[OrderSaid]] = {}
    asked: set[str] = set()
    reach = set(tokens)
    while reach - asked:
        found = await transaction.orders_said_with(sorted(reach - asked))
        asked |= reach
        known |= {(word.message_key, word.item): word for word in found}
        reach = {token for word in found for token in word.said.numbers.tokens}
    if len(known) > MOST_OF_AN_ORDER + AT_ONCE * len(tokens):
        raise MessageError("hl7-number", "an order number that hundreds of messages bear names no order")
    merged = await merges(transaction, {identity(word.said.patient) for word in known.values()})
    before = list(await transaction.orders_with(sorted(asked)))
    after = list(orders(known.values(), merged))
    await transaction.replace_orders(sorted(asked), after)
    return before + after


def kinds(words: Sequence[Word[Said]]) -> Kinds:
    """Sort words by their kind."""
    return Kinds(
        orders=_of(OrderSaid, words),
        reports=_of(ReportSaid, words),
        patients=_of(PatientSaid, words),
        merges=_of(MergeSaid, words),
    )


def _of(kind: type[S], words: Sequence[Word[Said]]) -> Sequence[Word[S]]:
    return [cast("Word[S]", word) for word in words if type(word.said) is kind]
