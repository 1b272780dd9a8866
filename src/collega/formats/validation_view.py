"""A report of a validation in the order of the reporting guidelines: each item answered, or why it is not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from collega.formats.reporting_items import ITEMS, ReportingItem
from collega.formats.validation_labels import is_error_unknown, label_error_parts, reserved_warnings
from collega.formats.validation_parts import Part, Tongue
from collega.formats.validation_results import (
    comparison_parts,
    error_parts,
    figure_parts,
    flow_parts,
    most_first,
    table_part,
    weakness_parts,
)
from collega.formats.validation_words import DEVIATIONS, limit_in

Told = Mapping[str, Any]
Answer = Callable[[Told, Tongue], list[Part]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """An item with its answer; ``is_reported``: plan or data say something to it."""

    number: str
    decide: str
    name: str
    parts: tuple[Part, ...]
    is_reported: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A report in words; ``warnings`` stand at its top, on every form of it."""

    language: str
    title: str
    subtitle: str
    preface: str
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, in order."""
        return tuple(part for section in self.sections for part in section.parts)


def validation_view(told: Told, language: str) -> View:
    """Put what a validation says into words."""
    say = Tongue(language=language)
    plan = told["plan"]
    version = told["version"] or plan["version"]
    return View(
        language=language,
        title=plan["title"],
        subtitle=f"{say.word('report')} · {say.word('app', app=plan['app'], version=version)}",
        preface=say.word("asks"),
        warnings=tuple(_warnings(told, say)),
        sections=(*(_section(item, told, say) for item in ITEMS), *_compared(told, say)),
    )


def without_cases(view: View) -> View:
    """Leave out tables that name cases."""
    sections = (replace(one, parts=tuple(part for part in one.parts if not part.is_patient)) for one in view.sections)
    return replace(view, sections=tuple(sections))


def _section(item: ReportingItem, told: Told, say: Tongue) -> Section:
    answer = ANSWERS.get(item.number)
    own = told["plan"]["items"].get(item.number)
    parts = [*([Part(text=own)] if own else []), *(answer(told, say) if answer else [])]
    reported = bool(parts)
    if not reported:
        parts = [Part(text=f"{say.word('not_reported')}: {item.why.in_language(say.language)}.")]
    return Section(
        number=item.number,
        decide=item.decide,
        name=item.asks.in_language(say.language),
        parts=tuple(parts),
        is_reported=reported,
    )


def _compared(told: Told, say: Tongue) -> list[Section]:
    parts = tuple(comparison_parts(told["comparison"], say))
    return [Section(number="+", decide="", name=say.word("comparison"), parts=parts, is_reported=True)] if parts else []


def _warnings(told: Told, say: Tongue) -> list[str]:
    strengths = {name.casefold() for name in told["truth"]["label_strength"]} - {"not stated"}
    tries = (
        (is_error_unknown(told), "label_error_unknown"),
        (told["plan"]["labels"] == "weak" or "weak" in strengths, "weak"),
        (len(strengths) > 1, "mixed"),
        (any(name.casefold() in {"yes", "ja", "1"} for name in told["truth"]["ai_visible"]), "visible_yes"),
    )
    changed = [one for one in told["deviations"] if one["kind"] == "plan_changed"]
    reserved = reserved_warnings((told.get("label_errors") or {}).get("reserved"), say) if _is_of_reports(told) else []
    return [
        *(say.word(name) for is_so, name in tries if is_so),
        *reserved,
        *(_deviation(one, say) for one in changed),
    ]


def _is_of_reports(told: Told) -> bool:
    """Tell whether labels of this site's reports count."""
    return any("report" in group for group in (told.get("label_errors") or {"counted": ()})["counted"])


def _said_of_labels(told: Told, say: Tongue) -> list[str]:
    strengths = {say.word(name) for name in ("weak", "mixed")}
    return [*(said for said in _warnings(told, say) if said in strengths), *_unstated(told, say)]


def _unstated(told: Told, say: Tongue) -> list[str]:
    is_stated = told["plan"]["labels"] or told["truth"]["label_strength"]
    return [] if is_stated else [say.word("unstated")]


def _deviation(one: Mapping[str, Any], say: Tongue) -> str:
    return DEVIATIONS[one["kind"]].in_language(say.language).format(**{k: v for k, v in one.items() if k != "kind"})


def _text(key: str) -> Answer:
    def answer(told: Told, _: Tongue) -> list[Part]:
        return [Part(text=told["plan"][key])] if told["plan"][key] else []

    return answer


def _neither(_: Told, say: Tongue) -> list[Part]:
    return [Part(text=say.word("neither"))]


def _title(told: Told, say: Tongue) -> list[Part]:
    return [Part(text=f"{told['plan']['title']}. {say.word('report')}.")]


def _summary(told: Told, say: Tongue) -> list[Part]:
    found, flow = told["validation"], told["flow"]
    area = found["auc"]
    said = say.word(
        "summary",
        included=flow["eligible"] - sum(flow["excluded"].values()),
        auc=say.range((area["auc"], area["low"], area["high"])),
        **{name: flow[name] for name in ("analysed", "failed", "not_suitable")},
        **{name: say.range(found["figures"][name]) for name in ("sensitivity", "specificity")},
    )
    return [Part(text=said)]


def _index(told: Told, say: Tongue) -> list[Part]:
    plan = told["plan"]
    return [Part(text=say.word("app", app=plan["app"], version=told["version"] or plan["version"]))]


def _reference(told: Told, say: Tongue) -> list[Part]:
    rows = tuple(
        (say.word(column), value, str(count))
        for column in ("label_source", "label_strength")
        for value, count in most_first(told["truth"][column])
    )
    weak = [Part(text=said) for said in _said_of_labels(told, say)]
    table = Part(name="labels", caption=say.word("truth"), columns=say.heading("what", "value", "cases"), rows=rows)
    return [Part(text=told["plan"]["reference"]), *weak, *([table] if rows else [])]


def _cut(told: Told, say: Tongue) -> list[Part]:
    return [Part(text=say.word("threshold", threshold=say.figure(told["plan"]["threshold"], "g")))]


def _seen(told: Told, say: Tongue) -> list[Part]:
    rows = tuple((value, str(count)) for value, count in most_first(told["truth"]["ai_visible"]))
    if not rows:
        return []
    return [Part(name="ai-visible", caption=say.word("visible"), columns=say.heading("value", "cases"), rows=rows)]


def _methods(told: Told, say: Tongue) -> list[Part]:
    plan = told["plan"]
    values = {"interval": told["validation"]["interval"], "confidence": say.figure(plan["confidence"], "g")}
    return [Part(text=say.word("methods", primary=plan["primary"], **values))]


def _planned(told: Told, say: Tongue) -> list[Part]:
    flow = told["flow"]
    found = flow["eligible"] - sum(flow["excluded"].values())
    return [Part(text=say.word("planned", cases=told["plan"]["cases"], found=found))]


def _subgroups(told: Told, _: Tongue) -> list[Part]:
    return [Part(text=", ".join(told["plan"]["subgroups"]))] if told["plan"]["subgroups"] else []


def _stated(told: Told, say: Tongue) -> list[Part]:
    rows = tuple((column, _of(told["stated"][column])) for column in told["plan"]["subgroups"])
    if not rows:
        return []
    columns = say.heading("characteristic", "stated")
    return [Part(name="characteristics", caption=say.word("characteristic"), columns=columns, rows=rows)]


def _of(one: Mapping[str, int]) -> str:
    return f"{one['k']}/{one['n']}"


def _table(told: Told, say: Tongue) -> list[Part]:
    return [table_part(told, say)]


def _figures(told: Told, say: Tongue) -> list[Part]:
    return [*figure_parts(told, say), *label_error_parts(told, say)]


def _limits(told: Told, say: Tongue) -> list[Part]:
    silent = [one for one in told["deviations"] if one["kind"] == "nothing_stated"]
    said = [limit_in(limit, say.language) for limit in told["validation"]["limits"]]
    return [
        Part(text=line)
        for line in [*_warnings(told, say), *_unstated(told, say), *(_deviation(one, say) for one in silent), *said]
    ]


def _registered(told: Told, say: Tongue) -> list[Part]:
    kept = [Part(text=say.word("hash_kept"))] if told["expected_hash"] == told["hash"] else []
    return [Part(text=say.word("hash", hash=told["hash"])), *kept]


def _kept_to(told: Told, say: Tongue) -> list[Part]:
    found = [Part(text=_deviation(one, say)) for one in told["deviations"]]
    return found or [Part(text=say.word("no_deviation"))]


ANSWERS: Mapping[str, Answer] = {
    "1": _title,
    "2": _summary,
    "3": _text("intended_use"),
    "4": _text("question"),
    "10a": _index,
    "10b": _reference,
    "12a": _cut,
    "13b": _seen,
    "14": _methods,
    "15": _neither,
    "16": _neither,
    "17": _subgroups,
    "18": _planned,
    "19": flow_parts,
    "20": _stated,
    "23": _table,
    "24": _figures,
    "AI.3": weakness_parts,
    "AI.4": error_parts,
    "26": _limits,
    "28": _registered,
    "29": _kept_to,
}
