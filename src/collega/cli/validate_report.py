"""``collega validate report``: a validation from frozen plan to paper."""

import csv
import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from collega.bootstrap.evidence import referencing
from collega.bootstrap.evidence.validating import keep_validation
from collega.bootstrap.site import Asked
from collega.cli.output import Json, print_json
from collega.cli.session import in_transaction
from collega.cli.tables import table_from, text_from
from collega.config import load
from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.formats.validation_files import report_files
from collega.formats.validation_html import report_file
from collega.formats.validation_view import validation_view
from collega.measure import site_validation as site
from collega.measure.scores import REFERENCE, SCORES
from collega.measure.site_validation import SiteTables
from collega.measure.study_plan import StudyPlan, read_plan
from collega.measure.validation_report import CLAIMED, Reported, validation_report
from collega.model.audit import AuditEntry
from collega.model.card import Card
from collega.model.code import Text
from collega.run.card import read_card

Pool = Annotated[
    list[str] | None,
    typer.Option(help="With the site's reference: whose truth counts, such as panel/no; once for each, if several."),
]
LANGUAGES = ("en", "nl")


def report(  # noqa: PLR0913 - the options of one command
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN.toml", help="The frozen plan.")],
    scores_file: Annotated[
        Path | None, typer.Argument(metavar="SCORES.csv", help="Columns case, score, and maybe outcome.")
    ] = None,
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
    from_site: Annotated[
        bool, typer.Option("--from-site", help="Scores and reference are those of this site; no tables are given.")
    ] = False,
    finding: Annotated[str, typer.Option(help="With --from-site: the finding that is asked about.")] = "",
    pool: Pool = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it for the page of validations.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who keeps it, else the login name.")] = "",
    json: Json = False,
) -> None:
    """Write the report of a validation, in Dutch and English, with every table and figure as a file."""
    plan = read_plan(text_from(plan_file), plan_file.name)
    given = (
        _given_by_site(plan, finding, tuple(pool or ()), (scores_file, reference_file))
        if from_site
        else _given_by_tables(scores_file, reference_file, finding)
    )
    reported = Reported(
        plan=plan,
        expected_hash=plan_hash,
        version=_version(given.scores),
        prevalence=asked_prevalence(plan, prevalence),
        are_probabilities=probabilities,
        claims=_claims(read_card(card)) if card else (),
        second=table_from(second, SCORES) if second else (),
        second_threshold=second_threshold,
        label_errors=given.label_errors,
    )
    told = validation_report(given.scores, given.reference, reported)
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


def asked_prevalence(plan: StudyPlan | None, prevalence: float | None) -> float | None:
    """Give the share of disease at which predictive values are asked for: that of the plan, where it names one.

    Raises
    ------
    InputError
        It is no share, or the plan names one as well.
    """
    if prevalence is not None and not 0 < prevalence < 1:
        message = f"--prevalence lies between 0 and 1, got {prevalence}"
        raise InputError(message)
    if prevalence is not None and plan is not None and plan.prevalence:
        message = "the plan says the prevalence: leave --prevalence out"
        raise InputError(message)
    return plan.prevalence if plan is not None and plan.prevalence else prevalence


@dataclass(frozen=True, kw_only=True, slots=True)
class _Given:
    """What a report is made of: two tables, and what a site tells of the error of its labels."""

    scores: Sequence[Row]
    reference: Sequence[Row]
    label_errors: Mapping[str, Any] | None = None


def _given_by_tables(scores: Path | None, reference: Path | None, finding: str) -> _Given:
    if scores is None or finding:
        message = "give SCORES.csv, or --from-site with --finding and without tables"
        raise InputError(message)
    return _Given(scores=table_from(scores, SCORES), reference=table_from(reference or scores, REFERENCE))


def _given_by_site(plan: StudyPlan, finding: str, pool: tuple[str, ...], files: Sequence[Path | None]) -> _Given:
    if not finding or any(files):
        message = "--from-site asks for --finding, and takes scores and reference from this site: leave tables out"
        raise InputError(message)
    settings = load()

    async def ask(transaction: Asked) -> tuple[SiteTables, dict[str, Any]]:
        tables = await referencing.site_validation(transaction, settings, (plan.app, plan.version), finding, pool)
        return tables, await referencing.label_errors(transaction, tables, plan.threshold, plan.confidence)

    tables, errors = in_transaction(settings, ask, lambda found: viewed(found[0]))
    return _Given(scores=tables.scores, reference=tables.reference, label_errors=errors)


def collect(  # noqa: PLR0913 - what is asked, and where it goes
    app: Annotated[str, typer.Argument(metavar="APP@VERSION", help="One version of an app.")],
    *,
    finding: Annotated[str, typer.Option(help="The finding that is asked about.")],
    out: Annotated[Path, typer.Option(metavar="SCORES.csv", help="Its scores here; nothing may stand there.")],
    reference: Annotated[
        Path | None, typer.Option(metavar="REFERENCE.csv", help="And the truth here, with its sources.")
    ] = None,
    pool: Pool = None,
    json: Json = False,
) -> None:
    """Write the scores of an app version at this site, and its reference, as tables."""
    name, _, version = app.partition("@")
    if not version:
        message = f"{app}: name one version, such as {app}@1.0.0; scores of versions are not mixed"
        raise InputError(message)
    settings = load()
    tables = in_transaction(
        settings,
        lambda transaction: referencing.site_validation(
            transaction, settings, (name, version), finding, tuple(pool or ())
        ),
        viewed,
    )
    _write_rows(out, site.SCORES, tables.scores)
    if reference:
        _write_rows(reference, site.TRUTHS, tables.reference)
    told = {"studies": len(tables.scores), "truths": len(tables.reference), "counted": list(tables.groups)}
    if json:
        print_json(told)
        return
    typer.echo(f"{told['studies']} studies, {told['truths']} of them with a label ({', '.join(tables.groups)})")


def viewed(tables: SiteTables) -> AuditEntry:
    """Log that the reference of these studies was read."""
    keys = tuple(dict.fromkeys(one.study_key for one in tables.labels))
    return AuditEntry(event="reference viewed", studies=keys, payload={"shown": len(tables.labels)})


def _write_rows(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, columns)
            writer.writeheader()
            writer.writerows(row.cells for row in rows)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise InputError(message) from error


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
