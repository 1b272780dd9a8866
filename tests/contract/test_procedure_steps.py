"""Performed procedure steps: what both stores keep."""

from dataclasses import replace
from datetime import timedelta

import pytest

from collega.errors import FencedError
from collega.model.evidence import SeriesSaid
from collega.model.procedure_step import ProcedureStep, StepState
from collega.testing.records import AT
from tests.contract.conftest import Bench

pytestmark = pytest.mark.shows("R25")
STEP = ProcedureStep(
    sop_instance_uid="1.9",
    state=StepState.IN_PROGRESS,
    study_instance_uids=("1.2.1", "1.2.2"),
    source="CT1",
    created_at=AT,
    changed_at=AT,
    series=(
        SeriesSaid(series_instance_uid="1.3.1", sop_instance_uids=("1.4.1", "1.4.2")),
        SeriesSaid(series_instance_uid="1.3.2", count=4),
    ),
)
ENDED = replace(STEP, state=StepState.DISCONTINUED, changed_at=AT + timedelta(minutes=5), series=())


async def test_a_step_comes_back_as_it_was_saved(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        assert await transaction.procedure_step("1.9") is None
        await transaction.save_procedure_step(None, STEP)
    async with bench.transaction() as transaction:
        assert await transaction.procedure_step("1.9") == STEP
        await transaction.save_procedure_step(STEP, ENDED)
    async with bench.transaction() as transaction:
        assert await transaction.procedure_step("1.9") == ENDED


async def test_who_is_late_is_told(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await transaction.save_procedure_step(None, STEP)
        await transaction.save_procedure_step(STEP, ENDED)
    for before in (None, STEP):
        with pytest.raises(FencedError):
            async with bench.transaction() as transaction:
                await transaction.save_procedure_step(before, replace(STEP, state=StepState.COMPLETED))
    async with bench.transaction() as transaction:
        assert await transaction.procedure_step("1.9") == ENDED


async def test_what_was_rolled_back_is_not_there(bench: Bench) -> None:
    async def fail() -> None:
        async with bench.transaction() as transaction:
            await transaction.save_procedure_step(None, STEP)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await fail()
    async with bench.transaction() as transaction:
        assert await transaction.procedure_step("1.9") is None
