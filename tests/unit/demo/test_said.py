"""What the simulated doctors say: the same each time, in words that the forms take, and mostly right."""

from datetime import UTC, datetime

import pytest

from collega.bootstrap.demo.rota import ROTA, Waiting
from collega.bootstrap.demo.said import first_look, opinions
from collega.model.feedback import CAUSES, Opinion, Seen
from collega.model.finding import Evaluation

PHYSICIAN = next(reader for reader in ROTA if not reader.signs)
RADIOLOGIST = ROTA[0]
STUDIES = 400


def study(number: int, *, answered: bool = True) -> Waiting:
    return Waiting(
        uid=f"1.2.{number}",
        accession=f"CT{number}",
        modality="CT",
        since=datetime(2026, 3, 2, 3, tzinfo=UTC),
        answered=answered,
        opened=False,
        signed=False,
        named=(("finder", "haemorrhage"), ("finder", "fracture")),
    )


@pytest.mark.shows("R22")
@pytest.mark.parametrize("truth", [(), ("haemorrhage",)])
def test_first_looks_are_mostly_right_and_negatives_call_nobody(truth: tuple[str, ...]) -> None:
    looks = [first_look(PHYSICIAN, study(number), truth) for number in range(STUDIES)]
    assert looks == [first_look(PHYSICIAN, study(number), truth) for number in range(STUDIES)]
    right = (Evaluation.PRESENT if truth else Evaluation.ABSENT).value
    assert STUDIES * 0.6 < sum(look["found"] == right for look in looks) < STUDIES
    assert {Evaluation(look["found"]) for look in looks} == set(Evaluation)
    assert not [look for look in looks if look["called"] and look["found"] == Evaluation.ABSENT]
    assert first_look(PHYSICIAN, study(1, answered=False), truth)["ai_seen"] == Seen.NO


@pytest.mark.shows("R12")
def test_opinions_follow_what_is_there_and_doubts_have_a_cause() -> None:
    given = [list(opinions(RADIOLOGIST, study(number), ("haemorrhage",))) for number in range(STUDIES)]
    assert [] in given, "not every reader takes the moment"
    said = [one for both in given for one in both]
    assert {(one["finding"], one["opinion"]) for one in said} == {
        ("haemorrhage", Opinion.AGREE),
        ("haemorrhage", Opinion.UNSURE),
        ("fracture", Opinion.DISAGREE),
        ("fracture", Opinion.UNSURE),
    }
    assert all((one["cause"] in CAUSES) == (one["opinion"] != Opinion.AGREE) for one in said)
