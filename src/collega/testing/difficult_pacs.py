"""A PACS with the habits of real ones that a sender must live with: a simulator, for tests."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Self
from weakref import WeakKeyDictionary

from pydicom import Dataset, dcmread, dcmwrite
from pydicom.errors import InvalidDicomError
from pynetdicom.association import Association

from collega.testing import pacs_protocol as protocol
from collega.testing.pacs import KeepingPacs
from collega.testing.pacs_commitment import NO_ROUTES, CommitmentRoutes
from collega.testing.pacs_query import UNIQUE_KEYS
from collega.testing.pacs_shelf import KeptObject, header_of

# One of the range Cxxx, "cannot understand" (PS3.4 table B.2-1): makers choose their own numbers.
STUDY_IS_SIGNED = 0xC123
KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
REJECTED = "113001"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difficulties:
    """What a PACS does to its peers; by default nothing.

    Attributes
    ----------
    rejected_classes, refused_classes, dropped_classes : frozenset of str
        SOP classes whose presentation context is rejected; whose objects are answered with
        0122; whose objects are answered with success and thrown away.
    signed_studies : frozenset of str
        Study Instance UIDs that take no new objects; answered in the range Cxxx.
    coerced : mapping of str to str
        Values that replace what comes in, by keyword; answered with B000, kept as coerced.
    query_levels : frozenset of str
        Levels of C-FIND that work, others are answered with A900; none at all rejects the context.
    visible_after_s : float
        How long after its arrival an object stays unseen by queries.
    full_for_s : float
        How long after its start the PACS answers A700 to every object.
    answers_after_s : float
        How long each answer is held back.
    abort_at_store : int
        The C-STORE of an association that is kept and then aborted instead of answered, 1 the first.
    one_association : bool
        Reject an association while another is open: local limit exceeded (PS3.8 table 9-21).
    honours_rejection : bool
        Hide what a rejection note (113001, DCM) names, and the note itself (IHE IOCM).
    """

    rejected_classes: frozenset[str] = frozenset()
    refused_classes: frozenset[str] = frozenset()
    dropped_classes: frozenset[str] = frozenset()
    signed_studies: frozenset[str] = frozenset()
    coerced: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    query_levels: frozenset[str] = frozenset(UNIQUE_KEYS)
    visible_after_s: float = 0.0
    full_for_s: float = 0.0
    answers_after_s: float = 0.0
    abort_at_store: int = 0
    one_association: bool = False
    honours_rejection: bool = False


class DifficultPacs(KeepingPacs):
    """A simulated PACS with difficulties; ``stop`` and ``start`` make it go down and come back.

    Parameters
    ----------
    folder : Path
        Where it keeps its objects.
    difficulties : Difficulties
        What it does to its peers.
    routes : CommitmentRoutes
        As for a PACS without difficulties.
    clock : callable
        Seconds of a clock that never runs back; a test can turn its hands.
    """

    def __init__(
        self,
        folder: Path,
        difficulties: Difficulties,
        *,
        routes: CommitmentRoutes = NO_ROUTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(folder, aet="SIMDIFFICULT", routes=routes, clock=clock)
        self.difficulties = difficulties
        self._born = clock()
        self._stopping = threading.Event()
        self._stores: WeakKeyDictionary[Association, int] = WeakKeyDictionary()
        if difficulties.one_association:
            self.most_associations = 1

    def start(self) -> Self:
        """Listen, again or for the first time."""
        self._stopping.clear()
        return super().start()

    def stop(self) -> None:
        """Close the port at once, answers that are held back included."""
        self._stopping.set()
        super().stop()

    def offers(self, sop_class_uid: str) -> bool:
        """Whether presentation contexts of this SOP class are accepted."""
        if sop_class_uid == protocol.STUDY_ROOT_FIND and not self.difficulties.query_levels:
            return False
        return super().offers(sop_class_uid) and sop_class_uid not in self.difficulties.rejected_classes

    def levels(self) -> frozenset[str]:
        """Levels at which queries are answered."""
        return self.difficulties.query_levels

    def visible(self, one: KeptObject) -> bool:
        """Whether the object has been here for long enough."""
        if self.difficulties.honours_rejection and one.sop_instance_uid in self._rejected():
            return False
        return self.clock() - one.kept_at >= self.difficulties.visible_after_s

    def _rejected(self) -> set[str]:
        """UIDs that rejection notes name, and those of the notes."""
        notes = [dcmread(one.path) for one in self.objects() if one.sop_class_uid == KEY_OBJECTS]
        rejecting = [note for note in notes if note.ConceptNameCodeSequence[0].CodeValue == REJECTED]
        named = [
            str(item.ReferencedSOPInstanceUID)
            for note in rejecting
            for study in note.CurrentRequestedProcedureEvidenceSequence
            for series in study.ReferencedSeriesSequence
            for item in series.ReferencedSOPSequence
        ]
        return {*named, *(str(note.SOPInstanceUID) for note in rejecting)}

    def before_answering(self) -> None:
        """Hold the answer back."""
        self._stopping.wait(self.difficulties.answers_after_s)

    def store(self, data: bytes, association: Association) -> Dataset | int:
        """Keep the DICOM file ``data``, or not, and give the status of the C-STORE response."""
        try:
            header = header_of(BytesIO(data))
        except (ValueError, InvalidDicomError):
            return super().store(data, association)
        refusal = self._refusal(header)
        if refusal is not None:
            return refusal
        if str(header.SOPClassUID) in self.difficulties.dropped_classes:
            return protocol.SUCCESS
        status = super().store(coerce(data, self.difficulties.coerced), association)
        self._stores[association] = self._stores.get(association, 0) + 1
        if self._stores[association] == self.difficulties.abort_at_store:
            association.abort()
        if status == protocol.SUCCESS and self.difficulties.coerced:
            return protocol.failure(protocol.COERCION, "coerced " + ", ".join(self.difficulties.coerced))
        return status

    def _refusal(self, header: Dataset) -> Dataset | None:
        """Answer for an object that is not kept, or nothing; the first reason that holds counts."""
        difficulties = self.difficulties
        reasons = (
            (self.clock() - self._born < difficulties.full_for_s, protocol.OUT_OF_RESOURCES, "no room now"),
            (
                str(header.SOPClassUID) in difficulties.refused_classes,
                protocol.SOP_CLASS_NOT_SUPPORTED,
                "this class is not kept here",
            ),
            (str(header.StudyInstanceUID) in difficulties.signed_studies, STUDY_IS_SIGNED, "the study is signed"),
        )
        return next((protocol.failure(status, why) for holds, status, why in reasons if holds), None)


def coerce(data: bytes, coerced: Mapping[str, str]) -> bytes:
    """Replace attributes of a DICOM file; the same bytes where there is nothing to replace."""
    if not coerced:
        return data
    one = dcmread(BytesIO(data))
    for keyword, value in coerced.items():
        setattr(one, keyword, value)
    file = BytesIO()
    dcmwrite(file, one)
    return file.getvalue()
