"""What RIS and EHR said of orders, reports and patients, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from collega.model.merge import Identity, identity
from collega.model.message import MergeSaid, OrderSaid, PatientSaid, ReportSaid, Said, Word
from collega.model.order import Order
from collega.model.study import Patient, Study
from collega.testing.fake_messages import FakeMessages

S = TypeVar("S", bound=Said)


class FakeLinks(FakeMessages):
    """See `collega.ports.links.Links`."""

    async def give_way(self) -> None:
        """Transactions of the fake run alone."""

    def _said(self, kind: type[S]) -> list[Word[S]]:
        return [word for word in self._memory.words.values() if isinstance(word.said, kind)]  # type: ignore[misc]

    async def add_words(self, words: Sequence[Word[Said]]) -> None:
        """Keep what messages said; once for each message and item."""
        for word in words:
            self._memory.words.setdefault((word.message_key, word.item), word)

    async def orders_said_with(self, tokens: Sequence[str]) -> Sequence[Word[OrderSaid]]:
        """List what was said of orders under any of these numbers."""
        return [word for word in self._said(OrderSaid) if not set(tokens).isdisjoint(word.said.numbers.tokens)]

    async def tokens_of(self, numbers: Sequence[Identity]) -> Sequence[str]:
        """List the numbers of the orders of these patients."""
        mine = [word for word in self._said(OrderSaid) if identity(word.said.patient) in numbers]
        return sorted({token for word in mine for token in word.said.numbers.tokens})

    async def replace_orders(self, tokens: Sequence[str], orders: Sequence[Order]) -> None:
        """Put orders in the place of those that have one of these numbers."""
        others = [order for order in self._memory.orders if set(tokens).isdisjoint(order.tokens)]
        self._memory.orders = [*others, *orders]

    async def orders_with(self, tokens: Sequence[str]) -> Sequence[Order]:
        """List the orders that ever had one of these numbers."""
        return [order for order in self._memory.orders if not set(tokens).isdisjoint(order.tokens)]

    async def orders_named(self, accessions: Sequence[str], study_uids: Sequence[str]) -> Sequence[Order]:
        """List the orders that now have one of these accession numbers, or name one of these studies."""
        return [
            order
            for order in self._memory.orders
            if (order.numbers.accession and order.numbers.accession in accessions)
            or (order.study_instance_uid and order.study_instance_uid in study_uids)
        ]

    async def reports_named(self, tokens: Sequence[str], study_uids: Sequence[str]) -> Sequence[Word[ReportSaid]]:
        """List the versions of reports with any of these numbers or studies."""
        return [
            word
            for word in self._said(ReportSaid)
            if not set(tokens).isdisjoint(word.said.numbers.tokens)
            or (word.said.study_instance_uid and word.said.study_instance_uid in study_uids)
        ]

    async def merges_around(self, numbers: Sequence[Identity]) -> Sequence[Word[MergeSaid]]:
        """List the merges by which these numbers hang together with others, over any number of steps."""
        reach, before = set(numbers), -1
        found: list[Word[MergeSaid]] = []
        while len(reach) > before:
            before = len(reach)
            found = [word for word in self._said(MergeSaid) if not reach.isdisjoint(_sides(word))]
            reach |= {side for word in found for side in _sides(word)}
        return found

    async def patients_said(self, numbers: Sequence[Identity]) -> Sequence[Word[PatientSaid]]:
        """List the descriptions that were sent of these patients."""
        return [word for word in self._said(PatientSaid) if identity(word.said.patient) in numbers]

    async def studies_named(self, accessions: Sequence[str], study_uids: Sequence[str]) -> Sequence[str]:
        """List the keys of the studies with one of these accession numbers or UIDs."""
        studies = self._memory.studies.values()
        return [
            one.key for one in studies if one.accession_number in accessions or one.study_instance_uid in study_uids
        ]

    async def studies_under(self, numbers: Sequence[Identity]) -> Sequence[str]:
        """List the keys of the studies that came, or now stand, under one of these patients."""
        return [
            one.key
            for one in self._memory.studies.values()
            if identity(one.patient) in numbers or (one.came_as and identity(one.came_as) in numbers)
        ]

    async def studies_to_meet(self, limit: int) -> Sequence[str]:
        """Take the mark from studies that came or changed; their keys."""
        due = [key for key in self._memory.studies if key not in self._memory.met][:limit]
        self._memory.met.update(due)
        return due

    async def lock_studies(self, keys: Sequence[str]) -> Sequence[Study]:
        """Give these studies as they stand."""
        return [self._memory.studies[key] for key in sorted(keys) if key in self._memory.studies]

    async def place_study(self, study: Study, number: Identity, said: Patient | None, at: datetime) -> None:  # noqa: ARG002
        """Put a study under a patient, and describe that one in all its studies."""
        studies = self._memory.studies
        other = next((one.patient for one in studies.values() if identity(one.patient) == number), study.patient)
        patient = Patient(
            issuer=number.issuer,
            patient_id=number.patient_id,
            name=(said.name if said else "") or other.name,
            birth_date=(said.birth_date if said else "") or other.birth_date,
            sex=(said.sex if said else "") or other.sex,
        )
        came = study.came_as or Patient(issuer=study.patient.issuer, patient_id=study.patient.patient_id)
        studies[study.key] = replace(study, patient=patient, came_as=None if identity(came) == number else came)
        for key, one in list(studies.items()):
            if identity(one.patient) == number:
                studies[key] = replace(one, patient=patient)

    async def note_links(self, study_key: str, standing: str, location: str, report: str) -> bool:
        """Note where order and report of a study stand; False where that is known."""
        noted = (standing, location, report)
        is_new = self._memory.noted.get(study_key, ("", "", "")) != noted
        self._memory.noted[study_key] = noted
        return is_new

    async def unsign(self, study_key: str, versions: Sequence[str]) -> Sequence[str]:
        """Take back what signed a study, except these versions of its report."""
        gone = [place for place in self._memory.signed if place[0] == study_key and place[1] not in versions]
        self._memory.signed.difference_update(gone)
        return [version for _, version in gone]

    async def sign_once(self, study_key: str, version: str) -> bool:
        """Note that a version of a report has signed a study; False where that is known."""
        is_new = (study_key, version) not in self._memory.signed
        self._memory.signed.add((study_key, version))
        return is_new


def _sides(word: Word[MergeSaid]) -> set[Identity]:
    return {identity(word.said.prior), identity(word.said.survivor)}
