from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collega.model.coverage import Certainty, PacsSeries, PacsStudy
from collega.model.study import Attribute
from collega.route.foresee import foresee
from collega.testing import records

ALL_TOLD = frozenset({"modality", "body_part", "series_description", "study_description", "sex", "age_years"})


def study(modalities: tuple[str, ...] = ("CR",), **attributes: Attribute) -> PacsStudy:
    return PacsStudy(
        study_instance_uid="1.2",
        accession_number="A",
        study_date="20260302",
        study_at=records.AT,
        modalities=modalities,
        attributes=attributes,
        instances=1,
    )


def series(instances: int | None = 1, **attributes: Attribute) -> PacsSeries:
    return PacsSeries(series_instance_uid="1.2.3", attributes={"modality": "CR", **attributes}, instances=instances)


def judged(
    accepts: dict[str, Any],
    seen: PacsStudy,
    found: list[PacsSeries] | None,
    told: frozenset[str] = ALL_TOLD,
    **manifest: Any,
) -> Certainty:
    app = records.manifest(accepts=accepts, **manifest)
    return foresee(seen, found, app, told, now=records.AT + timedelta(hours=1), max_study_age=timedelta(days=365))


CHEST: dict[str, Any] = {"modality": ["CR", "DX"], "body_part": ["CHEST", ""]}


@pytest.mark.shows("R31")
@pytest.mark.parametrize(
    ("accepts", "seen", "found", "expected"),
    [
        (CHEST, study(), [series(body_part="CHEST")], Certainty.YES),
        (CHEST, study(), [series(body_part="KNEE")], Certainty.NO),
        (CHEST, study(), [series(body_part="KNEE"), series(body_part="CHEST")], Certainty.YES),
        (CHEST, study(), [series(body_part=None)], Certainty.YES),
        (CHEST, study(("CT",)), None, Certainty.NO),
        (CHEST, study(("SR", "DX")), None, Certainty.MAYBE),
        (CHEST, study(()), [series(body_part="CHEST")], Certainty.YES),
        (CHEST, study(), [], Certainty.NO),
        ({"modality": ["CR"], "view": ["PA"]}, study(), [series()], Certainty.YES),
        ({"minimum_slices": 20}, study(), [series(19)], Certainty.NO),
        ({"minimum_slices": 20}, study(), [series(20)], Certainty.YES),
        ({"minimum_slices": 20}, study(), [series(None)], Certainty.MAYBE),
        ({"study_description": ["thorax"]}, study(study_description="X-thorax"), [series()], Certainty.YES),
        ({"study_description": ["thorax"]}, study(study_description="X-knee"), None, Certainty.NO),
        ({"age_years": {"at_least": 18}}, study(age_years=17.9), None, Certainty.NO),
        ({"age_years": {"at_least": 18}}, study(age_years=18.0), [series()], Certainty.YES),
        ({"sex": ["F"]}, study(sex="M"), None, Certainty.NO),
    ],
)
def test_what_a_query_tells_decides(
    accepts: dict[str, Any], seen: PacsStudy, found: list[PacsSeries] | None, expected: Certainty
) -> None:
    assert judged(accepts, seen, found) is expected


@pytest.mark.shows("R31")
def test_what_the_pacs_never_tells_is_in_doubt_and_not_dropped() -> None:
    told = ALL_TOLD - {"body_part"}
    assert judged({"body_part": ["CHEST"]}, study(), [series(body_part=None)], told) is Certainty.MAYBE
    assert judged({"body_part": ["CHEST"]}, study(), [series(body_part=None)], ALL_TOLD) is Certainty.NO
    assert judged({"age_years": {"at_least": 18}}, study(), [series()], frozenset()) is Certainty.MAYBE


@pytest.mark.shows("R31")
def test_a_study_that_is_too_old_for_routing_is_not_missed() -> None:
    old = replace(study(), study_at=records.AT - timedelta(days=400))
    assert judged({"modality": ["CR"]}, old, [series()]) is Certainty.NO
    older = replace(study(), study_at=records.AT - timedelta(days=3))
    assert judged({"modality": ["CR"]}, older, [series()], max_study_age_days=2.0) is Certainty.NO
    assert judged({"modality": ["CR"]}, older, [series()], max_study_age_days=4.0) is Certainty.YES
