"""``collega reports``: label reports in a table, train the score on a site's own, add reports."""

import getpass
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import track

from collega.bootstrap.evidence.label_checking import state
from collega.bootstrap.reports.relabelling import relabel_all
from collega.bootstrap.reports.report_intake import add_reports, given_reports, language_of
from collega.bootstrap.reports.report_labels import labeller
from collega.bootstrap.reports.report_tables import check_target, label_table, new_columns, read_table, write_labelled
from collega.bootstrap.reports.report_training import Reference, train_on
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction, with_store
from collega.cli.tables import Confidence
from collega.config import load
from collega.errors import InputError
from collega.read.reports.language import other_language

Source = Annotated[Path, typer.Argument(metavar="IN.csv", help="A table with a header, in UTF-8.")]
Columns = Annotated[str, typer.Option(help="The columns that hold the report, by commas.")]
Language = Annotated[Literal["en", "nl"] | None, typer.Option(help="Of the reports; else as the settings say.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, command in (("label", label), ("train", train), ("add", add), ("check", check), ("relabel", relabel)):
        group.command(name)(command)
    app.add_typer(group, name="reports")


def label(
    source: Source,
    *,
    text: Columns,
    out: Annotated[Path, typer.Option(metavar="OUT.csv", help="The table with its labels.")],
    language: Language = None,
    json: Json = False,
) -> None:
    """Add to each report a score, normal or not, and a word on each finding."""
    settings = load()
    check_target(source, out)
    columns = column_names(text)
    table = read_table(source)
    table.places(columns)
    spoken = language or language_of(settings)
    reader = labeller(settings, spoken)
    added = new_columns(reader, table)
    began = time.perf_counter()
    labelled = list(label_table(reader, table, columns))
    seconds = time.perf_counter() - began
    write_labelled(table, added, labelled, out)
    texts = [" ".join(row[place] for place in table.places(columns)).strip() for row in table.rows]
    empty = texts.count("")
    said = {
        "reports": len(labelled),
        "normal": sum(one.is_normal for one in labelled),
        "empty": empty,
        "per_second": round(len(labelled) / seconds, 1),
        "score": "trained" if reader.is_trained else "rules",
        "guessed": sum(map(reader.is_guess, labelled)),
        "other_language": sum(bool(other_language(text, spoken)) for text in texts),
    }
    for note in _score_notes(said, spoken):
        typer.echo(note, err=True)
    if json:
        print_json(said)
        return
    typer.echo(f"{said['reports']} reports, {said['normal']} of them normal, written to {out}")
    if empty:
        typer.echo(f"{empty} have no text: score 0.5, not normal, no findings", err=True)


def _score_notes(said: Mapping[str, Any], language: str) -> list[str]:
    """Say what the score is worth here; a number that stands alone would hide it."""
    notes = []
    if said["score"] == "rules":
        notes.append(
            f"no score is trained for {language}: {said['guessed']} reports are called normal only because they name "
            "nothing that is known; train one on your own reports with `collega reports train`"
        )
    if said["other_language"]:
        notes.append(
            f"{said['other_language']} reports look as if they were not in {language}: their labels and scores mean "
            "nothing; give --language"
        )
    return notes


def train(  # noqa: PLR0913 - the options of one command
    source: Source,
    *,
    text: Columns,
    reference: Annotated[str, typer.Option(help="The column in which people said normal or not.")],
    normal: Annotated[str, typer.Option(help="What that column says of a normal report.")] = "normal",
    out: Annotated[Path | None, typer.Option(help="The new score; else it is put into reports.folder.")] = None,
    language: Language = None,
    json: Json = False,
) -> None:
    """Train the score of normal against abnormal on a site's own reports, and say how well it does on unseen ones."""
    settings = load()
    table = read_table(source)
    said = train_on(
        settings, language or language_of(settings), table, Reference(tuple(column_names(text)), reference, normal), out
    )
    if json:
        print_json(said)
        return
    typer.echo(f"{said['reports']} reports, {said['normal']} of them normal; written to {said['file']}")
    low, high = said["accuracy_ci"]
    right = f"{said['accuracy']:.1%} right ({low:.1%} to {high:.1%})"
    typer.echo(f"on reports that it had not seen: AUC {said['auc']:.3f}, {right}")


def add(source: Source, *, text: Columns, json: Json = False) -> None:
    """Add reports to their studies; columns name the patient, the study and the moment of signature."""
    settings = load()
    table = read_table(source)
    given = given_reports(table, column_names(text), ZoneInfo(settings.site.timezone))
    with_store(settings, lambda store: add_reports(store, settings, given))
    spoken = language_of(settings)
    foreign = sum(bool(other_language(one.text, spoken)) for one in given)
    if foreign:
        typer.echo(
            f"{foreign} reports look as if they were not in {spoken}: they are kept, and get no labels", err=True
        )
    if json:
        print_json({"reports": len(given), "other_language": foreign})
        return
    typer.echo(f"{len(given)} reports are kept; each belongs to its study, now or when that comes")


def relabel(
    *,
    limit: Annotated[int, typer.Option(min=0, help="Stop after so many; 0: all.")] = 0,
    by: Annotated[str, typer.Option("--by", help="Who does it, else the login name; kept on record.")] = "",
    json: Json = False,
) -> None:
    """Label signed reports anew where words or score have changed since; after a stop it goes on where it was."""
    settings = load()

    def shown(keys: Sequence[str]) -> Iterable[str]:
        console = Console(stderr=True)
        return track(keys, "Reading", console=console, transient=True, disable=json or not console.is_terminal)

    told = with_store(settings, lambda store: relabel_all(store, settings, by or getpass.getuser(), limit, shown))
    if json:
        print_json(told)
        return
    typer.echo(f"{told['relabelled']} of {told['waiting']} reports are labelled anew by {told['labeller']}")
    typer.echo(f"{told['changed']} of them say something else now; {told['passed_by']} had changed meanwhile")


def check(*, confidence: Confidence = 0.95, json: Json = False) -> None:
    """Tell whether the labels of reports were checked at this site, and their error; they are checked on a page."""
    told = in_transaction(load(), lambda transaction: state(transaction, confidence))
    if json:
        print_json(told)
        return
    typer.echo(f"{told['reports']} signed reports are labelled; the labels' error is {_known(told)}")
    for name, count in told["reserved"].items():
        if count:
            typer.echo(f"{count} {RESERVED[name]}")
    for one in told["checks"]:
        rows = [
            (name, found["labelled_present"], *(_share(found[key]) for key in ("sensitivity", "specificity")))
            for name, found in one["error"].items()
        ]
        title = f"{one['labeller']}: {one['done']} of {one['reports']} read"
        print_table(title, ("finding", "labelled present", "sensitivity", "specificity"), rows)


RESERVED = {
    "guess": "of them are called normal only because they name nothing that is known: no score is trained",
    "language": "more look as if they were in another language than reports are read in: they count nowhere",
}


def _known(told: Mapping[str, Any]) -> str:
    return "known" if told["is_known"] else "unknown: read 200 of them again at /label-check"


def _share(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return "-"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def column_names(text: str) -> list[str]:
    """Part a list of columns."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        message = "--text: the columns that hold the report, such as findings,impression"
        raise InputError(message)
    return list(dict.fromkeys(names))
