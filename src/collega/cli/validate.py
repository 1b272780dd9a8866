"""``collega validate``: is an app right, on tables of scores and of truth; no server is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import typer

from collega.cli.output import Json, print_json, print_table
from collega.cli.tables import Confidence, table_from, text_from
from collega.cli.validate_report import asked_prevalence, collect, report
from collega.errors import InputError
from collega.measure import versions as two
from collega.measure.scores import REFERENCE, SCORES
from collega.measure.study_plan import StudyPlan, read_plan
from collega.measure.validate import Asked, validate
from collega.stats.accuracy import Interval
from collega.stats.partial_verification import Verified, begg_greenes
from collega.stats.sample_size import buderer, for_auc, without_a_miss

Reference = Annotated[Path, typer.Argument(metavar="REFERENCE.csv", help="Columns case, truth, and any others.")]
Share = Annotated[float, typer.Option(min=0, max=1)]


def register(app: typer.Typer, text: str) -> None:
    """Add the group."""
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, command in (
        ("scores", scores),
        ("versions", versions),
        ("verification", verification),
        ("size", size),
        ("plan", plan),
        ("report", report),
        ("collect", collect),
    ):
        group.command(name)(command)
    app.add_typer(group, name="validate")


def scores(  # noqa: PLR0913 - the options of one command
    scores_file: Annotated[Path, typer.Argument(metavar="SCORES.csv", help="Columns case, score, and maybe outcome.")],
    reference: Reference,
    *,
    threshold: Annotated[float | None, typer.Option(help="Scores from it on are positive.")] = None,
    subgroups: Annotated[str, typer.Option(help="Columns of the reference, with commas between them.")] = "",
    prevalence: Annotated[float | None, typer.Option(help="Share of disease where the app is to be used.")] = None,
    interval: Annotated[Interval, typer.Option(help="Of proportions.")] = Interval.WILSON,
    probabilities: Annotated[bool, typer.Option("--probabilities", help="Scores are probabilities.")] = False,
    only_paired: Annotated[bool, typer.Option("--only-paired", help="Leave out cases of one table alone.")] = False,
    plan_file: Annotated[Path | None, typer.Option("--plan", help="Plan that says threshold and subgroups.")] = None,
    plan_hash: Annotated[str, typer.Option(help="Hash that the plan must have.")] = "",
    confidence: Confidence = 0.95,
    json: Json = False,
) -> None:
    """Hold scores against the reference standard."""
    frozen = _frozen(plan_file, plan_hash)
    if frozen is not None and (threshold is not None or subgroups):
        message = "the plan says threshold and subgroups: leave --threshold and --subgroups out"
        raise InputError(message)
    if threshold is not None and not isfinite(threshold):
        message = f"--threshold is a number, got {threshold}"
        raise InputError(message)
    if frozen is None and threshold is None:
        message = "no threshold: give --threshold, or a plan that says it"
        raise InputError(message)
    named = tuple(part.strip() for part in subgroups.split(",") if part.strip())
    asked = Asked(
        threshold=frozen.threshold if frozen else threshold or 0.0,
        confidence=frozen.confidence if frozen else confidence,
        interval=interval,
        prevalence=asked_prevalence(frozen, prevalence),
        are_probabilities=probabilities,
        subgroups=frozen.subgroups if frozen else named,
        only_paired=only_paired,
        plan=frozen,
    )
    told = validate(table_from(scores_file, SCORES), table_from(reference, REFERENCE), asked)
    print_json(told) if json else _print(told)


def _frozen(path: Path | None, expected: str) -> StudyPlan | None:
    if path is None:
        return None
    found = read_plan(text_from(path), path.name)
    if expected and found.frozen() != expected:
        message = f"{path}: the plan has the hash {found.frozen()}, and not {expected}: it was changed"
        raise InputError(message)
    return found


def versions(  # noqa: PLR0913 - the options of one command
    first: Annotated[Path, typer.Argument(metavar="FIRST.csv", help="Columns case, score, and maybe outcome.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND.csv", help="The same, of the other version.")],
    reference: Reference,
    *,
    threshold: Annotated[float, typer.Option(help="Scores from it on are positive.")],
    second_threshold: Annotated[float | None, typer.Option(help="That of the second, if another.")] = None,
    margin: Annotated[float | None, typer.Option(min=0, max=1, help="By how much it may be worse.")] = None,
    confidence: Confidence = 0.95,
    json: Json = False,
) -> None:
    """Compare two versions, or two vendors, by their scores on the same cases."""
    asked = two.Asked(
        first_threshold=threshold,
        second_threshold=threshold if second_threshold is None else second_threshold,
        margin=margin,
        confidence=confidence,
    )
    told = two.compare_versions(
        table_from(first, SCORES), table_from(second, SCORES), table_from(reference, REFERENCE), asked
    )
    if json:
        print_json(told)
        return
    rows = [_versions_row(name, told[name]) for name in ("sensitivity", "specificity", "auc")]
    print_table("Second less first", ("figure", "first", "second", "difference", "low", "high", "not worse"), rows)


def _versions_row(name: str, told: Mapping[str, Any]) -> Sequence[object]:
    shown = [told.get("first"), told.get("second"), told["difference"], *(told["ci"] or (None, None))]
    return [name, *(_figure(value) for value in shown), told.get("not_worse")]


def verification(  # noqa: PLR0913 - the counts of one cohort
    *,
    n: Annotated[int, typer.Option("--n", min=1, help="All cases.")],
    positive: Annotated[int, typer.Option(min=0, help="Cases with a positive test, verified or not.")],
    tp: Annotated[int, typer.Option(min=0, help="Verified true positives.")],
    fp: Annotated[int, typer.Option(min=0, help="Verified false positives.")],
    fn: Annotated[int, typer.Option(min=0, help="Verified false negatives.")],
    tn: Annotated[int, typer.Option(min=0, help="Verified true negatives.")],
    confidence: Confidence = 0.95,
    json: Json = False,
) -> None:
    """Correct sensitivity and specificity where part of the cases was verified."""
    try:
        found = begg_greenes(Verified(n=n, positive=positive, tp=tp, fp=fp, fn=fn, tn=tn), confidence)
    except ValueError as error:
        raise InputError(str(error)) from error
    told = asdict(found)
    if json:
        print_json(told)
        return
    columns = ("value", "low", "high", "least", "most", "naive")
    rows = [(name, *(_figure(one[column]) for column in columns), one["limit"]) for name, one in told.items()]
    print_table("By Begg and Greenes; least and most hold whatever the reason", ("figure", *columns, "note"), rows)


def size(  # noqa: PLR0913 - the options of one command
    *,
    sensitivity: Share = 0.9,
    specificity: Share = 0.9,
    auc: Annotated[float, typer.Option(min=0.5, max=1)] = 0.9,
    half_width: Annotated[float, typer.Option(min=0, max=1, help="Of every interval.")] = 0.05,
    prevalence: Annotated[float, typer.Option(min=0, max=1, help="Share of disease among the cases.")] = 0.2,
    miss_rate: Annotated[float, typer.Option(min=0, max=1, help="Rate of misses to exclude.")] = 0.01,
    confidence: Confidence = 0.95,
    json: Json = False,
) -> None:
    """Work out how many cases a study needs."""
    try:
        told = {
            "sensitivity": asdict(buderer(sensitivity, half_width, prevalence, confidence)),
            "specificity": asdict(buderer(specificity, half_width, 1 - prevalence, confidence)),
            "auc": asdict(for_auc(auc, half_width, prevalence, confidence)),
            "without_a_miss": without_a_miss(miss_rate, confidence),
        }
    except ValueError as error:
        raise InputError(str(error)) from error
    if json:
        print_json(told)
        return
    rows: list[tuple[object, ...]] = [
        (name, f"{one['of_class']:.1f}", one["total"]) for name, one in told.items() if isinstance(one, dict)
    ]
    print_table("Cases", ("for", "of the class", "in all"), [*rows, ("no miss", "-", told["without_a_miss"])])


def plan(
    path: Annotated[Path, typer.Argument(metavar="PLAN.toml", help="Plan of an analysis.")], *, json: Json = False
) -> None:
    """Freeze a plan: print its hash and its canonical form."""
    found = read_plan(text_from(path), path.name)
    if json:
        print_json({"hash": found.frozen(), "canonical": found.canonical(), "plan": asdict(found)})
        return
    typer.echo(found.frozen())
    typer.echo(found.canonical())


SHARES = ("sensitivity", "specificity", "ppv", "npv")


def _print(told: Mapping[str, Any]) -> None:
    rows = [
        (name, _figure(one["value"]), _figure(one["low"]), _figure(one["high"]), _of(one))
        for name, one in {**told["figures"], **told["outcomes"]}.items()
    ]
    auc = told["auc"]
    rows.append(("auc", _figure(auc["auc"]), _figure(auc["low"]), _figure(auc["high"]), "-"))
    print_table(
        f"{told['cases']} cases, positive from {told['threshold']:g}",
        ("figure", "value", "low", "high", "k of n"),
        rows,
    )
    print_table(
        "Subgroups",
        ("column", "value", "n", "diseased", *SHARES, "note"),
        [
            (one["column"], one["value"], one["n"], one["diseased"], *(_range(one[name]) for name in SHARES),
             one["limit"])
            for one in told["subgroups"]
        ],
    )  # fmt: skip
    for limit in [*told["limits"], told["multiplicity"]]:
        if limit:
            typer.echo(f"note: {limit}")


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _of(one: Mapping[str, Any]) -> str:
    return "-" if one["n"] is None else f"{one['k']}/{one['n']}"


def _range(one: Mapping[str, Any]) -> str:
    return "-" if one["value"] is None else f"{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})"
