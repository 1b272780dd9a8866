"""dcmtk's ``storescu`` as the sender: over one association, or over several at the same time."""

import os
import resource
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.slices import Batch
from tests.e2e.peers import LOOPBACK, PROMPT, program


@dataclass(frozen=True, kw_only=True)
class Sent:
    """Seconds from the start of the first sender to the end of the last, and the CPU that all used."""

    seconds: float
    cpu_s: float


def shares(batches: Sequence[Batch], associations: int) -> list[Sequence[Batch]]:
    """Deal out the studies, so that each association has some of its own."""
    return [batches[first::associations] for first in range(associations)]


def storescu(port: int, aet: str, batches: Sequence[Batch], associations: int) -> Sent:
    """Send every study, and fail where one object was not taken."""
    cpu = children_s()
    begin = time.monotonic()
    senders = [started(port, aet, share) for share in shares(batches, associations)]
    codes = [sender.wait() for sender in senders]
    seconds = time.monotonic() - begin
    if any(codes):
        message = f"storescu to {aet} ended with {codes}: an object was not taken"
        raise ConnectionError(message)
    return Sent(seconds=seconds, cpu_s=children_s() - cpu)


def started(port: int, aet: str, batches: Sequence[Batch], *options: str) -> subprocess.Popen[bytes]:
    """Start one sender; it stops at the first object that is refused, with a code that is not 0."""
    scan = ("-R", "+sd", "+r", "-aet", "BENCH", "-aec", aet)
    folders = [str(batch.folder) for batch in batches]
    arguments = [program("storescu"), *scan, *options, LOOPBACK, str(port), *folders]
    return subprocess.Popen(arguments, env={**os.environ, **PROMPT}, stdin=subprocess.DEVNULL)


def children_s() -> float:
    """CPU seconds of all children that have ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
