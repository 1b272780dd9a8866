"""What a case comes to: the published and the golden numbers, and what must hold of any case."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.value.cases import ADOPTION, FULL, GOLDEN, SAID, case_of

from collega.value.answer import answer, as_json
from collega.value.break_even import break_even, cost_of_delay
from collega.value.case import Case
from collega.value.fields import STAKEHOLDERS, Account
from collega.value.figures import figures
from collega.value.flows import charged, flows, tiered
from collega.value.ledger import ledger
from collega.value.lines_of_value import cells_told, minutes_by_role
from collega.value.price_table import by_month, by_volume
from collega.value.read_case import read_case
from collega.value.schedule import schedule

EXAMPLE = Path(__file__).parents[3] / "examples" / "cases" / "filter-by-hand.toml"


def npv(case: Case, **changed: float) -> float:
    values = case.values() | {key.replace("__", "."): value for key, value in changed.items()}
    return float(flows(case, values).value(case.perspective)[0])


def price_case(sections: dict[str, Any], **head: Any) -> Case:
    return case_of(sections, {"horizon_years": 1, "discount_costs": 0.0, "discount_effects": 0.0} | head)


@pytest.mark.shows("R3", "R45", "R46", "R56")
def test_the_golden_case_is_a_plain_no() -> None:
    told = as_json(answer(read_case(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name), draws=100))
    assert told["cash_flows"][-1] == pytest.approx(28350 - 70000)
    assert told["npv"] == pytest.approx(-268_028.57, abs=0.01)
    assert told["break_even_volume"] == pytest.approx(111_111.11, abs=0.01)
    assert told["payback_years"] is None
    assert told["irr"] is None
    assert told["p_npv_positive"] == 0
    assert told["roi"] == pytest.approx(told["npv"] / told["roi_denominator"]["value"])
    assert case_of(GOLDEN, adoption=ADOPTION).values() == read_case(EXAMPLE.read_text("utf-8"), "x").values()


@pytest.mark.shows("R45")
@pytest.mark.parametrize(("hourly", "volume"), [(196, 12_312), (45, 53_627)])
def test_lung_nodule_cad_breaks_even_at_the_published_volumes(hourly: float, volume: int) -> None:
    """Insights into Imaging 2023: 51,616 a year, 77 s saved for each case."""
    case = price_case(
        {
            "population": {"volume_per_year": 10000},
            "roles.radiologist": {
                "eur_per_hour": hourly, "share_cashable": 1, "minutes_before": 77 / 60, "minutes_after": 0,
            },
            "price": {"eur_fixed_per_year": 51616},
        }
    )  # fmt: skip
    assert break_even(case).volume == pytest.approx(volume, abs=1)


@pytest.mark.shows("R46", "R75")
def test_false_positives_cost_the_published_hours() -> None:
    """Del Gaizo 2024: 75 s more for each of 4,464 false positives."""
    counts = {"tp": 1192, "fn": 384, "fp": 4464, "tn": 52281}
    case = price_case(
        {
            "population": {"volume_per_year": sum(counts.values()), "prevalence": {"counts": [1576, 58321]}},
            "accuracy": {
                "sensitivity_app": {"counts": [1192, 1576]},
                "specificity_app": {"counts": [52281, 56745]},
            },
            "roles.radiologist": {"eur_per_hour": 150, "share_cashable": 1, "minutes_after_fp": 1.25},
        }
    )
    told = answer(case, draws=100)
    assert told.hours_by_role["radiologist"] == pytest.approx(-93.0, abs=0.01)
    assert told.figures.npv == pytest.approx(-93 * 150)
    cells = cells_told(case, case.values())
    assert {cell: round(cells[cell] * 58321) for cell in counts} == counts
    assert cells["ppv"] == pytest.approx(0.211, abs=5e-4)


@pytest.mark.shows("R16")
def test_large_vessel_occlusion_breaks_even_at_the_published_price() -> None:
    """Van Leeuwen 2021: USD 40 for each analysis, 156 saved for each patient after it."""
    case = case_of(
        {
            "population": {"volume_per_year": 1000},
            "care": {"usd_saved_per_study": 196},
            "price": {"usd_per_study": 40},
        },
        {"currency": "USD", "perspective": "society"},
    )
    assert break_even(case).price_per_study == pytest.approx(196)
    assert break_even(case).volume == 0
    assert npv(case, price__money_per_study=196) == pytest.approx(0)
    assert npv(case) == pytest.approx(156_000 * sum(1.03**-year for year in range(1, 6)))


@pytest.mark.shows("R17", "R56")
def test_every_line_of_the_ledger_has_two_sides() -> None:
    case = case_of(FULL, adoption=ADOPTION)
    laid = flows(case, case.values())
    everybody = sum(float(laid.value([account])[0]) for account in Account)
    assert everybody == pytest.approx(0, abs=1e-6)
    book = ledger(laid)
    assert book.transfers == pytest.approx(0, abs=1e-6)
    assert any(entry.is_transfer for entry in book.entries)
    for standing in book.standings:
        assert standing.net == pytest.approx(float(laid.value([standing.account])[0]))
    house = sum(one.net for one in book.standings if one.account in case.perspective)
    assert house == pytest.approx(figures(laid).npv)


@pytest.mark.shows("R17")
def test_who_pays_and_does_not_gain_is_named_with_what_would_settle_it() -> None:
    case = case_of(GOLDEN | {"vendor": {"eur_support_per_year": 1000}}, adoption=ADOPTION)
    book = ledger(flows(case, case.values()))
    assert book.pays_but_does_not_gain == (Account.HOSPITAL,)
    settled = {one.account: one.net for one in book.standings}
    for payment in book.side_payments:
        settled[payment.payer] -= payment.amount
        settled[payment.beneficiary] += payment.amount
    assert min(settled.values()) >= -0.01
    assert settled[Account.HOSPITAL] == pytest.approx(0, abs=0.01)
    hopeless = case_of({**GOLDEN, "price": {}, "costs": {"eur_other_once": 900000}}, adoption=ADOPTION)
    book = ledger(flows(hopeless, hopeless.values()))
    assert book.side_payments == ()
    assert book.shortfall == pytest.approx(-npv(hopeless))


@pytest.mark.shows("R17")
def test_capacity_is_not_cash() -> None:
    told = answer(case_of(FULL, adoption=ADOPTION), draws=100)
    assert told.if_no_cash < told.figures.npv < told.if_all_cash


@pytest.mark.shows("R16")
def test_free_months_tiers_and_contributions_lower_the_price() -> None:
    assert charged(3, 15).tolist() == [0, 0.75, 1]
    tiers = case_of(
        {
            "population": {"volume_per_year": 1500},
            "price": {
                "tiers": f"[{{ from_studies = 0, eur_per_study = 3, {SAID} }}, "
                f"{{ from_studies = 1000, eur_per_study = 2, {SAID} }}]",
                "eur_in_kind_per_year": 500,
                "free_months": 3,
            },
        },
        {"horizon_years": 1, "discount_costs": 0.0},
    )
    assert tiered(np.array([[500.0, 1500.0]]), tiers.tiers).tolist() == [[1500, 4000]]
    assert npv(tiers) == pytest.approx(-(4000 * 0.75) + 500)


@pytest.mark.shows("R18")
def test_a_delay_costs_what_the_years_would_have_brought() -> None:
    sections = {"population": {"volume_per_year": 1000}, "care": {"eur_saved_per_study": 10}}
    case = case_of(sections, {"perspective": "society"})
    worth = 10000 * sum(1.03**-year for year in range(1, 6))
    one = cost_of_delay(case, 1.0)
    assert one["end_moves"] == pytest.approx(worth * (1 - 1 / 1.03))
    assert one["end_fixed"] == pytest.approx(10000 / 1.03)
    half = cost_of_delay(case, 1.5)
    last = 10000 * (sum(1.03 ** -(1.5 + year) for year in (1, 2, 3)) + 0.5 * 1.03**-5)
    assert half["end_fixed"] == pytest.approx(worth - last)
    later = replace(case, start_delay_years=1.0)
    assert npv(later) == pytest.approx(worth / 1.03)


def test_payback_and_internal_rate_of_a_plain_row() -> None:
    case = case_of(
        {
            "population": {"volume_per_year": 100},
            "care": {"eur_saved_per_study": 5},
            "costs": {"eur_other_once": 1000},
        },
        {"perspective": "society", "discount_costs": 0.0},
    )
    found = figures(flows(case, case.values()))
    assert (found.npv, found.payback_years) == (1500, 2.0)
    assert found.bcr == pytest.approx(2.5)
    rate = found.irr
    assert rate is not None
    assert sum(500 / (1 + rate) ** year for year in range(1, 6)) == pytest.approx(1000)


def test_health_stands_apart_from_money() -> None:
    told = answer(case_of(FULL, adoption=ADOPTION), draws=100).figures
    assert told.nmb == pytest.approx(told.npv + 50000 * told.qalys)
    without = {**FULL, "quality": {key: FULL["quality"][key] for key in ("eur_per_miss", "eur_per_false_positive")}}
    assert answer(case_of(without, adoption=ADOPTION), draws=100).figures.npv == pytest.approx(told.npv)


@pytest.mark.shows("R75")
def test_minutes_move_between_roles() -> None:
    case = case_of(FULL)
    moved = minutes_by_role(case, case.values())
    assert moved["emergency_physician"] == pytest.approx(-0.3 * 0.5)
    assert moved["called"] == pytest.approx(0.3 * 0.05 * 12)
    false_positive = 0.89 * (1 - 830 / 890)
    assert moved["radiologist"] == pytest.approx(0.8 * (0.5 - 1.5 * false_positive) - 0.1)


@settings(max_examples=25, deadline=None)
@given(price=st.floats(0, 50), other=st.floats(0, 50), share=st.floats(0, 1))
def test_npv_is_linear_in_the_price(price: float, other: float, share: float) -> None:
    case = case_of(FULL, adoption=ADOPTION)
    between = share * price + (1 - share) * other
    mixed = share * npv(case, price__money_per_study=price) + (1 - share) * npv(case, price__money_per_study=other)
    assert npv(case, price__money_per_study=between) == pytest.approx(mixed, abs=1e-5)


@settings(max_examples=12, deadline=None)
@given(saved=st.floats(-5, 50), fixed=st.floats(1, 1e5), price=st.floats(0, 10), once=st.floats(0, 1e5))
def test_at_the_break_even_nothing_is_gained_or_lost(saved: float, fixed: float, price: float, once: float) -> None:
    sections: dict[str, dict[str, Any]] = {
        "population": {"volume_per_year": 1000},
        "care": {"eur_saved_per_study": saved},
        "price": {"eur_per_study": price},
        "costs": {"eur_other_per_year": fixed, "eur_other_once": once},
    }
    case = case_of(sections, {"perspective": "society"}, ADOPTION)
    found = break_even(case)
    if saved <= price:
        assert found.volume is None
        assert found.volume_over_horizon is None
    elif found.volume_over_horizon is not None and found.volume is not None:
        assert found.volume == pytest.approx(fixed / (saved - price), rel=1e-6)
        assert npv(case, population__volume_per_year=found.volume_over_horizon) == pytest.approx(0, abs=1e-3 * fixed)
    if found.price_per_study is not None:
        assert npv(case, price__money_per_study=found.price_per_study) == pytest.approx(0, abs=1e-3)
    if found.adoption is not None:
        assert npv(case, adoption__share_max=found.adoption) == pytest.approx(0, abs=1e-3 * (fixed + once))


def test_an_accuracy_at_which_it_pays_is_found() -> None:
    case = case_of(FULL | {"quality": {"eur_per_miss": 3000, "beneficiary": '"hospital"'}}, adoption=ADOPTION)
    value = break_even(case).accuracy["accuracy.sensitivity_after"]
    assert value is not None
    assert npv(case, accuracy__sensitivity_after=value) == pytest.approx(0, abs=1e-3)


def test_volume_grows_while_the_start_is_waited_for() -> None:
    case = case_of({"population": {"volume_per_year": 1000, "growth_per_year": 0.1}}, {"start_delay_years": 1})
    assert flows(case, case.values(), schedule(case)).studies[0].tolist() == pytest.approx(
        [1000 * 1.1**year for year in range(1, 6)]
    )
    assert set(STAKEHOLDERS) == set(Account) - {Account.RESOURCES}


@pytest.mark.shows("R17")
def test_the_price_stands_by_volume_and_by_month_with_free_months_and_what_comes_in_kind() -> None:
    price = {"eur_fixed_per_year": 1200, "eur_per_study": 2, "eur_in_kind_per_year": 240, "free_months": 3}
    case = case_of({"population": {"volume_per_year": 1200}, "price": price, "costs": {"eur_platform_per_year": 600}})
    volumes = {one.studies: one for one in by_volume(case)}
    assert set(volumes) == {300, 600, 1200, 2400}
    assert dict(volumes[600].parts) == {"fixed": 1200, "per_study": 1200, "in_kind": -240, "platform": 600}
    months = {one.months: one for one in by_month(case)}
    # Three months are free: the share of the platform and what comes in kind run on.
    assert months[3].total == pytest.approx((600 - 240) / 4)
    assert months[6].total == pytest.approx((600 - 240) / 2 + 300 + 600)
    assert months[12].total == pytest.approx(600 - 240 + 900 + 2400 * 0.75)
    assert months[24].total - months[12].total == pytest.approx(600 - 240 + 1200 + 2400)
    tiers = "[{ from_studies = 0, eur_per_study = 2, %s }, { from_studies = 100, eur_per_study = 1, %s }]"
    said = 'source = "expert", from = "t", date = 2026-01-01'
    tiered = case_of({"population": {"volume_per_year": 300}, "price": {"tiers": tiers % (said, said)}})
    assert {one.studies: one.total for one in by_volume(tiered)} == {75: 150, 100: 200, 150: 250, 300: 400, 600: 700}
