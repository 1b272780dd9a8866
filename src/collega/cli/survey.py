"""``collega survey``: what people think of AI in their work."""

import csv
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from collega.cli.output import Json, print_json, print_table
from collega.cli.survey_collect import COLLECTING
from collega.cli.survey_kept import KEEPING
from collega.cli.tables import Confidence, table_from, text_from
from collega.errors import ConfigurationError, InputError
from collega.survey.analysis import analyse as analyse_answers
from collega.survey.answers import read_answers
from collega.survey.export import figures_csv
from collega.survey.questionnaire import Questionnaire
from collega.survey.shipped import SHIPPED, shipped, shipped_text
from collega.survey.simulated import COLUMNS as SIMULATED
from collega.survey.simulated import simulate as simulate_wave
from collega.survey.toml import read_questionnaire

Which = Annotated[
    str, typer.Option("--questionnaire", metavar="Q.toml", help=f"A file, or a shipped one: {', '.join(SHIPPED)}.")
]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for command in (analyse, check, show, simulate, *COLLECTING, *KEEPING):
        group.command(command.__name__.removesuffix("_survey"))(command)
    app.add_typer(group, name="survey")


def analyse(  # noqa: PLR0913 - options of a command
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS.csv", help="One line a person, one column a question.")],
    *,
    questionnaire: Which,
    margins: Annotated[
        Path | None, typer.Option(help="TOML: known share of each group, for weights by raking.")
    ] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write every figure to this table too.")] = None,
    confidence: Confidence = 0.95,
    json: Json = False,
) -> None:
    """Tell what was answered: shares with intervals, groups, trends, and what to do about barriers."""
    asked = _asked(questionnaire)
    given = read_answers(table_from(answers, ()), asked)
    told = analyse_answers(asked, given, confidence=confidence, margins=_margins(margins, asked) if margins else None)
    if csv_file:
        csv_file.write_text(figures_csv(told), encoding="utf-8", newline="")
    print_json(told) if json else _print(told)


def check(
    questionnaire: Annotated[str, typer.Argument(metavar="Q.toml", help="A file, or the name of a shipped one.")],
    *,
    json: Json = False,
) -> None:
    """Check a questionnaire: names, translations, targets, loops."""
    asked = _asked(questionnaire)
    told = {"questionnaire": asked.id, "version": asked.version, "questions": [one.id for one in asked.questions]}
    print_json(told) if json else typer.echo(f"{asked.id} {asked.version}: {len(asked.questions)} questions, all well")


def show(name: Annotated[str, typer.Argument(help=f"One of {', '.join(SHIPPED)}.")]) -> None:
    """Print a shipped questionnaire, to start one's own from."""
    sys.stdout.write(shipped_text(name))


def simulate(
    out: Annotated[Path, typer.Argument(metavar="OUT.csv", help="Where the answers go.")],
    *,
    people: Annotated[int, typer.Option(min=40, max=100_000, help="How many people.")] = 400,
    seed: Annotated[int, typer.Option(help="The same seed makes the same answers.")] = 1,
) -> None:
    """Simulate a wave of the readiness questionnaire with published shares; nobody said any of it."""
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, SIMULATED)
            writer.writeheader()
            writer.writerows(simulate_wave(people, seed))
    except OSError as error:
        message = f"{out}: {error.strerror}"
        raise InputError(message) from error
    typer.echo(f"{out}: {people} simulated people; analyse them with --questionnaire readiness")


def _asked(name: str) -> Questionnaire:
    return read_questionnaire(text_from(Path(name)), Path(name).name) if name.endswith(".toml") else shipped(name)


def _margins(path: Path, asked: Questionnaire) -> dict[str, dict[str, float]]:
    try:
        found = tomllib.loads(text_from(path))
    except tomllib.TOMLDecodeError as error:
        message = f"{path.name}: no TOML: {error}"
        raise ConfigurationError(message) from error
    for name, shares in found.items():
        question = asked.question(name)
        if question is None or not question.group or not isinstance(shares, dict):
            message = f"{path.name}: {name}: no question that tells groups apart, or no table of shares"
            raise ConfigurationError(message)
        for group, share in shares.items():
            if question.option(group) is None or isinstance(share, bool) or not isinstance(share, int | float):
                message = f"{path.name}: {name}.{group}: no group of {name}, or no number"
                raise ConfigurationError(message)
    return found


def _print(told: Mapping[str, Any]) -> None:
    rows = [
        (item["id"], option["id"], option["count"], option["n"], _interval(option))
        for item in told["items"]
        for option in item["options"]
    ]
    print_table(f"{told['title']['en']} {told['n']} people", ("question", "answer", "count", "of", "share"), rows)
    ratios = [
        (one["item"], ratio["option"], " / ".join(ratio["groups"]), _ratio(ratio), f"{ratio['fisher_p']:.4f}")
        for one in told["groups"]
        for ratio in one["ratios"]
    ]
    print_table("Groups", ("question", "answer", "groups", "ratio", "Fisher p"), ratios)
    changes = [
        (
            one["item"],
            one["option"],
            f"{one['from']} to {one['to']}",
            _points(one),
            "-" if one["p"] is None else f"{one['p']:.4f}",
        )
        for one in told["trends"]
    ]
    if changes:
        print_table("Trends", ("question", "answer", "waves", "change", "p"), changes)
    todo = [
        (_interval(one["barrier"]), one["step"], one["action"]["en"], one["owner"], one["by"], one["worked"])
        for one in told["readiness"]
    ]
    if todo:
        print_table("What to do", ("named by", "step", "action", "owner", "by", "worked"), todo)
    for note in told["notes"]:
        typer.echo(f"note: {note}")


def _interval(one: Mapping[str, Any]) -> str:
    return "not told" if one["suppressed"] else f"{one['share']:.1%} ({one['low']:.1%} to {one['high']:.1%})"


def _ratio(one: Mapping[str, Any]) -> str:
    return "-" if one["ratio"] is None else f"{one['ratio']:.2f} ({one['low']:.2f} to {one['high']:.2f})"


def _points(one: Mapping[str, Any]) -> str:
    return f"{one['difference']:+.1%} ({one['low']:+.1%} to {one['high']:+.1%})"
