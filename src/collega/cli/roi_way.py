"""``collega roi step`` and ``steps``: the way of a case from the idea to the approval."""

import getpass
from datetime import date
from typing import Annotated, Any

import typer

from collega.bootstrap.worth import case_ways
from collega.cli.output import Json, print_json, print_table
from collega.cli.session import in_transaction
from collega.config import load
from collega.errors import InputError
from collega.value.way import Step


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("step")(step)
    group.command("steps")(steps)


def step(  # noqa: PLR0913 - the options of one command
    case: Annotated[str, typer.Argument(metavar="CASE", help="Name of the case: of its file, without .toml.")],
    taken: Annotated[Step, typer.Argument(metavar="STEP", help="What it has come past.")],
    *,
    on: Annotated[str, typer.Option(help="The day, such as 2026-11-29; else today.")] = "",
    note: Annotated[str, typer.Option(help="Kept on record.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who notes it, else the login name.")] = "",
    json: Json = False,
) -> None:
    """Note that a case has taken a step on its way from the idea to the approval."""
    settings, who = load(), by or getpass.getuser()
    wanted = _day(on) if on else None
    day = in_transaction(
        settings,
        lambda asked: case_ways.note_step(asked, settings, case, taken, on=wanted, by=who, note=note),
    )
    print_json({"case": case, "step": taken, "on": day}) if json else typer.echo(f"{case}: {taken} on {day}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"--on is a day such as 2026-11-29, not {text!r}"
        raise InputError(message) from None


def steps(*, json: Json = False) -> None:
    """Tell how far each case has come, and how many days it takes here from the idea to the approval."""
    settings = load()
    told = in_transaction(settings, lambda asked: case_ways.told_ways(asked, settings))
    if json:
        print_json(told)
        return
    columns = ("case", "idea", "approved", "days", "signatures missing", "last step")
    print_table("From idea to approval", columns, [_row(way) for way in told["ways"]])
    one = told["duration"]
    if one["median"] is None:
        typer.echo(f"no median yet: {one['approved']} of {one['cases']} cases are approved, to {one['until']}")
        return
    low, high = ("?" if limit is None else f"{limit:.0f}" for limit in (one["low"], one["high"]))
    typer.echo(
        f"median {one['median']:.0f} days ({low} to {high}); {one['approved']} of {one['cases']} cases approved, "
        f"{one['dropped']} dropped, {one['since']} to {one['until']}"
    )


def _row(way: dict[str, Any]) -> tuple[object, ...]:
    is_over = way["is_approved"] or way["is_dropped"]
    days = "?" if way["days"] is None else str(way["days"]) if is_over else f"{way['days']} so far"
    last, on = list(way["steps"].items())[-1]
    return (
        way["case"],
        way["steps"].get("idea", "?"),
        way["steps"].get("approved", "dropped" if way["is_dropped"] else "-"),
        days,
        ", ".join(way["unsigned"]) or "none",
        f"{last}, {on}",
    )
