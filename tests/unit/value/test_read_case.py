"""What is wrong with a case is named by key and line, all of it at once."""

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.value.cases import FULL, GOLDEN, HEAD, case_of, written

from collega.errors import InputError
from collega.value.case import Distribution, Source
from collega.value.fields import HOUSE
from collega.value.figures import figures
from collega.value.flows import flows
from collega.value.read_case import read_case
from collega.value.toml_lines import line_of, lines_of

# The table of faults has one row each, as long as it takes.
# ruff: noqa: E501
POPULATION = {"volume_per_year": 45000}


def line(text: str, words: str) -> int:
    return next(number for number, one in enumerate(text.splitlines(), 1) if one.startswith(words))


@pytest.mark.shows("R3", "R56")
@pytest.mark.parametrize(
    ("sections", "head", "where", "what"),
    [
        ({"population": {**POPULATION, "prevalence": 12}}, {}, "prevalence", "a probability or share lies from 0 to 1, got 12"),
        ({"population": {"volume_per_year": "{ value = 3 }"}}, {}, "volume_per_year", "no source: one of measured, literature, expert"),
        ({"population": {"volume_per_year": "45000"}}, {}, "volume_per_year", "a number without its source is none"),
        ({"population": POPULATION, "price": {"payers": "{ hospital = 0.5, insurer = 0.4 }"}}, {}, "payers", "shares that make 1 together, not 0.9"),
        ({"population": POPULATION, "roles.radiologist": {"eur_per_hour": 1, "share_cashable": 1, "minutes_before": -2}}, {},
         "minutes_before", "minutes lies not below 0, got -2"),
        ({"population": POPULATION}, {"horizon_years": 0}, "horizon_years", "whole years from 1 to 30, not 0"),
        ({"population": {}}, {}, "[population]", "population.volume_per_year: missing"),
        ({"population": POPULATION, "price": {"usd_per_study": 3}}, {}, "usd_per_study", "no such key in a case in EUR"),
        ({"population": {"volume_per_year": {"value": 5, "low": 6, "high": 7}}}, {}, "volume_per_year", "the value 5 lies outside"),
        ({"population": {"volume_per_year": {"value": 5, "distribution": "gamma"}}}, {}, "volume_per_year", "gamma needs low and high"),
        ({"population": {"volume_per_year": {"value": "many"}}}, {}, "volume_per_year", "a number, not 'many'"),
        ({"population": {**POPULATION, "prevalence": {"counts": [5, 3]}}}, {}, "prevalence", "counts: [hits, cases]"),
        ({"population": POPULATION, "rule_out": {"share_automated": 0.2, "share_audited": 0, "minutes_reading": 1, "minutes_confirming": 0}},
         {}, "[rule_out]", "roles.radiologist is missing"),
        ({"population": POPULATION, "calls": {"per_night_study_before": 1}}, {}, "[calls]", "calls.eur_per_hour_night: missing"),
        ({"population": POPULATION, "roles.wizard": {}}, {}, "[roles.wizard]", "a table; roles are radiologist"),
        ({"population": POPULATION}, {"currency": "euro"}, "currency", "three capitals such as EUR"),
        ({"population": POPULATION}, {"perspective": "mine"}, "perspective", "house or society, or a list"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_key_and_line(
    sections: dict[str, object], head: dict[str, object], where: str, what: str
) -> None:
    text = written(sections, head)  # type: ignore[arg-type]
    with pytest.raises(InputError) as told:
        read_case(text, "case.toml")
    assert any(
        one.startswith(f"case.toml:{line(text, where)}: ") and what in one for one in str(told.value).splitlines()
    ), told.value


def test_all_faults_are_named_at_once_in_the_order_of_the_file() -> None:
    text = written({"population": {"volume_per_year": -1, "prevalence": 12, "wrong": 1}, "odd": {"x": 1}})
    with pytest.raises(InputError) as told:
        read_case(text, "case.toml")
    numbers = [int(number) for number in re.findall(r"case\.toml:(\d+):", str(told.value))]
    assert len(numbers) == 4
    assert numbers == sorted(numbers)


def test_no_toml_and_missing_dates_are_told() -> None:
    with pytest.raises(InputError, match=r"case\.toml: .*line 2"):
        read_case("[case]\na = = 1\n", "case.toml")
    with pytest.raises(InputError, match=r"volume_per_year: a day such as 2026-11-29, without quotes: not 'May'"):
        read_case(written({"population": POPULATION}).replace("date = 2026-01-01 }", 'date = "May" }'), "case.toml")
    with pytest.raises(InputError, match="its date is missing"):
        read_case(written({"population": {"volume_per_year": 3}}).replace(", date = 2026-01-01", ""), "case.toml")


def test_a_whole_case_is_read() -> None:
    case = case_of(FULL)
    assert (case.currency, case.horizon_years, case.perspective) == ("EUR", HEAD["horizon_years"], HOUSE)
    assert case.inputs["population.prevalence"].value == 0.11
    assert case.inputs["population.prevalence"].distribution is Distribution.BETA
    assert case.inputs["price.money_per_study"].name == "price.eur_per_study"
    assert case.inputs["price.money_per_study"].source is Source.EXPERT
    assert case.roles == ("radiologist", "emergency_physician")
    assert case.correlation == -0.4
    assert case_of(GOLDEN).adoption == (1.0,)


def test_lines_are_found_past_long_texts() -> None:
    text = 'a = 1\n[t]\nb = """\nc = 2\n"""\nd = { value = 1 }\n[[t.e]]\nf = 1\n'
    found = lines_of(text)
    assert found == {"a": 1, "t": 2, "t.b": 3, "t.d": 6, "t.e": 7, "t.e.f": 8}
    assert (line_of(found, "t.d.value"), line_of(found, "none")) == (6, 1)


@settings(max_examples=60, deadline=None)
@given(
    place=st.integers(0, 400),
    odd=st.sampled_from(["inf", "nan", "[]", "[1]", "{}", "true", "-1", '"x"', "1e400", "[[1]]", "2026-01-01"]),
    whole=st.booleans(),
)
def test_whatever_a_file_holds_is_a_case_or_a_fault(place: int, odd: str, whole: bool) -> None:
    """One value of a whole case, an input or a part of one, is replaced by something odd."""
    lines = written(FULL, adoption=[0.3, 1]).splitlines()
    number = place % len(lines)
    key, is_pair, value = lines[number].partition(" = ")
    if is_pair:
        lines[number] = f"{key} = {odd}" if whole else f"{key} = {re.sub(r'[0-9.]+', lambda _: odd, value, count=1)}"
    with suppress(InputError):
        case = read_case("\n".join(lines), "case.toml")
        assert figures(flows(case, case.values())).npv is not None
