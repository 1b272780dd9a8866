"""The way of cases from idea to approval, in words: the same on the value board and in the digest."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from collega.formats.local import day, number
from collega.formats.value_words import word
from collega.model.code import Text


def _t(en: str, nl: str) -> Text:
    return Text(en=en, nl=nl)


WAY_WORDS: Mapping[str, Text] = {
    "ways": _t("From idea to approval", "Van idee tot goedkeuring"),
    "ways_lead": _t(
        "Measured from the days that were noted of each case. Cases on their way count with their days so far.",
        "Gemeten uit de vastgelegde dagen van elke casus. Casussen die nog onderweg zijn, tellen mee met hun dagen tot "
        "nu toe.",
    ),
    "no_ways": _t(
        "Nobody has noted when a case was an idea: `collega roi step CASE idea --on DAY`.",
        "Niemand heeft vastgelegd wanneer een casus een idee was: `collega roi step CASUS idea --on DAG`.",
    ),
    "way_step": _t("Step", "Stap"),
    "way_on": _t("Day", "Dag"),
    "way_note": _t("Note", "Opmerking"),
    "way_by": _t("Your name", "Uw naam"),
    "way_add": _t("Note the step", "Stap vastleggen"),
    "way_case": _t("Case", "Casus"),
    "way_idea": _t("Idea", "Idee"),
    "way_approved": _t("Approved", "Goedgekeurd"),
    "way_days": _t("Days", "Dagen"),
    "way_unsigned": _t("Signatures missing", "Ontbrekende handtekeningen"),
    "way_last": _t("Last step", "Laatste stap"),
    "way_median": _t(
        "Median {median} days (95 % interval {low} to {high}), {approved} of {cases} cases approved, {dropped} "
        "dropped; {since} to {until}.",
        "Mediaan {median} dagen (95 %-interval {low} tot {high}), {approved} van {cases} casussen goedgekeurd, "
        "{dropped} gestopt; {since} tot en met {until}.",
    ),
    "way_no_interval": _t(
        "Median {median} days, too few cases for an interval: {approved} of {cases} approved, {dropped} dropped; "
        "{since} to {until}.",
        "Mediaan {median} dagen, te weinig casussen voor een interval: {approved} van {cases} goedgekeurd, {dropped} "
        "gestopt; {since} tot en met {until}.",
    ),
    "way_no_median": _t(
        "No median yet: {approved} of {cases} cases are approved, {dropped} dropped; {since} to {until}.",
        "Nog geen mediaan: {approved} van {cases} casussen zijn goedgekeurd, {dropped} gestopt; "
        "{since} tot en met {until}.",
    ),
    "way_so_far": _t("{days} so far", "{days} tot nu"),
    "way_dropped": _t("dropped", "gestopt"),
    "way_unknown": _t("not noted", "niet vastgelegd"),
    "way_open": _t("not known", "onbekend"),
    "way_none": _t("none", "geen"),
}
STEPS: Mapping[str, Text] = {
    "idea": _t("idea", "idee"),
    "goal": _t("goal agreed", "doel vastgesteld"),
    "ordered": _t("ordered", "besteld"),
    "legal": _t("legal", "juridisch"),
    "security": _t("information security", "informatiebeveiliging"),
    "safety": _t("patient safety", "patiëntveiligheid"),
    "validated": _t("validated", "gevalideerd"),
    "approved": _t("approved", "goedgekeurd"),
    "in_use": _t("in use", "in gebruik"),
    "dropped": _t("dropped", "gestopt"),
}


def way_view(told: Mapping[str, Any], titles: Mapping[str, str], language: str) -> dict[str, Any]:
    """Put what `collega.bootstrap.worth.case_ways.told_ways` gives into rows, and a sentence with the median.

    ``titles``: of the cases that have a file.
    """
    words = {name: text.in_language(language) for name, text in WAY_WORDS.items()}
    return {
        "heads": [words[f"way_{name}"] for name in ("case", "idea", "approved", "days", "unsigned", "last")],
        "rows": [_row(way, titles.get(way["case"], way["case"]), words, language) for way in told["ways"]],
        "said": duration_said(told["duration"], language),
    }


def steps_view(told: Mapping[str, Any], case: str, language: str) -> list[tuple[str, str]]:
    """Give the steps of one case with their days."""
    steps: Mapping[str, date] = next((way["steps"] for way in told["ways"] if way["case"] == case), {})
    return [(step_said(step, language), day(on, language)) for step, on in steps.items()]


def duration_said(one: Mapping[str, Any], language: str) -> str:
    """Say how long it takes here, with interval and dates; nothing where no idea was noted."""
    words = {name: text.in_language(language) for name, text in WAY_WORDS.items()}
    if not one["cases"]:
        return words["no_ways"]
    figures = {
        name: words["way_open"] if one[name] is None else number(one[name], language, ".0f")
        for name in ("median", "low", "high")
    }
    days = {name: day(one[name], language) for name in ("since", "until")}
    is_ranged = one["low"] is not None or one["high"] is not None
    form = "way_no_median" if one["median"] is None else "way_median" if is_ranged else "way_no_interval"
    counts = {name: one[name] for name in ("cases", "approved", "dropped")}
    return words[form].format(**figures, **counts, **days)


def step_said(step: str, language: str) -> str:
    """Name a step."""
    return word(STEPS, step, language)


def _row(way: Mapping[str, Any], title: str, words: Mapping[str, str], language: str) -> tuple[str, ...]:
    steps = way["steps"]
    days = words["way_open"] if way["days"] is None else str(way["days"])
    is_open = way["days"] is not None and not way["is_approved"]
    last, on = list(steps.items())[-1]
    return (
        title,
        day(steps["idea"], language) if "idea" in steps else words["way_unknown"],
        day(steps["approved"], language) if "approved" in steps else words["way_dropped"] if way["is_dropped"] else "-",
        words["way_so_far"].format(days=days) if is_open and not way["is_dropped"] else days,
        ", ".join(step_said(step, language) for step in way["unsigned"]) or words["way_none"],
        f"{step_said(last, language)}, {day(on, language)}",
    )
