"""Asking for an association; a name that cannot be looked up is a peer that is away, not a fault of ours."""

import socket
from collections.abc import Sequence

from pynetdicom import AE, evt
from pynetdicom.association import Association

from collega.adapters.dimse.sockets import prompt_handlers
from collega.errors import PeerError


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
    try:
        return entity.associate(host, port, ae_title=aet, evt_handlers=[*prompt_handlers(), *handlers])
    except socket.gaierror as error:
        message = f"{aet}: the name {host} cannot be looked up ({error.strerror}); is it right, and does DNS answer?"
        raise PeerError(message) from None
