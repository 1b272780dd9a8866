"""``collega roi digest``: what changed in a month, for each app."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from collega.bootstrap.worth import digesting
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import load
from collega.formats.digest_view import digest_view


class Language(StrEnum):
    """Languages of the digest."""

    NL = "nl"
    EN = "en"


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("digest")(digest)


def digest(
    *,
    month: Annotated[str, typer.Option(help="Such as 2026-10; else the last whole one.")] = "",
    pdf: Annotated[Path | None, typer.Option("--pdf", help="File to write.")] = None,
    language: Annotated[Language | None, typer.Option(help="Of the paper; else that of the site.")] = None,
    json: Json = False,
) -> None:
    """Tell what changed in a month, for each app: use, waits, accuracy, cost, decisions due, what is not known."""
    settings = load()
    told = in_transaction(settings, lambda transaction: digesting.digest(transaction, settings, month))
    view = digest_view(told, language or settings.site.language, ZoneInfo(settings.site.timezone))
    if pdf is not None:
        # typst is loaded when paper is asked for.
        from collega.formats.digest_pdf import digest_pdf  # noqa: PLC0415

        pdf.write_bytes(digest_pdf(view, datetime.now(UTC)))
    if json:
        print_json(told)
    elif pdf is not None:
        typer.echo(str(pdf))
    else:
        _print(view)


def _print(view: dict[str, Any]) -> None:
    words = view["words"]
    typer.echo(f"{words['digest']} {view['month']}: {view['period']} {view['not_whole']}".rstrip())
    columns = tuple(words[name] for name in ("figure", "this_month", "month_before", "label"))
    for app in view["apps"]:
        print_table(f"{app['name']} ({words['stage']}: {app['stage']})", columns, app["rows"])
        for name in ("due", "changes", "unknown"):
            for line in app[name]:
                typer.echo(f"{words[name]}: {line}")
    for line in view["approval"]:
        typer.echo(f"{view['approval_title']}: {line}")
    for fault in view["faults"]:
        typer.echo(f"{words['faults']}: {fault}")
