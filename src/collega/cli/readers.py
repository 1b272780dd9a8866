"""``collega readers``: what several readers of the same cases tell."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from collega.cli.output import Json, print_json, print_table
from collega.cli.tables import Confidence, table_from
from collega.measure import reference
from collega.measure.readers import COLUMNS, Question, analyse_reads
from collega.stats.krippendorff import Level
from collega.stats.mrmc import Analysis
from collega.stats.mrmc_covariance import Covariance

Reads = Annotated[Path, typer.Argument(metavar="READS.csv", help=f"Columns {', '.join(COLUMNS)}; others are ignored.")]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    group.command("analyse")(analyse)
    group.command("agree")(agree)
    app.add_typer(group, name="readers")


def analyse(
    reads: Reads,
    *,
    covariance: Annotated[Covariance, typer.Option(help="How areas vary together over cases.")] = Covariance.DELONG,
    analysis: Annotated[
        Analysis, typer.Option(help="Who is a sample: readers and cases, cases alone, readers alone.")
    ] = Analysis.RANDOM_RANDOM,
    confidence: Confidence = 0.95,
    json: Json = False,
) -> None:
    """Compare the areas under the ROC curve of two treatments, read by several readers."""
    question = Question(covariance=covariance, analysis=analysis, confidence=confidence)
    told = analyse_reads(table_from(reads, COLUMNS), question)
    print_json(told) if json else _print(told)


def agree(
    labels: Annotated[Path, typer.Argument(metavar="LABELS.csv", help=f"Columns {', '.join(reference.COLUMNS)}.")],
    *,
    level: Annotated[Level, typer.Option(help="Scale of the labels.")] = Level.NOMINAL,
    confidence: Confidence = 0.95,
    json: Json = False,
) -> None:
    """Tell how well readers agree, what most of them say, and which cases must be settled."""
    told = reference.agreement(table_from(labels, reference.COLUMNS), level, confidence)
    if json:
        print_json(told)
        return
    found = [(name, told[name]) for name in ("alpha", "cohen", "fleiss") if told[name] is not None]
    rows = [(name, *(_figure(one[key]) for key in ("value", "low", "high")), one["limit"]) for name, one in found]
    rows += [
        (f"icc {one['form']}", *(_figure(one[key]) for key in ("value", "low", "high")), "")
        for one in told["icc"] or ()
    ]
    print_table(
        f"{len(told['readers'])} readers, {told['cases']} cases", ("figure", "value", "low", "high", "note"), rows
    )
    typer.echo(f"to settle: {', '.join(told['to_settle']) or 'none'}")


def _print(told: Mapping[str, Any]) -> None:
    first, second = told["treatments"]
    readers = list(dict.fromkeys([*told["auc"][first], *told["auc"][second]]))
    rows = [(reader, *(_figure(told["auc"][name].get(reader)) for name in (first, second))) for reader in readers]
    means = ("mean", *(_figure(told["mean_auc"][name]) for name in (first, second)))
    print_table(
        f"{told['readers']} readers, {told['cases']} cases, {told['diseased']} of them diseased: {told['design']}",
        ("reader", f"treatment {first}", f"treatment {second}"),
        [*rows, means],
    )
    low, high = told["ci"]
    df2 = "infinite" if told["df2"] is None else f"{told['df2']:.2f}"
    typer.echo(
        f"treatment {first} less {second}: {told['difference']:+.4f}, {told['confidence']:.0%} interval {low:+.4f} to "
        f"{high:+.4f}; F {told['f']:.3f} with {told['df1']} and {df2} degrees of freedom, p {told['p']:.4f}"
    )
    for limit in told["limits"]:
        typer.echo(f"note: {limit}")


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
