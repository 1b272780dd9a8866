"""``collega queue fit`` and ``what-if``: the queue of this department, not of a book."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from collega.bootstrap.times.holidays import holidays_of
from collega.bootstrap.times.queue_readings import readings_between
from collega.cli.output import Json, print_json, print_table
from collega.cli.queue_files import draw_weeks, json_text, read_json, week_rows, write_rows, write_text
from collega.cli.queue_progress import counted
from collega.cli.session import in_transaction
from collega.cli.tables import table_from
from collega.cli.timeline import From, To, span
from collega.config import load
from collega.errors import InputError
from collega.simulate.department import Law, as_json, department_of
from collega.simulate.fit import fit, is_read
from collega.simulate.fit_check import Check, check_as_json, check_fit, check_runs, must_fit
from collega.simulate.readings import CASE_COLUMNS, EVENT_COLUMNS, Readings, readings_of, readings_of_events
from collega.simulate.summary import changed, what_if_as_json
from collega.simulate.week import App, WhatIf, runs_of, simulate_weeks

MOST_WEEKS = 100_000
NUMBERS = frozenset({"prevalence", "sensitivity", "fpf", "minutes", "failures"})
NEEDED = ("prevalence", "sensitivity", "fpf")
HELD = ("part", "cases", "measured", "low", "high", "simulated", "fits", "why")


def fit_department(  # noqa: PLR0913 - the options of one command
    table: Annotated[
        Path | None, typer.Argument(metavar="[TABLE.csv]", help="Cases or exported timeline; else the database.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", help="File for the fitted department.")],
    since: From = "",
    until: To = "",
    law: Annotated[Law, typer.Option(help="How simulated reading times are spread.")] = Law.MEASURED,
    json: Json = False,
) -> None:
    """Fit arrivals, reading times and readers, and hold simulated waits against the measured ones."""
    readings = _readings(table, since, until)
    readings = replace(readings, holidays=holidays_of(load().value.holidays, readings.years))
    department = fit(readings, law)
    runs, count = check_runs(department)
    check = check_fit(readings, counted(runs, count, is_shown=not json))
    told = {**as_json(department), "check": check_as_json(check)}
    write_text(out, json_text(told))
    answer = {
        "cases": len(readings.arrived),
        "read": int(is_read(readings).sum()),
        "cases_a_week": department.week_cases,
        "load": department.load,
        "holidays_a_week": department.holidays,
        "kinds": [{"name": one.name, "share": one.share, "minutes": one.mean} for one in department.kinds],
        **check_as_json(check),
    }
    print_json(answer) if json else _print_fit(answer, check, out)


def _readings(table: Path | None, since: str, until: str) -> Readings:
    settings = load()
    zone = ZoneInfo(settings.site.timezone)
    if table is None:
        begin, end = span(settings, since, until)
        return in_transaction(settings, lambda transaction: readings_between(transaction, settings, begin, end))
    if since or until:
        message = "--from and --to are for the database: leave them out with a table"
        raise InputError(message)
    rows = table_from(table, ())
    if set(EVENT_COLUMNS) <= set(rows[0].cells):
        return readings_of_events(rows, zone)
    return readings_of(table_from(table, CASE_COLUMNS), zone)


def _print_fit(answer: Mapping[str, Any], check: Check, out: Path) -> None:
    typer.echo(
        f"{answer['cases']} cases, {answer['read']} of them opened and signed in time; "
        f"{answer['cases_a_week']:.0f} a week, load {answer['load']:.0%}, "
        f"{answer['holidays_a_week']:.2f} holidays on the working days of a week"
    )
    rows = [[_cell(getattr(one, name)) for name in HELD] for one in check.held]
    print_table("Mean waits in minutes, measured (95 % interval) and simulated", HELD, rows)
    verdict = "fits" if check.fits else "does NOT fit: no what-if is answered from it"
    typer.echo(f"{out}: {verdict}")


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.1f}" if isinstance(value, float) else value


def what_if(  # noqa: PLR0913 - the options of one command
    department: Annotated[Path, typer.Argument(metavar="DEPARTMENT.json", help="As `collega queue fit` writes it.")],
    *,
    app: Annotated[
        list[str] | None,
        typer.Option("--app", help="NAME,prevalence=P,sensitivity=S,fpf=F[,minutes=M,failures=F,exam=E]; repeatable."),
    ] = None,
    preempt: Annotated[bool, typer.Option("--preempt", help="Flagged cases stop the reading of others.")] = False,
    volume: Annotated[float, typer.Option(help="Factor on the number of cases.")] = 1.0,
    more_readers: Annotated[float, typer.Option(help="Added wherever there are readers; may be negative.")] = 0.0,
    weeks: Annotated[int, typer.Option(help="Weeks that are simulated.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of the random numbers: the same seed, the same answer.")] = 1,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also from a department that does not fit.")] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="File for the figures as a table.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="File for a picture (SVG).")] = None,
    json: Json = False,
) -> None:
    """Ask what apps, more cases or more readers would do to the waits of a fitted department."""
    if not 2 <= weeks <= MOST_WEEKS or seed < 0:  # noqa: PLR2004 - a spread takes two
        message = f"--weeks is a number from 2 to {MOST_WEEKS}, --seed 0 or more; got {weeks} and {seed}"
        raise InputError(message)
    told = read_json(department)
    fitted = department_of(told, department.name)
    warnings = must_fit(told, department.name, anyway=anyway)
    asked = WhatIf(
        department=changed(fitted, volume=volume, more_readers=more_readers),
        apps=tuple(app_of(words) for words in app or ()),
        preempts=preempt,
    )
    runs = counted(simulate_weeks(asked, weeks, seed), runs_of(weeks), is_shown=not json)
    answer = {"warnings": warnings, "weeks": weeks, "seed": seed, **what_if_as_json(asked, runs)}
    if csv:
        write_rows(csv, ("group", "cases", "measure", "minutes", "standard_error"), week_rows(answer))
    if plot:
        draw_weeks(plot, answer)
    print_json(answer) if json else _print_weeks(answer)


def app_of(words: str) -> App:
    """Read an app from an option.

    Raises
    ------
    InputError
        Something is missing, unknown or no number.
    """
    name, *parts = (part.strip() for part in words.split(","))
    values: dict[str, float] = {}
    exams: list[str] = []
    for part in parts:
        key, _, value = part.partition("=")
        if key == "exam":
            exams.append(value)
        elif key in NUMBERS:
            values[key] = _number(words, key, value)
        else:
            message = f"--app {words}: {key!r} is unknown; there are exam, {', '.join(sorted(NUMBERS))}"
            raise InputError(message)
    if missing := [key for key in NEEDED if key not in values]:
        message = f"--app {words}: {', '.join(missing)} missing; write NAME,prevalence=P,sensitivity=S,fpf=F"
        raise InputError(message)
    return App(name=name, exams=tuple(exams), **values)


def _number(words: str, key: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        message = f"--app {words}: {key} is a number, not {value!r}"
        raise InputError(message) from None


def _print_weeks(answer: Mapping[str, Any]) -> None:
    for warning in answer["warnings"]:
        sys.stderr.write(f"warning: {warning}\n")
    columns = ("cases", "number", "without AI", "with AI", "difference", "nine of ten: without", "with")
    rows: Sequence[Sequence[object]] = [
        (
            name,
            group["cases"],
            *(_with_error(group[key]) for key in ("no_ai", "with_ai", "difference")),
            *(f"{group[key]['mean']:.1f}" for key in ("no_ai_p90", "with_ai_p90")),
        )
        for name, group in answer["groups"].items()
    ]
    print_table("Minutes until reading begins, with standard errors", columns, rows)
    department = answer["department"]
    typer.echo(
        f"{answer['weeks']} weeks of {department['cases_a_week']:.0f} cases, load {department['load']:.0%}; "
        f"seed {answer['seed']}"
    )


def _with_error(figure: Mapping[str, float | None]) -> str:
    se = figure["se"]
    return f"{figure['mean']:.2f} ± {'?' if se is None else f'{se:.2f}'}"
