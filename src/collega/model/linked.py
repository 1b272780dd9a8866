"""Which orders and reports belong to a study, and which bear its number but are another patient's."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from collega.model.merge import Identity, identity, same_person
from collega.model.message import ReportSaid, Word
from collega.model.order import Order, Standing
from collega.model.study import Patient, Priority, Study


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """What was found for a study; ``apart`` are orders and reports of another patient under its numbers."""

    orders: tuple[Order, ...] = ()
    reports: tuple[Word[ReportSaid], ...] = ()
    apart: tuple[Order | Word[ReportSaid], ...] = ()

    @property
    def priority(self) -> Priority:
        """The most urgent of the orders, by the last word of each; one that was cancelled lowers nothing."""
        return min((order.priority for order in self.orders), key=list(Priority).index, default=Priority.UNKNOWN)

    @property
    def location(self) -> str:
        """Where the patient is, by the latest order that says it."""
        said = sorted(
            (order for order in self.orders if order.location), key=lambda order: (order.changed_at, repr(order))
        )
        return said[-1].location if said else ""

    @property
    def standing(self) -> Standing | None:
        """Whether the examination is still wanted: it is while one of its orders is."""
        wanted = {order.standing for order in self.orders}
        return min(wanted, key=list(Standing).index) if wanted else None


def linked(
    study: Study,
    orders: Collection[Order],
    reports: Collection[Word[ReportSaid]],
    merged: Mapping[Identity, Identity],
) -> Linked:
    """Hold a study against orders and reports: by Study Instance UID or accession number, and by the person.

    A report may name its study by the numbers of the study's order alone.
    """
    mine = [order for order in orders if _names(order, study)]
    own = [order for order in mine if _is_of(order.patient, study, merged)]
    tokens = {f"f:{study.accession_number}"} if study.accession_number else set()
    tokens |= {token for order in own for token in order.tokens if not token.startswith("f:")}
    tokens |= {f"f:{number}" for order in own for number in (order.numbers.filler, order.numbers.accession) if number}
    said = [word for word in reports if _speaks(word.said, study, tokens)]
    apart = [order for order in mine if order not in own]
    return Linked(
        orders=tuple(sorted(own, key=repr)),
        reports=tuple(
            sorted((word for word in said if _is_of(word.said.patient, study, merged)), key=lambda word: word.order)
        ),
        apart=(*apart, *(word for word in said if not _is_of(word.said.patient, study, merged))),
    )


def _names(order: Order, study: Study) -> bool:
    return order.study_instance_uid == study.study_instance_uid or _bears(order, study)


def _bears(order: Order, study: Study) -> bool:
    return bool(study.accession_number) and order.numbers.accession == study.accession_number


def _speaks(said: ReportSaid, study: Study, tokens: Collection[str]) -> bool:
    return said.study_instance_uid == study.study_instance_uid or not set(said.numbers.tokens).isdisjoint(tokens)


def _is_of(patient: Patient, study: Study, merged: Mapping[Identity, Identity]) -> bool:
    said = identity(patient)
    known = identity(study.came_as or study.patient)
    return same_person(merged.get(said, said), merged.get(known, known))
