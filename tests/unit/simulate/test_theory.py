"""The block Reading queue of the published numbers, and laws that every queue keeps."""

from dataclasses import replace
from math import factorial

import numpy as np
import pytest

from collega.errors import InputError
from collega.simulate.expected import expected, reduced
from collega.simulate.interrupted import Interrupted
from collega.simulate.phases import phases_of
from collega.simulate.reading_list import Discipline, ReadingList
from collega.simulate.reduced import Reduced
from collega.simulate.theory import CaseClass, cobham, erlang_c, preemptive, several_non_preemptive, several_preemptive

pytestmark = pytest.mark.shows("R65")
PRINTED = {
    "A": (ReadingList(), (40.000, 1.6822, 48.4112, 6.3551, 43.7383, -33.6449)),
    "D": (ReadingList(readers=2), (17.7778, 0.21175, 21.6337, 2.3539, 19.4915, -15.4238)),
    "E": (ReadingList(readers=3), (10.7865, 0.03967, 13.1456, 1.3503, 11.8350, -9.4363)),
    "F": (ReadingList(load=0.5), (10.000, 0.9890, 11.9780, 2.0879, 10.8791, -7.9121)),
}
INTERRUPTED = ReadingList(readers=2, interrupting=0.1)


@pytest.mark.parametrize("name", PRINTED)
def test_the_published_waits_come_out_to_their_last_digit(name: str) -> None:
    asked, printed = PRINTED[name]
    found = expected(asked)
    assert found is not None
    assert list(found.values()) == pytest.approx(printed, abs=5.1e-5)


def test_without_preemption_the_waits_are_those_of_cobham() -> None:
    found = expected(ReadingList(discipline=Discipline.NON_PREEMPTIVE))
    assert found is not None
    assert (found["ai_positive"], found["ai_negative"]) == pytest.approx((9.3458, 46.7290), abs=5e-5)


def test_interrupted_readers_wait_as_published_and_exactly_where_the_source_approximates() -> None:
    found = expected(INTERRUPTED)
    assert found is not None
    assert (found["no_ai"], found["ai_positive"]) == pytest.approx((18.2863, 0.3902), abs=5e-5)
    # Published by approximate busy periods: 22.1610 and 2.5673, see the next test. What both classes wait together is
    # what all wait without AI, since their cases are read equally fast; the published figures miss that by .04 minutes.
    assert (found["ai_negative"], found["diseased"]) == pytest.approx((22.2147, 2.5726), abs=5e-5)
    assert found["ai_negative"] == pytest.approx(22.1610, rel=0.003)
    assert found["ai_negative"] == pytest.approx((18.286311323 - 0.18 * 0.390186417) / 0.82, abs=1e-7)


def test_the_published_approximation_comes_out_to_its_last_digit_and_the_exact_waits_are_what_is_used() -> None:
    printed = (18.2863, 0.3902, 22.1610, 2.5673, 19.9839, -15.7190)
    assert list((reduced(INTERRUPTED) or {}).values()) == pytest.approx(printed, abs=5.1e-5)
    # Where each busy period gets the phases that its three moments ask for, it is the exact wait to the fourth digit.
    rate = INTERRUPTED.rate
    rates = (rate * 0.1, rate * 0.9 * 0.18, rate * 0.9 * 0.82)
    whole = Reduced(rates=rates, means=(5, 10, 10), most=None)
    assert whole.third() == pytest.approx((expected(INTERRUPTED) or {})["ai_negative"], abs=5e-5)
    assert reduced(replace(INTERRUPTED, readers=3)) is None
    assert reduced(replace(INTERRUPTED, interrupting=0)) is None


@pytest.mark.parametrize("moments", [(1.0, 3.0, 16.0), (2.0, 5.1, 17.0), (1.0, 1.7, 3.8)])
def test_phases_have_the_moments_of_the_time_that_they_stand_for(moments: tuple[float, float, float]) -> None:
    found = phases_of(moments)
    assert found is not None
    inside = np.linalg.inv(np.diag(found.between.sum(axis=1) + found.out) - found.between)
    told = [factorial(k) * found.start * np.linalg.matrix_power(inside, k)[0].sum() for k in (1, 2, 3)]
    assert told == pytest.approx(moments)
    assert phases_of((2.0, 5.0, 17.0)) is None, "the simple solution ends at its border"


def test_the_chain_agrees_with_closed_forms_where_there_are_some() -> None:
    # Interrupting cases that take as long as the others: classes of M/M/s.
    equal = Interrupted(servers=3, first_rate=0.05, first_mean=10, rate=0.19, mean=10).wait()
    assert equal == pytest.approx(several_preemptive([0.05, 0.19], 10, 3)[1], rel=1e-9)
    # One reader: preemptive M/G/1.
    one = Interrupted(servers=1, first_rate=0.02, first_mean=5, rate=0.06, mean=10).wait()
    classes = [CaseClass(rate=0.02, mean=5, square=50), CaseClass(rate=0.06, mean=10, square=200)]
    assert one == pytest.approx(preemptive(classes)[1].wait(10), rel=1e-9)


def test_what_all_wait_together_does_not_depend_on_the_order() -> None:
    classes = [CaseClass(rate=0.01, mean=20, square=500), CaseClass(rate=0.05, mean=9, square=300)]
    for delays in (cobham(classes), cobham(classes[::-1])[::-1]):
        # Kleinrock's conservation law: loads times waits sum to the same under every order.
        total = sum(one.load * delay.queue for one, delay in zip(classes, delays, strict=True))
        load = sum(one.load for one in classes)
        work = sum(one.rate * one.square for one in classes) / 2
        assert total == pytest.approx(load * work / (1 - load))
    waits = several_non_preemptive([0.1, 0.14], 10, 3)
    assert (0.1 * waits[0] + 0.14 * waits[1]) / 0.24 == pytest.approx(erlang_c(3, 2.4) * 10 / 0.6)


def test_hierarchy_of_one_class_or_of_many_is_the_same_queue_at_its_end() -> None:
    rates = [0.01, 0.02, 0.03, 0.1]
    split = several_preemptive(rates, 10, 2)
    both = several_preemptive([sum(rates[:3]), rates[3]], 10, 2)
    assert split[3] == pytest.approx(both[1])
    assert split == sorted(split)


def test_diseased_cases_that_take_longer_wait_for_more_interruptions() -> None:
    found = expected(ReadingList(minutes_diseased=20, minutes_other=8, interrupting=0.05))
    assert found is not None
    assert found["diseased"] == pytest.approx(10.8757, abs=5e-4)
    assert expected(ReadingList(readers=2, minutes_diseased=20)) is None


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--load", {"load": 1.0}),
        ("--load", {"load": 0.0}),
        ("--load", {"load": float("nan")}),
        ("--sensitivity", {"sensitivity": 1.2}),
        ("--fpf", {"fpf": -0.1}),
        ("--prevalence", {"prevalence": 12}),
        ("--interrupting", {"interrupting": 1.0}),
        ("--minutes-diseased", {"minutes_diseased": -3}),
        ("--minutes-other", {"minutes_other": 0}),
        ("--interrupting-minutes", {"interrupting_minutes": float("inf")}),
        ("--readers", {"readers": 0}),
    ],
)
def test_what_makes_no_sense_is_named_by_its_option(option: str, values: dict[str, float]) -> None:
    with pytest.raises(InputError, match=rf"^{option} is"):
        ReadingList(**values)  # type: ignore[arg-type] # wrong on purpose
