"""``collega reference``: what is taken to be true of studies, and apps held against it."""

import csv
import getpass
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from collega.bootstrap.evidence import by_version, following_up, referencing
from collega.bootstrap.site import Asked
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction, keys_of, with_store
from collega.cli.tables import Confidence, lines_from, table_from
from collega.config import load
from collega.errors import InputError
from collega.measure.reference_cases import Question
from collega.model.audit import AuditEntry
from collega.model.feedback import Seen
from collega.model.reference import ReferenceSource, Strength

VIEWED = "reference viewed"
SHOWN = ("study_instance_uid", "finding_id", "word", "source", "strength", "ai_visible", "dated")
WRITTEN = (
    *("study_instance_uid", "finding_id", "source", "origin", "word", "strength", "ai_visible", "dated", "number"),
    *("at", "actor", "remark"),
)
Finding = Annotated[str, typer.Option(help="Only this finding.")]
By = Annotated[str, typer.Option("--by", help="Who answers for it, else the login name; kept on record.")]
History = Annotated[bool, typer.Option("--history", help="Every version of each label, withdrawn ones too.")]


class OtherSource(StrEnum):
    """What is added by hand."""

    FOLLOW_UP = "follow_up"
    OTHER = "other"


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, command in COMMANDS:
        group.command(name)(command)
    app.add_typer(group, name="reference")


def add(  # noqa: PLR0913 - what is said of a table
    source_file: Annotated[
        Path, typer.Argument(metavar="LABELS.csv", help=f"Columns {', '.join(referencing.COLUMNS)}.")
    ],
    *,
    source: Annotated[OtherSource, typer.Option(help="Where the labels are from.")],
    strength: Annotated[Strength, typer.Option(help="Weak: a by-product of care. Strong: made to be the reference.")],
    origin: Annotated[
        str, typer.Option(help="Name of these data, else that of the file; a later version replaces.")
    ] = "",
    ai_visible: Annotated[
        Seen | None, typer.Option(help="Whether AI had been visible before; else worked out from each study's events.")
    ] = None,
    by: By = "",
    json: Json = False,
) -> None:
    """Add labels of follow-up or other data; a label that stands already gets a new version."""
    settings = load()
    rows = table_from(source_file, referencing.COLUMNS)
    given = referencing.Given(
        source=ReferenceSource(source),
        strength=strength,
        origin=origin or source_file.name,
        actor=by or getpass.getuser(),
        zone=ZoneInfo(settings.site.timezone),
        ai_visible=ai_visible,
    )
    made = in_transaction(
        settings,
        lambda transaction: referencing.add_table(transaction, settings, rows, given),
        lambda labels: AuditEntry(
            event="reference changed",
            studies=tuple(dict.fromkeys(one.study_key for one in labels)),
            responsible=given.actor,
            payload={"source": given.source, "origin": given.origin, "labels": len(labels)},
        ),
    )
    seen = {str(word): sum(one.ai_visible is word for one in made) for word in Seen}
    told = {"labels": len(made), "new_versions": sum(one.number > 1 for one in made), "ai_visible": seen}
    if json:
        print_json(told)
        return
    typer.echo(f"{told['labels']} labels are kept, {told['new_versions']} of them as a new version")
    typer.echo("AI visible before: " + ", ".join(f"{word} {count}" for word, count in seen.items()))


def fetch(  # noqa: PLR0913 - what is asked, and what is said of the answers
    *,
    finding: Annotated[str, typer.Option(help="Finding that the answers are about.")],
    code: Annotated[list[str], typer.Option(help="Its code there, as SCT:233604007 or LN:94500-6; one or more.")],
    strength: Annotated[Strength, typer.Option(help="Weak: a by-product of care. Strong: made to be the reference.")],
    studies: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Study Instance UIDs or accession numbers, one a line.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="Instead: every study that came since this day.")] = None,
    days: Annotated[int, typer.Option(min=0, max=3650, help="Until how long after a study an answer counts.")] = 30,
    origin: Annotated[str, typer.Option(help="Name of these data; what differs later is a new version.")] = "fhir",
    by: By = "",
    json: Json = False,
) -> None:
    """Ask the site's server of records (FHIR) what became of patients: Condition, Observation, DiagnosticReport."""
    if (studies is None) is (since is None):
        message = "give --studies FILE or --since DAY: one of them"
        raise InputError(message)
    settings = load()
    zone = ZoneInfo(settings.site.timezone)
    wanted = following_up.FollowUp(
        finding=finding,
        codes=tuple(map(following_up.read_code, code)),
        days=days,
        studies=tuple(lines_from(studies)) if studies else (),
        since=since.replace(tzinfo=zone) if since else None,
    )
    given = referencing.Given(
        source=ReferenceSource.FOLLOW_UP, strength=strength, origin=origin, actor=by or getpass.getuser(), zone=zone
    )
    told = with_store(settings, lambda store: following_up.fetch(store, settings, wanted, given))
    if json:
        print_json(told)
        return
    typer.echo(", ".join(f"{name.replace('_', ' ')} {count}" for name, count in told.items()))


def list_all(*, finding: Finding = "", history: History = False, json: Json = False) -> None:
    """List labels with their source, strength and whether AI had been visible before."""
    rows = _rows(finding, history=history)
    if json:
        print_json(rows)
        return
    print_table(f"{len(rows)} labels", SHOWN, [[row[name] for name in SHOWN] for row in rows])


def export(
    out: Annotated[Path, typer.Argument(metavar="OUT.csv", help="The table; nothing may stand there.")],
    *,
    finding: Finding = "",
    history: History = False,
    json: Json = False,
) -> None:
    """Write labels as a table (CSV), one line for each."""
    rows = _rows(finding, history=history)
    try:
        with out.open("x", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, WRITTEN)
            writer.writeheader()
            writer.writerows([{**row, "dated": _iso(row["dated"]), "at": _iso(row["at"])} for row in rows])
    except OSError as error:
        message = f"{out}: {error.strerror}"
        raise InputError(message) from error
    if json:
        print_json({"labels": len(rows), "file": str(out)})
        return
    typer.echo(f"{len(rows)} labels written to {out}")


def accuracy(
    app: Annotated[str, typer.Argument(metavar="APP[@VERSION]", help="An app, of every version or of one.")],
    *,
    finding: Annotated[str, typer.Option(help="Finding that is asked about.")],
    pool: Annotated[
        list[str] | None, typer.Option(help="Count these groups together too, such as panel/no; give it once for each.")
    ] = None,
    confidence: Confidence = 0.95,
    json: Json = False,
) -> None:
    """Hold an app against the reference: for each source, and by whether AI had been visible before."""
    settings = load()
    name, _, version = app.partition("@")
    question = Question(finding=finding, pool=tuple(pool or ()), confidence=confidence)
    told = in_transaction(
        settings, lambda transaction: referencing.accuracy(transaction, settings, (name, version), question)
    )
    if json:
        print_json(told)
        return
    blocks = [*told["groups"], *([told["pooled"]] if told["pooled"] else [])]
    rows = [
        (
            one["group"],
            one["strength"],
            *one["table"].values(),
            *(_share(one["figures"][key]) for key in ("sensitivity", "specificity")),
            _freed(one),
        )
        for one in blocks
    ]
    columns = ("group", "strength", "tp", "fp", "fn", "tn", "sensitivity", "specificity", "freed of the label's error")
    print_table(f"{app}, {finding}: {told['analysed']} studies", columns, rows)
    if not told["pooled"] and len(blocks) > 1:
        sys.stdout.write("groups are not counted together unless --pool names them\n")


def versions(
    app: Annotated[str, typer.Argument(metavar="APP", help="An app; every version of it.")],
    *,
    confidence: Confidence = 0.95,
    json: Json = False,
) -> None:
    """Tell how often each version of an app was right, where it is weak, and one version against the next."""
    settings = load()
    told = in_transaction(
        settings,
        lambda transaction: by_version.accuracy_by_version(transaction, settings, app, confidence),
        lambda found: AuditEntry(event=VIEWED, payload={"app": app, "findings": len(found["findings"])}),
    )
    if json:
        print_json(told)
        return
    rows = [
        (
            one["finding"],
            version["version"],
            block["group"],
            *block["table"].values(),
            *(_share(block["figures"][key]) for key in ("sensitivity", "specificity")),
            _freed(block),
        )
        for one in told["findings"]
        for version in one["versions"]
        for block in version["groups"]
    ]
    counts = ("tp", "fp", "fn", "tn", "sensitivity", "specificity")
    print_table(app, ("finding", "version", "group", *counts, "freed of the label's error"), rows)
    differing = [
        (one["finding"], pair["first"], pair["second"], pair["group"], pair["cases"], len(pair["reading_list"]))
        for one in told["findings"]
        for pair in one["comparisons"]
        if not pair["limit"]
    ]
    if differing:
        print_table(
            "versions on the same studies", ("finding", "first", "second", "group", "studies", "differ"), differing
        )
    if told["without_labels"]:
        sys.stdout.write(f"no label of {', '.join(told['without_labels'])}: no figure\n")


def _freed(block: Mapping[str, Any]) -> str:
    if block["corrected"] is None:
        return str(block["label_error"])
    return ", ".join(f"{key} {_share(block['corrected'][key])}" for key in ("sensitivity", "specificity"))


def _share(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return "-"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _rows(finding: str, *, history: bool) -> list[dict[str, Any]]:
    settings = load()

    async def ask(transaction: Asked) -> list[dict[str, Any]]:
        return await referencing.listed(transaction, settings, finding, history=history)

    return in_transaction(
        settings, ask, lambda rows: AuditEntry(event=VIEWED, studies=keys_of(rows), payload={"shown": len(rows)})
    )


COMMANDS = (
    *(("add", add), ("fetch", fetch), ("list", list_all), ("export", export)),
    *(("accuracy", accuracy), ("versions", versions)),
)
