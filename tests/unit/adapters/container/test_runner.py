"""Apps in containers, in the real engine: each ends, each is told apart, none reaches what is not its own."""

import json

import pytest

from collega.adapters.container.fence import LEVELS
from collega.model.job import AttemptOutcome
from tests.unit.adapters.container.conftest import Yard


@pytest.mark.shows("R5")
async def test_an_image_answers(yard: Yard) -> None:
    attempt = await yard.run()
    assert (attempt.outcome, attempt.detail) == (AttemptOutcome.ANSWERED, "")
    assert attempt.isolation == LEVELS
    assert json.loads((yard.folder / "out/result.json").read_text())["status"] == "analysed"
    assert "answered" in yard.log()
