"""Results of a validation as tables and figures: every figure has its table beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from collega.formats.study_flow_drawing import draw_flow
from collega.formats.validation_drawing import draw_calibration, draw_forest, draw_histogram, draw_roc
from collega.formats.validation_parts import FIGURES, NONE, Part, Tongue
from collega.formats.validation_words import limit_in

Told = Mapping[str, Any]
# A database may give keys in another order than they were put in: tables name theirs.
OUTCOMES = ("answered", "failed", "not_suitable", "not_run")
STEPS = ("not_run", "failed", "not_suitable", "reference_missing", "analysed")
ENDS = ("value", "low", "high")
SHOWN = (*("sensitivity", "specificity", "ppv", "npv", "accuracy", "prevalence", "lr_positive", "lr_negative"),)


def most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Order counts: the largest first, then by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def flow_parts(told: Told, say: Tongue) -> list[Part]:
    """Give the flow of studies, and how runs ended: failures are results."""
    flow, words = told["flow"], say.words
    rows = [
        (words["eligible"], str(flow["eligible"])),
        *((f"{words['excluded']}: {reason}", str(count)) for reason, count in most_first(flow["excluded"])),
        *((words[name], str(flow[name])) for name in STEPS),
    ]
    outcomes = [say.figure_row(words[name], told["outcomes"][name]) for name in OUTCOMES]
    return [
        Part(name="flow", caption=words["flow"], drawing=draw_flow(flow, told["validation"]["table"], words)),
        Part(name="flow", caption=words["flow"], columns=say.heading("step", "studies"), rows=tuple(rows)),
        Part(name="outcomes", caption=words["outcomes"], columns=say.heading(*FIGURES), rows=tuple(outcomes)),
    ]


def table_part(told: Told, say: Tongue) -> Part:
    """Give the table of test by truth."""
    table = told["validation"]["table"]
    rows = tuple((say.word(name), str(table[name])) for name in ("tp", "fp", "fn", "tn"))
    return Part(name="test-by-truth", caption=say.word("table"), columns=say.heading("figure", "cases"), rows=rows)


def figure_parts(told: Told, say: Tongue) -> list[Part]:
    """Give every figure with its interval, the ROC curve, scores by truth, calibration, and claims."""
    found, words = told["validation"], say.words
    area = {**found["auc"], "value": found["auc"]["auc"]}
    rows = [
        *(say.figure_row(words[name], found["figures"][name]) for name in SHOWN),
        say.figure_row(words["auc"], area),
        *(say.figure_row(words[f"worst_{name}"], found["worst_case"][name]) for name in ("sensitivity", "specificity")),
        *_elsewhere(found["at_prevalence"], say),
    ]
    return [
        Part(name="figures", caption=words["figures"], columns=say.heading(*FIGURES), rows=tuple(rows)),
        *_roc(told, say),
        *_histogram(told, say),
        *_calibration(found["calibration"], say),
        *_claims(told["claims"], say),
    ]


def _elsewhere(found: Mapping[str, Any] | None, say: Tongue) -> list[tuple[str, ...]]:
    if found is None:
        return []
    share = say.figure(found["prevalence"], "g")
    return [say.figure_row(say.word(f"at_{name}", share=share), found[name]) for name in ("ppv", "npv")]


def _roc(told: Told, say: Tongue) -> list[Part]:
    figures = told["validation"]["figures"]
    at = 1 - figures["specificity"]["value"], figures["sensitivity"]["value"]
    rows = tuple(
        (
            NONE if one["threshold"] is None else say.figure(one["threshold"], ".6g"),
            *(say.figure(one[key]) for key in ("false_positive_fraction", "sensitivity", "low", "high")),
        )
        for one in told["roc"]
    )
    columns = say.heading("from_score", "false_positive_fraction", "sensitivity", "low", "high")
    caption = say.word("roc")
    drawing = draw_roc(told["roc"], at, say.words, say.language)
    return [
        Part(name="roc", caption=caption, drawing=drawing),
        Part(name="roc", caption=caption, columns=columns, rows=rows),
    ]


def _histogram(told: Told, say: Tongue) -> list[Part]:
    rows = tuple(
        (say.figure(one["from"]), say.figure(one["to"]), str(one["diseased"]), str(one["other"]))
        for one in told["histogram"]
    )
    caption = say.word("histogram")
    drawing = draw_histogram(told["histogram"], told["validation"]["threshold"], say.words, say.language)
    return [
        Part(name="scores", caption=caption, drawing=drawing),
        Part(name="scores", caption=caption, columns=say.heading("from", "to", "diseased", "other"), rows=rows),
    ]


def _calibration(found: Mapping[str, Any] | None, say: Tongue) -> list[Part]:
    if found is None:
        return [Part(text=say.word("no_calibration"))]
    caption = say.word("calibration")
    rows = tuple(say.figure_row(say.figure(one["mean"]), one["observed"]) for one in found["bins"])
    summary = tuple(say.figure_row(say.word(name), found[name]) for name in ("brier", "intercept", "slope"))
    columns = say.heading("told", "observed", "low", "high", "of", "note")
    named = f"{caption}: {say.word('figures')}"
    return [
        Part(name="calibration", caption=caption, drawing=draw_calibration(found["bins"], say.words, say.language)),
        Part(name="calibration", caption=caption, columns=columns, rows=rows),
        Part(name="calibration-figures", caption=named, columns=say.heading(*FIGURES), rows=summary),
    ]


def _claims(claims: list[dict[str, Any]], say: Tongue) -> list[Part]:
    if not claims:
        return [Part(text=say.word("no_claims"))]
    rows = tuple(
        (
            one["study"].get(say.language) or one["study"]["en"],
            say.word(one["figure"]),
            say.range(one["claimed"]),
            say.range(one["measured"]),
            say.word(one["verdict"]),
        )
        for one in claims
    )
    columns = say.heading("study", "figure", "claimed", "measured", "verdict")
    return [Part(name="claims", caption=say.word("claims"), columns=columns, rows=rows)]


def weakness_parts(told: Told, say: Tongue) -> list[Part]:
    """Give the map of weaknesses: shares of each subgroup as a forest, with its table."""
    found = told["validation"]
    if not found["subgroups"]:
        return [Part(text=say.word("no_subgroups"))]
    parts = [part for name in ("sensitivity", "specificity") for part in _forest(found, name, say)]
    return [*parts, Part(text=limit_in(found["multiplicity"], say.language)), *_predictive(found, say)]


def _predictive(found: Mapping[str, Any], say: Tongue) -> list[Part]:
    """Give predictive values of each subgroup; a report that was kept before there were any has none."""
    groups = [one for one in found["subgroups"] if "ppv" in one]
    if not groups:
        return []
    return [*(_values(groups, name, say) for name in ("ppv", "npv")), Part(text=say.word("predictive_means"))]


def _values(groups: Sequence[Mapping[str, Any]], name: str, say: Tongue) -> Part:
    """Give one of both: at each group's own share of disease, and at the one that was asked for."""
    share = (groups[0]["at_prevalence"] or {}).get("prevalence")
    columns = say.heading("subgroup", "share_here", "value", "low", "high", "of")
    if share is not None:
        columns += tuple(say.word(f"share_{end}", share=say.figure(share, "g")) for end in ENDS)
    rows = []
    for one in groups:
        group, *own, note = say.figure_row(f"{one['column']}: {one['value']}", one[name])
        elsewhere = one["at_prevalence"][name] if one["at_prevalence"] else None
        there = tuple(say.figure(elsewhere[end]) for end in ENDS) if elsewhere else ()
        said = limit_in(elsewhere["limit"], say.language) if elsewhere else ""
        rows.append((group, say.figure(one["prevalence"]["value"]), *own, *there, note or said))
    caption = f"{say.word('forest')}: {say.word(f'group_{name}')}"
    return Part(name=f"weakness-{name}", caption=caption, columns=(*columns, *say.heading("note")), rows=tuple(rows))


def _forest(found: Mapping[str, Any], name: str, say: Tongue) -> list[Part]:
    groups = [(f"{one['column']}: {one['value']}", one) for one in found["subgroups"]]
    caption = f"{say.word('forest')}: {say.word(name)}"
    drawn = [(group, one[name]) for group, one in groups]
    words = {**say.words, "forest": caption}
    rows = tuple(
        (*say.figure_row(group, one[name])[:-1], _adjusted(one[name], say), limit_in(one["limit"], say.language))
        for group, one in groups
    )
    columns = say.heading("subgroup", "value", "low", "high", "of", "p_adjusted", "note")
    return [
        Part(
            name=f"weakness-{name}",
            caption=caption,
            drawing=draw_forest(drawn, found["figures"][name]["value"], words, say.language),
        ),
        Part(name=f"weakness-{name}", caption=caption, columns=columns, rows=rows),
    ]


def _adjusted(one: Mapping[str, Any], say: Tongue) -> str:
    return NONE if one["against_rest"] is None else say.figure(one["against_rest"]["p_adjusted"])


def error_parts(told: Told, say: Tongue) -> list[Part]:
    """List errors case by case; they name cases, and are kept from those who may not see patients."""
    counts = told["validation"]["table"]
    rows = tuple(
        (say.word(kind), one["case"], say.figure(one["score"], ".6g"))
        for kind in ("false_positives", "false_negatives")
        for one in told["wrong"][kind]
    )
    columns = say.heading("wrong", "case", "score")
    return [
        Part(text=say.word("listed_in", fp=counts["fp"], fn=counts["fn"], most=told["most_listed"])),
        Part(name="errors", caption=say.word("wrong"), columns=columns, rows=rows, is_patient=True),
    ]


def comparison_parts(told: Mapping[str, Any] | None, say: Tongue) -> list[Part]:
    """Give two versions or vendors on the same cases, and the cases on which they differ."""
    if told is None:
        return []
    caption = say.word("comparison")
    margin = say.word("no_margin") if told["margin"] is None else say.figure(told["margin"], "g")
    not_worse = say.word("not_worse", margin=margin) if told["margin"] is not None else margin
    rows = tuple(_compared(say.word(name), told[name], say) for name in ("sensitivity", "specificity", "auc"))
    flips = tuple(
        (one["case"], say.word("diseased" if one["truth"] else "other"), *_scores(one, say), say.word(one["change"]))
        for one in told["flips"]
    )
    missing = told["not_analysed"]
    return [
        Part(
            text=say.word(
                "compared",
                cases=told["cases"],
                diseased=told["diseased"],
                first=missing["first"],
                second=missing["second"],
                left_out=told["left_out"],
            )
        ),
        Part(
            name="comparison",
            caption=caption,
            columns=(*say.heading("figure", "first", "second", "difference", "p"), not_worse, say.word("note")),
            rows=rows,
        ),
        Part(
            name="flips",
            caption=f"{say.word('flips')}: {len(flips)}",
            columns=say.heading("case", "what", "first", "second", "change"),
            rows=flips,
            is_patient=True,
        ),
    ]


def _compared(name: str, one: Mapping[str, Any], say: Tongue) -> tuple[str, ...]:
    low, high = one["ci"] or (None, None)
    p = one["mcnemar"]["exact"] if "mcnemar" in one else one.get("p")
    not_worse = one.get("not_worse")
    verdict = "" if not_worse is None else "yes" if not_worse else "no"
    return (
        name,
        say.figure(one.get("first")),
        say.figure(one.get("second")),
        say.range((one["difference"], low, high)),
        say.figure(p),
        say.word(verdict) if verdict else NONE,
        limit_in(one.get("limit", ""), say.language),
    )


def _scores(one: Mapping[str, Any], say: Tongue) -> tuple[str, str]:
    return say.figure(one["first_score"], ".6g"), say.figure(one["second_score"], ".6g")
