"""Patient numbers that are one person: who survives, from all that was said of it."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from collega.model.message import MergeSaid, Word
from collega.model.study import Patient


class Identity(NamedTuple):
    """What names a patient."""

    issuer: str
    patient_id: str


def identity(patient: Patient) -> Identity:
    """Give what names a patient."""
    return Identity(patient.issuer, patient.patient_id)


def survivors(said: Collection[Word[MergeSaid]]) -> Mapping[Identity, Identity]:
    """Tell for each number that was merged away under which one its studies now stand.

    Of several merges of one number, the last by the sender's clock counts; merges form chains. Where numbers were
    merged in a circle, the last of those merges says who survives.
    """
    latest: dict[Identity, Word[MergeSaid]] = {}
    for word in sorted(said, key=lambda item: item.order):
        if identity(word.said.prior) != identity(word.said.survivor):
            latest[identity(word.said.prior)] = word
    return {number: _end(number, latest) for number in latest}


def _end(number: Identity, latest: Mapping[Identity, Word[MergeSaid]]) -> Identity:
    way: list[Identity] = []
    while number in latest and number not in way:
        way.append(number)
        number = identity(latest[number].said.survivor)
    if number not in latest:
        return number
    circle = way[way.index(number) :]
    return identity(max((latest[one] for one in circle), key=lambda item: item.order).said.survivor)


def same_person(left: Identity, right: Identity) -> bool:
    """Tell whether two numbers may be one person's: an issuer that is not stated contradicts none."""
    is_stated = bool(left.issuer and right.issuer)
    return (
        bool(left.patient_id) and left.patient_id == right.patient_id and (not is_stated or left.issuer == right.issuer)
    )
