"""``collega restore FROM``."""

from pathlib import Path
from typing import Annotated

import typer

from collega.bootstrap.upkeep import restore as restoring
from collega.cli.backup import Source, shown_progress
from collega.cli.output import Json, print_json
from collega.config import Database, load

Config = Annotated[Path | None, typer.Option("--config", help="Settings file (else collega.toml where there is one).")]
Url = Annotated[
    str, typer.Option("--database-url", help="An empty PostgreSQL database of your own, instead of database.url.")
]
SetAside = Annotated[
    bool, typer.Option("--set-aside", help="Keep what the data folder holds in a folder of its own inside it.")
]


def register(app: typer.Typer, text: str) -> None:
    """Add the command."""
    app.command("restore", help=text)(restore)


def restore(
    source: Source, *, database_url: Url = "", set_aside: SetAside = False, config: Config = None, json: Json = False
) -> None:
    """Restore a backup into the data folder and the database of the settings."""
    settings = load(config)
    if database_url:
        settings = settings.model_copy(update={"database": Database(url=database_url)})
    with shown_progress(json) as told:
        done = restoring.restore(settings, source, told, set_aside=set_aside)
    if json:
        print_json(done)
        return
    holds = done["holds"]
    typer.echo(f"{done['data']}: restored as of {done['made_at']}: {holds['studies']} studies, ", nl=False)
    typer.echo(f"{holds['objects']} objects, {holds['open_deliveries']} deliveries to be sent or confirmed")
    if done["set_aside"]:
        typer.echo(f"what was there before: {done['set_aside']}")
    if database_url:
        typer.echo("set database.url (COLLEGA_DATABASE__URL) to the same address before `collega serve`")
