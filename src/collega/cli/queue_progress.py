"""How far a simulation is: a bar on a terminal, nothing elsewhere."""

from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Run = TypeVar("Run")


def counted(runs: Iterable[Run], total: int, *, is_shown: bool) -> list[Run]:
    """Take all runs, and show how many there were."""
    console = Console(stderr=True)
    silent = not (is_shown and console.is_terminal)
    return list(track(runs, "Simulating", total, console=console, transient=True, disable=silent))
