"""The text that a monitor reads: valid, complete, and the same for a moment."""

import pytest
from fastapi.routing import APIRoute
from prometheus_client.parser import text_string_to_metric_families

from collega.model.figures import Distribution, Figures
from collega.web.metrics import METRICS, SPREADS, router

pytestmark = pytest.mark.shows("R31", "R59")
FIGURES = Figures(
    values={"collega_jobs_total": {("bleed", "found"): 3.0}, "collega_up": {("worker",): 1.0}},
    spread={"collega_attempt_seconds": {("bleed",): Distribution(bounds=(1.0, 5.0), counts=(2, 1, 4), total=50.5)}},
)


class Source:
    def __init__(self) -> None:
        self.asked = 0
        self.broken = False

    async def figures(self) -> Figures:
        self.asked += 1
        if self.broken:
            raise ConnectionError
        return FIGURES


async def ask(source: Source, times: int = 1) -> str:
    (route,) = router(source).routes
    assert isinstance(route, APIRoute)
    assert route.path == "/metrics"
    answers = [bytes((await route.endpoint()).body) for _ in range(times)]
    return answers[-1].decode()


async def test_every_metric_is_there_with_its_help() -> None:
    families = {family.name: family for family in text_string_to_metric_families(await ask(Source()))}
    assert families.keys() == {name.removesuffix("_total") for name in (*METRICS, *SPREADS)}
    assert all(family.documentation for family in families.values())


async def test_buckets_count_all_that_lies_below() -> None:
    found = {
        (sample.name, sample.labels.get("le")): sample.value
        for family in text_string_to_metric_families(await ask(Source()))
        for sample in family.samples
        if sample.name.startswith("collega_attempt_seconds")
    }
    assert found["collega_attempt_seconds_bucket", "1.0"] == 2
    assert found["collega_attempt_seconds_bucket", "5.0"] == 3
    assert found["collega_attempt_seconds_bucket", "+Inf"] == 7
    assert found["collega_attempt_seconds_count", None] == 7
    assert found["collega_attempt_seconds_sum", None] == 50.5


async def test_an_answer_is_kept_for_a_moment() -> None:
    source = Source()
    await ask(source, times=20)
    assert source.asked == 1


async def test_a_database_that_does_not_answer_is_told() -> None:
    source = Source()
    source.broken = True
    assert 'collega_up{part="database"} 0.0' in await ask(source)
