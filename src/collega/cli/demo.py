"""``collega demo``: the whole line on this machine, with a simulated scanner and a simulated PACS."""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from collega.bootstrap.demo.channels import Channels
from collega.bootstrap.demo.count import Progress, p95_of
from collega.bootstrap.demo.day import MOST_MADE, Kind, Part
from collega.bootstrap.demo.show import Demonstration, PacsMaker, Wishes, demonstrate
from collega.bootstrap.demo.tally import Tally
from collega.cli.demo_summary import next_steps, summary
from collega.cli.demo_table import banner, invitation, morning, screen
from collega.testing.pacs import KeepingPacs

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130
# Whoever watches should see the difficult hour come and go (7.5 s of 3 minutes); whoever counts is in a hurry.
MINUTES_TO_WATCH, HEADLESS_MINUTES = 3.0, 1.0
SECONDS_BETWEEN_LOOKS = 1.0
Follow = Callable[[Console, Demonstration], Progress]


def register(app: typer.Typer, text: str) -> None:
    """Add the command."""
    app.command("demo", help=text)(demo)


def demo(
    films: Annotated[
        Path | None,
        typer.Option(metavar="DIR", exists=True, file_okay=False, help="Send the films of this folder instead."),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            help="How long the day takes: else 3 with a screen, 1 headless, as fast as they come through for --films.",
        ),
    ] = None,
    *,
    headless: Annotated[bool, typer.Option("--headless", help="No live table; the last line is JSON.")] = False,
) -> None:
    """Play a day with simulated scanners and readers, and sum up; exit code 1 where anything is missing."""
    if films is None and minutes is None:
        minutes = HEADLESS_MINUTES if headless else MINUTES_TO_WATCH
    perform(Wishes(films=films, minutes=minutes), headless=headless)


def perform(wishes: Wishes, *, headless: bool, make_pacs: PacsMaker = KeepingPacs) -> None:
    """Give the demonstration; ``make_pacs`` makes the simulated PACS from its folder."""
    console = Console(highlight=False)
    with _signals_obeyed():
        try:
            progress, day = _show(console, wishes, make_pacs, _wait if headless else _live)
        except KeyboardInterrupt:
            console.print("Stopped. Nothing of the demonstration runs on.")
            raise typer.Exit(INTERRUPTED) from None
    if headless:
        sys.stdout.write(json.dumps(figures(progress, day)) + "\n")
    if not progress.passed:
        raise typer.Exit(1)


def figures(progress: Progress, day: Tally | None) -> dict[str, object]:
    """Give counts of studies, the 95th percentile of the seconds from complete to visible, and those of a day."""
    p95 = p95_of(progress.latencies_s)
    return {
        "sent": progress.sent,
        "analysed": progress.analysed,
        "delivered": progress.delivered,
        "confirmed": progress.confirmed,
        "missing": progress.missing,
        "p95_s": _rounded(p95),
        **(figures_of_day(day) if day else {}),
    }


def figures_of_day(day: Tally) -> dict[str, object]:
    """Give what the simulated day adds; counts of studies, seconds of the demonstration."""
    return {
        "films": day.kinds.get(Kind.FILM, 0),
        "head_cts": day.kinds.get(Kind.HEAD_CT, 0),
        "others": sum(number for kind, number in day.kinds.items() if kind not in MOST_MADE),
        **{str(part): day.parts.get(part, 0) for part in Part},
        "difficult": day.difficult,
        "p95_difficult_s": _rounded(day.p95_difficult_s),
        "held_up": day.held_up,
        "came_through": day.came_through,
        "failed": day.failed,
        "failed_on_page": day.failed_on_page,
        "opened": day.opened,
        "signed": day.signed,
        "waiting_s": {str(part): _rounded(seconds) for part, seconds in day.waits_s.items()},
        "inputs": {app: asdict(one) for app, one in day.inputs.items()},
        "apps": {app: {str(outcome): n for outcome, n in counts.items()} for app, counts in day.apps.items()},
        "channels": {app: _channels(counted) for app, counted in day.channels.items()},
    }


def _channels(counted: Channels) -> dict[str, object]:
    """Give how an app worked, and in how many studies each channel carries its word."""
    return {
        "way": str(counted.way),
        "runtime": str(counted.runtime),
        "studies": counted.studies,
        "board": counted.board,
        "pacs": counted.pacs,
        "raised": counted.raised,
        **{str(word): number for word, number in counted.silent.items()},
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _show(console: Console, wishes: Wishes, make_pacs: PacsMaker, follow: Follow) -> tuple[Progress, Tally | None]:
    """Run the demonstration to its end, take everything down, then sum up."""
    console.print(banner(wishes))
    console.print("Starting collega and the simulated PACS ...", style="dim")
    with demonstrate(wishes, make_pacs=make_pacs) as demonstration:
        if follow is _live:
            open_browser(demonstration.scene.board, os.environ)
        else:
            console.print(invitation(demonstration.scene))
        progress = follow(console, demonstration)
        day = demonstration.tally(progress)
        console.print(summary(progress, day))
        if follow is _live and sys.stdin.isatty() and console.is_terminal:
            _stay(console, demonstration)
        _on_signals(_ignore)
        where = demonstration.where
    console.print(next_steps(progress, where))
    return progress, day


def _stay(console: Console, demonstration: Demonstration) -> None:
    """Keep the board open until Enter or a signal: whoever has watched wants to click."""
    console.print(invitation(demonstration.scene))
    console.print(morning(demonstration.scene))
    console.print("  Press Enter or Ctrl-C to stop; nothing stays behind.", style="bold")
    try:
        while not select.select([sys.stdin], [], [], SECONDS_BETWEEN_LOOKS)[0]:
            demonstration.server.check()
        sys.stdin.readline()
    except KeyboardInterrupt:
        console.print()


def open_browser(address: str, environment: Mapping[str, str]) -> bool:
    """Open the board where somebody sits at a graphical session; returns whether it was tried."""
    seen = sys.stdin.isatty() and sys.stdout.isatty()
    graphical = environment.get("WAYLAND_DISPLAY") or environment.get("DISPLAY")
    opener = shutil.which("xdg-open", path=environment.get("PATH", ""))
    if not (seen and graphical and opener):
        return False
    quiet = subprocess.DEVNULL
    subprocess.Popen([opener, address], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603 - the desktop's own opener
    return True


def _live(console: Console, demonstration: Demonstration) -> Progress:
    """Show a live table until the end."""
    steps = demonstration.run()
    progress = next(steps)
    with Live(screen(progress, demonstration.scene, console.size), console=console, auto_refresh=False) as live:
        for progress in steps:
            live.update(screen(progress, demonstration.scene, console.size), refresh=True)
    return progress


def _wait(_console: Console, demonstration: Demonstration) -> Progress:
    """Wait for the end in silence."""
    *_, progress = demonstration.run()
    return progress


@contextlib.contextmanager
def _signals_obeyed() -> Iterator[None]:
    """Make every signal that asks for the end an orderly end, for the length of the block."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    _on_signals(_interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in SIGNALS:
        signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Take everything down, once: a second signal must not cut that short."""
    _on_signals(_ignore)
    raise KeyboardInterrupt


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Let the end go on; a function, since a started program would inherit that a signal is ignored."""
