"""The report of a comparison: one JSON value, or tables for people."""

import shlex
from collections import Counter
from dataclasses import asdict
from typing import Any

import typer

from collega.cli.output import print_table
from collega.measure.compare import FindingCompared, PresentCompared, Report
from collega.model.comparison import Comparison, Contender, Item, ItemState, Side
from collega.model.finding import Evaluation

MOST_LISTED = 20
COLUMNS = (
    "finding", "both present", "a alone", "b alone", "both absent", "undecided",
    "agree", "95%", "present b-a", "p", "score b-a", "limits",
)  # fmt: skip


def as_json(comparison: Comparison, report: Report) -> dict[str, Any]:
    """Everything, with every study that is named."""
    return {
        "name": comparison.name,
        "created_at": comparison.created_at,
        "studies": report.studies,
        "compared": report.compared,
        **{side: _side(comparison.side(side), side, report) for side in Side},
        "findings": [_finding(item) for item in report.findings],
        "apart": [_apart(item) for item in report.apart],
    }


def _side(contender: Contender, side: Side, report: Report) -> dict[str, Any]:
    return {
        "app": contender.app_id,
        "version": contender.version,
        "folder": contender.folder,
        "thresholds": contender.thresholds,
        "states": {state: report.states[side].get(state, 0) for state in ItemState},
        "median_s": report.seconds[side],
        "only": [name.en for name in report.only[side]],
    }


def _finding(item: FindingCompared) -> dict[str, Any]:
    return {
        "finding": item.name.en,
        "code": f"{item.code.scheme} {item.code.value}",
        "site": item.site.meaning if item.site else "",
        "table": {
            f"a_{of_a}": {f"b_{of_b}": item.table.get((of_a, of_b), 0) for of_b in Evaluation} for of_a in Evaluation
        },
        "agree": item.agree,
        "decided": item.decided,
        "agreement": item.agree / item.decided if item.decided else None,
        "agreement_ci": list(item.interval),
        "present_difference": {
            "a_alone": item.present.a_alone,
            "b_alone": item.present.b_alone,
            "difference": item.present.difference,
            "ci": item.present.interval,
            "p": item.present.p,
        },
        "score_difference": {
            "n": item.scores.n,
            "mean": item.scores.mean,
            "mean_ci": item.scores.interval,
            "limits": item.scores.limits,
            "median": item.scores.median,
            "largest": item.scores.largest,
        },
        "disagreements": [one.study_instance_uid for one in item.disagreements],
        "disagreements_in_full": [asdict(one) for one in item.disagreements],
    }


def _apart(item: Item) -> dict[str, Any]:
    return {
        "study_instance_uid": item.study_instance_uid,
        "side": item.side,
        "state": item.state,
        "reason": item.reason,
    }


def print_report(comparison: Comparison, report: Report, language: str) -> None:
    """Tables: how far, each finding, where they disagree most, and what says nothing; never more than fits."""
    for side in Side:
        typer.echo(_contender_line(comparison.side(side), side, report))
    typer.echo(f"{report.compared} of {report.studies} studies analysed by both")
    print_table("findings of which both speak", COLUMNS, [_row(item, language) for item in report.findings])
    for item in report.findings:
        if item.disagreements:
            _print_disagreements(comparison, item, language)
    reasons = Counter((item.side, item.state, item.reason) for item in report.apart)
    if reasons:
        print_table(
            f"{len(report.apart)} runs that say nothing",
            ("side", "state", "reason", "studies"),
            [[*key, count] for key, count in reasons.most_common(MOST_LISTED)],
        )
        _hint(comparison, len(reasons), "reasons, the most frequent")


def _contender_line(contender: Contender, side: Side, report: Report) -> str:
    states = ", ".join(f"{count} {state}" for state, count in sorted(report.states[side].items()))
    took = report.seconds[side]
    median = "" if took is None else f"; median {took:.2f} s"
    return f"{side}: {contender.app_id} {contender.version}, thresholds {contender.thresholds}: {states}{median}"


def _print_disagreements(comparison: Comparison, item: FindingCompared, language: str) -> None:
    shown = item.disagreements[:MOST_LISTED]
    print_table(
        f"{item.name.in_language(language)}: the apps disagree on {len(item.disagreements)} studies",
        ("study_instance_uid", "a", "b", "score a", "score b"),
        [[one.study_instance_uid, one.a, one.b, f"{one.score_a:.1f}", f"{one.score_b:.1f}"] for one in shown],
        whole="study_instance_uid",
    )
    _hint(comparison, len(item.disagreements), "studies, those whose scores differ most")


def _hint(comparison: Comparison, count: int, what: str) -> None:
    """Say how to get all of a list that was cut short."""
    if count > MOST_LISTED:
        command = f"collega compare show {shlex.quote(comparison.name)} --json"
        typer.echo(f"{MOST_LISTED} of {count} {what}; all of them: {command}")


def _row(item: FindingCompared, language: str) -> list[object]:
    present, absent = Evaluation.PRESENT, Evaluation.ABSENT
    pairs = ((present, present), (present, absent), (absent, present), (absent, absent))
    low, high = item.interval
    limits = item.scores.limits
    return [
        item.name.in_language(language),
        *(item.table.get(pair, 0) for pair in pairs),
        sum(item.table.values()) - item.decided,
        f"{100 * item.agree / item.decided:.1f}% of {item.decided}" if item.decided else None,
        f"{100 * low:.1f}-{100 * high:.1f}%" if item.decided else None,
        _present(item.present),
        f"{item.present.p:.3f}" if item.decided else None,
        f"{item.scores.mean:+.2f}",
        f"{limits[0]:+.2f} to {limits[1]:+.2f}" if limits else None,
    ]


def _present(found: PresentCompared) -> str | None:
    if found.difference is None or found.interval is None:
        return None
    low, high = found.interval
    return f"{100 * found.difference:+.1f}% ({100 * low:+.1f} to {100 * high:+.1f})"
