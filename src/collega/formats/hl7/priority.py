"""An urgent finding, told to the RIS: its own order again, with a higher priority, as ORM^O01 or OMI^O23."""

from dataclasses import dataclass

from collega.formats.dicom_codes import PRIVATE_SCHEME
from collega.formats.hl7.message import Hl7Message, decoded, unescaped
from collega.formats.hl7.results import LABEL
from collega.formats.hl7.write import MARKS, Envelope, composite, encoded, header, patient, segment, text
from collega.model.code import Text
from collega.model.outgoing import PriorityMessage
from collega.model.study import Priority, Study

KINDS = {"orm": ("ORM", "O01", "ORM_O01"), "omi": ("OMI", "O23", "OMI_O23")}

# What of a message of ours names the order; the rest of these segments may hold a priority.
NAMES_ORDER = {"ORC": (1, 2, 3), "OBR": (1, 2, 3, 4, 18)}
# NTE-4: for a receiver that reads no sentences.
WITHDRAWN = composite("flag-withdrawn", "AI flag withdrawn", PRIVATE_SCHEME)


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """What is raised, and why; the numbers are those of the RIS's own order."""

    study: Study
    placer: str
    filler: str
    procedure_code: str
    procedure: str
    urgency: Priority
    reason: Text


def priority_message(envelope: Envelope, raised: Raised) -> bytes:
    """Write the order with its higher priority; it carries no result."""
    form = envelope.destination.priority
    kind, control = form.message.split("-")
    place, _, component = form.field.partition(".")
    name, _, number = place.partition("-")
    flag = {name: {int(number): composite(*[""] * (int(component or 1) - 1), form.value(raised.urgency))}}
    accession = text(raised.study.accession_number)
    order = {1: control.upper(), 2: text(raised.placer), 3: text(raised.filler)}
    request = {
        1: "1",
        2: text(raised.placer),
        3: text(raised.filler),
        4: composite(raised.procedure_code, raised.procedure, PRIVATE_SCHEME if not raised.procedure_code else "L"),
        18: accession,
    }
    said = raised.reason.in_language(envelope.destination.language)
    note = {1: "1", 2: "L", 3: text(f"{LABEL.in_language(envelope.destination.language)}. {said}")}
    lines = [header(envelope, KINDS[kind]), patient(raised.study.patient), segment("ORC", order | flag.get("ORC", {}))]
    if form.message in {PriorityMessage.OMI_SC, PriorityMessage.OMI_XO} and "TQ1" in flag:
        lines.append(segment("TQ1", {1: "1"} | flag["TQ1"]))
    lines += [segment("OBR", request | flag.get("OBR", {})), segment("NTE", note)]
    if kind == "omi":
        uid = text(raised.study.study_instance_uid)
        lines.append(segment("IPC", {1: accession, 2: accession, 3: uid, 4: accession}))
    if name.startswith("Z"):
        lines.append(segment(name, flag[name]))
    return encoded(envelope, lines)


def flag_withdrawal(envelope: Envelope, flagged: bytes, reason: Text) -> bytes:
    """Write that the flag of an earlier message of ours is gone: its order again, without any priority."""
    whole = decoded(flagged)[0]
    message = Hl7Message(whole)
    kind = message.kind.partition("^")[0].lower()
    lines = {line[:3]: line for line in whole.split("\r") if line}
    kept = [
        segment(name, {number: message.first(name).field(number) for number in numbers})
        for name, numbers in NAMES_ORDER.items()
    ]
    said = reason.in_language(envelope.destination.language)
    note = {1: "1", 2: "L", 3: text(f"{LABEL.in_language(envelope.destination.language)}. {said}"), 4: WITHDRAWN}
    more = [lines["IPC"]] if "IPC" in lines else []
    return encoded(envelope, [header(envelope, KINDS[kind]), lines["PID"], *kept, segment("NTE", note), *more])


def raised_order(message: bytes) -> tuple[str, ...]:
    """Read from a message of ours which order it raises: placer's, filler's and accession number."""
    request = Hl7Message(decoded(message)[0]).first("OBR")
    return request.value(2), request.value(3), request.value(18)


def order_number(accession_number: str) -> str:
    """Give an accession number as `raised_order` reads it."""
    return unescaped(text(accession_number), MARKS).strip()
