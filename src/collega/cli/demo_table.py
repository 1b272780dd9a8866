"""The live screen of the demonstration: four bars, the latest studies, latency so far."""

from rich.console import ConsoleDimensions, Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from collega.bootstrap.demo.count import REPORT_CLASSES, Progress, StudyLine, median_of, p95_of
from collega.bootstrap.demo.scanner import AE_TITLE as SCANNER
from collega.bootstrap.demo.server import AE_TITLE
from collega.bootstrap.demo.show import Demonstration
from collega.cli.worklist import WORDS
from collega.model.finding import Outcome

STYLES = {
    Outcome.FOUND: "bold yellow",
    Outcome.NOTHING_FOUND: "green",
    Outcome.UNDETERMINED: "cyan",
    Outcome.NOT_SUITABLE: "dim",
    Outcome.FAILED: "bold red",
}
WIDEST = 110
LINES_AROUND = 17  # of the screen, besides the rows of studies
FEWEST_ROWS, MOST_ROWS = 3, 10
BARS = (
    ("sent", "blue", "taken by collega"),
    ("analysed", "cyan", "the app has answered"),
    ("delivered", "yellow", "all of it is in the PACS"),
    ("confirmed", "green", "found there by query"),
)


def banner() -> RenderableType:
    """Say what this is, before anything else."""
    text = Text.assemble(
        ("A demonstration. ", "bold"),
        "A simulated scanner sends films to collega; what the apps say goes to a simulated PACS. ",
        "Apps are live here at once; on a site a new app starts in shadow. ",
        ("Not for clinical use.", "bold yellow"),
    )
    return Panel(text, title="collega demo", title_align="left", width=None, border_style="blue")


def screen(progress: Progress, demonstration: Demonstration, size: ConsoleDimensions) -> RenderableType:
    """Draw the whole screen; it has the same height from the first moment on."""
    width = min(size.width, WIDEST)
    rows = max(FEWEST_ROWS, min(MOST_ROWS, size.height - LINES_AROUND))
    return Group(
        _peers(demonstration), Text(), _bars(progress, width), Text(), _studies(progress, rows, width), _speed(progress)
    )


def _peers(demonstration: Demonstration) -> Text:
    server, pacs = demonstration.server, demonstration.pacs
    return Text.assemble(
        (f"simulated scanner {SCANNER}", "dim"),
        " → ",
        (f"{AE_TITLE} :{server.dicom_port}", "bold"),
        " → ",
        (f"simulated PACS {pacs.aet} :{pacs.port}", "dim"),
        overflow="ellipsis",
        no_wrap=True,
    )


def _bars(progress: Progress, width: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    length = max(10, width - 58)
    for name, style, words in BARS:
        done = getattr(progress, name)
        bar = ProgressBar(total=progress.planned, completed=done, width=length, complete_style=style, finished_style=style)
        table.add_row(Text(name, style="bold"), bar, f"{done:>5} of {progress.planned}", Text(words, style="dim"))
    return table


def _studies(progress: Progress, rows: int, width: int) -> Table:
    """List the latest studies, filled up with empty rows so that nothing moves."""
    table = Table(box=None, pad_edge=False, header_style="bold", width=width, title="Latest studies", title_justify="left")
    table.add_column("received", width=8, no_wrap=True)
    table.add_column("accession", width=12, no_wrap=True, overflow="ellipsis")
    table.add_column("what the app says", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("in the PACS", width=13, no_wrap=True)
    table.add_column("after", width=7, justify="right", no_wrap=True)
    shown = progress.latest[:rows]
    for line in shown:
        table.add_row(*_row(line))
    for _ in range(rows - len(shown)):
        table.add_row(*[""] * 5)
    return table


def _row(line: StudyLine) -> tuple[RenderableType, ...]:
    said = line.said
    received = said.received_at.astimezone().strftime("%H:%M:%S") if said and said.received_at else ""
    return (
        received,
        said.accession_number if said else "",
        _words(line),
        _in_pacs(line),
        "" if line.latency_s is None else f"{line.latency_s:.2f} s",
    )


def _words(line: StudyLine) -> Text:
    """Give each app's answer by shape and word, with what its series in the PACS is called."""
    if line.said is None or (not line.said.apps and line.said.state != "routed"):
        return Text("being received", style="dim")
    if not line.said.apps:
        return Text("no app takes it", style="bold red")
    text = Text()
    for app, outcome in line.said.apps.items():
        text.append("  " if text else "")
        text.append(WORDS[outcome] if outcome else "… under way", style=STYLES[outcome] if outcome else "dim")
        text.append(f" {_score(line, app)}", style="dim")
    return text


def _score(line: StudyLine, app: str) -> str:
    """Read app and score from the series description that stands in the PACS."""
    for item in line.in_pacs:
        if item.sop_class_uid in REPORT_CLASSES and item.model_name == app:
            _, bracket, rest = item.description.partition("(")
            return f"{bracket}{rest.partition(')')[0]}) {app}" if bracket else app
    return app


def _in_pacs(line: StudyLine) -> Text:
    reports = sum(1 for item in line.in_pacs if item.sop_class_uid in REPORT_CLASSES)
    pages = len(line.in_pacs) - reports
    parts = [*(["SR"] if reports else []), *(["page"] if pages else [])]
    if line.latency_s is not None:
        return Text(f"✓ {' + '.join(parts)}", style="green")
    return Text(f"… {' + '.join(parts)}" if parts else "", style="dim")


def _speed(progress: Progress) -> Text:
    median, p95 = median_of(progress.latencies_s), p95_of(progress.latencies_s)
    if median is None or p95 is None:
        return Text("from complete to visible in the PACS: nothing measured yet", style="dim")
    return Text.assemble(
        "from complete to visible in the PACS: ", (f"median {median:.2f} s, 95 % within {p95:.2f} s", "bold")
    )
