"""How far a comparison is: a bar on a terminal, else a line now and then, for the log of a night."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from collega.model.comparison import HowFar

WINDOW_S = 60.0
# A slow app ends less than one a minute: its pace is that of so many runs.
LEAST = 10
LINE_EACH_S = 30.0
LINE_EACH_PERCENT = 10
WAITS = "waits for the studies of the line"


class Pace:
    """Runs per second, lately; what an earlier command did does not count."""

    def __init__(self) -> None:
        self._ended: deque[tuple[float, int]] = deque()
        self._now = 0.0

    def note(self, at: float, done: int) -> None:
        """Note how many had ended at a moment, in seconds of a clock that never runs back."""
        self._now = at
        if self._ended and self._ended[-1][1] == done:
            return
        self._ended.append((at, done))
        while len(self._ended) > LEAST and self._ended[1][0] < at - WINDOW_S:
            self._ended.popleft()

    @property
    def per_second(self) -> float | None:
        """None where nothing has ended yet."""
        if not self._ended:
            return None
        (began, first), (_, last) = self._ended[0], self._ended[-1]
        return (last - first) / (self._now - began) if last > first else None

    def words(self, far: HowFar) -> str:
        """Say how far it is, at which rate, and how long it will take."""
        said = f"{far.done} of {far.total} runs ({far.percent} %)"
        if far.waits:
            return f"{said}, {WAITS}"
        rate = self.per_second
        if rate is None or far.done >= far.total:
            return said
        return f"{said}, {_rate(rate)}, {in_words((far.total - far.done) / rate)} left"


def _rate(per_second: float) -> str:
    return f"{per_second:.1f} per second" if per_second >= 1 else f"{60 * per_second:.1f} per minute"


def in_words(seconds: float) -> str:
    """Write a duration as hours, minutes and seconds."""
    return str(timedelta(seconds=round(seconds)))


@contextmanager
def shown_progress(name: str) -> Iterator[Callable[[HowFar], None]]:
    """Tell on standard error how far it is, as long as the block runs."""
    console, pace = Console(stderr=True), Pace()
    if not console.is_terminal:
        yield Lines(name, pace, lambda line: console.print(line, soft_wrap=True, highlight=False, markup=False)).tell
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[words]}"))
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(name, total=None, words="")

        def tell(far: HowFar) -> None:
            pace.note(time.monotonic(), far.done)
            bar.update(task, completed=far.done, total=far.total, words=pace.words(far))

        yield tell


class Lines:
    """A line at the beginning and the end, at each tenth, each half minute, and when it waits or goes on."""

    def __init__(self, name: str, pace: Pace, write: Callable[[str], None]) -> None:
        self._name, self._pace, self._write = name, pace, write
        self._last: tuple[int, bool] | None = None
        self._written_at = 0.0

    def tell(self, far: HowFar, at: float | None = None) -> None:
        """Write a line if one is due; ``at`` is now where it is not given."""
        at = time.monotonic() if at is None else at
        self._pace.note(at, far.done)
        mark = (far.percent // LINE_EACH_PERCENT, far.waits)
        if mark != self._last or at - self._written_at >= LINE_EACH_S:
            self._last, self._written_at = mark, at
            self._write(f"{self._name}: {self._pace.words(far)}")
