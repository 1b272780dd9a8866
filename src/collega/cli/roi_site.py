"""The part of ``collega roi`` that asks the site: needs, measured inputs, the time before an app."""

import getpass
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from collega.bootstrap.evidence.referencing import error_here
from collega.bootstrap.site import Asked
from collega.bootstrap.worth import baselines
from collega.bootstrap.worth.needs import corrected_normal
from collega.bootstrap.worth.valuing import house_of
from collega.cli.output import Json, print_json, print_table
from collega.cli.roi_labels import for_case, note_of_error, note_of_input, of_input, of_need
from collega.cli.session import in_transaction
from collega.cli.tables import text_from
from collega.cli.timeline import From, To, span
from collega.config import load
from collega.errors import InputError
from collega.model.label_check import ABNORMAL
from collega.stats.label_error import LabelError
from collega.value.case import Input
from collega.value.house import House
from collega.value.measured import Measured, as_input, measure
from collega.value.opportunity import Bounds, Opportunity, Ranged, Verdict, opportunities
from collega.value.read_case import read_case
from collega.value.rewrite import with_inputs

CaseFile = Annotated[Path, typer.Argument(metavar="CASE.toml", help="A business case.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write the case with what was measured to this file.")]
Exam = Annotated[str, typer.Option(help="Kind of examination as `collega roi opportunities` names it; else all.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and dashes.")]
By = Annotated[str, typer.Option("--by", help="Who does it, else the login name.")]
VERDICTS: Mapping[Verdict, str] = {
    Verdict.WAIT: "long waits: an app that puts studies first may help",
    Verdict.READING: "many hours of reading: an app that shortens it may help",
    Verdict.FILTER: "many, most of them normal: a filter may help",
    Verdict.FILTER_UNCHECKED: "perhaps a filter: how often the label is wrong is unknown, so do a label check first",
    Verdict.NO_PROBLEM: "no problem here",
    Verdict.TOO_FEW: "too few studies to tell",
    Verdict.UNKNOWN: "not known: nobody tells when these are opened and signed",
}


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("measure")(measure_case)
    group.command("opportunities")(rank_needs)
    baseline = typer.Typer(help="Measure the time before an app, and freeze it.", no_args_is_help=True)
    for name, command in (("start", start), ("effort", effort), ("freeze", freeze), ("show", show)):
        baseline.command(name)(command)
    group.add_typer(baseline, name="baseline")


def measure_case(
    case: CaseFile,
    *,
    since: From = "",
    until: To = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the case with what was measured to this file.")
    ] = None,
    json: Json = False,
) -> None:
    """Count from the site's own studies what it can tell of a case, each with interval and date."""
    settings, text = load(), text_from(case)
    read = read_case(text, case.name)
    begin, end = span(settings, since, until)

    async def ask(asked: Asked) -> tuple[House, LabelError | None]:
        house = await house_of(asked, settings, begin, end, app=read.app, finding=read.finding)
        return house, await error_here(asked, read.finding)

    house, error = in_transaction(settings, ask)
    found = measure(house, read)
    items = [item for one in found if (item := as_input(for_case(one, error), house, read)) is not None]
    if out is not None:
        fresh = with_inputs(text, items)
        read_case(fresh, out.name)
        out.write_text(fresh, encoding="utf-8")
    if json:
        print_json([{**asdict(one), "was": _was(read.inputs, one), **of_input(one, error)} for one in found])
        return
    rows = [
        (one.key, _figure(_was(read.inputs, one)), _figure(one.value), f"{_figure(one.low)} to {_figure(one.high)}",
         one.n, one.why_not)
        for one in found
    ]  # fmt: skip
    columns = ("input", "in the file", "measured", "interval", "studies", "why not")
    print_table(f"{len(house.exam)} studies from {house.since} to {house.until}", columns, rows)
    for one in found:
        if note := note_of_input(one, error):
            typer.echo(note)
    if out is not None:
        typer.echo(f"{out}: {len(items)} inputs measured")


def _was(inputs: Mapping[str, Input], one: Measured) -> float | None:
    item = inputs.get(one.key)
    return None if item is None else item.value


def rank_needs(
    *,
    since: From = "",
    until: To = "",
    wait_minutes: Annotated[float, typer.Option(min=0, help="A wait beyond this is a problem.")] = 60.0,
    hours_per_year: Annotated[float, typer.Option(min=0, help="More reading than this is a problem.")] = 200.0,
    json: Json = False,
) -> None:
    """Rank kinds of examination by what an app could win, from the site's own studies; before any is bought."""
    settings = load()
    begin, end = span(settings, since, until)

    async def ask(asked: Asked) -> tuple[House, LabelError | None]:
        return await house_of(asked, settings, begin, end), await error_here(asked, ABNORMAL)

    house, error = in_transaction(settings, ask)
    bounds = Bounds(wait_minutes=wait_minutes, hours_per_year=hours_per_year)
    found = opportunities(house, bounds, lambda normal: corrected_normal(normal, error))
    if json:
        print_json([of_need(one, error) for one in found])
        return
    columns = ("examination", "studies", "a year", "not by day", "wait p90 (min)", "not by day", "reading (min)",
               "hours a year", "normal", "normal, corrected", "what could help")  # fmt: skip
    rows = [_need(one) for one in found]
    print_table(f"{len(house.exam)} studies from {house.since} to {house.until}", columns, rows)
    typer.echo(note_of_error(error))


def _need(one: Opportunity) -> tuple[object, ...]:
    return (
        one.exam,
        one.studies,
        f"{one.per_year:,.0f}",
        _ranged(one.night, ".0%"),
        _ranged(one.wait_p90_min, ".0f"),
        _ranged(one.wait_night_p90_min, ".0f"),
        _ranged(one.reading_min, ".1f"),
        "-" if one.hours_per_year is None else f"{one.hours_per_year:,.0f}",
        _ranged(one.normal, ".0%"),
        _ranged(one.normal_corrected, ".0%"),
        "; ".join(VERDICTS[verdict] for verdict in one.verdicts),
    )


def _ranged(one: Ranged, form: str) -> str:
    if one.value is None:
        return "-"
    low, high = ("?" if limit is None else format(limit, form) for limit in (one.low, one.high))
    return f"{one.value:{form}} ({low} to {high})"


def start(
    name: Name,
    *,
    exam: Annotated[
        str, typer.Option(help="Kind of examination as `collega roi opportunities` names it; else all.")
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="How long to measure.")] = 28,
    precision: Annotated[float, typer.Option(min=0.01, max=1, help="Half the interval, as a share.")] = 0.1,
    json: Json = False,
) -> None:
    """Begin a baseline: say how many studies each figure needs, from the last four weeks."""
    settings = load()
    told = in_transaction(
        settings, lambda asked: baselines.start(asked, settings, name, exam=exam, days=days, precision=precision)
    )
    if json:
        print_json(told)
        return
    rows = [(one["kpi"], f"{precision:.0%}", one["studies"] or "not known yet") for one in told["wanted"]]
    print_table(f"{name}: until {told['ends'][:10]}", ("figure", "precision", "studies needed"), rows)
    typer.echo(f"expected in this time: {told['studies_expected']} studies")


def effort(  # noqa: PLR0913 - the options of one command
    name: Name,
    *,
    hours: Annotated[float, typer.Option(min=0.01, max=10_000, help="Hours that it took.")],
    role: Annotated[str, typer.Option(help="Whose hours.")],
    what: Annotated[str, typer.Option(help="What was done.")],
    by: By = "",
    json: Json = False,
) -> None:
    """Log hours that the baseline took."""
    if not (role.strip() and what.strip()):
        message = "say whose hours, and what was done"
        raise InputError(message)
    settings, who = load(), by or getpass.getuser()
    told = baselines.log_effort(settings, name, {"hours": hours, "role": role, "what": what, "by": who})
    if json:
        print_json(told["effort"])
        return
    typer.echo(f"{name}: {sum(one['hours'] for one in told['effort']):g} hours so far")


def freeze(name: Name, *, by: By = "", json: Json = False) -> None:
    """Measure from the beginning until now, and freeze it; its hash goes into the audit record."""
    settings, who = load(), by or getpass.getuser()
    told = in_transaction(settings, lambda asked: baselines.freeze(asked, settings, name, who))
    if json:
        print_json(told)
        return
    _print_figures(f"{name}, frozen: {told['studies']} studies", told["figures"], told["wanted"])
    typer.echo(f"sha256 {told['sha256']}")


def show(name: Name, *, json: Json = False) -> None:
    """Show a baseline; a frozen one beside what was measured since."""
    settings = load()
    told = in_transaction(settings, lambda asked: baselines.show(asked, settings, name))
    if json:
        print_json(told)
        return
    if "sha256" not in told:
        _print_figures(f"{name}: {told['studies']} studies so far", told["so_far"], told["wanted"])
        return
    if not told["is_unchanged"]:
        typer.echo("CHANGED: the file is not what was frozen")
    rows = [
        (one["kpi"], _figure(one["before"]), _figure(one["now"]), one["n"],
         f"{_figure(one['low'])} to {_figure(one['high'])}", one["verdict"])
        for one in told["since"]
    ]  # fmt: skip
    columns = ("figure", "before", "since", "studies", "difference", "")
    print_table(f"{name}, frozen {told['frozen'][:10]}, sha256 {told['sha256']}", columns, rows)


def _print_figures(title: str, found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    needed = {one["kpi"]: one["studies"] for one in wanted}
    rows = [
        (one["kpi"], _figure(one["value"]), f"{_figure(one['low'])} to {_figure(one['high'])}", one["n"],
         needed.get(one["kpi"]) or "?")
        for one in found
    ]  # fmt: skip
    print_table(title, ("figure", "value", "interval", "studies", "needed"), rows)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
