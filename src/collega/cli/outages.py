"""``collega outages``: when AI was not available, and who was told."""

from typing import Annotated, Any

import typer

from collega.bootstrap.times.covering import outage_account
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import load


def register(app: typer.Typer, text: str) -> None:
    """Add the command."""
    app.command("outages", help=text)(outages)


def outages(
    *,
    json: Json = False,
    since: Annotated[int, typer.Option(min=1, max=87840, help="How many hours to look back.")] = 168,
) -> None:
    """List the outages, open ones among them."""
    told = in_transaction(load(), lambda transaction: outage_account(transaction, since))
    if json:
        print_json(told)
        return
    rows = told["outages"]
    print_table(
        f"{len(rows)} outages",
        ("part", "name", "cause", "since", "ended", "minutes", "studies", "told"),
        [
            (
                row["part"],
                row["name"],
                row["cause"],
                row["down_since"],
                row["ended_at"],
                f"{row['seconds'] / 60:.1f}",
                row["studies"],
                _told(row["notices"]),
            )
            for row in rows
        ],
    )
    _print_uptime(told["uptime"])


def _print_uptime(rows: list[dict[str, Any]]) -> None:
    table = [
        (row["part"], row["name"], row["outages"], f"{row['seconds_out'] / 60:.1f}", f"{row['uptime']:.3%}")
        for row in rows
    ]
    print_table("Uptime of what was out", ("part", "name", "outages", "minutes out", "uptime"), table)


def _told(notices: list[dict[str, Any]]) -> str:
    return "\n".join(f"{item['kind']} by {item['channel']}: {item['state']}" for item in notices) or "nobody"
