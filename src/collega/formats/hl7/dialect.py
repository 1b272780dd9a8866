"""How a site's systems fill in their messages, as data: where a value stands, and what its codes mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from collega.formats.hl7.message import Hl7Message
from collega.model.message import OrderControl, ReportStatus
from collega.model.study import Priority

# A path is a segment with field and component, as the standard writes them: "OBR-4.2". Of several, the first that
# is not empty counts. A patient's number is a whole field, since it may hold several.
PLACES: Mapping[str, tuple[str, ...]] = {
    "patient.number": ("PID-3", "PID-2"),
    "patient.birth_date": ("PID-7.1",),
    "patient.sex": ("PID-8.1",),
    "merge.number": ("MRG-1", "MRG-4"),
    "order.control": ("ORC-1.1",),
    "order.placer": ("ORC-2.1", "OBR-2.1"),
    "order.filler": ("ORC-3.1", "OBR-3.1"),
    "order.accession": ("IPC-1.1", "OBR-18.1"),
    "order.status": ("ORC-5.1", "OBR-25.1"),
    "order.procedure_code": ("OBR-4.1",),
    "order.procedure": ("OBR-4.2", "OBR-4.1"),
    "order.modality": ("IPC-5.1", "OBR-24.1"),
    "order.priority": ("TQ1-9.1", "OBR-27.6", "ORC-7.6", "OBR-5.1"),
    "order.location": ("PV1-3.1", "ORC-13.1"),
    "order.requester": ("ORC-12.2", "OBR-16.2"),
    "order.study_instance_uid": ("IPC-3.1", "ZDS-1.1"),
    "order.ordered_at": ("ORC-9.1", "OBR-6.1"),
    "order.scheduled_at": ("TQ1-7.1", "OBR-36.1", "OBR-27.4", "ORC-7.4"),
    "report.status": ("OBR-25.1",),
    "report.author": ("OBR-32.1.2", "OBR-32.2", "OBR-32.1"),
    "report.signed_at": ("OBR-22.1",),
}
# Table 0119: what placers send, and what fillers tell.
CONTROLS: Mapping[str, OrderControl] = {
    **dict.fromkeys(("NW", "SN"), OrderControl.NEW),
    **dict.fromkeys(("XO", "XX", "RO", "RP"), OrderControl.CHANGED),
    **dict.fromkeys(("CA", "OC", "CR"), OrderControl.CANCELLED),
    **dict.fromkeys(("DC", "OD", "DR"), OrderControl.DISCONTINUED),
    **dict.fromkeys(("SC", "SR", "OK", "NA", "OR"), OrderControl.STATUS),
}
# Table 0027 and 0485; Dutch letters beside them.
PRIORITIES: Mapping[str, Priority] = {
    **dict.fromkeys(("S", "STAT", "SPOED", "CITO"), Priority.STAT),
    **dict.fromkeys(("A", "ASAP", "U", "URGENT", "P", "T", "C"), Priority.HIGH),
    **dict.fromkeys(("R", "ROUTINE", "N", "NORMAAL"), Priority.ROUTINE),
    "L": Priority.LOW,
}
# Table 0123.
REPORT_STATES: Mapping[str, ReportStatus] = {
    **dict.fromkeys(("P", "R", "A"), ReportStatus.PRELIMINARY),
    "F": ReportStatus.FINAL,
    "C": ReportStatus.CORRECTED,
}
# The hospital's own number (table 0203) before others; never that of the state, which images do not bear.
NUMBER_KINDS = ("PI", "MR", "PT", "")
# Reports that came by another way, as `collega.formats.hl7.given` writes them.
OWN = ("COLLEGA", "REPORTS")
ADDENDA = frozenset({"ADT", "ADDENDUM"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """Where the values of a sender stand, and what its codes mean; a site's own entries come before the usual ones.

    ``issuers`` says what an assigning authority is called in DICOM; an empty name: images bear its numbers without.
    """

    places: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: PLACES)
    controls: Mapping[str, OrderControl] = field(default_factory=lambda: CONTROLS)
    priorities: Mapping[str, Priority] = field(default_factory=lambda: PRIORITIES)
    report_states: Mapping[str, ReportStatus] = field(default_factory=lambda: REPORT_STATES)
    number_kinds: tuple[str, ...] = NUMBER_KINDS
    addenda: frozenset[str] = ADDENDA
    issuers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Who speaks a dialect: MSH-3 and MSH-4; an empty one fits all."""

    dialect: Dialect
    application: str = ""
    facility: str = ""

    def fits(self, application: str, facility: str) -> bool:
        """Tell whether a message is of this sender."""
        return self.application in {"", application} and self.facility in {"", facility}


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialects:
    """The dialects of a site; the first sender that fits counts, else what is usual."""

    senders: tuple[Sender, ...] = ()
    usual: Dialect = field(default_factory=Dialect)

    def of(self, message: Hl7Message) -> Dialect:
        """Choose by MSH-3 and MSH-4; what we wrote ourselves is in none."""
        application, facility = message.header.value(3), message.header.value(4)
        if (application, facility) == OWN:
            return Dialect()
        return next((sender.dialect for sender in self.senders if sender.fits(application, facility)), self.usual)
