"""Asking for an association; a name that cannot be looked up is a peer that is away, not a fault of ours."""

import contextlib
import socket
from collections.abc import Iterator, Sequence

from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.association import Association

from collega.adapters.dimse.sockets import prompt_handlers
from collega.adapters.dimse.standstill import keep_answers
from collega.errors import PeerError
from collega.model.ids import IMPLEMENTATION_CLASS_UID

MOST_SECONDS_TO_CONNECT = 10.0


def caller(aet: str, timeout_s: float, *, patience: float = 1) -> AE:
    """Make the entity that calls a PACS; ``patience`` times ``timeout_s`` is how long an answer may take."""
    entity = AE(ae_title=aet)
    entity.implementation_class_uid = UID(IMPLEMENTATION_CLASS_UID)
    entity.connection_timeout = entity.acse_timeout = min(timeout_s, MOST_SECONDS_TO_CONNECT)
    entity.dimse_timeout = entity.network_timeout = timeout_s * patience
    return entity


@contextlib.contextmanager
def released(association: Association) -> Iterator[Association]:
    """Release an association at the end of the block, where it stands then."""
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def associate(
    entity: AE, address: tuple[str, int], aet: str, handlers: Sequence[evt.EventHandlerType] = ()
) -> Association:
    """Ask for an association; whether it was given stands in what comes back.

    Raises
    ------
    PeerError
        The name of the host cannot be looked up now.
    """
    host, port = address
    own = [*prompt_handlers(), (evt.EVT_ESTABLISHED, keep_answers)]
    try:
        return entity.associate(host, port, ae_title=aet, evt_handlers=[*own, *handlers])
    except socket.gaierror as error:
        message = f"{aet}: the name {host} cannot be looked up ({error.strerror}); is it right, and does DNS answer?"
        raise PeerError(message) from None
