"""The simulated reading list: against theory, against itself in plain Python, and by laws that it must keep."""

import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from collega.simulate import kernel
from collega.simulate.expected import KEYS, expected
from collega.simulate.queue import draw, estimates, simulate
from collega.simulate.reading_list import Discipline, ReadingList

pytestmark = pytest.mark.shows("R65")
LISTS = {
    "A": ReadingList(),
    "B": ReadingList(readers=2, interrupting=0.1),
    "D": ReadingList(readers=2),
    "E": ReadingList(readers=3),
    "F": ReadingList(load=0.5),
    "Cobham": ReadingList(discipline=Discipline.NON_PREEMPTIVE),
    "unequal": ReadingList(minutes_diseased=20, minutes_other=8, interrupting=0.05),
    "away": ReadingList(discipline=Discipline.NON_PREEMPTIVE, away_minutes=7),
    "several": ReadingList(readers=4, discipline=Discipline.NON_PREEMPTIVE),
}
WHOLE = np.int64


def hold_against_theory(name: str, patients: int, seed: int) -> None:
    theory = expected(LISTS[name])
    found = estimates(simulate(LISTS[name], patients, seed))
    assert theory is not None
    for key in KEYS:
        mean, se, right = found[key].mean, found[key].se, theory[key]
        assert mean is not None
        assert se is not None
        assert right is not None
        assert abs(mean - right) <= 3 * se, f"{name} {key}: {mean:.4f} ± {se:.4f}, theory {right:.4f}"


@pytest.mark.parametrize("name", LISTS)
def test_simulated_waits_lie_within_three_standard_errors_of_theory(name: str) -> None:
    hold_against_theory(name, 200_000, seed=7)


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_four_million_patients_lie_within_three_standard_errors_of_theory(name: str) -> None:
    hold_against_theory(name, 4_000_000, seed=20)


def test_the_same_seed_gives_the_same_answer_and_another_one_another() -> None:
    first, again, other = (estimates(simulate(LISTS["B"], 20_000, seed)) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def read(cases: Any, rank: list[int], **more: Any) -> tuple[Any, Any]:
    """Let one reader, unless said otherwise, read cases by the compiled queue."""
    arrival, reading = (np.array(part, dtype=float) for part in cases)
    flags = more.get("flags", ())
    begun, ended = np.empty_like(arrival), np.empty_like(arrival)
    shifts = more.get("shifts", [(0.0, 1)])
    queue = more.get("queue") or kernel.compiled()
    queue(
        arrival,
        reading,
        np.array(rank, dtype=WHOLE),
        np.array([at for at, _, _ in flags], dtype=float),
        np.array([case for _, case, _ in flags], dtype=WHOLE),
        np.array([better for _, _, better in flags], dtype=WHOLE),
        np.array([at for at, _ in shifts], dtype=float),
        np.array([readers for _, readers in shifts], dtype=WHOLE),
        more.get("preempting", 9),
        np.array(more.get("away", []), dtype=float),
        begun,
        ended,
    )
    return begun, ended


def test_machine_code_and_plain_python_say_the_same_to_the_last_bit() -> None:
    chance = np.random.default_rng(3)
    count = 3000
    cases = (np.cumsum(chance.exponential(2.0, count)), chance.exponential(5.0, count))
    rank = chance.integers(1, 5, count).tolist()
    flags = sorted((float(cases[0][case] + chance.exponential(9)), case, 0) for case in range(0, count, 7))
    more = {
        "flags": flags,
        "shifts": [(0.0, 2), (500.0, 4), (900.0, 1), (1500.0, 0), (1600.0, 5)],
        "away": chance.exponential(3.0, 17),
        "preempting": 3,
    }
    fast, plain = read(cases, rank, **more), read(cases, rank, queue=kernel.read_cases, **more)
    assert np.array_equal(fast, plain)
    assert not np.isnan(fast).any()


def ends_of_busy_times(arrival: Any, ended: Any) -> Any:
    """Give the moments after which nobody waited until the next case came."""
    upto = np.maximum.accumulate(ended)[:-1]
    last = np.array([ended[: place + 1].max() for place in np.flatnonzero(upto < arrival[1:])])
    assert len(last)
    return last


def test_with_and_without_ai_the_cases_are_the_same_and_so_is_the_work() -> None:
    cases = draw(LISTS["A"], 5000, np.random.SeedSequence(1))
    other = draw(replace(LISTS["A"], sensitivity=0.5, fpf=0.4), 5000, np.random.SeedSequence(1))
    assert np.array_equal(cases.arrival, other.arrival)
    assert np.array_equal(cases.reading, other.reading)
    given = (cases.arrival, cases.reading)
    for preempting in (0, 9):
        _, alone = read(given, [1] * 5000, preempting=preempting)
        _, helped = read(given, np.where(cases.positive, 0, 1).tolist(), preempting=preempting)
        # One reader is at work at the same moments, whatever comes first: so busy times end at the same moments.
        assert np.isin(ends_of_busy_times(given[0], alone).round(6), helped.round(6)).all()


def test_reading_times_that_are_equal_leave_the_mean_wait_of_all_as_it_was() -> None:
    chance = np.random.default_rng(4)
    arrival = np.cumsum(chance.exponential(5.0, 4000))
    given = (arrival, np.full(4000, 8.0))
    rank = chance.integers(0, 3, 4000).tolist()
    shifts = [(0.0, 2)]
    _, alone = read(given, [1] * 4000, shifts=shifts)
    for preempting in (0, 9):
        _, helped = read(given, rank, shifts=shifts, preempting=preempting)
        # Stopped and taken up again, equal readings end at other moments; finished, at the same.
        assert helped.mean() == pytest.approx(alone.mean(), rel=0.05 if preempting else 1e-12)
    assert np.allclose(np.sort(read(given, rank, shifts=shifts, preempting=0)[1]), np.sort(alone))


def test_urgent_cases_stop_others_which_go_on_where_they_stopped() -> None:
    begun, ended = read(([0, 2, 3], [10, 4, 1]), [2, 1, 2])
    assert begun.tolist() == [0, 2, 14]
    assert ended.tolist() == [14, 6, 15]
    begun, ended = read(([0, 2, 3], [10, 4, 1]), [2, 1, 2], preempting=0)
    assert ended.tolist() == [10, 14, 15]


def test_a_case_that_ai_failed_on_keeps_its_place_and_no_flag_moves_one_down() -> None:
    cases = ([0, 1, 2, 3], [10, 5, 5, 5])
    _, plain = read(cases, [3, 3, 3, 3], preempting=0)
    assert plain.tolist() == [10, 15, 20, 25]
    _, told = read(cases, [3, 3, 3, 3], preempting=0, flags=[(4.0, 3, 1), (5.0, 1, 7)])
    # Case 3 is flagged and goes first; case 1 "is flagged" less urgent than it is: it stays before case 2.
    assert told.tolist() == [10, 20, 25, 15]
    _, late = read(cases, [3, 3, 3, 3], preempting=0, flags=[(21.0, 3, 1)])
    assert late.tolist() == plain.tolist()


def test_who_goes_home_finishes_the_case_in_hand_and_the_next_shift_goes_on() -> None:
    begun, ended = read(([0, 0.5, 1], [10, 10, 10]), [1, 1, 1], shifts=[(0.0, 2), (5.0, 0), (60.0, 1)])
    assert begun.tolist() == [0, 0.5, 60]
    assert ended.tolist() == [10, 10.5, 70]
    begun, _ = read(([0, 0], [1, 1]), [1, 1], shifts=[(5.0, 1), (5.5, 0)])
    assert begun[0] == 5
    assert np.isnan(begun[1])


def test_who_finds_the_list_empty_does_other_work_first() -> None:
    begun, _ = read(([0, 2, 30], [1, 1, 1]), [1, 1, 1], away=[4.0, 10.0])
    # Away from 1 to 5, reads until 6, away until 16, 20, 30: back just in time.
    assert begun.tolist() == [0, 5, 30]


def test_where_no_folder_can_be_written_the_queue_is_compiled_all_the_same() -> None:
    # The one place that numba is allowed to keep machine code in is not given: as in a read-only container.
    ran = subprocess.run(
        [sys.executable, "-c", "from collega.simulate.kernel import compiled; print(compiled().stats.cache_path)"],
        env={**os.environ, "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator", "NUMBA_CACHE_DIR": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.stdout.strip() == "None", ran.stderr
