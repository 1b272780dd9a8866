"""Mean waits before two readers with interrupting cases, as they were published: by phases that stand for busy periods.

While more urgent cases keep both readers busy, nobody else is read, and all that counts is how long that lasts and
which case is left at its end. Harchol-Balter and Osogami put phases with the same three moments in the place of such
busy periods. The regulator's tool gives each three phases at most; with as many as the moments ask for, the waits are
those of the chain (`collega.simulate.interrupted`), which is what collega uses.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collega.simulate.levels import Levels
from collega.simulate.phases import Phases, phases_of

Floats = NDArray[np.float64]
Moments = tuple[float, float, float]
READERS, PUBLISHED = 2, 3
# Cases of the second class beyond which what is left out of a busy period weighs nothing.
LEFT_OUT, MOST_LEVELS = 1e-10, 120
SECOND, FIRST = 0, 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Reduced:
    """Classes before two readers, exponential, each interrupting those behind it.

    Attributes
    ----------
    rates, means : sequence of float
        Arrivals in a minute and mean reading times of the three classes, the most urgent first.
    most : int or None
        Phases of one busy period at most; None: as many as its moments ask for.
    """

    rates: tuple[float, float, float]
    means: tuple[float, float, float]
    most: int | None = PUBLISHED

    @property
    def levels(self) -> int:
        """Cases of the second class that are followed through a busy period."""
        load = sum(rate * mean for rate, mean in zip(self.rates[:2], self.means[:2], strict=True)) / READERS
        return 3 + int(np.ceil(np.log(LEFT_OUT) / np.log(load)))

    @property
    def is_small(self) -> bool:
        """Whether it is worked out in moments."""
        return self.levels <= MOST_LEVELS

    def second(self, rate: float) -> float | None:
        """Mean wait of cases that only the first class interrupts, as many as the rate says, in minutes."""
        busy = self._first_busy()
        if busy is None:
            return None
        between = np.zeros((2 + len(busy.out), 2 + len(busy.out)))
        between[0, 1], between[1, 0], between[1, 2] = self.rates[0], 1 / self.means[0], self.rates[0]
        between[2:, 2:], between[2:, 1] = busy.between, busy.out
        free = np.array([2.0, 1.0] + [0.0] * len(busy.out))
        return Levels(servers=READERS, rate=rate, mean=self.means[1], between=between, free=free).wait()

    def third(self) -> float | None:
        """Mean wait of the third class, in minutes; None where no phases have the moments of a busy period."""
        first_busy = self._first_busy()
        if first_busy is None:
            return None
        (first, second, _), (first_mean, second_mean, _) = self.rates, self.means
        # Nobody more urgent, one of the second class, one of the first; then each busy period.
        edges = [(0, 1, second), (0, 2, first), (1, 0, 1 / second_mean), (2, 0, 1 / first_mean)]
        size = 3
        for (begun, left), (chance, moments) in self._busy(first_busy).items():
            found = phases_of(moments, self.most)
            if found is None:
                return None
            ways = {"two second": [(1, second)], "both": [(1, first), (2, second)], "two first": [(2, first)]}[begun]
            edges += [(origin, size, rate * chance * found.start) for origin, rate in ways]
            edges += [(origin, 1 + left, rate * chance * (1 - found.start)) for origin, rate in ways]
            edges += [(size + row, size + column, rate) for (row, column), rate in np.ndenumerate(found.between)]
            edges += [(size + row, 1 + left, float(rate)) for row, rate in enumerate(found.out)]
            size += len(found.out)
        between = np.zeros((size, size))
        for origin, end, rate in edges:
            between[origin, end] += rate if origin != end else 0.0
        free = np.array([2.0, 1.0, 1.0] + [0.0] * (size - 3))
        return Levels(servers=READERS, rate=self.rates[2], mean=self.means[2], between=between, free=free).wait()

    def _first_busy(self) -> Phases | None:
        """Both readers read cases of the first class: the busy period of one reader who is twice as fast."""
        rate, speed = self.rates[0], READERS / self.means[0]
        load = rate / speed
        moments = (
            1 / speed / (1 - load),
            2 / speed**2 / (1 - load) ** 3,
            6 * (1 + load) / speed**3 / (1 - load) ** 5,
        )
        return phases_of(moments, self.most)

    def _busy(self, first_busy: Phases) -> dict[tuple[str, int], tuple[float, Moments]]:
        """Both readers read more urgent cases: by how it began and which case is left, its chance and moments."""
        inside, places = self._followed(first_busy)
        leaving = np.zeros((len(inside), 2))
        for (cases, phase), place in places.items():
            # With two cases there, the end of one is the end of the busy period.
            if (cases, phase) == (2, 0):
                leaving[place, SECOND] = READERS / self.means[1]
            elif (cases, phase) == (1, 1):
                leaving[place] = 1 / self.means[0], 1 / self.means[1]
            elif cases == 0:
                leaving[place, FIRST] = first_busy.out[phase - 2]
        resolvent = np.linalg.inv(np.diag(inside.sum(axis=1) + leaving.sum(axis=1)) - inside)
        powers = [resolvent @ leaving]
        for power in (1, 2, 3):
            powers.append(power * resolvent @ powers[-1])
        begun = {"two second": places[2, 0], "both": places[1, 1], "two first": places[0, 2]}
        found = {}
        for name, place in begun.items():
            for left in (SECOND, FIRST):
                chance, one, two, three = (float(power[place, left]) for power in powers)
                if chance > LEFT_OUT:
                    found[name, left] = chance, (one / chance, two / chance, three / chance)
        return found

    def _followed(self, busy: Phases) -> tuple[Floats, dict[tuple[int, int], int]]:
        """Rates between states with both readers busy, and the states: cases of the second class, phase of the first.

        Phase 0 and 1: so many cases of the first class; from 2 on, the phases in which it keeps both readers.
        """
        first, second, _ = self.rates
        phases = range(2 + len(busy.out))
        both = [(cases, phase) for cases in range(self.levels) for phase in phases]
        states = [(cases, phase) for cases, phase in both if cases + min(phase, 2) >= READERS]
        places = {state: place for place, state in enumerate(states)}
        inside = np.zeros((len(states), len(states)))
        for (cases, phase), place in places.items():
            free = READERS - min(phase, 2)
            ways = {(cases + 1, phase): second, (cases - 1, phase): free / self.means[1]}
            ways |= {(cases, 1): first} if phase == 0 else {}
            ways |= {(cases, 2): first, (cases, 0): 1 / self.means[0]} if phase == 1 else {}
            if phase >= READERS:
                ways[cases, 1] = float(busy.out[phase - 2])
                ways |= {(cases, 2 + other): float(rate) for other, rate in enumerate(busy.between[phase - 2]) if rate}
            for state, rate in ways.items():
                if state in places:
                    inside[place, places[state]] = rate
        return inside, places
