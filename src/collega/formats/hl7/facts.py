"""What a message says: orders, reports, patients, merged numbers; by its type, after a dialect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from collega.errors import MessageError
from collega.formats.hl7.dialect import Dialect
from collega.formats.hl7.message import Hl7Message, Segment
from collega.formats.hl7.moment import moment
from collega.model.message import MergeSaid, OrderControl, OrderNumbers, OrderSaid, PatientSaid, ReportSaid, Said
from collega.model.study import Patient, Priority


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
            segment, _, place = path.partition("-")
            numbers = [int(number) for number in place.split(".")]
            for found in self.segments:
                if found.name == segment and (text := found.value(*numbers)):
                    return text
        return ""

    def moment(self, name: str) -> datetime | None:
        """Give a moment in UTC."""
        return moment(self.value(name), self.zone)

    def part(self, group: Sequence[Segment]) -> "Reading":
        """Read a group with what stands before the first one: patient and visit."""
        shared = [segment for segment in self.message.segments if segment.name in {"MSH", "PID", "PV1"}]
        return Reading(message=self.message, segments=[*shared, *group], dialect=self.dialect, zone=self.zone)


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
    number = reading.value("patient.id")
    if not number:
        raise MessageError("hl7-field", "no patient number in PID-3")
    name = reading.message.first("PID")
    parts = [name.value(5, 1), name.value(5, 2), name.value(5, 3), name.value(5, 5), name.value(5, 4)]
    return Patient(
        issuer=reading.value("patient.issuer"),
        patient_id=number,
        name="^".join(parts).rstrip("^"),
        birth_date=reading.value("patient.birth_date")[:8],
        sex=reading.value("patient.sex")[:1],
    )


def _numbers(reading: Reading) -> OrderNumbers:
    numbers = OrderNumbers(
        placer=reading.value("order.placer"),
        filler=reading.value("order.filler"),
        accession=reading.value("order.accession"),
    )
    if numbers == OrderNumbers():
        raise MessageError("hl7-field", "no order number in ORC-2, ORC-3 or OBR-18")
    return numbers


def _orders(reading: Reading) -> Sequence[Said]:
    groups = reading.message.groups("ORC")
    if not groups:
        raise MessageError("hl7-field", "an order without ORC")
    return [_order(reading.part(group)) for group in groups]


def _order(reading: Reading) -> OrderSaid:
    try:
        control = OrderControl(reading.value("order.control"))
    except ValueError:
        raise MessageError("hl7-field", "ORC-1 is none of NW, XO, CA, DC, SC") from None
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
        study_instance_uid=reading.value("order.study_instance_uid"),
        ordered_at=reading.moment("order.ordered_at"),
        scheduled_at=reading.moment("order.scheduled_at"),
    )


def _reports(reading: Reading) -> Sequence[Said]:
    groups = reading.message.groups("OBR")
    if not groups:
        raise MessageError("hl7-field", "a report without OBR")
    return [_report(reading.part(group)) for group in groups]


def _report(reading: Reading) -> ReportSaid:
    status = reading.dialect.report_states.get(reading.value("report.status"))
    if status is None:
        raise MessageError("hl7-field", "OBR-25 has no status of a report that is known")
    lines = [
        part
        for segment in reading.segments
        if segment.name == "OBX" and segment.value(2) in {"TX", "FT", "ST"}
        for part in (segment.value(5, repetition=number) for number in range(1, len(segment.repetitions(5)) + 1))
    ]
    return ReportSaid(
        numbers=_numbers(reading),
        patient=_patient(reading),
        status=status,
        text="\n".join(lines),
        author=reading.value("report.author"),
        study_instance_uid=reading.value("order.study_instance_uid"),
        signed_at=reading.moment("report.signed_at"),
    )


def _update(reading: Reading) -> Sequence[Said]:
    return [PatientSaid(patient=_patient(reading))]


def _merge(reading: Reading) -> Sequence[Said]:
    prior = Patient(issuer=reading.value("merge.prior_issuer"), patient_id=reading.value("merge.prior_id"))
    if not prior.patient_id:
        raise MessageError("hl7-field", "no prior patient number in MRG-1")
    survivor = _patient(reading)
    return [PatientSaid(patient=survivor), MergeSaid(survivor=survivor, prior=prior)]


READERS: Mapping[str, Callable[[Reading], Sequence[Said]]] = {
    "ORM^O01": _orders,
    "OMI^O23": _orders,
    "ORU^R01": _reports,
    "ADT^A08": _update,
    "ADT^A18": _merge,
    "ADT^A34": _merge,
    "ADT^A40": _merge,
}
