"""What the demonstration says at its end: figures, where the results lie, what to try next."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from collega.bootstrap.demo.count import Progress, median_of, p95_of
from collega.bootstrap.demo.server import Place

MOST_REASONS = 3


def summary(progress: Progress, where: Place) -> RenderableType:
    """Sum up; a demonstration that is not whole says so first."""
    verdict = _verdict(progress)
    lines = Text("\n").join([verdict, *map(Text, _figures(progress)), *map(Text, _problems(progress))])
    style = "green" if progress.passed else "red"
    return Group(Panel(lines, title="summary", title_align="left", border_style=style), *_next(progress, where))


def _verdict(progress: Progress) -> Text:
    if progress.passed:
        return Text(
            f"All {progress.sent} studies stand in the simulated PACS with what the app said.", style="bold green"
        )
    lacking = max(progress.planned - progress.delivered, progress.planned - progress.confirmed)
    return Text(f"{lacking} of {progress.planned} studies did not come through.", style="bold red")


def _figures(progress: Progress) -> Iterator[str]:
    yield (
        f"sent {progress.sent}, analysed {progress.analysed}, delivered {progress.delivered}, "
        f"confirmed {progress.confirmed}, missing {progress.missing}"
    )
    median, p95 = median_of(progress.latencies_s), p95_of(progress.latencies_s)
    if median is not None and p95 is not None:
        yield f"from complete to visible in the PACS: median {median:.2f} s, 95 % within {p95:.2f} s"


def _problems(progress: Progress) -> Iterator[str]:
    if progress.without_app:
        yield f"{len(progress.without_app)} studies went to no app; `collega apps list` says which there are"
    if progress.not_taken:
        yield f"{len(progress.not_taken)} studies were not taken by collega:"
        yield from sorted(set(progress.not_taken))[:MOST_REASONS]


def _next(progress: Progress, where: Place) -> Iterator[Text]:
    yield Text("A simulated scanner and a simulated PACS: not for clinical use.", style="dim")
    if where.temporary:
        yield Text("The temporary data folder is removed. To keep everything and look into it:")
        yield _command("COLLEGA_DATA=./demo-data collega demo")
        yield Text("With films of your own:")
        yield _command("collega demo --films DIR")
        return
    data = where.data
    yield Text.assemble("Kept: ", (str(data), "bold"), ", what the simulated PACS got in demo/simulated-pacs. Try:")
    yield _command(f"COLLEGA_DATA={data} collega worklist")
    if progress.latest:
        yield _command(f"COLLEGA_DATA={data} collega studies show {progress.latest[0].study_instance_uid}")
        yield _command(f"COLLEGA_DATA={data} collega route explain {progress.latest[0].study_instance_uid}")


def _command(text: str) -> Text:
    """Show a command on one line of its own: wrapped by us it could not be copied."""
    return Text(f"  {text}", style="bold", overflow="ignore", no_wrap=True)
