"""What a message says: orders, reports, patients, merged numbers; by its type, after a dialect."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import cache

from collega.errors import MessageError
from collega.formats.hl7.dialect import Dialect
from collega.formats.hl7.message import Hl7Message, Segment
from collega.formats.hl7.moment import moment
from collega.model.message import (
    SIGNED,
    MergeSaid,
    OrderControl,
    OrderNumbers,
    OrderSaid,
    PatientSaid,
    ReportSaid,
    ReportStatus,
    Said,
)
from collega.model.study import Patient, Priority

LONGEST_NAME = 199  # of an entity identifier (chapter 2A, EI.1), and more than any number or UID has


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A message or a part of it, with what is needed to read values out of it."""

    message: Hl7Message
    segments: Sequence[Segment]
    dialect: Dialect
    zone: tzinfo

    def value(self, name: str) -> str:
        """Give the first value that is not empty among the places of a name."""
        for path in self.dialect.places[name]:
            segment, numbers = _place(path)
            for found in self.segments:
                if found.name == segment and (text := found.value(*numbers)):
                    return text
        return ""

    def moment(self, name: str) -> datetime | None:
        """Give a moment in UTC."""
        return moment(self.value(name), self.zone)

    def name(self, name: str) -> str:
        """Give a value that names something; one that is longer than any such name is none, and fits no index."""
        return _short(self.value(name), name)

    def part(self, group: Sequence[Segment], *, shared: Collection[str] = ("MSH", "PID", "PV1")) -> "Reading":
        """Read a group with what stands once for all groups: patient and visit."""
        once = [segment for segment in self.message.segments if segment.name in shared]
        return Reading(message=self.message, segments=[*once, *group], dialect=self.dialect, zone=self.zone)

    def number(self, name: str) -> Patient | None:
        """Give a patient's number and who issued it; of several, the first of the kind that the dialect prefers."""
        for path in self.dialect.places[name]:
            segment, _, field = path.partition("-")
            found = next((item for item in self.segments if item.name == segment), None)
            count = len(found.field(int(field)).split(self.message.separators.repetition)) if found else 0
            numbers = [
                (found.value(int(field), 5, repetition=place).upper(), place)
                for place in range(1, count + 1)
                if found and found.value(int(field), repetition=place)
            ]
            known = [item for item in numbers if item[0] in self.dialect.number_kinds]
            for _, place in sorted(known, key=lambda item: self.dialect.number_kinds.index(item[0]))[:1]:
                issuer = found.value(int(field), 4, repetition=place) if found else ""
                number = found.value(int(field), repetition=place) if found else ""
                return Patient(
                    issuer=_short(self.dialect.issuers.get(issuer, issuer), name), patient_id=_short(number, name)
                )
        return None


def _short(value: str, name: str) -> str:
    if len(value) > LONGEST_NAME:
        raise MessageError("hl7-field", f"a value of more than {LONGEST_NAME} characters as {name}")
    return value


@cache
def _place(path: str) -> tuple[str, tuple[int, ...]]:
    segment, _, place = path.partition("-")
    return segment, tuple(int(number) for number in place.split("."))


def said(message: Hl7Message, dialect: Dialect, zone: tzinfo) -> Sequence[Said]:
    """Read all that a message says.

    Raises
    ------
    MessageError
        ``hl7-type``: collega does not act on such messages. ``hl7-field``: a value without which it means nothing
        is absent or has no known code.
    """
    reader = READERS.get(message.kind)
    if reader is None:
        raise MessageError("hl7-type", f"no message that is acted upon: {message.kind[:20]}")
    return reader(Reading(message=message, segments=message.segments, dialect=dialect, zone=zone))


def _patient(reading: Reading) -> Patient:
    number = reading.number("patient.number")
    if number is None:
        raise MessageError("hl7-field", f"no patient number in {' or '.join(reading.dialect.places['patient.number'])}")
    pid = next((item for item in reading.segments if item.name == "PID"), reading.message.first("PID"))
    parts = [_family(pid), pid.value(5, 2), pid.value(5, 3), pid.value(5, 5), pid.value(5, 4)]
    return replace(
        number,
        name="^".join(part.replace("^", " ").replace("=", " ") for part in parts).rstrip("^"),
        birth_date=reading.value("patient.birth_date")[:8],
        sex=reading.value("patient.sex")[:1].upper(),
    )


def _family(pid: Segment) -> str:
    """Give the family name whole, as DICOM wants it; some send its prefix (*tussenvoegsel*) and stem alone."""
    return pid.value(5, 1) or " ".join(part for part in (pid.value(5, 1, 2), pid.value(5, 1, 3)) if part)


def _numbers(reading: Reading) -> OrderNumbers:
    numbers = OrderNumbers(
        placer=reading.name("order.placer"),
        filler=reading.name("order.filler"),
        accession=reading.name("order.accession"),
    )
    if numbers == OrderNumbers():
        raise MessageError("hl7-field", "no order number in ORC-2, ORC-3, OBR-2, OBR-3 or OBR-18")
    return numbers


def _orders(reading: Reading) -> Sequence[Said]:
    groups = reading.message.groups("ORC")
    if not groups:
        raise MessageError("hl7-field", "an order without ORC")
    return [_order(reading.part(group)) for group in groups]


def _order(reading: Reading) -> OrderSaid:
    control = reading.dialect.controls.get(reading.value("order.control").upper())
    if control is None:
        raise MessageError("hl7-field", "ORC-1 has no code that is known, such as NW, XO, CA, DC, SC")
    if control is OrderControl.STATUS:
        control = BY_STATUS.get(reading.value("order.status").upper(), control)
    return OrderSaid(
        numbers=_numbers(reading),
        patient=_patient(reading),
        control=control,
        status=reading.value("order.status"),
        procedure_code=reading.value("order.procedure_code"),
        procedure=reading.value("order.procedure"),
        modality=reading.value("order.modality"),
        priority=reading.dialect.priorities.get(reading.value("order.priority").upper(), Priority.UNKNOWN),
        location=reading.value("order.location"),
        requester=reading.value("order.requester"),
        study_instance_uid=reading.name("order.study_instance_uid"),
        ordered_at=reading.moment("order.ordered_at"),
        scheduled_at=reading.moment("order.scheduled_at"),
    )


def _reports(reading: Reading) -> Sequence[Said]:
    groups = reading.message.groups("OBR")
    if not groups:
        raise MessageError("hl7-field", "a report without OBR")
    # ORC stands before its OBR, and so at the end of the group before it.
    heads = [_last_order([*reading.message.segments[: reading.message.segments.index(group[0])]]) for group in groups]
    return [_report(reading.part([*head, *group])) for head, group in zip(heads, groups, strict=True)]


def _last_order(before: Sequence[Segment]) -> Sequence[Segment]:
    return before[-1:] if before and before[-1].name == "ORC" else ()


def _report(reading: Reading) -> ReportSaid:
    status = reading.dialect.report_states.get(reading.value("report.status").upper())
    if status is None:
        raise MessageError("hl7-field", "OBR-25 has no status of a report that is known")
    texts = [segment for segment in reading.segments if segment.name == "OBX" and segment.value(2) in TEXTS]
    lines = [
        part
        for segment in texts
        for part in (segment.value(5, repetition=number) for number in range(1, len(segment.repetitions(5)) + 1))
    ]
    if status in SIGNED and texts and all(_is_addendum(segment, reading.dialect) for segment in texts):
        status = ReportStatus.ADDENDUM
    return ReportSaid(
        numbers=_numbers(reading),
        patient=_patient(reading),
        status=status,
        text="\n".join(lines),
        author=reading.value("report.author"),
        study_instance_uid=reading.name("order.study_instance_uid"),
        signed_at=reading.moment("report.signed_at"),
    )


def _is_addendum(segment: Segment, dialect: Dialect) -> bool:
    return not {segment.value(3, 1), segment.value(3, 1, 2), segment.value(3, 2)}.isdisjoint(dialect.addenda)


def _update(reading: Reading) -> Sequence[Said]:
    return [PatientSaid(patient=_patient(reading))]


def _merge(reading: Reading) -> Sequence[Said]:
    found: list[Said] = []
    for group in reading.message.groups("PID"):
        part = reading.part(group, shared=("MSH",))
        survivor = _patient(part)
        found.append(PatientSaid(patient=survivor))
        for segment in group:
            prior = part.part([segment], shared=()).number("merge.number") if segment.name == "MRG" else None
            if prior is not None:
                found.append(MergeSaid(survivor=_who(survivor), prior=prior))
    if not any(isinstance(item, MergeSaid) for item in found):
        raise MessageError("hl7-field", "no prior patient number in MRG-1 after a PID")
    return found


def _who(patient: Patient) -> Patient:
    return Patient(issuer=patient.issuer, patient_id=patient.patient_id)


# ORC-5 (table 0038), where a message only tells of a status.
BY_STATUS = {"CA": OrderControl.CANCELLED, "DC": OrderControl.DISCONTINUED}
TEXTS = frozenset({"TX", "FT", "ST"})
READERS: Mapping[str, Callable[[Reading], Sequence[Said]]] = {
    "ORM^O01": _orders,
    "OMI^O23": _orders,
    "ORU^R01": _reports,
    "ADT^A08": _update,
    "ADT^A31": _update,
    "ADT^A18": _merge,
    "ADT^A34": _merge,
    "ADT^A40": _merge,
}
