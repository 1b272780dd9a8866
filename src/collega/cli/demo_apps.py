"""The apps in the summary of the demonstration: what each said, how it worked, and which channels carried its word."""

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from collega.bootstrap.demo.day import Kind
from collega.bootstrap.demo.tally import Tally
from collega.model.finding import Outcome
from collega.model.result import NoAnswer
from collega.model.runtime import Runtime, Way

DRAWN = {
    Kind.FILM: "{n} of the {of} films were drawn with an opacity",
    Kind.HEAD_CT: "{n} of the {of} head CTs with a bleed",
}
PLAYED = " Apps named sim- are simulators: they play back recorded truth, with errors put in on purpose."
NONE_OF_THESE = "none of these"
RUNTIMES: Mapping[Runtime, str] = {
    Runtime.PYTHON: "program",
    Runtime.CONTAINER: "image",
    Runtime.HTTP: "service",
    Runtime.DICOM: "box",
}
WAYS: Mapping[Way, str] = {
    Way.AUTOMATIC: "by itself",
    Way.ON_DEMAND: "on demand",
    Way.OWN_SCREEN: "own screen",
}
SILENT: Mapping[NoAnswer, str] = {
    NoAnswer.NO_RULE_OUT: "may not rule out: of {n} it says that it looked, and no more",
    NoAnswer.NOT_ASKED: "has {n} answers ready that nobody has asked for: press Ask on the board",
    NoAnswer.OWN_SCREEN: "has {n} without a result from its screen: press Open on the board",
    NoAnswer.UNAVAILABLE: "was out of order for {n}",
}
CHANNELS_NOTE = (
    "Board and PACS: studies in which its word stands there (PACS: a report of its own; the status page names every "
    "app). Raised: studies higher in the list for what it found."
)


def said_by_apps(day: Tally) -> RenderableType:
    """Count what each app said, beside what the generated studies were drawn with."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("what the apps said", no_wrap=True, vertical="bottom")
    shown = [outcome for outcome in Outcome if any(counts.get(outcome) for counts in day.apps.values())]
    is_silent = any(counts.get(word) for counts in day.apps.values() for word in NoAnswer)
    for heading in (*(outcome.replace("_", " ") for outcome in shown), *([NONE_OF_THESE] if is_silent else [])):
        table.add_column(heading.replace(" ", "\n", 1), justify="right", no_wrap=True)
    for app, counts in sorted(day.apps.items()):
        silent = sum(counts.get(word, 0) for word in NoAnswer)
        table.add_row(app, *(_outcome(counts, outcome) for outcome in shown), *([_count(silent)] if is_silent else []))
    truth = ", ".join(
        words.format(n=day.drawn_positive.get(kind, 0), of=day.kinds[kind])
        for kind, words in DRAWN.items()
        if day.kinds.get(kind)
    )
    played = "" if not any(app.startswith("sim-") for app in day.apps) else PLAYED
    note = Text(f"The truth: {truth}. These are drawings: they say nothing of how good an app is.{played}", style="dim")
    return Group(table, note)


def ways_of_apps(day: Tally) -> RenderableType:
    """Say how each app worked, and in how many studies which channel carries its word."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("how they worked", no_wrap=True)
    for heading in ("way", "runs as"):
        table.add_column(heading, no_wrap=True)
    for heading in ("studies", "board", "PACS", "raised"):
        table.add_column(heading, justify="right", no_wrap=True)
    for app, one in day.channels.items():
        numbers = (_count(number) for number in (one.studies, one.board, one.pacs, one.raised))
        # What works on its own screen is sent nothing and started by nobody here.
        runs_as = "web page" if one.way is Way.OWN_SCREEN else RUNTIMES[one.runtime]
        table.add_row(app, WAYS[one.way], runs_as, *numbers)
    return Group(table, *_silences(day), Text(CHANNELS_NOTE, style="dim"))


def _silences(day: Tally) -> Iterator[Text]:
    for app, one in day.channels.items():
        for word, number in one.silent.items():
            yield Text.assemble((app, "bold"), " ", SILENT[word].format(n=number), ".")


def _outcome(counts: Mapping[Outcome | NoAnswer, int], outcome: Outcome) -> Text:
    number = counts.get(outcome, 0)
    return _count(number, "bold red" if outcome is Outcome.FAILED else "")


def _count(number: int, style: str = "") -> Text:
    return Text(str(number) if number else "·", style=style if number else "")
