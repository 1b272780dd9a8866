"""The live screen of the demonstration: who takes part, the clock, bars, the latest studies, the speed so far."""

from collections.abc import Mapping, Sequence

from rich.console import ConsoleDimensions, Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from collega.bootstrap.demo.count import PAGE_CLASS, REPORT_CLASSES, Progress, StudyLine, median_of, p95_of
from collega.bootstrap.demo.day import Kind, part_of
from collega.bootstrap.demo.show import Scene, Wishes
from collega.cli.worklist import WORDS
from collega.model.finding import Outcome
from collega.model.result import NoAnswer

STYLES: Mapping[Outcome | NoAnswer, str] = {
    Outcome.FAILED: "bold red",
    Outcome.FOUND: "bold yellow",
    Outcome.UNDETERMINED: "cyan",
    Outcome.NOT_SUITABLE: "dim",
    Outcome.NOTHING_FOUND: "green",
    NoAnswer.UNAVAILABLE: "bold red",
    NoAnswer.NO_RULE_OUT: "dim",
    NoAnswer.NOT_ASKED: "dim",
    NoAnswer.OWN_SCREEN: "dim",
}
SCORED = {Outcome.FOUND, Outcome.UNDETERMINED}  # beside "nothing found" a number only raises questions
# What a narrow screen cuts off must not be the failure, nor what was found.
FIRST_SHOWN: Sequence[Outcome | NoAnswer | None] = [*STYLES, None]
KINDS = {
    Kind.FILM: "film",
    Kind.HEAD_CT: "head CT",
    Kind.NECK_CT: "neck CT",
    Kind.CHEST_CT: "lung CT",
    Kind.MAMMOGRAM: "mammo",
    Kind.HEART_CT: "heart",
    Kind.BODY_CT: "body CT",
}
WIDEST = 120
WIDE = 110  # from here on there is room for numbers
LINES_AROUND = 20  # of the screen with the banner above it, besides the rows of studies
FEWEST_ROWS, MOST_ROWS = 3, 12
BARS = (
    ("sent", "blue", "taken by collega"),
    ("analysed", "cyan", "every app has answered"),
    ("delivered", "yellow", "all of it is in the PACS"),
    ("confirmed", "green", "found there by query"),
)
READ_BAR = ("signed", "magenta", "by the simulated readers")


def banner(wishes: Wishes) -> RenderableType:
    """Say what this is, before anything else."""
    if wishes.films is None:
        what = "A day of simulated scanners, readers, a RIS and a PACS, pressed into minutes; collega itself is real. "
    else:
        what = f"A simulated scanner sends the films of {wishes.films} to collega; results go to a simulated PACS. "
    text = Text.assemble(
        ("A demonstration, not for clinical use. ", "bold yellow"),
        what,
        "Apps are live here from the start; on a site a new app begins in shadow and says nothing.",
    )
    return Panel(text, title="collega demo", title_align="left", border_style="blue")


MORNING = (
    ("night", "what was said at night, beside the reports"),
    ("discrepancies", "where AI and the signed report differ"),
    ("pilots/chest-pneumonia", "what an app came to, on one page"),
    ("validations", "how a validation of it reads, on simulated films"),
    ("feedback-packs", "what its maker should hear, once somebody approves"),
)


def morning(scene: Scene) -> Group:
    """Say what there is to read once the night is over."""
    pages = (
        Text.assemble("  ", (f"{scene.board}{page}", "bold underline cyan"), f"  {what}") for page, what in MORNING
    )
    return Group(Text("  The next morning (this hospital's clock is set so that its night is just over):"), *pages)


def invitation(scene: Scene) -> Text:
    """Say where the board is, on a line of its own."""
    return Text.assemble("  Open ", (scene.board, "bold underline cyan"), " in your browser: the AI board, live.")


def screen(progress: Progress, scene: Scene, size: ConsoleDimensions) -> RenderableType:
    """Draw the whole screen; it has the same height from the first moment on."""
    width = min(size.width, WIDEST)
    rows = max(FEWEST_ROWS, min(MOST_ROWS, size.height - LINES_AROUND))
    return Group(
        Text(),
        invitation(scene),
        _peers(scene),
        _clock(scene),
        Text(),
        _bars(progress, width, scene),
        Text(),
        _studies(progress, rows, width),
        _speed(progress),
    )


def _peers(scene: Scene) -> Text:
    return Text.assemble(
        ("  simulated ", "dim"),
        (" + ".join(scene.scanners), "dim"),
        " → ",
        (f"{scene.aet} :{scene.dicom_port}", "bold"),
        " → ",
        ("simulated ", "dim"),
        (f"{scene.pacs_aet} :{scene.pacs_port}", "dim"),
        overflow="ellipsis",
        no_wrap=True,
    )


def _clock(scene: Scene) -> Text:
    """Give the simulated time, whether the PACS is there, and who reads."""
    if scene.moment is None:
        return Text()
    away = ("  PACS IS DOWN: results wait  ", "bold white on red") if scene.pacs_away else ("", "")
    names = ", ".join(name.removeprefix("Simulated ") for name in scene.on_duty)
    return Text.assemble(
        "  ",
        (f"{scene.moment:%H:%M}", "bold"),
        f" {part_of(scene.moment):8}",
        away,
        ("" if scene.pacs_away else f"on duty: {names}", "dim"),
        overflow="ellipsis",
        no_wrap=True,
    )


def _bars(progress: Progress, width: int, scene: Scene) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    length = max(10, width - 58)
    for name, style, words in (*BARS, *([READ_BAR] if scene.moment else [])):
        done = getattr(progress, name)
        bar = ProgressBar(
            total=progress.planned, completed=done, width=length, complete_style=style, finished_style=style
        )
        table.add_row(Text(name, style="bold"), bar, f"{done:>5} of {progress.planned}", Text(words, style="dim"))
    return table


def _studies(progress: Progress, rows: int, width: int) -> Table:
    """List the latest studies, filled up with empty rows so that nothing moves."""
    table = Table(box=None, pad_edge=False, header_style="bold", width=width)
    table.add_column("made", width=5, no_wrap=True)
    if width >= WIDE:
        table.add_column("accession", width=12, no_wrap=True, overflow="ellipsis")
    else:
        table.add_column("study", width=7, no_wrap=True)
    table.add_column("what the apps say", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("in the PACS", width=16, no_wrap=True)
    table.add_column("after", width=7, justify="right", no_wrap=True)
    shown = progress.latest[:rows]
    for line in shown:
        table.add_row(*_row(line, wide=width >= WIDE))
    for _ in range(rows - len(shown)):
        table.add_row(*[""] * len(table.columns))
    return table


def _row(line: StudyLine, *, wide: bool) -> list[RenderableType]:
    received = line.said.received_at if line.said else None
    made = line.exam.at if line.exam else received.astimezone() if received else None
    return [
        f"{made:%H:%M}" if made else "",
        (line.said.accession_number if line.said else "") if wide else KINDS[line.exam.kind] if line.exam else "film",
        _words(line, scores=wide),
        _in_pacs(line),
        "" if line.latency_s is None else Text(f"{line.latency_s:.2f} s", style="red" if line.difficult else ""),
    ]


def _words(line: StudyLine, *, scores: bool) -> Text:
    """Give each app's answer by shape and word, with the score by which its series in the PACS is called."""
    if line.said is None or (not line.said.apps and line.said.state != "routed"):
        return Text("being received", style="dim")
    if not line.said.apps:
        return Text("no app takes it", style="bold red")
    answers = []
    for app, outcome in sorted(line.said.apps.items(), key=lambda item: FIRST_SHOWN.index(item[1])):
        word = (WORDS[outcome], STYLES[outcome]) if outcome else ("… under way", "dim")
        answers.append(
            Text.assemble(word, (_score(line, app) if scores and outcome in SCORED else "", "dim"), (f" {app}", "dim"))
        )
    return Text("  ").join(answers)


def _score(line: StudyLine, app: str) -> str:
    """Read the score from the series description that stands in the PACS."""
    for item in line.in_pacs:
        if item.sop_class_uid in REPORT_CLASSES and item.model_name == app and "(" in item.description:
            return f" {item.description.partition('(')[2].partition('/')[0]}"
    return ""


def _in_pacs(line: StudyLine) -> Text:
    kinds = [_object_word(item.sop_class_uid) for item in line.in_pacs]
    counts = {word: kinds.count(word) for word in ("SR", "mask", "page")}
    parts = " ".join(f"{count} {word}" if count > 1 else word for word, count in counts.items() if count)
    if line.latency_s is not None:
        return Text(f"✓ {parts}", style="green")
    return Text(f"… {parts}" if parts else "", style="dim")


def _object_word(sop_class_uid: str) -> str:
    return "SR" if sop_class_uid in REPORT_CLASSES else "page" if sop_class_uid == PAGE_CLASS else "mask"


def _speed(progress: Progress) -> Text:
    median, p95 = median_of(progress.latencies_s), p95_of(progress.latencies_s)
    if median is None or p95 is None:
        return Text("from complete to visible in the PACS: nothing measured yet", style="dim")
    return Text.assemble(
        "from complete to visible in the PACS: ", (f"median {median:.2f} s, 95 % within {p95:.2f} s", "bold")
    )
