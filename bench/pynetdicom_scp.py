"""The storage SCP that pynetdicom ships (``python -m pynetdicom storescp``), with Nagle's algorithm off.

``python bench/pynetdicom_scp.py PORT FOLDER``: presentation contexts, PDU length and handler are those of its
application; that one has no switch for ``TCP_NODELAY``, which every competitor here has on.
"""

import logging
import socket
import sys
from argparse import Namespace

from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, VerificationPresentationContexts, evt
from pynetdicom.apps.common import handle_store
from pynetdicom.events import Event

LOOPBACK = "127.0.0.1"


def main() -> None:
    """Listen until a signal comes."""
    port, folder = int(sys.argv[1]), sys.argv[2]
    entity = AE(ae_title="PYNETDICOM")
    for context in (*AllStoragePresentationContexts, *VerificationPresentationContexts):
        entity.add_supported_context(str(context.abstract_syntax), list(ALL_TRANSFER_SYNTAXES))
    asked = [Namespace(ignore=False, output_directory=folder), logging.getLogger("storescp")]
    handlers: list[evt.EventHandlerType] = [
        (evt.EVT_CONN_OPEN, _send_at_once),
        (evt.EVT_C_STORE, handle_store, asked),
    ]
    entity.start_server((LOOPBACK, port), evt_handlers=handlers)


def _send_at_once(event: Event) -> None:
    transport = event.assoc.dul.socket
    if transport is not None and transport.socket is not None:
        transport.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


if __name__ == "__main__":
    main()
