"""What an app did not find, of many findings, is folded away; what anybody says otherwise of stays in sight."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.formats.together import Agreement
from collega.model.finding import Evaluation
from collega.read.shown import MOST_UNFOLDED, folded

FINDING = st.fixed_dictionaries(
    {
        "id": st.text(min_size=1, max_size=3),
        "evaluation": st.sampled_from(Evaluation),
        "mine": st.none() | st.just("an opinion"),
        "differ": st.just([]) | st.just(["a discrepancy"]),
        "agreement": st.none() | st.sampled_from(Agreement),
    }
)


@pytest.mark.shows("R20", "R71")
@given(st.lists(FINDING, max_size=20))
def test_nothing_is_lost_and_what_matters_stays_in_sight(findings: list[dict[str, Any]]) -> None:
    shown = folded(findings)
    assert sorted(str({**item, "folded": None}) for item in shown) == sorted(
        str({**item, "folded": None}) for item in findings
    )
    assert [item["folded"] for item in shown] == sorted(item["folded"] for item in shown), "the folded come last"
    for item in shown:
        if item["folded"]:
            assert item["evaluation"] == Evaluation.ABSENT
            assert not item["mine"]
            assert not item["differ"]
            assert item["agreement"] != Agreement.DISAGREE


@pytest.mark.shows("R71")
def test_few_findings_are_all_in_sight() -> None:
    absent: dict[str, Any] = {"evaluation": Evaluation.ABSENT, "mine": None, "differ": [], "agreement": None}
    assert not any(item["folded"] for item in folded([{**absent, "id": str(n)} for n in range(MOST_UNFOLDED)]))
    assert all(item["folded"] for item in folded([{**absent, "id": str(n)} for n in range(MOST_UNFOLDED + 1)]))
