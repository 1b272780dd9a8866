"""SOP classes, statuses and presentation contexts of the simulated PACSs."""

from collections.abc import Callable

from pydicom import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian
from pynetdicom import ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, build_context, evt
from pynetdicom.presentation import PresentationContext

# PS3.4 annexes A, J and C; spelt out, since pynetdicom makes its names at import, unseen by a type checker.
VERIFICATION = UID("1.2.840.10008.1.1")
STUDY_ROOT_FIND = UID("1.2.840.10008.5.1.4.1.2.2.1")
STUDY_ROOT_MOVE = UID("1.2.840.10008.5.1.4.1.2.2.2")
STORAGE_COMMITMENT = UID("1.2.840.10008.1.20.1")
STORAGE_COMMITMENT_INSTANCE = UID("1.2.840.10008.1.20.1.1")
STORAGE_CLASSES = frozenset(str(context.abstract_syntax) for context in AllStoragePresentationContexts)
SOP_CLASSES = STORAGE_CLASSES | {VERIFICATION, STUDY_ROOT_FIND, STUDY_ROOT_MOVE, STORAGE_COMMITMENT}
# The first of these that a peer proposes is taken: explicit before implicit, so that types survive.
TRANSFER_SYNTAXES = sorted(ALL_TRANSFER_SYNTAXES, key=lambda uid: uid != ExplicitVRLittleEndian)

# Statuses of C-STORE (PS3.4 table B.2-1), C-FIND (table C.4-1) and N-ACTION (PS3.7 annex C).
SUCCESS = 0x0000
PROCESSING_FAILURE = 0x0110
SOP_CLASS_NOT_SUPPORTED = 0x0122
OUT_OF_RESOURCES = 0xA700
IDENTIFIER_DOES_NOT_MATCH = 0xA900
COERCION = 0xB000
CANNOT_UNDERSTAND = 0xC000
UNKNOWN_DESTINATION = 0xA801
CANCELLED = 0xFE00
PENDING = 0xFF00


def failure(status: int, comment: str) -> Dataset:
    """Build a status with its Error Comment (0000,0902), which holds 64 characters at most."""
    answer = Dataset()
    answer.Status = status
    answer.ErrorComment = comment[:64]
    return answer


def context_for(sop_class_uid: str) -> PresentationContext:
    """Build the context to accept: every usual transfer syntax for storage, both roles for commitment."""
    if sop_class_uid in STORAGE_CLASSES:
        return build_context(sop_class_uid, TRANSFER_SYNTAXES)
    context = build_context(sop_class_uid)
    if sop_class_uid == STORAGE_COMMITMENT:
        context.scu_role, context.scp_role = True, True
    return context


def offer(event: evt.Event, offers: Callable[[str], bool]) -> None:
    """Offer, of the contexts that a peer proposes, those whose SOP class ``offers`` allows.

    pynetdicom copies all supported contexts for each association, 44 ms for every storage
    class; to offer only what this peer asks for gives the same answer at no cost.
    """
    request = event.assoc.requestor.primitive
    proposed = request.presentation_context_definition_list if request else []
    asked = {str(context.abstract_syntax) for context in proposed}
    event.assoc.acceptor.supported_contexts = [context_for(uid) for uid in sorted(asked) if offers(uid)]
