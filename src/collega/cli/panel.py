"""``collega panel``: studies that several readers read, blind to AI and to each other."""

import getpass
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from collega.bootstrap.evidence import paneling
from collega.bootstrap.site import Asked
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction, keys_of
from collega.cli.tables import lines_from
from collega.config import load
from collega.errors import InputError
from collega.formats.panel_csv import panel_tables
from collega.model.audit import AuditEntry

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name or key of the panel.")]
By = Annotated[str, typer.Option("--by", help="Who does it, else the login name; kept on record.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, command in (("create", create), ("list", list_all), ("show", show), ("export", export), ("close", close)):
        group.command(name)(command)
    app.add_typer(group, name="panel")


def create(  # noqa: PLR0913 - what a panel is made of
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the panel.")],
    *,
    finding: Annotated[list[str], typer.Option(help="What is asked of each study; give it once for each finding.")],
    reader: Annotated[list[str], typer.Option(help="Account of a reader; two or more.")],
    adjudicator: Annotated[str, typer.Option(help="Account of the further reader, who settles disagreements.")],
    studies: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Study Instance UIDs or accession numbers, one a line.")
    ] = None,
    discordant: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help="Instead: studies on which two apps, or APP@VERSION, say the opposite."),
    ] = None,
    comparison: Annotated[
        str, typer.Option(metavar="NAME", help="Instead: studies on which both sides of `collega compare` differ.")
    ] = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Make a panel of a list of studies, or of those on which two apps or versions differ."""
    if [studies is not None, discordant is not None, comparison != ""].count(True) != 1:
        message = "give --studies FILE, --discordant A B, or --comparison NAME: one of them"
        raise InputError(message)
    if studies is None and len(finding) != 1:
        message = "--finding: name the one finding on which they differ"
        raise InputError(message)
    settings = load()
    actor = by or getpass.getuser()
    given = lines_from(studies) if studies else []

    async def make(transaction: Asked) -> dict[str, Any]:
        chosen, why = given, paneling.CHOSEN
        if discordant is not None:
            chosen = await paneling.discordant(transaction, *discordant, finding[0])
            why = f"{discordant[0]} and {discordant[1]} differ"
        elif comparison:
            chosen = await paneling.discordant_in(transaction, settings, comparison, finding[0])
            why = f"both sides of {comparison} differ"
        wanted = paneling.Wanted(
            name=name,
            findings=tuple(finding),
            readers=tuple(reader),
            adjudicator=adjudicator,
            studies=tuple(chosen),
            why=why,
        )
        try:
            return paneling.account(await paneling.create(transaction, wanted, actor))
        except ValueError as error:
            raise InputError(str(error)) from None

    told = in_transaction(settings, make)
    print_json(told) if json else typer.echo(f"{name}: {told['cases']} studies, {told['why']}; read it at /panels")


def list_all(*, json: Json = False) -> None:
    """List panels with how far they are."""
    rows = in_transaction(load(), paneling.listed)
    if json:
        print_json(rows)
        return
    columns = ("name", "cases", "read", "to_settle", "is_ready", "closed_at")
    print_table(f"{len(rows)} panels", columns, [[row[key] for key in columns] for row in rows], whole="name")


def show(name: Name, *, json: Json = False) -> None:
    """Show what the readers of a panel said, how well they agree, and what came of it."""
    told = in_transaction(
        load(),
        lambda transaction: paneling.shown(transaction, name),
        lambda one: AuditEntry(event="reference viewed", studies=keys_of(one["list"]), payload={"panel": one["name"]}),
    )
    if json:
        print_json(told)
        return
    for finding, one in told["agreement"].items():
        typer.echo(f"{finding}: the same word on {one['same']} of {one['cases']} studies; {_agreement(one)}")
    lines = [(one, finding) for one in told["list"] for finding in told["findings"]]
    rows = [(one["case"], one["study_instance_uid"], name, *_said(told, one, name)) for one, name in lines]
    print_table(told["name"], ("case", "study", "finding", *told["readers"], told["adjudicator"], "outcome"), rows)


def export(
    name: Name,
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="New folder for the tables.")],
    *,
    json: Json = False,
) -> None:
    """Write what came of a panel as tables (CSV): reads.csv, agreement.csv, truth.csv."""
    told = in_transaction(
        load(),
        lambda transaction: paneling.shown(transaction, name),
        lambda one: AuditEntry(event="reference viewed", studies=keys_of(one["list"]), payload={"panel": one["name"]}),
    )
    tables = {f"{table}.csv": content for table, content in panel_tables(told).items()}
    try:
        out.mkdir(parents=True)
        for file, content in tables.items():
            (out / file).write_text(content, encoding="utf-8")
    except OSError as error:
        message = f"{out}: {error.strerror}: name a new folder"
        raise InputError(message) from error
    print_json({"folder": str(out), "files": list(tables)}) if json else typer.echo(f"{', '.join(tables)} in {out}")


def _said(told: Mapping[str, Any], one: Mapping[str, Any], finding: str) -> list[str]:
    words = [one["reads"].get(name) for name in told["readers"]]
    return [(found or {}).get(finding, "-") for found in (*words, one["settled"], one["outcome"])]


def _agreement(one: Mapping[str, Any]) -> str:
    if one["alpha"] is None:
        return str(one["limit"])
    alpha = one["alpha"]
    if alpha["low"] is None:
        return f"alpha {alpha['value']:.3f}: {alpha['limit']}"
    return f"alpha {alpha['value']:.3f} ({alpha['low']:.3f} to {alpha['high']:.3f})"


def close(name: Name, *, by: By = "", json: Json = False) -> None:
    """Close a panel that is read and settled: its outcome becomes the reference, as strong labels."""
    actor = by or getpass.getuser()
    labels = in_transaction(load(), lambda transaction: paneling.close_named(transaction, name, actor))
    print_json({"labels": labels}) if json else typer.echo(f"{name}: closed; {labels} strong labels are kept")
