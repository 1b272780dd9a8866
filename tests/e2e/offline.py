"""Commands without a network: a namespace of their own, in which only the loopback interface is up."""

import os
import sys
from collections.abc import Sequence

# SIOCGIFFLAGS, SIOCSIFFLAGS and IFF_UP of netdevice(7); a namespace begins with its loopback interface down.
BEGIN = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    request = struct.pack("16sh14x", b"lo", 0)
    flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, 0x8913, request))[1]
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", flags | 1))
os.execvp(sys.argv[1], sys.argv[1:])
"""


def without_network(command: Sequence[str]) -> list[str]:
    """Return the command line that runs ``command`` with nothing but loopback."""
    namespace = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    return [*namespace, sys.executable, "-c", BEGIN, *command]
