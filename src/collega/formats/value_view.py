"""A worked-out business case as rows of words and pictures: the same for the page and for paper."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from collega.formats.local import day, number
from collega.formats.value_drawing import fan, tornado, waterfall
from collega.formats.value_words import ACCOUNTS, ROLES, SOURCES, WORDS, input_words, line_words, word
from collega.model.code import Text

SIGNS: Mapping[str, str] = {"EUR": "€", "USD": "$", "GBP": "£"}
MOST_BARS, MOST_LINES, MOST_NEXT = 8, 14, 5
THOUSAND = 1000
Money = Callable[[float], str]
PRICE_PARTS = ("fixed", "per_study", "tiers", "in_kind", "platform")
ORDER = ("measured", "literature", "expert")


def value_view(told: Mapping[str, Any], language: str, *, is_paper: bool = False) -> dict[str, Any]:
    """Put an answer, as `collega.value.answer.as_json` writes it, into words."""
    words = {name: text.in_language(language) for name, text in WORDS.items()}
    texts, spread, sign = told["texts"], told["uncertainty"], SIGNS.get(told["currency"], told["currency"])

    def money(value: float) -> str:
        return f"{sign}\u00a0{amount(value, language)}"

    labels = [item["source"] for item in told["inputs"]]
    weakest = max(labels, key=ORDER.index) if labels else ""
    return {
        "language": language,
        "words": words,
        "title": _in(texts["title"], language),
        "is_positive": told["npv"] > 0,
        "verdict": words["pays" if told["npv"] > 0 else "does_not_pay"],
        "npv": money(told["npv"]),
        "p_positive": percent(told["p_npv_positive"], language),
        "purpose": words["learning"] if told["purpose"] == "learning" else "",
        "terms": _terms(told, words, language),
        "problem": _in(texts["problem"], language),
        "goal": _goal(texts["goal"], words, language),
        "stakeholders": [
            (word(ACCOUNTS, who, language), _in(text, language)) for who, text in texts["stakeholders"].items()
        ],
        "figures": _figures(told, words, language, money),
        "computed": words["computed"].format(label=word(SOURCES, weakest, language)),
        "accounts": [
            (word(ACCOUNTS, who, language), *(money(one[key]) for key in ("paid", "received", "net")))
            for who, one in told["ledger"]["accounts"].items()
        ],
        "lines": [_line(one, language, money) for one in told["ledger"]["lines"]],
        "settled": _settled(told["ledger"], words, language, money),
        "hours": [
            (word(ROLES, role, language), number(hours, language, ".0f"))
            for role, hours in told["hours_by_role_last_year"].items()
        ],
        "draws": words["draws"].format(draws=amount(spread["draws"], language), seed=spread["seed"]),
        "price_heads": _price_heads(told, words),
        "by_volume": _prices(told, "by_volume", language),
        "by_month": _prices(told, "by_month", language),
        "next": _next(told, language, money),
        "inputs": [_input(item, language) for item in told["inputs"]],
        "doubts": [_in(text, language) for text in (*texts["doubts"], *texts["warnings"])],
        "waterfall": _waterfall(told, words, language, money, is_paper=is_paper),
        "tornado": _tornado(told, words, language, is_paper=is_paper),
        "fan": _fan(told, words, language, is_paper=is_paper),
    }


def amount(value: float, language: str) -> str:
    """Write an amount in whole units, with spaces between thousands that no line breaks."""
    if 0 < abs(value) < THOUSAND / 10:
        return number(value, language, ".2f")
    # Adding nought takes the sign from what is rounded to nought.
    return f"{round(value) + 0:,}".replace(",", "\u00a0")


def percent(value: float, language: str) -> str:
    """Write a share as a percentage."""
    return f"{number(100 * value, language, '.1f')} %"


def _in(text: Mapping[str, str], language: str) -> str:
    return Text(**text).in_language(language)


def _terms(told: Mapping[str, Any], words: Mapping[str, str], language: str) -> str:
    return words["terms"].format(
        prices=day(_date(told["prices_of"]), language),
        years=told["horizon_years"],
        costs=percent(told["discount_costs"], language),
        perspective=", ".join(word(ACCOUNTS, who, language) for who in told["perspective"]),
    )


def _date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _goal(goal: Mapping[str, Any] | None, words: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    if goal is None:
        return []
    said = {key: _in(goal[key], language) for key in ("kpi", "baseline", "target", "guard")}
    said["by"] = day(_date(goal["by"]), language)
    return [(words[key], said[key]) for key in ("kpi", "baseline", "target", "by", "guard")]


def _figures(told: Mapping[str, Any], words: Mapping[str, str], language: str, money: Money) -> list[tuple[str, str]]:
    spread, delay = told["uncertainty"]["npv_percentiles"], told["cost_of_delay"]

    def maybe(key: str, form: str, otherwise: str) -> str:
        value = told[key]
        return words[otherwise] if value is None else _form(value, form, language, money)

    interval = words["interval"].format(low=money(spread["2.5"]), high=money(spread["97.5"]))
    return [
        (words["npv"], f"{money(told['npv'])} ({interval})"),
        (words["p_positive"], percent(told["p_npv_positive"], language)),
        (words["roi"].format(costs=money(told["pv_costs"])), maybe("roi", "percent", "none")),
        (words["bcr"], maybe("bcr", "ratio", "none")),
        (words["payback"], maybe("payback_years", "ratio", "never")),
        (words["irr"], maybe("irr", "percent", "none")),
        (words["volume"], maybe("break_even_volume", "count", "never")),
        (words["volume_setup"], maybe("break_even_volume_with_setup", "count", "never")),
        (words["price"], maybe("break_even_price", "money", "no_price")),
        (words["adoption"], maybe("break_even_adoption", "percent", "never")),
        (words["all_cash"], money(told["npv_if_every_freed_minute_were_cash"])),
        (words["no_cash"], money(told["npv_if_no_freed_minute_were_cash"])),
        (words["delay"].format(years=number(delay["delay_years"], language)), money(delay["end_moves"])),
        (words["qalys"], number(told["qalys"], language, ".2f")),
    ]


def _form(value: float, form: str, language: str, money: Money) -> str:
    forms = {
        "percent": lambda: percent(value, language),
        "ratio": lambda: number(value, language, ".2f"),
        "count": lambda: amount(value, language),
        "money": lambda: money(value),
    }
    return str(forms[form]())


def _line(one: Mapping[str, Any], language: str, money: Money) -> tuple[str, ...]:
    return (
        line_words(one["name"], language),
        word(ACCOUNTS, one["payer"], language),
        word(ACCOUNTS, one["beneficiary"], language),
        money(one["present"]),
        word(SOURCES, one["source"], language),
    )


def _settled(ledger: Mapping[str, Any], words: Mapping[str, str], language: str, money: Money) -> list[str]:
    said = [
        words["not_gain"].format(who=word(ACCOUNTS, who, language).capitalize())
        for who in ledger["pays_but_does_not_gain"]
    ]
    for one in ledger["side_payments"]:
        payer, taker = (word(ACCOUNTS, one[key], language) for key in ("payer", "beneficiary"))
        said.append(words["side"].format(payer=payer, taker=taker, amount=money(one["amount"])))
    if ledger["shortfall"] > 0:
        said.append(words["short"].format(amount=money(ledger["shortfall"])))
    return said


def _next(told: Mapping[str, Any], language: str, money: Money) -> list[tuple[str, str]]:
    keys = {item["name"]: item["key"] for item in told["inputs"]}
    worth = [
        (input_words(keys[name], language), value) for name, value in told["uncertainty"]["evppi"].items() if value >= 1
    ]
    return [(name, money(value)) for name, value in worth[:MOST_NEXT]]


def _price_heads(told: Mapping[str, Any], words: Mapping[str, str]) -> list[str]:
    """Name the columns: only parts that the case has."""
    parts = [words[f"price_{name}"] for name in _parts(told)]
    return [words["price_studies"], *parts, f"{words['price_total']} ({told['currency']})", words["price_by_study"]]


def _parts(told: Mapping[str, Any]) -> list[str]:
    return [name for name in PRICE_PARTS if any(name in one["parts"] for one in told["price"]["by_volume"])]


def _prices(told: Mapping[str, Any], which: str, language: str) -> list[tuple[str, ...]]:
    """Give the rows of a table of prices; those by month begin with the month."""
    return [
        (
            *([str(one["months"])] if which == "by_month" else []),
            _whole(one["studies"]),
            *(_whole(one["parts"].get(name, 0.0)) for name in _parts(told)),
            _whole(one["total"]),
            number(one["total"] / one["studies"], language, ".2f") if one["studies"] else "-",
        )
        for one in told["price"][which]
    ]


def _whole(value: float) -> str:
    return f"{round(value) + 0:,}".replace(",", "\u00a0")


def _input(item: Mapping[str, Any], language: str) -> tuple[str, ...]:
    counts, low, high = item["counts"], item["low"], item["high"]
    interval = (
        f"{counts[0]} / {counts[1]}"
        if counts
        else f"{_plain(low, language)} - {_plain(high, language)}"
        if low < high
        else ""
    )
    return (
        input_words(item["key"], language),
        _plain(item["value"], language),
        interval,
        word(SOURCES, item["source"], language),
        item["origin"],
        day(_date(item["on"]), language),
    )


def _plain(value: float, language: str) -> str:
    return amount(value, language) if abs(value) >= THOUSAND else number(value, language, ".4g")


def _waterfall(
    told: Mapping[str, Any], words: Mapping[str, str], language: str, money: Money, *, is_paper: bool
) -> str:
    inside = set(told["perspective"])
    rows: list[tuple[str, float]] = []
    for one in told["ledger"]["lines"]:
        sign = (one["beneficiary"] in inside) - (one["payer"] in inside)
        if sign:
            rows.append((line_words(one["name"], language), sign * one["present"]))
    rows.sort(key=lambda row: -row[1])
    shown = [(name, value, money(value)) for name, value in _few(rows, words["sum"])]
    return waterfall(shown, (words["npv"], told["npv"], money(told["npv"])), is_paper=is_paper)


def _few(rows: Sequence[tuple[str, float]], rest: str) -> list[tuple[str, float]]:
    """Keep the widest, and sum up the others."""
    if len(rows) <= MOST_LINES:
        return list(rows)
    wide = sorted(rows, key=lambda row: -abs(row[1]))[: MOST_LINES - 1]
    kept = [row for row in rows if row in wide]
    return [*kept, (rest, sum(value for name, value in rows if (name, value) not in wide))]


def _tornado(told: Mapping[str, Any], words: Mapping[str, str], language: str, *, is_paper: bool) -> str:
    bars = [(input_words(one["key"], language), one["at_low"], one["at_high"]) for one in told["tornado"][:MOST_BARS]]
    ends = {end: amount(end, language) for _, low, high in bars for end in (low, high)}
    return tornado(bars, told["npv"], ends, words["tornado"], is_paper=is_paper) if bars else ""


def _fan(told: Mapping[str, Any], words: Mapping[str, str], language: str, *, is_paper: bool) -> str:
    bands = {float(key): row for key, row in told["uncertainty"]["fan"].items()}
    ends = {row[-1]: amount(row[-1], language) for key, row in bands.items() if key in {min(bands), 50.0, max(bands)}}
    return fan(bands, ends, (words["fan"], words["year"]), is_paper=is_paper)
