"""The digest of a month in words: rows of figures, what changed, what is to be decided, what is not known."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from collega.formats.digest_words import DIGEST_WORDS, DUE, GROUPS, SIGHT, STAGES, UNKNOWN
from collega.formats.local import day, number
from collega.formats.value_view import SIGNS, amount, percent
from collega.formats.value_words import word
from collega.formats.way_view import WAY_WORDS, duration_said, step_said
from collega.model.code import Text

Words = Mapping[str, str]
Row = tuple[str, str, str, str]


def digest_view(told: Mapping[str, Any], language: str, zone: ZoneInfo) -> dict[str, Any]:
    """Put a digest, as `collega.bootstrap.worth.digesting.digest` gives it, into words."""
    words = {name: text.in_language(language) for name, text in DIGEST_WORDS.items()}
    since, until = (day(told[name], language) for name in ("from", "to"))
    return {
        "language": language,
        "words": words,
        "month": told["month"],
        "period": words["period"].format(since=since, until=until),
        "not_whole": "" if told["is_whole"] else words["not_whole"],
        "apps": [_app(app, words, language, zone) for app in told["apps"]],
        "approval_title": WAY_WORDS["ways"].in_language(language),
        "approval": [
            duration_said(told["approval"]["duration"], language),
            *_steps(told["approval"]["ways"], told["from"], language),
        ],
        "faults": told["faults"],
    }


def _steps(ways: Sequence[Mapping[str, Any]], since: date, language: str) -> Iterator[str]:
    """Say which steps the cases took in the month."""
    for way in ways:
        for step, on in way["steps"].items():
            if on >= since:
                yield f"{way['case']}: {step_said(step, language)}, {day(on, language)}"


def _app(app: Mapping[str, Any], words: Words, language: str, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "name": app["names"].get(language) or app["name"],
        "id": app["app"],
        "stage": _stage(app, words, language),
        "rows": [*_measured(app, words, language), *_accuracy(app, words, language), *_costs(app, words, language)],
        "changes": [_change(row, words, language, zone) for row in app["changes"]],
        "due": [_said(DUE, one, language) for one in app["due"]],
        "unknown": [_said(UNKNOWN, one, language) for one in app["unknown"]],
    }


def _stage(app: Mapping[str, Any], words: Words, language: str) -> str:
    if not app["stage"]:
        return words["not_installed"]
    return f"{word(STAGES, app['stage'], language)}, {app['version']}".removesuffix(", ")


def _measured(app: Mapping[str, Any], words: Words, language: str) -> Iterator[Row]:
    told: Mapping[str, Callable[[Any], str]] = {
        "studies": _count,
        "in_time": lambda value: _share(value, words, language),
        "waited": lambda value: _waited(value, words, language),
    }
    for name, say in told.items():
        yield words[name], say(app[name]), say(app[f"{name}_before"]), words["measured"]


def _count(value: float) -> str:
    return f"{round(value):,}".replace(",", "\u00a0")


def _share(one: Mapping[str, Any] | None, words: Words, language: str) -> str:
    if one is None or one["share"] is None:
        return words["not_known"]
    share, low, high = (percent(one[key], language) for key in ("share", "low", "high"))
    return words["share"].format(share=share, low=low, high=high, k=one["k"], n=one["n"])


def _waited(one: Mapping[str, Any] | None, words: Words, language: str) -> str:
    if one is None or one["minutes"] is None:
        return words["not_known"]
    told = words["waited_by"].format(minutes=number(one["minutes"], language, ".1f"), n=one["n"])
    # Their minutes are known only from below, and must not be read as none.
    more = words["waited_more"].format(left=one["left"], never=one["never"])
    return told + more if one["left"] or one["never"] else told


def _accuracy(app: Mapping[str, Any], words: Words, language: str) -> Iterator[Row]:
    for group in app["accuracy"]:
        error = words["error_unknown"] if group["label_error"] == "unknown" else ""
        for name in ("sensitivity", "specificity"):
            title = words["accuracy"].format(name=words[name], group=_group(group, language), n=group["studies"])
            yield title, _figure(group[name], words, language), "", words["measured"] + error


def _group(group: Mapping[str, Any], language: str) -> str:
    source, _, seen = group["group"].partition("/")
    return f"{word(GROUPS, source, language)}, {word(SIGHT, seen, language)}"


def _figure(one: Mapping[str, Any], words: Words, language: str) -> str:
    if one["value"] is None or one["low"] is None or one["high"] is None:
        return words["not_known"]
    value, low, high = (percent(one[key], language) for key in ("value", "low", "high"))
    return f"{value} ({low} - {high})"


def _costs(app: Mapping[str, Any], words: Words, language: str) -> Iterator[Row]:
    for case in app["cases"]:
        sign, cost = SIGNS.get(case["currency"], case["currency"]), case["cost"]
        title = Text(**case["title"]).in_language(language)
        yield f"{words['value']}: {title}", f"{sign}\u00a0{amount(case['npv'], language)}", "", words["plan_label"]
        if cost is None:
            yield words["cost"], words["not_known"] + f" ({words['not_used']})", "", ""
            continue
        for name, money, count, label in (
            ("cost", "so_far", "studies", "cost_label"),
            ("cost_plan", "planned", "planned_studies", "plan_label"),
        ):
            said = f"{sign}\u00a0{amount(cost[money], language)}"
            by = words["cost_by"].format(amount=said, n=_count(cost[count]))
            yield words[name], by, "", words[label]


def _change(row: Mapping[str, Any], words: Words, language: str, zone: ZoneInfo) -> str:
    moment: datetime = row["at"]
    return words["change"].format(
        day=day(moment.astimezone(zone), language),
        version=row["version"],
        what=words[row["what"]],
        value=word(STAGES, row["value"], language) if row["what"] == "stage" else row["value"],
        actor=row["actor"],
        reason=row["reason"],
    )


def _said(words: Mapping[str, Text], one: Mapping[str, Any], language: str) -> str:
    given = {name: day(value, language) if isinstance(value, date) else value for name, value in one.items()}
    return word(words, str(one["what"]), language).format(**given)
