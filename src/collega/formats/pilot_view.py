"""A pilot's account as rows of words: the same for the page and for paper."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from collega.formats.local import day, number
from collega.formats.pilot_words import HOURS, KPIS, pilot_words
from collega.model.feedback import CAUSES
from collega.model.pilot import Kpi

NONE = "-"


def pilot_view(told: Mapping[str, Any], language: str, zone: tzinfo) -> dict[str, Any]:
    """Put the account of a pilot into words."""
    words = pilot_words(language)
    whole = told["figures"][0]
    since, until = (day(told[name].astimezone(zone).date(), language) for name in ("since", "until"))
    return {
        "language": language,
        "words": words,
        "name": told["name"],
        "app": told["app"],
        "version": told["version"],
        "demo": "" if told["clinical_use"] else words["demo"],
        "period": words["period"].format(since=since, until=until),
        "versions": ", ".join(told["versions"]) or NONE,
        "has_answers": whole["analysed"]["k"] > 0,
        "goals": [_goal(goal, words, language) for goal in told["goals"]],
        "columns": [words[name] for name in COLUMNS],
        "rows": [_row(row, language) for row in told["figures"]],
        "reference": words["reference"].format(**{name: whole[name] for name in ("judged", "disputed", "blind")}),
        "coverage": _coverage(told["not_received"], words, language),
        "claims": told["claims"],
        "causes": [f"{CAUSES[name].in_language(language)}: {count}" for name, count in told["causes"]],
    }


COLUMNS = (
    *("hours", "studies", "analysed", "failed", "not_suitable", "viewed", "in_time", "latency", "waited"),
    *("ppv", "sensitivity"),
)


def _row(row: Mapping[str, Any], language: str) -> list[str]:
    times = row["times"] or {}
    latency = (times.get("image_to_visible") or {}).get("median")
    waited = (times.get("waited") or {}).get("minutes")
    return [
        HOURS[row["hours"]].in_language(language),
        str(row["n"]),
        *(share(row[name], language) for name in ("analysed", "failed", "not_suitable", "viewed")),
        share(times.get("visible_before_opened"), language),
        NONE if latency is None else number(latency["value"], language, ".1f"),
        NONE if waited is None else number(waited, language, ".0f"),
        share(row["ppv"], language),
        share(row["sensitivity"], language),
    ]


def _goal(goal: Mapping[str, Any], words: Mapping[str, str], language: str) -> dict[str, str]:
    met = {None: words["unknown"], True: words["met"], False: words["not_met"]}[goal["met"]]
    return {
        "kpi": KPIS[Kpi(goal["kpi"])].in_language(language),
        "target": f"{number(100 * goal['target'], language, '.0f')} %",
        "by": day(goal["by"], language),
        "guard": goal["guard"] or NONE,
        "measured": share(goal["measured"], language),
        "met": met,
        "is_met": "unknown" if goal["met"] is None else "yes" if goal["met"] else "no",
    }


def _coverage(told: Mapping[str, Any] | None, words: Mapping[str, str], language: str) -> list[str]:
    if told is None:
        return [words["never_asked"]]
    return [
        f"{HOURS.get(row['hours'], HOURS['all']).in_language(language)}: {words['coverage'].format(**row)}"
        for row in told["figures"]
    ]


def share(part: Mapping[str, Any] | None, language: str) -> str:
    """Write a share with its numbers and interval; a dash where there is none."""
    if not part or part["share"] is None:
        return NONE
    value, low, high = (number(100 * part[name], language, ".0f") for name in ("share", "low", "high"))
    return f"{value} % ({low} - {high}), {part['k']}/{part['n']}"


def kpi_words(language: str) -> Sequence[tuple[str, str]]:
    """Give the figures that a goal can be set for."""
    return [(kpi.value, text.in_language(language)) for kpi, text in KPIS.items()]
