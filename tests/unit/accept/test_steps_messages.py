"""What the check says of messages: where, what stands in the way, and what to do."""

from dataclasses import replace

import pytest

from collega.accept import messages
from collega.accept.visit import Visit
from collega.model.acceptance import StepOutcome

pytestmark = pytest.mark.shows("R59", "R64")
PASSED, WARNING, FAILED = StepOutcome.PASSED, StepOutcome.WARNING, StepOutcome.FAILED


@pytest.mark.parametrize(
    ("address", "is_up", "problem", "outcome"),
    [
        ("", True, "", PASSED),
        ("10.1.2.20:2575", True, "", PASSED),
        ("10.1.2.20:2575", True, "10.1.2.20:2575: Connection refused", FAILED),
        ("10.1.2.20:2575", False, "10.1.2.20:2575: Connection refused", WARNING),
    ],
)
def test_our_own_port(visit: Visit, address: str, *, is_up: bool, problem: str, outcome: StepOutcome) -> None:
    visit.arranged = replace(visit.arranged, hl7_address=address)
    visit.database = replace(visit.database, receiver=is_up)
    visit.reach = {messages.OWN_PORT: problem}.__getitem__
    found = messages.listening(visit)
    assert found.outcome is outcome
    assert (found.advice is None) == (outcome is PASSED)
    assert found.measured == (address or "-")


def test_each_destination_is_tried_and_the_one_that_is_away_is_named(visit: Visit) -> None:
    assert messages.destinations(visit).outcome is PASSED
    visit.arranged = replace(visit.arranged, destinations=(("ris", "10.1.2.4:2576"), ("ehr", "10.1.2.5:2577")))
    assert messages.destinations(visit).measured == "2 / 2"
    visit.reach = {"ris": "", "ehr": "10.1.2.5:2577: TLS failed"}.__getitem__
    found = messages.destinations(visit)
    assert (found.outcome, found.measured) == (FAILED, "1 / 2")
    assert found.said.en == "no connection to ehr: 10.1.2.5:2577: TLS failed"
    assert found.advice
    assert "firewall" in found.advice.nl
