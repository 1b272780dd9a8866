"""Orders from all that was said of them, in whatever order it came."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from collega.model.merge import Identity, identity
from collega.model.message import OrderControl, OrderNumbers, OrderSaid, Word
from collega.model.order import Order, Standing
from collega.model.study import Patient, Priority

Words: TypeAlias = Sequence[Word[OrderSaid]]
STANDINGS: Mapping[OrderControl, Standing] = {
    OrderControl.NEW: Standing.ORDERED,
    OrderControl.CHANGED: Standing.ORDERED,
    OrderControl.CANCELLED: Standing.CANCELLED,
    OrderControl.DISCONTINUED: Standing.DISCONTINUED,
}
# What a later word replaces where it says something; `replace` with an empty value would forget.
LATEST = ("status", "procedure_code", "procedure", "modality", "location", "requester", "study_instance_uid")


def orders(said: Collection[Word[OrderSaid]], merged: Mapping[Identity, Identity]) -> Sequence[Order]:
    """Make the orders of which these words speak; ``merged`` tells which numbers are whose.

    The same number under two persons is two orders.
    """
    by_person: dict[Identity, list[Word[OrderSaid]]] = defaultdict(list)
    for word in said:
        number = identity(word.said.patient)
        by_person[merged.get(number, number)].append(word)
    return [fold(group) for _, words in sorted(by_person.items()) for group in _groups(words)]


def _groups(words: Words) -> Iterable[Words]:
    """Split one person's words by the order that they speak of.

    A placer's or filler's number names an order. An accession number may stand for several: it joins what else
    names no more than one order; a word that has nothing else is of all that bear it.
    """
    named = [word for word in words if word.said.numbers.placer or word.said.numbers.filler]
    loose = [word for word in words if not (word.said.numbers.placer or word.said.numbers.filler)]
    strong = _joined([{("p", word.said.numbers.placer), ("f", word.said.numbers.filler)} for word in named])
    parts: dict[int, list[Word[OrderSaid]]] = defaultdict(list)
    for word, part in zip(named, strong, strict=True):
        parts[part].append(word)
    keys = sorted(parts)
    weak = _joined([{("a", number) for number in _one_order(parts, _accessions(parts[key]))} for key in keys])
    whole: dict[int, list[Word[OrderSaid]]] = defaultdict(list)
    for key, part in zip(keys, weak, strict=True):
        whole[part] += parts[key]
    alone: dict[str, list[Word[OrderSaid]]] = defaultdict(list)
    bearers = {part: _accessions(group) for part, group in whole.items()}
    for word in loose:
        number = word.said.numbers.accession
        found = [part for part, numbers in bearers.items() if number in numbers]
        for part in found:
            whole[part].append(word)
        if not found:
            alone[number].append(word)
    return [*whole.values(), *alone.values()]


def _accessions(words: Words) -> set[str]:
    return {number for word in words for number in (word.said.numbers.accession, word.said.numbers.filler) if number}


def _one_order(parts: Mapping[int, Words], numbers: Collection[str]) -> Iterable[str]:
    """Give the accession numbers whose bearers have at most one placer's and one filler's number among them."""
    for number in numbers:
        bearing = [word for words in parts.values() if number in _accessions(words) for word in words]
        placers = {word.said.numbers.placer for word in bearing} - {""}
        fillers = {word.said.numbers.filler for word in bearing} - {""}
        if len(placers) <= 1 and len(fillers) <= 1:
            yield number


def _joined(marks: Sequence[Collection[tuple[str, str]]]) -> Sequence[int]:
    """Give each its group: they share a mark, over any number of steps; an empty number is no mark."""
    roots = list(range(len(marks)))

    def root(place: int) -> int:
        while roots[place] != place:
            place = roots[place]
        return place

    first: dict[tuple[str, str], int] = {}
    for place, some in enumerate(marks):
        for mark in some:
            if mark[1]:
                low, high = sorted((root(first.setdefault(mark, place)), root(place)))
                roots[high] = low
    return [root(place) for place in range(len(marks))]


def fold(words: Words) -> Order:
    """Read what was said from the oldest to the newest by the senders' clocks; an empty value says nothing."""
    ordered = sorted(words, key=lambda word: word.order)
    has_names = any(word.said.numbers.placer or word.said.numbers.filler for word in ordered)
    order = Order(
        numbers=OrderNumbers(),
        tokens=tuple(sorted({token for word in ordered for token in word.said.numbers.tokens})),
        patient=Patient(issuer="", patient_id=""),
        standing=Standing.ORDERED,
        status="",
        procedure_code="",
        procedure="",
        modality="",
        priority=Priority.UNKNOWN,
        location="",
        requester="",
        study_instance_uid="",
        ordered_at=None,
        scheduled_at=None,
        changed_at=ordered[-1].sent_at,
    )
    for word in ordered:
        order = _with(
            order, word.said, numbers=not has_names or bool(word.said.numbers.placer or word.said.numbers.filler)
        )
    numbers = order.numbers
    return replace(order, numbers=replace(numbers, accession=numbers.accession or numbers.filler))


def _with(order: Order, said: OrderSaid, *, numbers: bool) -> Order:
    known, new = order.numbers, said.numbers if numbers else OrderNumbers()
    return replace(
        order,
        **{name: getattr(said, name) or getattr(order, name) for name in LATEST},
        numbers=OrderNumbers(
            placer=new.placer or known.placer,
            filler=new.filler or known.filler,
            accession=new.accession or known.accession,
        ),
        patient=Patient(issuer=said.patient.issuer, patient_id=said.patient.patient_id),
        standing=STANDINGS.get(said.control, order.standing),
        priority=order.priority if said.priority is Priority.UNKNOWN else said.priority,
        ordered_at=order.ordered_at or said.ordered_at,
        scheduled_at=said.scheduled_at or order.scheduled_at,
    )
