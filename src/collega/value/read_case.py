"""A business case from its TOML file."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from collega.errors import InputError
from collega.value.case import Case, Goal, HospitalType, Input, Purpose, Tier
from collega.value.fields import (
    FIELDS,
    HOUSE,
    NEEDED,
    PERSPECTIVES,
    PLAIN,
    ROLE_FIELDS,
    ROLES,
    STAKEHOLDERS,
    Account,
    Kind,
    money_key,
)
from collega.value.read_input import read_input
from collega.value.reading import Notes, date_of, number_of, table_of, tables_of, text_of, word_of
from collega.value.toml_lines import lines_of

HEAD = (
    *(
        "title",
        "purpose",
        "app",
        "exam",
        "finding",
        "currency",
        "prices_of",
        "horizon_years",
        "discount_costs",
        "discount_effects",
    ),
    *("start_delay_years", "perspective"),
)
TABLES = ("case", "problem", "goal", "stakeholders", "doubts", "roles", *FIELDS)
LONGEST_HORIZON, CURRENCY_LETTERS = 30, 3
TOLERANCE = 1e-9


def read_case(text: str, name: str) -> Case:
    """Read a case.

    Raises
    ------
    InputError
        The file is no TOML, or anything in it is missing, unknown or senseless: all of it, each by key and line.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{name}: {error}"
        raise InputError(message) from error
    notes = Notes(name=name, lines=lines_of(text))
    notes.unknown(data, TABLES, "")
    case = _case(notes, data)
    if notes.faults:
        raise InputError(notes.told())
    return case


def _case(notes: Notes, data: Mapping[str, Any]) -> Case:
    head = _head(notes, table_of(notes, data, "case"))
    currency = head["currency"].lower()
    inputs = {item.key: item for item in _inputs(notes, data, currency) if item is not None}
    adoption = table_of(notes, data, "adoption")
    shares = _shares(notes, adoption)
    said = {"value": shares[-1] if shares else 0.0, **{key: adoption.get(key) for key in ("source", "from", "date")}}
    if "shares" in adoption and (item := read_input(notes, "adoption", "shares", Kind.SHARE, said, currency)):
        inputs[item.key] = item
    price, costs = table_of(notes, data, "price"), table_of(notes, data, "costs")
    rule_out, roles = table_of(notes, data, "rule_out"), table_of(notes, data, "roles")
    role = str(rule_out.get("role", "radiologist"))
    if rule_out and role not in roles:
        notes.fault("rule_out.role", f"roles.{role} is missing: what an hour costs stands there")
    if "calls.minutes_added_emergency" in inputs and "emergency_physician" not in roles:
        notes.fault("calls.minutes_added_emergency", "roles.emergency_physician is missing")
    return Case(
        **head,
        inputs=inputs,
        adoption=shares,
        problem=text_of(notes, "problem.statement", table_of(notes, data, "problem").get("statement", "")),
        goal=_goal(notes, table_of(notes, data, "goal")),
        stakeholders=_stakeholders(notes, table_of(notes, data, "stakeholders")),
        doubts=_doubts(notes, table_of(notes, data, "doubts")),
        roles=tuple(name for name in roles if name in ROLES),
        rule_out_role=role,
        beneficiaries=dict(_beneficiaries(notes, data)),
        tiers=tuple(_tiers(notes, price.get("tiers", []), currency, inputs)),
        payers=_payers(notes, price.get("payers", {"hospital": 1})),
        cost_payer=word_of(notes, "costs.payer", costs.get("payer", "hospital"), Account, Account.HOSPITAL),
        correlation=number_of(
            notes,
            "accuracy.correlation",
            table_of(notes, data, "accuracy").get("correlation", 0),
            lambda value: -1 < value < 1,
            "a correlation between -1 and 1",
        ),
        hospitals=tuple(_hospitals(notes, table_of(notes, data, "vendor").get("hospitals", []))),
    )


def _head(notes: Notes, said: Mapping[str, Any]) -> dict[str, Any]:
    notes.unknown(said, HEAD, "case.")
    for key in ("title", "currency", "prices_of", "horizon_years", "discount_costs", "discount_effects"):
        if key not in said:
            notes.fault(f"case.{key}", "missing")
    currency = str(said.get("currency", "EUR"))
    if len(currency) != CURRENCY_LETTERS or not currency.isalpha() or not currency.isupper():
        notes.fault("case.currency", f"three capitals such as EUR, not {currency!r}")
    horizon = number_of(
        notes,
        "case.horizon_years",
        said.get("horizon_years", 1),
        lambda value: value == int(value) and 1 <= value <= LONGEST_HORIZON,
        f"whole years from 1 to {LONGEST_HORIZON}",
    )
    rates = {
        key: number_of(notes, f"case.{key}", said.get(key, 0), lambda value: 0 <= value < 1, "a rate from 0 to 1")
        for key in ("discount_costs", "discount_effects")
    }
    delay = number_of(
        notes,
        "case.start_delay_years",
        said.get("start_delay_years", 0),
        lambda value: 0 <= value < LONGEST_HORIZON,
        "years",
    )
    return {
        "title": text_of(notes, "case.title", said.get("title", "")),
        "currency": currency,
        "prices_of": date_of(notes, "case.prices_of", said["prices_of"]) if "prices_of" in said else None,
        "horizon_years": int(horizon),
        **rates,
        "start_delay_years": delay,
        "perspective": _perspective(notes, said.get("perspective", "house")),
        "purpose": word_of(notes, "case.purpose", said.get("purpose", Purpose.SERVICE), Purpose, Purpose.SERVICE),
        "app": str(said.get("app", "")),
        "exam": str(said.get("exam", "")),
        "finding": str(said.get("finding", "")),
    }


def _perspective(notes: Notes, said: object) -> tuple[Account, ...]:
    if isinstance(said, list) and said and all(one in STAKEHOLDERS for one in said):
        return tuple(Account(one) for one in said)
    if isinstance(said, str) and said in PERSPECTIVES:
        return PERSPECTIVES[said]
    notes.fault("case.perspective", f"{' or '.join(PERSPECTIVES)}, or a list of {', '.join(STAKEHOLDERS)}")
    return HOUSE


def _inputs(notes: Notes, data: Mapping[str, Any], currency: str) -> Iterator[Input | None]:
    for section, fields in FIELDS.items():
        yield from _section(notes, section, table_of(notes, data, section), fields, currency)
        said = table_of(notes, data, section)
        if said or section == "population":
            for key in NEEDED.get(section, ()):
                if money_key(key, currency) not in said:
                    notes.fault(f"{section}.{money_key(key, currency)}", "missing")
    for role, said in table_of(notes, data, "roles").items():
        if role not in ROLES or not isinstance(said, dict):
            notes.fault(f"roles.{role}", f"a table; roles are {', '.join(ROLES)}")
            continue
        yield from _section(notes, f"roles.{role}", said, ROLE_FIELDS, currency)
        for key in ("{c}_per_hour", "share_cashable"):
            if money_key(key, currency) not in said:
                notes.fault(f"roles.{role}.{money_key(key, currency)}", "missing")


def _section(
    notes: Notes, section: str, said: Mapping[str, Any], fields: Mapping[str, Kind], currency: str
) -> Iterator[Input | None]:
    named = {money_key(key, currency): (key, kind) for key, kind in fields.items()}
    for key, value in said.items():
        if key in named:
            yield read_input(notes, section, *named[key], value, currency)
        elif key not in PLAIN.get(section, ()):
            other = any(key.endswith(name.removeprefix(currency)) for name in named if name.startswith(currency))
            notes.fault(f"{section}.{key}", f"no such key{f' in a case in {currency.upper()}' if other else ''}")


def _shares(notes: Notes, said: Mapping[str, Any]) -> tuple[float, ...]:
    shares = said.get("shares", [])
    if not shares and not said:
        return (1.0,)
    if not shares:
        for key in ("steepness_per_year", "midpoint_year"):
            if key not in said:
                notes.fault(f"adoption.{key}", "missing; or give shares = [...] of the years")
        return ()
    if not isinstance(shares, list):
        notes.fault("adoption.shares", "a list of shares, one for each year")
        return (1.0,)
    return tuple(
        number_of(notes, "adoption.shares", one, lambda value: 0 <= value <= 1, "a share from 0 to 1") for one in shares
    )


def _goal(notes: Notes, said: Mapping[str, Any]) -> Goal | None:
    if not said:
        return None
    words = {
        key: text_of(notes, f"goal.{key}", said.get(key, "") or None) for key in ("kpi", "baseline", "target", "guard")
    }
    return Goal(**words, by=date_of(notes, "goal.by", said.get("by")))


def _stakeholders(notes: Notes, said: Mapping[str, Any]) -> Mapping[Account, Any]:
    found = {}
    for name, value in said.items():
        key = f"stakeholders.{name}"
        found[word_of(notes, key, name, Account, Account.HOSPITAL)] = text_of(notes, key, value)
    return found


def _doubts(notes: Notes, said: Mapping[str, Any]) -> tuple[Any, ...]:
    notes.unknown(said, ("text",), "doubts.")
    found = said.get("text", [])
    if not isinstance(found, list):
        notes.fault("doubts.text", "a list of texts")
        return ()
    return tuple(text_of(notes, "doubts.text", one) for one in found)


def _beneficiaries(notes: Notes, data: Mapping[str, Any]) -> Iterator[tuple[str, Account]]:
    for section in ("calls", "quality", "care"):
        said = table_of(notes, data, section).get("beneficiary")
        if said is not None:
            yield section, word_of(notes, f"{section}.beneficiary", said, Account, Account.HOSPITAL)


def _tiers(notes: Notes, said: object, currency: str, inputs: dict[str, Input]) -> Iterator[Tier]:
    """Read the tiers; the price of each is an input with a source, as any other."""
    last = -1.0
    for place, one in enumerate(tables_of(notes, "price.tiers", said), 1):
        begin = number_of(
            notes, "price.tiers", one.get("from_studies"), lambda value: value >= 0, "from_studies: a number"
        )
        price = {**one, "value": one.get(f"{currency}_per_study")}
        for key in ("from_studies", f"{currency}_per_study"):
            price.pop(key, None)
        if begin <= last or (last < 0 and begin != 0):
            notes.fault("price.tiers", "the first tier begins at from_studies = 0, each other one later")
        last = begin
        item = read_input(notes, "price", f"tier_{place}", Kind.MONEY, price, currency)
        if item is not None:
            inputs[item.key] = item
            yield Tier(from_studies=begin, money_per_study=item.value)


def _payers(notes: Notes, said: object) -> Mapping[Account, float]:
    found = {
        word_of(notes, "price.payers", name, Account, Account.HOSPITAL): number_of(
            notes, "price.payers", share, lambda value: 0 <= value <= 1, "a share from 0 to 1"
        )
        for name, share in (said.items() if isinstance(said, dict) else ())
    }
    if abs(sum(found.values()) - 1) > TOLERANCE:
        notes.fault("price.payers", f"shares that make 1 together, not {sum(found.values()):g}")
    return found


def _hospitals(notes: Notes, said: object) -> Iterator[HospitalType]:
    for one in tables_of(notes, "vendor.hospitals", said):
        volume = number_of(
            notes, "vendor.hospitals", one.get("volume_per_year"), lambda value: value > 0, "volume_per_year"
        )
        yield HospitalType(name=str(one.get("name", "")), volume_per_year=volume)
