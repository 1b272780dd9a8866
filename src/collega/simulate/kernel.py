"""The queue itself: cases, readers, and what happens next. Compiled by numba; every random number comes from outside.

Two runs over the same cases differ in nothing but the ranks that they are given, so what AI changes is not blurred by
chance. Not compiled, the functions do the same, slowly: a test holds both against each other.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numba import njit
from numba.extending import register_jitable
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Queue = Callable[..., None]
FREE, AWAY = -1, -2
# A place in the heap is rank * PLACES + number of the case: the more urgent first, and of these the oldest.
PLACES = 1 << 40
WAITING, READ, DONE = 0, 1, 2
ARRIVAL, FLAG, CHANGE, END = 0, 1, 2, 3
NEVER = np.inf


@register_jitable
def _push(heap: Whole, size: int, key: int) -> int:
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if heap[above] <= key:
            break
        heap[place] = heap[above]
        place = above
    heap[place] = key
    return size + 1


@register_jitable
def _pop(heap: Whole, size: int) -> int:
    """Take the first out; returns the new size, the first stands behind it."""
    first, size = heap[0], size - 1
    key, place = heap[size], 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= key:
            break
        heap[place] = heap[below]
        place = below
    heap[place] = key
    heap[size] = first
    return size


@register_jitable
def _next_case(heap: Whole, size: int, rank: Whole, state: NDArray[np.int8]) -> tuple[int, int]:
    """Take the first case that still waits under this rank; -1 where there is none."""
    while size > 0:
        size = _pop(heap, size)
        key = heap[size]
        case = key % PLACES
        if state[case] == WAITING and rank[case] == key // PLACES:
            return case, size
    return -1, size


@register_jitable
def _free_reader(serving: Whole, on: int) -> int:
    for reader in range(on):
        if serving[reader] == FREE:
            return reader
    return -1


@register_jitable
def _least_urgent(serving: Whole, on: int, rank: Whole) -> int:
    """Find the reader on duty with the least urgent case, of several the one who has the newest."""
    found, worst = -1, -1
    for reader in range(on):
        case = serving[reader]
        if case >= 0 and rank[case] * PLACES + case > worst:
            found, worst = reader, rank[case] * PLACES + case
    return found


@register_jitable
def _first_end(ends: Floats) -> int:
    found = 0
    for reader in range(1, ends.size):
        if ends[reader] < ends[found]:
            found = reader
    return found


def read_cases(  # noqa: C901, PLR0912, PLR0913, PLR0915 - one loop over events: calls between parts cost more than they say
    arrival: Floats,
    reading: Floats,
    rank: Whole,
    flag_at: Floats,
    flag_case: Whole,
    flag_rank: Whole,
    change_at: Floats,
    change_to: Whole,
    preempting: int,
    away: Floats,
    begun: Floats,
    ended: Floats,
) -> None:
    """Let readers read cases; fills ``begun`` and ``ended``, nan where nobody was there any more.

    Parameters
    ----------
    arrival, reading : array, shape (cases,)
        Minutes; arrivals in order.
    rank : array, shape (cases,)
        0 is the most urgent; flags change it.
    flag_at, flag_case, flag_rank : array, shape (flags,)
        When a case that has come gets which rank; in the order of time. A rank that is no more urgent is not taken.
    change_at, change_to : array, shape (changes,)
        From when on how many readers are there; in the order of time. Who leaves finishes the case in hand.
    preempting : int
        Cases of ranks below it stop the reading of less urgent ones, which goes on later where it stopped.
    away : array, shape (any,)
        Minutes of other work of a reader who finds no case, one after the other, again from the start; or none.
    begun, ended : array, shape (cases,)
        Filled: when the reading began first, and when it ended.
    """
    cases, most = arrival.size, change_to.max()
    heap = np.empty(2 * cases + most + 1, dtype=np.int64)
    state = np.zeros(cases, dtype=np.int8)
    left = reading.copy()
    serving = np.full(most, FREE, dtype=np.int64)
    ends = np.full(most, NEVER)
    begun[:] = np.nan
    ended[:] = np.nan
    size = on = came = flagged = changed = gone = done = 0
    while done < cases:
        ending = _first_end(ends)
        now, what = ends[ending], END
        if changed < change_at.size and change_at[changed] <= now:
            now, what = change_at[changed], CHANGE
        if flagged < flag_at.size and flag_at[flagged] < now:
            now, what = flag_at[flagged], FLAG
        if came < cases and arrival[came] <= now:
            now, what = arrival[came], ARRIVAL
        if now == NEVER:
            break
        case = -1
        if what == ARRIVAL:
            case = came
            came += 1
        elif what == FLAG:
            case, better = flag_case[flagged], flag_rank[flagged]
            flagged += 1
            is_news = better < rank[case]
            if is_news:
                rank[case] = better
            if not is_news or state[case] != WAITING:
                continue
        elif what == CHANGE:
            on = change_to[changed]
            changed += 1
        else:
            if serving[ending] >= 0:
                ended[serving[ending]] = now
                state[serving[ending]] = DONE
                done += 1
            serving[ending], ends[ending] = FREE, NEVER
        if case >= 0:
            reader = _free_reader(serving, on)
            if reader < 0 and rank[case] < preempting:
                reader = _least_urgent(serving, on, rank)
                if reader >= 0 and rank[serving[reader]] > rank[case]:
                    stopped = serving[reader]
                    left[stopped] = ends[reader] - now
                    state[stopped] = WAITING
                    size = _push(heap, size, rank[stopped] * PLACES + stopped)
                else:
                    reader = -1
            if reader < 0:
                size = _push(heap, size, rank[case] * PLACES + case)
                continue
            serving[reader], ends[reader], state[case] = case, now + left[case], READ
            if np.isnan(begun[case]):
                begun[case] = now
            continue
        for reader in range(on):
            if serving[reader] != FREE:
                continue
            case, size = _next_case(heap, size, rank, state)
            if case >= 0:
                serving[reader], ends[reader], state[case] = case, now + left[case], READ
                if np.isnan(begun[case]):
                    begun[case] = now
            elif away.size and reader == ending and what == END:
                serving[reader], ends[reader] = AWAY, now + away[gone % away.size]
                gone += 1


@cache
def compiled() -> Queue:
    """Give the queue as machine code, kept in a folder of the package or of the user; made anew where there is none."""
    try:
        kept: Queue = njit(cache=True)(read_cases)
    except RuntimeError:  # numba's word for: no folder to keep it in
        return njit()(read_cases)
    return kept
