"""``collega validate report``: a validation from frozen plan to paper."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from collega.bootstrap.evidence.validating import keep_validation
from collega.cli.output import Json, print_json
from collega.cli.session import in_transaction
from collega.cli.tables import table_from, text_from
from collega.config import load
from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.formats.validation_files import report_files
from collega.formats.validation_html import report_file
from collega.formats.validation_view import validation_view
from collega.measure.scores import REFERENCE, SCORES
from collega.measure.study_plan import read_plan
from collega.measure.validation_report import CLAIMED, Reported, validation_report
from collega.model.card import Card
from collega.model.code import Text
from collega.run.card import read_card

LANGUAGES = ("en", "nl")


def report(  # noqa: PLR0913 - the options of one command
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN.toml", help="The frozen plan.")],
    scores_file: Annotated[Path, typer.Argument(metavar="SCORES.csv", help="Columns case, score, and maybe outcome.")],
    reference_file: Annotated[
        Path | None, typer.Argument(metavar="REFERENCE.csv", help="Columns case, truth; else they stand in SCORES.csv.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="Folder for HTML, PDF, tables and figures.")],
    plan_hash: Annotated[str, typer.Option(help="Hash under which the plan was frozen.")] = "",
    card: Annotated[Path | None, typer.Option(help="Folder of the app: its card's claims are set beside.")] = None,
    second: Annotated[Path | None, typer.Option(help="Scores of another version or vendor, to compare.")] = None,
    second_threshold: Annotated[float | None, typer.Option(help="That of the second, if another.")] = None,
    prevalence: Annotated[float | None, typer.Option(help="Share of disease where the app is to be used.")] = None,
    probabilities: Annotated[bool, typer.Option("--probabilities", help="Scores are probabilities.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it for the page of validations.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who keeps it, else the login name.")] = "",
    json: Json = False,
) -> None:
    """Write the report of a validation, in Dutch and English, with every table and figure as a file."""
    if prevalence is not None and not 0 < prevalence < 1:
        message = f"--prevalence lies between 0 and 1, got {prevalence}"
        raise InputError(message)
    plan = read_plan(text_from(plan_file), plan_file.name)
    source = reference_file or scores_file
    scores, reference = table_from(scores_file, SCORES), table_from(source, REFERENCE)
    reported = Reported(
        plan=plan,
        expected_hash=plan_hash,
        version=_version(scores),
        prevalence=prevalence,
        are_probabilities=probabilities,
        claims=_claims(read_card(card)) if card else (),
        second=table_from(second, SCORES) if second else (),
        second_threshold=second_threshold,
    )
    told = validation_report(scores, reference, reported)
    written = write_report(told, out)
    if keep:
        who = by or getpass.getuser()
        in_transaction(load(), lambda transaction: keep_validation(transaction, told, who))
    if json:
        print_json(told)
        return
    for name in written:
        typer.echo(str(out / name))
    for one in told["deviations"]:
        typer.echo(f"deviation: {', '.join(str(value) for value in one.values())}")


def write_report(told: Mapping[str, Any], out: Path) -> list[str]:
    """Write the files of a report; their names."""
    # typst is loaded where paper is set: the command's other users do without.
    from collega.formats.validation_pdf import validation_pdf  # noqa: PLC0415

    views = {language: validation_view(told, language) for language in LANGUAGES}
    files: dict[str, str | bytes] = dict(report_files(views["en"]))
    for language, view in views.items():
        files[f"report-{language}.html"] = report_file(view)
        files[f"report-{language}.pdf"] = validation_pdf(view, datetime.now(UTC))
    try:
        for name, content in files.items():
            file = out / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        message = f"{out}: {error.strerror}"
        raise InputError(message) from error
    return sorted(files)


def _version(scores: Sequence[Row]) -> str:
    """Give what the column ``version`` of the scores says; empty where there is none."""
    return ", ".join(sorted({row.cells["version"] for row in scores if row.has("version")}))


def _claims(card: Card | None) -> list[dict[str, Any]]:
    found = []
    for study in card.studies if card else ():
        name = study.get("name", "")
        words = {"en": name.en, "nl": name.nl} if isinstance(name, Text) else {"en": str(name)}
        figures = {key: list(value) for key in CLAIMED if isinstance(value := study.get(key), tuple)}
        found.append({"name": words, **figures})
    return found
