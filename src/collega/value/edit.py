"""A business case as a form changes it: the numbers that differ are written anew, all other lines stay."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from collega.errors import InputError
from collega.value.case import Case, Distribution, Input, Source
from collega.value.read_case import read_case
from collega.value.rewrite import with_inputs
from collega.value.toml_lines import lines_of

PARTS = ("value", "low", "high", "distribution", "source", "from", "date")
# As many as a number of a form can have and keep.
DIGITS = 15
LONGEST = 300
# A list of shares, one for each year, is no single number: it is changed in the file.
LISTED = "adoption.shares"


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """What came of it.

    Attributes
    ----------
    text : str
        The whole file.
    case : Case or None
        None where something is wrong.
    faults : mapping
        By the name of the input; empty name: of the file as a whole.
    changed : sequence of str
        Names of inputs.
    """

    text: str
    case: Case | None
    faults: Mapping[str, str]
    changed: tuple[str, ...]


def numbers_of(case: Case, text: str) -> list[Input]:
    """Give the inputs that a form can change: those that stand in the file ``text`` by themselves."""
    lines = lines_of(text)
    return [item for item in case.inputs.values() if item.name in lines and item.name != LISTED]


def parts_of(item: Input) -> dict[str, str]:
    """Give an input as the fields of a form."""
    is_sure = item.distribution is Distribution.FIXED
    limits = ("", "") if is_sure else (_text(item.low), _text(item.high))
    words = (_text(item.value), *limits, str(item.distribution), str(item.source), item.origin, f"{item.on}")
    return dict(zip(PARTS, words, strict=True))


def edited(text: str, name: str, sent: Mapping[str, str]) -> Edit:
    """Change the inputs of a file.

    Parameters
    ----------
    text, name : str
        The file as it is, and its name. It must be a case without faults.
    sent : mapping
        ``INPUT/PART`` -> what stands in that field; an input of which nothing was sent stays.
    """
    before = read_case(text, name)
    faults: dict[str, str] = {}
    changed: list[Input] = []
    for item in numbers_of(before, text):
        told = {part: sent.get(f"{item.name}/{part}", "").strip() for part in PARTS}
        if f"{item.name}/value" not in sent or told == parts_of(item):
            continue
        try:
            changed.append(_input(item, told))
        except InputError as error:
            faults[item.name] = str(error)
    names = tuple(item.name for item in changed)
    if faults:
        return Edit(text=text, case=None, faults=faults, changed=names)
    fresh = with_inputs(text, changed, DIGITS)
    try:
        case = read_case(fresh, name)
    except InputError as error:
        return Edit(text=text, case=None, faults=_by_input(str(error), names), changed=names)
    if case.inputs != {**before.inputs, **{item.key: item for item in changed}}:
        return Edit(text=text, case=None, faults={"": "the file cannot be changed by a form: edit it"}, changed=names)
    return Edit(text=fresh, case=case, faults={}, changed=names)


def _text(value: float) -> str:
    return f"{value:.{DIGITS}g}"


def _input(item: Input, told: Mapping[str, str]) -> Input:
    numbers = ("value", "low", "high", "distribution")
    is_as_counted = all(told[part] == parts_of(item)[part] for part in numbers)
    value = _number("value", told["value"])
    distribution = _word("distribution", told["distribution"], tuple(Distribution))
    # What was counted keeps its counts, and has no limits.
    is_sure = distribution == Distribution.FIXED
    low, high = (item.low, item.high) if is_as_counted else _limits(told, value, is_sure=is_sure)
    return replace(
        item,
        value=item.value if is_as_counted else value,
        low=low,
        high=high,
        distribution=Distribution(distribution),
        source=Source(_word("source", told["source"], tuple(Source))),
        origin=_origin(told["from"]),
        on=_date(told["date"]),
        counts=item.counts if is_as_counted else None,
    )


def _limits(told: Mapping[str, str], value: float, *, is_sure: bool) -> tuple[float, float]:
    if is_sure:
        if told["low"] or told["high"]:
            message = "distribution: fixed has no low and high; choose another, or leave them out"
            raise InputError(message)
        return value, value
    low, high = (_number(part, told[part]) for part in ("low", "high"))
    if not low < high:
        message = "low: below high"
        raise InputError(message)
    return low, high


def _number(part: str, text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        message = f"{part}: a number, not {text!r}"
        raise InputError(message) from None


def _word(part: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        message = f"{part}: one of {', '.join(known)}"
        raise InputError(message)
    return text


def _origin(text: str) -> str:
    # It goes between quotes into the file.
    if not text or not text.isprintable() or '"' in text or "\\" in text or len(text) > LONGEST:
        message = f"from: who measured or wrote it, at most {LONGEST} characters, without quotation marks or backslash"
        raise InputError(message)
    return text


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"date: a day as 2026-01-31, not {text!r}"
        raise InputError(message) from None


def _by_input(told: str, names: tuple[str, ...]) -> dict[str, str]:
    """Sort what reading the file has said: ``FILE:LINE: KEY: TEXT``."""
    found: dict[str, list[str]] = {}
    for line in told.splitlines():
        key, _, text = line.partition(": ")[2].partition(": ")
        name, said = (key, text) if key in names else ("", line)
        found.setdefault(name, []).append(said)
    return {name: "; ".join(said) for name, said in found.items()}
