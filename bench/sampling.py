"""Where the CPU of one role goes: a thread that looks at all others, weighed by the CPU that each has used.

Run by profile_worker.py in the place of ``collega serve --role ROLE``:
``python bench/sampling.py REPORT cpu serve --role worker``. With ``waits`` in the place of ``cpu`` it also
counts the time that passes in each stack, whether the thread runs or waits. SIGUSR1 makes it begin anew, which
leaves out the start of the process.
"""

import json
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

SECONDS_BETWEEN_LOOKS = 0.002
DEEPEST = 80


class Sampler:
    """Samples every Python thread of this process but its own."""

    def __init__(self, *, waits: bool) -> None:
        self.stacks: Counter[tuple[str, ...]] = Counter()
        self.passed: Counter[tuple[str, ...]] = Counter()
        self._waits = waits
        self._used: dict[int, int] = {}
        self._stopping, self._forgets = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after which ``stacks`` holds nanoseconds of CPU by stack, and ``passed`` those of time."""
        self._stopping.set()
        self._thread.join()

    def begin_anew(self) -> None:
        """Forget what was seen so far."""
        self._forgets.set()

    def _run(self) -> None:
        last = time.monotonic_ns()
        while not self._stopping.wait(SECONDS_BETWEEN_LOOKS):
            now = time.monotonic_ns()
            since, last = now - last, now
            if self._forgets.is_set():
                self._forgets.clear()
                self.stacks.clear()
                self.passed.clear()
            natives = {thread.ident: thread.native_id for thread in threading.enumerate()}
            for ident, frame in sys._current_frames().items():  # noqa: SLF001 - documented for profilers
                native = natives.get(ident)
                if native is not None and ident != self._thread.ident:
                    self._add(native, frame, since)

    def _add(self, native: int, frame: FrameType, since: int) -> None:
        used = _cpu_ns(native)
        before = self._used.get(native, used)
        self._used[native] = used
        if used > before:
            self.stacks[_stack(frame)] += used - before
        if self._waits:
            self.passed[_stack(frame)] += since


def _cpu_ns(native: int) -> int:
    """CPU of one thread; its clock's number is made of its id (clock_getcpuclockid(3), linux/posix-timers.h)."""
    try:
        return time.clock_gettime_ns((~native << 3) | 0b110)
    except OSError:
        return 0


def _stack(frame: FrameType | None) -> tuple[str, ...]:
    """Functions from the outermost to the innermost."""
    found: list[str] = []
    while frame is not None and len(found) < DEEPEST:
        code = frame.f_code
        found.append(f"{code.co_filename}:{frame.f_lineno}:{code.co_qualname}")
        frame = frame.f_back
    return tuple(reversed(found))


def main() -> None:
    """Be the command that the arguments name, sampled."""
    from collega.cli import main as command  # noqa: PLC0415 - the sampler sees the imports as well

    report, waits = Path(sys.argv[1]), sys.argv[2] == "waits"
    sys.argv = ["collega", *sys.argv[3:]]
    sampler = Sampler(waits=waits)
    sampler.start()
    signal.signal(signal.SIGUSR1, lambda _number, _frame: sampler.begin_anew())
    try:
        command()
    finally:
        sampler.stop()
        lines = [
            json.dumps({"ns": sampler.stacks[stack], "wall_ns": sampler.passed[stack], "stack": stack})
            for stack in sampler.stacks | sampler.passed
        ]
        report.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
