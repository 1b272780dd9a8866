"""``collega queue``: what AI would do to the waits of a reading list."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from collega.cli.output import Json, print_json, print_table
from collega.cli.queue_department import fit_department, what_if
from collega.cli.queue_files import draw_list, write_rows
from collega.cli.queue_progress import counted
from collega.simulate import queue
from collega.simulate.expected import KEYS, Answer, expected, reduced
from collega.simulate.reading_list import Discipline, ReadingList

DEFAULT = ReadingList()
COLUMNS = ("theory", "simulated", "standard_error", "approximation")
WORDS: Mapping[str, str] = {
    "no_ai": "without AI",
    "ai_positive": "AI-positive",
    "ai_negative": "AI-negative",
    "diseased": "diseased",
    "non_diseased": "others",
    "gain": "diseased less without AI",
}


def register(app: typer.Typer, text: str) -> None:
    """Add the group; without a word behind it, it is the command itself."""
    group = typer.Typer(help=text)
    group.callback(invoke_without_command=True)(ask)
    group.command("fit")(fit_department)
    group.command("what-if")(what_if)
    app.add_typer(group, name="queue")


def ask(  # noqa: PLR0913 - the options of one command
    context: typer.Context,
    *,
    load: Annotated[float, typer.Option(help="Part of the readers' time that all cases take.")] = DEFAULT.load,
    readers: Annotated[int, typer.Option(help="Readers at this list.")] = DEFAULT.readers,
    sensitivity: Annotated[float, typer.Option(help="Share of the diseased that AI flags.")] = DEFAULT.sensitivity,
    fpf: Annotated[float, typer.Option(help="Share of the others that AI flags.")] = DEFAULT.fpf,
    prevalence: Annotated[
        float, typer.Option(help="Share of diseased cases, interrupting ones left out.")
    ] = DEFAULT.prevalence,
    minutes_diseased: Annotated[
        float, typer.Option(help="Mean reading time of the diseased.")
    ] = DEFAULT.minutes_diseased,
    minutes_other: Annotated[float, typer.Option(help="Mean reading time of the others.")] = DEFAULT.minutes_other,
    interrupting: Annotated[
        float, typer.Option(help="Share of all cases that are read at once, whatever AI says.")
    ] = DEFAULT.interrupting,
    interrupting_minutes: Annotated[
        float, typer.Option(help="Mean reading time of these.")
    ] = DEFAULT.interrupting_minutes,
    discipline: Annotated[
        Discipline, typer.Option(help="Whether a flagged case stops the reading of another.")
    ] = DEFAULT.discipline,
    away_minutes: Annotated[
        float, typer.Option(help="Mean time of other work whenever a reader finds the list empty.")
    ] = DEFAULT.away_minutes,
    patients: Annotated[int, typer.Option(help="Patients that are counted.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Of the random numbers: the same seed, the same answer.")] = 1,
    csv: Annotated[Path | None, typer.Option("--csv", help="File for the figures as a table.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="File for a picture (SVG).")] = None,
    json: Json = False,
) -> None:
    """Tell mean waits with and without AI triage, by theory and by simulation."""
    if context.invoked_subcommand is not None:
        return
    asked = ReadingList(
        load=load,
        readers=readers,
        sensitivity=sensitivity,
        fpf=fpf,
        prevalence=prevalence,
        minutes_diseased=minutes_diseased,
        minutes_other=minutes_other,
        interrupting=interrupting,
        interrupting_minutes=interrupting_minutes,
        discipline=discipline,
        away_minutes=away_minutes,
    )
    theory, published = expected(asked), reduced(asked)
    runs = counted(queue.simulate(asked, patients, seed), queue.runs_of(patients), is_shown=not json)
    found, pace = queue.estimates(runs), queue.speed(runs)
    if csv:
        write_rows(csv, ("cases", *COLUMNS), [(name, *values) for name, *values in figures(theory, found, published)])
    if plot:
        draw_list(plot, theory, found, WORDS)
    if json:
        simulated = {name: asdict(one) for name, one in found.items()}
        told = {"theory": theory, "simulation": simulated, "approximation": published}
        print_json({**told, "patients_per_second": round(pace)})
        return
    shown = [
        (WORDS[name], *(None if value is None else f"{value:.4f}" for value in values))
        for name, *values in figures(theory, found, published)
    ]
    # The approximation is there for one kind of list alone.
    width = len(COLUMNS) + (published is not None)
    print_table("Mean waits in minutes", ("cases", *COLUMNS)[:width], [row[:width] for row in shown])
    typer.echo(f"{patients:,} patients counted, {pace:,.0f} a second; seed {seed}")


def figures(
    theory: Answer | None, found: Mapping[str, queue.Estimate], published: Answer | None
) -> list[tuple[Any, ...]]:
    """Lines of the table: key, and the columns."""
    return [
        (name, (theory or {}).get(name), found[name].mean, found[name].se, (published or {}).get(name)) for name in KEYS
    ]
