"""Several cases on one platform, and the same case seen by its vendor."""

from pathlib import Path

import pytest
from tests.unit.value.cases import ADOPTION, FULL, GOLDEN, case_of

from collega.errors import InputError
from collega.value.break_even import VOLUME
from collega.value.case import Case
from collega.value.fields import Account
from collega.value.flows import flows
from collega.value.portfolio import Portfolio, rank, read_portfolio
from collega.value.read_case import read_case
from collega.value.vendor import markets

WRONG = '[portfolio]\nhorizon_years = 5\ndiscount_costs = 0\nallocation = "x"\ncases = ["a"]'
NAMES = ["chest-normal-filter", "lung-ct", "mammography", "myeloma-ct", "night-haemorrhage"]
OTHERS = {"portfolio", "filter-by-hand"}
CASES = Path(__file__).parents[3] / "examples" / "cases"


def good(saved: float, once: float = 0) -> Case:
    return case_of(
        {
            "population": {"volume_per_year": 1000},
            "care": {"eur_saved_per_study": saved},
            "costs": {"eur_other_once": once, "eur_platform_per_year": 77777},
        },
        {"perspective": "society", "discount_costs": 0.0},
    )


def portfolio(budget: float | None = None, allocation: str = "equal") -> Portfolio:
    lines = ["[portfolio]", 'title = "P"', "horizon_years = 5", "discount_costs = 0.0", 'cases = ["a", "b", "c"]']
    lines += [f'allocation = "{allocation}"', *([] if budget is None else [f"budget = {budget}"])]
    lines += ['eur_platform_per_year = { value = 1000, source = "expert", from = "t", date = 2026-01-01 }']
    return read_portfolio("\n".join(lines), "p.toml")


@pytest.mark.shows("R55")
def test_a_platform_is_paid_once_and_shared_by_those_who_are_taken() -> None:
    cases = {"a": good(4, 1000), "b": good(2, 3000), "c": good(-1)}
    found = rank(portfolio(), cases)
    assert found.platform == 5000
    assert [(one.name, one.alone, one.share, one.is_taken) for one in found.places] == [
        ("a", 19000, 2500, True),
        ("b", 7000, 2500, True),
        ("c", -5000, 0, False),
    ]
    assert found.npv == 19000 + 7000 - 5000
    assert rank(portfolio(budget=7000), cases).costs == 6000
    assert [one.share for one in rank(portfolio(allocation="benefit"), cases).places][:2] == pytest.approx(
        [5000 * 2 / 3, 5000 / 3]
    )


@pytest.mark.shows("R55")
@pytest.mark.parametrize(
    ("budget", "taken", "left", "why"),
    [
        (None, {"a", "b"}, None, {"c": "no_value"}),
        (9000, {"a", "b"}, 0, {"c": "no_value"}),
        (8500, {"a"}, 2500, {"b": "dearer", "c": "no_value"}),
        (7000, {"a"}, 1000, {"b": "no_room", "c": "no_value"}),
        (5500, set(), 5500, {"a": "no_room", "b": "no_room", "c": "no_value"}),
    ],
)
def test_a_budget_says_what_fits_what_is_left_of_it_and_why_a_case_is_not_taken(
    budget: float | None, taken: set[str], left: float | None, why: dict[str, str]
) -> None:
    found = rank(portfolio(budget), {"a": good(4, 1000), "b": good(2, 3000), "c": good(-1)})
    assert {one.name for one in found.places if one.is_taken} == taken
    assert {one.name: str(one.why) for one in found.places if not one.is_taken} == why
    assert (found.budget, found.left) == (budget, left)
    assert found.npv_without_budget == 21000
    assert sum(one.costs for one in found.places if one.is_taken) + (5000 if taken else 0) == found.costs


@pytest.mark.shows("R55")
def test_nothing_is_taken_where_nothing_carries_the_platform() -> None:
    found = rank(portfolio(), {"a": good(0.5), "b": good(-1), "c": good(0.2)})
    assert not any(one.is_taken for one in found.places)
    assert (found.npv, found.costs, found.npv_without_budget) == (0, 0, 0)
    assert [str(one.why) for one in found.places] == ["platform", "platform", "no_value"]
    assert sum(one.share for one in found.places) == pytest.approx(5000)


def test_what_is_wrong_with_a_portfolio_is_told_by_line() -> None:
    with pytest.raises(InputError, match=r"p\.toml:4: portfolio\.allocation: one of equal, volume, benefit"):
        read_portfolio(WRONG, "p.toml")
    dollars = case_of({"population": {"volume_per_year": 1}}, {"currency": "USD"})
    with pytest.raises(InputError, match="another currency than EUR"):
        rank(portfolio(), {"a": dollars})


@pytest.mark.shows("R57")
def test_a_vendor_sees_at_which_price_each_type_of_hospital_breaks_even() -> None:
    hospitals = '[{ name = "small", volume_per_year = 1000 }, { name = "large", volume_per_year = 60000 }]'
    case = case_of(FULL | {"vendor": {**FULL["vendor"], "hospitals": hospitals}}, adoption=ADOPTION)
    small, large = markets(case)
    assert small.highest_price is None
    assert large.highest_price is not None
    assert small.lowest_price > large.lowest_price > 0.4
    values = case.values() | {VOLUME: 60000.0, "price.money_fixed_per_year": 0.0, "price.money_in_kind_per_year": 0.0}
    at_lowest = flows(case, values | {"price.money_per_study": large.lowest_price})
    assert float(at_lowest.value([Account.VENDOR])[0]) == pytest.approx(0, abs=1e-6)
    at_highest = flows(case, values | {"price.money_per_study": large.highest_price})
    assert float(at_highest.value(case.perspective)[0]) == pytest.approx(0, abs=1e-6)
    assert markets(case_of(GOLDEN))[0].volume_per_year == 45000


@pytest.mark.shows("R3", "R56")
def test_every_example_is_whole_and_doubts_itself() -> None:
    assert sorted(path.stem for path in CASES.glob("*.toml") if path.stem not in OTHERS) == NAMES
    signs = set()
    for name in NAMES:
        case = read_case((CASES / f"{name}.toml").read_text(encoding="utf-8"), name)
        assert case.goal is not None
        assert case.problem.en != case.problem.nl != ""
        assert len(case.doubts) >= 3
        assert case.stakeholders
        signs.add(float(flows(case, case.values()).value(case.perspective)[0]) > 0)
    assert signs == {True, False}
    whole = read_portfolio((CASES / "portfolio.toml").read_text(encoding="utf-8"), "portfolio.toml")
    assert sorted(whole.cases) == [f"{name}.toml" for name in NAMES]
