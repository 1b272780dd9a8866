"""How a site's systems fill in their messages, as data: where a value stands, and what its codes mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from collega.model.message import ReportStatus
from collega.model.study import Priority

# A path is a segment with field and component, as the standard writes them: "OBR-4.2". Of several, the first that
# is not empty counts.
PLACES: Mapping[str, tuple[str, ...]] = {
    "patient.issuer": ("PID-3.4",),
    "patient.id": ("PID-3.1", "PID-2.1"),
    "patient.birth_date": ("PID-7.1",),
    "patient.sex": ("PID-8.1",),
    "order.control": ("ORC-1.1",),
    "order.placer": ("ORC-2.1", "OBR-2.1"),
    "order.filler": ("ORC-3.1", "OBR-3.1"),
    "order.accession": ("IPC-1.1", "OBR-18.1", "OBR-3.1", "ORC-3.1"),
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
    "merge.prior_id": ("MRG-1.1",),
    "merge.prior_issuer": ("MRG-1.4",),
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """Where the values of a sender stand, and what its codes mean; a site's own entries come before the usual ones."""

    places: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: PLACES)
    priorities: Mapping[str, Priority] = field(default_factory=lambda: PRIORITIES)
    report_states: Mapping[str, ReportStatus] = field(default_factory=lambda: REPORT_STATES)
