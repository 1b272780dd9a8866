"""The digest of a month: its cost, its decisions, its gaps, and its paper."""

import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.unit.value.cases import case_of

from collega.errors import InputError
from collega.formats.digest_pdf import digest_pdf
from collega.formats.digest_view import digest_view
from collega.formats.digest_words import DUE, GROUPS, SIGHT, UNKNOWN
from collega.model.feedback import Seen
from collega.model.reference import ReferenceSource
from collega.value.digest import Due, Standing, Unknown, due, month_of, unknown
from collega.value.spent import spent, years_of_use

TODAY = date(2026, 12, 1)
NOTHING = {"share": None, "low": None, "high": None, "k": 0, "n": 0}
SOME = {"visible_before_opened": NOTHING, "waited": {"n": 0, "minutes": None}}
PRICED: dict[str, dict[str, Any]] = {
    "population": {"volume_per_year": 1000},
    "price": {"eur_fixed_per_year": 1200, "eur_per_study": 3, "free_months": 3},
    "costs": {"eur_other_once": 500, "eur_cloud_per_year": 240},
    "quality": {"eur_per_false_positive": 9999},
    "accuracy": {"specificity_before": 1, "specificity_after": 0.5},
}


def standing(stage: str, **values: Any) -> Standing:
    given = {"stage_since": date(2026, 1, 1), "used_since": None, "times": SOME, "has_accuracy": False} | values
    return Standing(stage=stage, **given)


@pytest.mark.shows("R17")
def test_cost_until_now_leaves_out_free_months_and_what_no_bill_is_written_for() -> None:
    case = case_of(PRICED, {"perspective": "house"})
    # The first quarter is free of what the vendor charges, not of what the house pays for machines.
    assert spent(case, 0.25, [250]).so_far == pytest.approx(500 + 60)
    half = spent(case, 0.5, [500])
    assert half.so_far == pytest.approx(500 + 120 + 1200 * 0.25 + 3 * 500 * 0.5)
    assert half.planned == pytest.approx(half.so_far)
    assert spent(case, 0.5, [0]).so_far == pytest.approx(500 + 120 + 300)
    second = spent(case, 1.5, [1000, 400])
    assert second.so_far == pytest.approx(500 + 360 + 1200 * 1.25 + 3 * 1000 * 0.75 + 3 * 400)
    assert second.planned_studies == pytest.approx(1500)
    assert years_of_use(case, 99) == 5


@pytest.mark.shows("R17")
def test_tiers_count_in_each_year_of_use() -> None:
    tiers = (
        '[{ from_studies = 0, eur_per_study = 2, source = "expert", from = "t", date = 2026-01-01 }, '
        '{ from_studies = 100, eur_per_study = 1, source = "expert", from = "t", date = 2026-01-01 }]'
    )
    case = case_of({"population": {"volume_per_year": 300}, "price": {"tiers": tiers}})
    assert spent(case, 2, [150, 50]).so_far == pytest.approx(200 + 50 + 100)


def test_decisions_are_due_by_stage_age_and_what_the_case_says() -> None:
    case = case_of(PRICED, {"prices_of": "2025-06-01"})
    assert [one["what"] for one in due(standing("shadow"), None, None, TODAY)] == [Due.SHADOW_LONG]
    assert [one["what"] for one in due(standing("shadow", stage_since=TODAY), None, None, TODAY)] == []
    found = [*due(standing("pilot", used_since=date(2022, 2, 1)), case, -5.0, TODAY)]
    assert [one["what"] for one in found] == [Due.PILOT_LONG, Due.PRICES_OLD, Due.CONTRACT_END, Due.DOES_NOT_PAY]
    assert found[2]["on"] == date(2027, 2, 1)
    assert [one["what"] for one in due(standing("suspended"), None, None, TODAY)] == [Due.SUSPENDED]
    leap = due(standing("live", used_since=date(2024, 2, 29)), case_of(PRICED, {"horizon_years": 3}), 1.0, TODAY)
    assert date(2027, 2, 28) in [one["on"] for one in leap]


@pytest.mark.shows("R74")
def test_what_nobody_knows_is_named() -> None:
    assert [one["what"] for one in unknown(standing("shadow", times=None), None)] == [
        Unknown.NO_STUDIES,
        Unknown.NO_CASE,
    ]
    found = [one["what"] for one in unknown(standing("live"), case_of(PRICED))]
    assert found == [Unknown.IN_TIME, Unknown.WAITED, Unknown.SINCE_WHEN, Unknown.NO_FINDING, Unknown.ASSUMED]
    labelled = case_of(PRICED, {"finding": "pneumonia"})
    assert Unknown.NO_LABELS in [one["what"] for one in unknown(standing("shadow"), labelled)]


def test_a_month_is_the_last_whole_one_or_that_which_is_named() -> None:
    assert month_of("", date(2026, 1, 15)).name == "2025-12"
    assert month_of("2026-12", TODAY).ends == date(2027, 1, 1)
    for text in ("2026-13", "november", "2027-01"):
        with pytest.raises(InputError):
            month_of(text, TODAY)


def app_told() -> dict[str, Any]:
    share = {"k": 20, "n": 30, "share": 2 / 3, "low": 0.49, "high": 0.81}
    figure = {"value": 0.9, "low": 0.7, "high": 0.97}
    cost = {"so_far": 180.0, "planned": 300.0, "studies": 40.0, "planned_studies": 100.0, "years": 0.1}
    return {
        "app": "finder", "name": "Finder #set [x]", "names": {}, "stage": "pilot", "version": "1.0", "studies": 40,
        "studies_before": 0, "in_time": share, "in_time_before": None,
        "waited": {"n": 10, "minutes": 12.5, "left": 2, "never": 1}, "waited_before": None,
        "accuracy": [
            {"group": "report/no", "studies": 40, "sensitivity": figure, "specificity": figure,
             "label_error": "unknown"}
        ],
        "cases": [
            {"name": "c", "title": {"en": "A case", "nl": "Een case"}, "currency": "EUR", "npv": -5.0, "cost": cost}
        ],
        "changes": [
            {"at": datetime(2026, 11, 10, tzinfo=UTC), "version": "1.0", "what": "stage", "value": "pilot",
             "actor": "lead", "reason": "trial"}
        ],
        "due": [{"what": what, "on": TODAY} for what in Due],
        "unknown": [{"what": what, "n": 1, "of": 2} for what in Unknown],
    }  # fmt: skip


APPROVAL = {
    "en": [
        "Median 548 days (95 % interval 548 to not known), 1 of 2 cases approved, 0 dropped; 2025-05-01 to 2026-11-30.",
        "bleed: approved, 2026-11-03",
    ],
    "nl": [
        "Mediaan 548 dagen (95 %-interval 548 tot onbekend), 1 van 2 casussen goedgekeurd, 0 gestopt; {days}.".format(
            days="01-05-2025 tot en met 30-11-2026"
        ),
        "bleed: goedgekeurd, 03-11-2026",
    ],
}


def approval_told() -> dict[str, Any]:
    duration = {"cases": 2, "approved": 1, "dropped": 0, "median": 548.0, "low": 548.0, "high": None,
                "since": date(2025, 5, 1), "until": date(2026, 11, 30)}  # fmt: skip
    steps = {"idea": date(2025, 5, 1), "approved": date(2026, 11, 3)}
    return {"duration": duration, "ways": [{"case": "bleed", "steps": steps}, {"case": "chest", "steps": {}}]}


@pytest.mark.shows("R3", "R17")
@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_paper_is_set_in_both_languages_with_every_word(language: str) -> None:
    assert {str(what) for what in Due} == set(DUE)
    assert {str(what) for what in Unknown} == set(UNKNOWN)
    assert ({str(one) for one in ReferenceSource}, {str(one) for one in Seen}) == (set(GROUPS), set(SIGHT))
    told = {"month": "2026-11", "from": date(2026, 11, 1), "to": date(2026, 11, 30), "is_whole": False,
            "approval": approval_told(), "apps": [app_told()], "faults": ["torn.toml: x"]}  # fmt: skip
    view = digest_view(told, language, ZoneInfo("Europe/Amsterdam"))
    (app,) = view["apps"]
    rows = {row[0]: row for row in app["rows"]}
    assert len(app["rows"]) == 8
    assert all(row[3] for row in app["rows"]), "each number says where it comes from"
    waited = rows[view["words"]["waited"]]
    assert waited[1].endswith({"en": "1 never got one", "nl": "1 kregen er geen"}[language])
    assert waited[2] == view["words"]["not_known"]
    assert view["approval"] == APPROVAL[language]
    assert len(re.findall(rb"/Type */Page\b", digest_pdf(view, datetime.now(UTC)))) == 1
