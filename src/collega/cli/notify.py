"""Words to systemd over its socket, as sd_notify(3) says them: ready, alive, stopping."""

import contextlib
import http.client
import os
import socket
import ssl
from collections.abc import Mapping

PROBE_SECONDS = 0.5
MICROSECONDS = 1_000_000


class Notifier:
    """Speaks to the service manager that started this process; to nobody where there is none.

    Parameters
    ----------
    environment : mapping
        ``NOTIFY_SOCKET`` names the socket, ``@`` before an abstract one; ``WATCHDOG_USEC`` is how
        long the manager bears silence, meant for the process that ``WATCHDOG_PID`` names.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        patience = environment.get("WATCHDOG_USEC", "")
        self.alive_every: float | None = None
        if self._address and meant and patience.isdecimal() and int(patience) > 0:
            self.alive_every = int(patience) / MICROSECONDS / 3

    def say(self, *words: str) -> None:
        """Send assignments such as ``READY=1``; a manager that does not listen changes nothing."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel, contextlib.suppress(OSError):
            channel.connect(self._address)
            channel.send("\n".join(words).encode())


def answers(host: str, port: int, *, tls: bool = False) -> bool:
    """Tell whether ``/healthz`` says that collega can take work; our own certificate is for another name than this."""
    connection = http.client.HTTPConnection(host, port, timeout=PROBE_SECONDS)
    if tls:
        context = ssl._create_unverified_context()  # noqa: S323, SLF001 - nothing is told, and we ask ourselves
        connection = http.client.HTTPSConnection(host, port, timeout=PROBE_SECONDS, context=context)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
