"""Asking for an association, from the acceptor's side: pynetdicom decides on contexts and roles (PS3.8 7.1)."""

import struct
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from pydicom.uid import UID, AllTransferSyntaxes, ExplicitVRLittleEndian
from pynetdicom import AllStoragePresentationContexts, build_context
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation,
)
from pynetdicom.presentation import PresentationContext, negotiate_as_acceptor

from collega.adapters.dimse.provided import STORAGE_COMMITMENT, SYNTAXES
from collega.adapters.dimse.wire import HEADER, AbortReason, PduType, ProtocolBreakError
from collega.formats.dicom_file import IMPLEMENTATION_VERSION
from collega.model.ids import IMPLEMENTATION_CLASS_UID

# Explicit VR first: implicit loses the representations of private elements.
SYNTAXES_PREFERRED: list[str | UID] = [ExplicitVRLittleEndian, *AllTransferSyntaxes]
APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
STORAGE = frozenset(str(context.abstract_syntax) for context in AllStoragePresentationContexts)
BOTH_ROLES = frozenset({STORAGE_COMMITMENT})  # a report on a commitment comes from the provider
# What pynetdicom raises on bytes that are no request.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, NotImplementedError, struct.error, AssertionError)


class Rejection(Enum):
    """Result, source and reason of a rejection (PS3.8 9.3.4)."""

    CALLING_AET = (1, 1, 3)
    LOCAL_LIMIT = (2, 3, 2)
    CONTEXT_NAME = (1, 1, 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class AssociationRequest:
    """Who asks for an association, and for what."""

    calling_aet: str
    called_aet: str
    primitive: A_ASSOCIATE


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptedContext:
    """A presentation context that was agreed upon."""

    abstract_syntax: str
    transfer_syntax: str


def read_request(content: memoryview) -> AssociationRequest:
    """Read an A-ASSOCIATE-RQ, given without the header of the PDU.

    Raises
    ------
    ProtocolBreakError
        It cannot be read.
    """
    pdu = A_ASSOCIATE_RQ()
    try:
        pdu.decode(HEADER.pack(PduType.ASSOCIATE_RQ, len(content)) + bytes(content))
        primitive = pdu.to_primitive()
        contexts = primitive.presentation_context_definition_list
        complete = primitive.user_information and all(
            item.abstract_syntax and item.transfer_syntax for item in contexts
        )
    except UNREADABLE as error:
        text = f"a request for an association that cannot be read ({type(error).__name__})"
        raise ProtocolBreakError(AbortReason.INVALID_VALUE, text) from error
    if not complete:
        text = "a request for an association without user information, or with a context that names no syntax"
        raise ProtocolBreakError(AbortReason.INVALID_VALUE, text)
    return AssociationRequest(
        calling_aet=str(primitive.calling_ae_title).strip(),
        called_aet=str(primitive.called_ae_title).strip(),
        primitive=primitive,
    )


def accept(
    request: AssociationRequest, supported: frozenset[str], most_bytes: int
) -> tuple[bytes, dict[int, AcceptedContext]]:
    """Encode the A-ASSOCIATE-AC; the accepted contexts by their identifiers."""
    asked = request.primitive
    proposed = asked.presentation_context_definition_list
    wanted = sorted({str(item.abstract_syntax) for item in proposed} & supported)
    items = asked.user_information
    roles = {
        item.sop_class_uid: (item.scu_role, item.scp_role)
        for item in items
        if isinstance(item, SCP_SCU_RoleSelectionNegotiation) and item.sop_class_uid is not None
    }
    results, replies = negotiate_as_acceptor(proposed, [_context(uid) for uid in wanted], roles)
    answer = A_ASSOCIATE()
    answer.application_context_name = UID(APPLICATION_CONTEXT)
    answer.calling_ae_title, answer.called_ae_title = asked.calling_ae_title, asked.called_ae_title
    answer.result, answer.result_source = 0, 1
    answer.presentation_context_definition_results_list = results
    answer.user_information = [*_user_information(most_bytes), *replies]
    pdu = A_ASSOCIATE_AC()
    pdu.from_primitive(answer)
    agreed = {
        int(item.context_id): AcceptedContext(
            abstract_syntax=str(item.abstract_syntax), transfer_syntax=str(item.transfer_syntax[0])
        )
        for item in results
        if item.result == 0 and item.context_id is not None
    }
    return pdu.encode(), agreed


def reject(why: Rejection) -> bytes:
    """Encode an A-ASSOCIATE-RJ."""
    answer = A_ASSOCIATE()
    answer.result, answer.result_source, answer.diagnostic = why.value
    pdu = A_ASSOCIATE_RJ()
    pdu.from_primitive(answer)
    return pdu.encode()


def _user_information(
    most_bytes: int,
) -> list[MaximumLengthNotification | ImplementationClassUIDNotification | ImplementationVersionNameNotification]:
    length = MaximumLengthNotification()
    length.maximum_length_received = most_bytes
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = UID(IMPLEMENTATION_CLASS_UID)
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = IMPLEMENTATION_VERSION
    return [length, implementation, version]


@lru_cache(maxsize=256)
def _context(uid: str) -> PresentationContext:
    context = build_context(uid, SYNTAXES_PREFERRED if uid in STORAGE else SYNTAXES)
    if uid in BOTH_ROLES:
        context.scu_role = context.scp_role = True
    return context
