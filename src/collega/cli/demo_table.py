"""The live screen of the demonstration: four bars, the latest studies, latency so far."""

from dataclasses import dataclass

from rich.console import ConsoleDimensions, Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from collega.bootstrap.demo.count import REPORT_CLASSES, Progress, StudyLine, median_of, p95_of
from collega.bootstrap.demo.films import SCANNER
from collega.bootstrap.demo.server import AE_TITLE
from collega.bootstrap.demo.show import Wishes
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
LINES_AROUND = 19  # of the screen with the banner above it, besides the rows of studies
FEWEST_ROWS, MOST_ROWS = 3, 10
BARS = (
    ("sent", "blue", "taken by collega"),
    ("analysed", "cyan", "the app has answered"),
    ("delivered", "yellow", "all of it is in the PACS"),
    ("confirmed", "green", "found there by query"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Peers:
    """Where collega and the simulated PACS listen."""

    dicom_port: int
    pacs_aet: str
    pacs_port: int


def banner(wishes: Wishes) -> RenderableType:
    """Say what this is, before anything else."""
    scanner = "generated films" if wishes.films is None else f"the films of {wishes.films}"
    text = Text.assemble(
        ("A demonstration, not for clinical use. ", "bold yellow"),
        f"A simulated scanner sends {scanner} to collega; what the app says goes to a simulated PACS. ",
        "For the demonstration alone the stage of apps is live and a film may be of any age; ",
        "on a site a new app starts in shadow and says nothing.",
    )
    return Panel(text, title="collega demo", title_align="left", border_style="blue")


def screen(progress: Progress, peers: Peers, size: ConsoleDimensions) -> RenderableType:
    """Draw the whole screen; it has the same height from the first moment on."""
    width = min(size.width, WIDEST)
    rows = max(FEWEST_ROWS, min(MOST_ROWS, size.height - LINES_AROUND))
    parts = (_peers(peers), _bars(progress, width), _studies(progress, rows, width), _speed(progress))
    return Group(*(item for part in parts for item in (Text(), part)))


def _peers(peers: Peers) -> Text:
    return Text.assemble(
        (f"simulated scanner {SCANNER}", "dim"),
        " → ",
        (f"{AE_TITLE} :{peers.dicom_port}", "bold"),
        " → ",
        (f"simulated PACS {peers.pacs_aet} :{peers.pacs_port}", "dim"),
        overflow="ellipsis",
        no_wrap=True,
    )


def _bars(progress: Progress, width: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    length = max(10, width - 58)
    for name, style, words in BARS:
        done = getattr(progress, name)
        bar = ProgressBar(
            total=progress.planned, completed=done, width=length, complete_style=style, finished_style=style
        )
        table.add_row(Text(name, style="bold"), bar, f"{done:>5} of {progress.planned}", Text(words, style="dim"))
    return table


def _studies(progress: Progress, rows: int, width: int) -> Table:
    """List the latest studies, filled up with empty rows so that nothing moves."""
    apps = {app for line in progress.latest if line.said for app in line.said.apps}
    alone = apps.pop() if len(apps) == 1 else ""
    table = Table(
        box=None, pad_edge=False, header_style="bold", width=width, title="Latest studies", title_justify="left"
    )
    table.add_column("received", width=8, no_wrap=True)
    table.add_column("accession", width=12, no_wrap=True, overflow="ellipsis")
    table.add_column(f"{alone} says" if alone else "what the apps say", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("in the PACS", width=14, no_wrap=True)
    table.add_column("after", width=7, justify="right", no_wrap=True)
    shown = progress.latest[:rows]
    for line in shown:
        table.add_row(*_row(line, name_apps=not alone))
    for _ in range(rows - len(shown)):
        table.add_row(*[""] * 5)
    return table


def _row(line: StudyLine, *, name_apps: bool) -> tuple[RenderableType, ...]:
    said = line.said
    received = said.received_at.astimezone().strftime("%H:%M:%S") if said and said.received_at else ""
    return (
        received,
        said.accession_number if said else "",
        _words(line, name_apps=name_apps),
        _in_pacs(line),
        "" if line.latency_s is None else f"{line.latency_s:.2f} s",
    )


def _words(line: StudyLine, *, name_apps: bool) -> Text:
    """Give each app's answer by shape and word, with the score by which its series in the PACS is called."""
    if line.said is None or (not line.said.apps and line.said.state != "routed"):
        return Text("being received", style="dim")
    if not line.said.apps:
        return Text("no app takes it", style="bold red")
    answers = []
    for app, outcome in line.said.apps.items():
        word = (WORDS[outcome], STYLES[outcome]) if outcome else ("… under way", "dim")
        answers.append(Text.assemble(word, (f" {app if name_apps else _score(line, app)}", "dim")))
    return Text("  ").join(answers)


def _score(line: StudyLine, app: str) -> str:
    """Read the score from the series description that stands in the PACS."""
    for item in line.in_pacs:
        if item.sop_class_uid in REPORT_CLASSES and item.model_name == app:
            return item.description[item.description.find("(") : item.description.find(")") + 1]
    return ""


def _in_pacs(line: StudyLine) -> Text:
    reports = sum(1 for item in line.in_pacs if item.sop_class_uid in REPORT_CLASSES)
    pages = len(line.in_pacs) - reports
    parts = [*(["SR" if reports == 1 else f"{reports} SR"] if reports else []), *(["page"] if pages else [])]
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
