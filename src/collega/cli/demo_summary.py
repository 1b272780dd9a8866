"""What the demonstration says at its end: figures, where the results lie, what to try next."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from collega.bootstrap.demo.count import Progress, median_of, p95_of
from collega.bootstrap.demo.day import MOST_MADE, Kind, Part
from collega.bootstrap.demo.ris import RisCount
from collega.bootstrap.demo.server import Place
from collega.bootstrap.demo.tally import Tally
from collega.cli.demo_apps import said_by_apps, ways_of_apps

MOST_REASONS = 3
WIDEST = 120


def summary(progress: Progress, day: Tally | None) -> RenderableType:
    """Sum up; a demonstration that is not whole says so first."""
    parts: list[RenderableType] = [_verdict(progress), Text(), _figures(progress, day)]
    if day and day.apps:
        parts += [Text(), said_by_apps(day), Text(), ways_of_apps(day)]
    style = "green" if progress.passed else "red"
    return Panel(Group(*parts), title="summary", title_align="left", border_style=style, width=None)


def next_steps(progress: Progress, where: Place) -> RenderableType:
    """Say what became of the data, and what to try next."""
    return Group(*_next(progress, where))


def _verdict(progress: Progress) -> Text:
    if progress.passed:
        return Text(
            f"All {progress.sent} studies stand in the simulated PACS with what the apps said.", style="bold green"
        )
    lacking = max(progress.planned - progress.delivered, progress.planned - progress.confirmed)
    return Text(f"{lacking} of {progress.planned} studies did not come through.", style="bold red")


def _figures(progress: Progress, day: Tally | None) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, words in (*_of_line(progress), *(_of_day(day) if day else ()), *_problems(progress)):
        table.add_row(name, words)
    return table


def _of_line(progress: Progress) -> Iterator[tuple[str, str]]:
    counts = {name: getattr(progress, name) for name in ("sent", "analysed", "delivered", "confirmed", "missing")}
    yield "studies", ", ".join(f"{name} {number}" for name, number in counts.items())
    median, p95 = median_of(progress.latencies_s), p95_of(progress.latencies_s)
    if median is not None and p95 is not None:
        yield "speed", f"from complete to visible in the PACS: median {median:.2f} s, 95 % within {p95:.2f} s"


def _of_day(day: Tally) -> Iterator[tuple[str, str]]:
    by_part = ", ".join(f"{day.parts.get(part, 0)} {_during(part)}" for part in Part)
    yield "the day", f"{_kinds(day)}; {by_part}"
    yield "difficult hour", " ".join(_difficult(day))
    for app, one in day.inputs.items():
        yield "other inputs", f"{app} was given {one.came} earlier studies and laboratory values, {one.missing} missing"
    yield "readers", f"simulated readers opened {day.opened} and signed {day.signed}"
    if day.ris:
        yield "simulated RIS", _ris(day.ris)
    waits = [f"{part} {seconds:.1f} s" for part, seconds in day.waits_s.items() if seconds is not None]
    if waits:
        yield (
            "waiting",
            f"from received to opened, median: {', '.join(waits)} (real seconds; only the readers' clock runs fast)",
        )


def _ris(count: RisCount) -> str:
    sent = f"it sent {count.orders} orders and {count.reports} signed reports"
    return f"{sent}, and took {count.results} preliminary AI results and {count.flags} priority messages from collega"


def _kinds(day: Tally) -> str:
    films, cts = f"{day.kinds.get(Kind.FILM, 0)} films", f"{day.kinds.get(Kind.HEAD_CT, 0)} head CTs"
    others = sum(number for kind, number in day.kinds.items() if kind not in MOST_MADE)
    return f"{films}, {cts} and {others} other studies for the simulated vendors" if others else f"{films} and {cts}"


def _during(part: Part) -> str:
    return {Part.DAY: "by day", Part.EVENING: "in the evening", Part.NIGHT: "at night"}[part]


def _difficult(day: Tally) -> Iterator[str]:
    if not day.away_s:
        yield "it did not come to one."
        return
    yield f"The PACS was away for {day.away_s:.1f} s: the results of {day.held_up} studies were held up,"
    lost = day.held_up - day.came_through
    yield f"{day.came_through} came through afterwards, {lost or 'none'} lost."
    if day.p95_difficult_s is not None:
        yield f"Studies of that hour: 95 % within {day.p95_difficult_s:.2f} s."
    if day.failed:
        yield f"An app failed on {day.failed}; the status page in the PACS says so on {day.failed_on_page} of them."


def _problems(progress: Progress) -> Iterator[tuple[str, str]]:
    if progress.without_app:
        yield "no app", f"{len(progress.without_app)} studies went to no app; `collega apps list` says which there are"
    if progress.not_taken:
        reasons = "; ".join(sorted(set(progress.not_taken))[:MOST_REASONS])
        yield "not taken", f"{len(progress.not_taken)} studies were not taken by collega: {reasons}"


def _next(progress: Progress, where: Place) -> Iterator[Text]:
    yield Text("Simulated scanners, readers and a simulated PACS: not for clinical use.", style="dim")
    if where.temporary:
        yield Text("The temporary data folder is removed. To keep everything and look into it:")
        yield _command("COLLEGA_DATA=./demo-data collega demo")
        yield Text("A slower day, with time to click; films of your own; the same without a screen:")
        yield _command("collega demo --minutes 10")
        yield _command("collega demo --films DIR")
        yield _command("collega demo --headless")
        return
    data = where.data
    yield Text.assemble("Kept: ", (str(data), "bold"), ", what the simulated PACS got in demo/simulated-pacs. Try:")
    yield _command(f"COLLEGA_DATA={data} collega worklist")
    if progress.latest:
        yield _command(f"COLLEGA_DATA={data} collega studies show {progress.latest[0].study_instance_uid}")
        yield _command(f"COLLEGA_DATA={data} collega route explain {progress.latest[0].study_instance_uid}")
    yield _command(f"collega serve --config {where.demo / 'collega.toml'}")


def _command(text: str) -> Text:
    """Show a command on one line of its own: wrapped by us it could not be copied."""
    return Text(f"  {text}", style="bold", overflow="ignore", no_wrap=True)
