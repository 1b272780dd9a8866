"""``collega roi``: what an app brings, to whom and when."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from collega.cli import roi_digest, roi_site, roi_way
from collega.cli.output import Json, print_json, print_table
from collega.cli.tables import text_from
from collega.errors import InputError
from collega.formats.value_csv import value_csv, value_xlsx
from collega.formats.value_view import value_view
from collega.value.answer import answer, as_json
from collega.value.case import Case
from collega.value.draws import DRAWS, SEED
from collega.value.portfolio import Left, rank, read_portfolio
from collega.value.read_case import read_case
from collega.value.vendor import markets

CaseFile = Annotated[Path, typer.Argument(metavar="CASE.toml", help="A business case; see the reference of case.toml.")]
PortfolioFile = Annotated[Path, typer.Argument(metavar="PORTFOLIO.toml", help="Cases, platform, budget.")]
Draws = Annotated[int, typer.Option(min=100, max=1_000_000, help="Draws of the uncertain inputs.")]
Seed = Annotated[int, typer.Option(min=0, help="Of the draws: the same gives the same.")]


WHY: Mapping[str, str] = {
    Left.NO_VALUE: "it brings less than it costs",
    Left.PLATFORM: "together they do not carry the platform",
    Left.NO_ROOM: "it does not fit the budget, not even alone",
    Left.DEARER: "others bring more within the budget",
}


class Language(StrEnum):
    """Languages of a paper."""

    NL = "nl"
    EN = "en"


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    commands: dict[str, Callable[..., None]] = {
        "evaluate": evaluate,
        "paper": paper,
        "export": export,
        "portfolio": portfolio,
        "vendor": vendor,
    }
    for name, command in commands.items():
        group.command(name)(command)
    roi_site.register(group)
    roi_digest.register(group)
    roi_way.register(group)
    app.add_typer(group, name="roi")


def case_from(path: Path) -> Case:
    """Read a case from its file."""
    return read_case(text_from(path), path.name)


def evaluate(case: CaseFile, *, draws: Draws = DRAWS, seed: Seed = SEED, json: Json = False) -> None:
    """Work out what a case comes to: value, ratios, break-even, who pays and who gains, and how sure that is."""
    told = as_json(answer(case_from(case), draws=draws, seed=seed))
    print_json(told) if json else _print(told)


def paper(
    case: CaseFile,
    pdf: Annotated[Path, typer.Option("--pdf", help="File to write.")],
    *,
    language: Annotated[Language, typer.Option(help="Of the paper.")] = Language.NL,
    draws: Draws = DRAWS,
    seed: Seed = SEED,
) -> None:
    """Set a case on four pages, for those who decide on money."""
    # typst is loaded when paper is asked for.
    from collega.formats.value_pdf import value_pdf  # noqa: PLC0415

    told = as_json(answer(case_from(case), draws=draws, seed=seed))
    pdf.write_bytes(value_pdf(value_view(told, language, is_paper=True), datetime.now(UTC)))
    typer.echo(str(pdf))


def export(
    case: CaseFile,
    *,
    csv: Annotated[Path | None, typer.Option("--csv", help="File to write, one table under the other.")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="File to write, a sheet for each table.")] = None,
    draws: Draws = DRAWS,
    seed: Seed = SEED,
) -> None:
    """Write a case for a spreadsheet: inputs and results as numbers, no formulas."""
    if csv is None and xlsx is None:
        message = "name a file: --csv or --xlsx"
        raise InputError(message)
    told = as_json(answer(case_from(case), draws=draws, seed=seed))
    if csv is not None:
        csv.write_text(value_csv(told), encoding="utf-8")
        typer.echo(str(csv))
    if xlsx is not None:
        xlsx.write_bytes(value_xlsx(told))
        typer.echo(str(xlsx))


def portfolio(path: PortfolioFile, *, json: Json = False) -> None:
    """Rank cases on one platform, and choose what together brings most within a budget."""
    asked = read_portfolio(text_from(path), path.name)
    found = rank(asked, {name: case_from(path.parent / name) for name in asked.cases})
    if json:
        places = [{**asdict(one), "npv": one.npv} for one in found.places]
        print_json({**asdict(found), "currency": asked.currency, "places": places})
        return
    rows = [
        (
            Path(one.name).stem,
            *map(_money, (one.alone, one.share, one.npv)),
            _figure(one.per_cost, "{:.2f}", "-"),
            _money(one.costs),
            "taken" if one.is_taken else f"left: {WHY[one.why]}",
        )
        for one in found.places
    ]
    columns = ("case", "value alone", "share of platform", "value", "value by cost", "costs", "")
    print_table(f"{asked.title.en} ({asked.currency}); the platform costs {_money(found.platform)}", columns, rows)
    if any(one.is_taken for one in found.places):
        typer.echo(f"what is taken comes to {_money(found.npv)}, and costs {_money(found.costs)}")
    else:
        typer.echo("NOTHING is taken: no set of these cases brings more than it costs within the budget")
    if found.budget is not None:
        beyond = found.npv_without_budget - found.npv
        typer.echo(f"of the budget of {_money(found.budget)}, {_money(found.left or 0.0)} are left")
        typer.echo(f"the budget forgoes {_money(beyond)}" if beyond > 0 else "a larger budget would bring nothing more")


def vendor(case: CaseFile, *, json: Json = False) -> None:
    """Look at a case as its vendor: the prices between which neither loses, by type of hospital."""
    read = case_from(case)
    found = markets(read)
    if json:
        print_json([{**asdict(one), "is_possible": one.is_possible} for one in found])
        return
    rows = [
        (one.name or "-", _money(one.volume_per_year), f"{one.lowest_price:,.2f}",
         _figure(one.highest_price, "{:,.2f}", "not even for nothing"), "yes" if one.is_possible else "no",
         _money(one.vendor_npv))
        for one in found
    ]  # fmt: skip
    columns = ("hospital", "studies a year", "lowest price", "highest price", "possible", "vendor's value now")
    print_table(f"{read.title.en}: prices for each study ({read.currency})", columns, rows)


def _print(told: Mapping[str, Any]) -> None:
    unit = told["currency"]
    verdict = "pays" if told["npv"] > 0 else "DOES NOT PAY"
    typer.echo(f"{told['title']}: {verdict}; prices of {told['prices_of']}, {told['horizon_years']} years")
    rows = [
        (f"net present value ({unit})", _money(told["npv"])),
        ("probability that it is positive", f"{told['p_npv_positive']:.1%}"),
        (f"return on costs of {_money(told['pv_costs'])} {unit}", _figure(told["roi"], "{:.1%}", "no costs")),
        ("benefits to costs", _figure(told["bcr"], "{:.3f}", "no costs")),
        ("payback (years)", _figure(told["payback_years"], "{:.2f}")),
        ("internal rate of return", _figure(told["irr"], "{:.1%}", "none")),
        ("break-even volume a year, running costs", _figure(told["break_even_volume"], "{:,.0f}")),
        ("  with the set-up", _figure(told["break_even_volume_with_setup"], "{:,.0f}")),
        (
            f"break-even price for each study ({unit})",
            _figure(told["break_even_price"], "{:,.2f}", "not even for nothing"),
        ),
        ("break-even adoption", _figure(told["break_even_adoption"], "{:.0%}")),
        ("if every freed minute were money", _money(told["npv_if_every_freed_minute_were_cash"])),
        ("if no freed minute were money", _money(told["npv_if_no_freed_minute_were_cash"])),
        ("quality-adjusted life years, apart", f"{told['qalys']:.2f}"),
        (
            f"a delay of {told['cost_of_delay']['delay_years']:g} years costs",
            _money(told["cost_of_delay"]["end_moves"]),
        ),
    ]
    print_table("", ("figure", "value"), rows)
    accounts = told["ledger"]["accounts"].items()
    print_table(
        f"Who pays and who gains, present value ({unit})",
        ("who", "pays", "receives", "is left with"),
        [(name, *(_money(one[key]) for key in ("paid", "received", "net"))) for name, one in accounts],
    )
    for name in told["ledger"]["pays_but_does_not_gain"]:
        typer.echo(f"{name} pays but does not gain")
    for one in told["ledger"]["side_payments"]:
        typer.echo(f"would settle it: {one['payer']} pays {one['beneficiary']} {_money(one['amount'])} {unit}")
    if told["ledger"]["shortfall"] > 0:
        typer.echo(f"no side payment settles it: {_money(told['ledger']['shortfall'])} {unit} are missing")
    best = next(iter(told["uncertainty"]["evppi"].items()), None)
    if best and best[1] > 0:
        typer.echo(f"to measure next: {best[0]}; knowing it is worth up to {_money(best[1])} {unit}")
    for text in (*told["warnings"], *told["doubts"]):
        typer.echo(f"note: {text}")


def _money(value: float) -> str:
    return f"{value:,.0f}"


def _figure(value: float | None, form: str, otherwise: str = "never") -> str:
    return otherwise if value is None else form.format(value)
