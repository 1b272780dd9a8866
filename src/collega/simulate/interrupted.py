"""Mean waits before several readers whom cases with another reading time interrupt, by the Markov chain itself.

Harchol-Balter and Osogami reduce such chains by approximate busy periods. Here the interrupting cases are the phase of
a quasi-birth-death process, cut off where it is certain to machine precision that no more are there; the other cases
are its level, without end.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# What is left out weighs less than rounding; more phases than these take too long.
REMAINDER = 1e-14
MOST_PHASES = 300
MOST_BOUNDARY = 3000


@dataclass(frozen=True, kw_only=True)
class Interrupted:
    """Two classes before several readers, exponential, the first interrupting the second.

    Attributes
    ----------
    servers : int
    first_rate, first_mean : float
        Arrivals in a minute and mean reading time of the interrupting cases.
    rate, mean : float
        The same of the others.
    """

    servers: int
    first_rate: float
    first_mean: float
    rate: float
    mean: float

    @cached_property
    def phases(self) -> int:
        """Interrupting cases that can be there at the same time."""
        load = self.first_rate * self.first_mean / self.servers
        return self.servers + int(np.ceil(np.log(REMAINDER) / np.log(load))) if load > 0 else self.servers

    @property
    def is_small(self) -> bool:
        """Whether the chain can be solved in moments."""
        return self.phases <= MOST_PHASES and self.phases * self.servers <= MOST_BOUNDARY

    def _blocks(self, level: int) -> tuple[Floats, Floats]:
        """Rates within a level (without what leaves it) and to the level below."""
        n = self.phases + 1
        number = np.arange(n)
        within = np.diag(np.full(n - 1, self.first_rate), 1)
        within += np.diag(np.minimum(number[1:], self.servers) / self.first_mean, -1)
        free = np.minimum(level, self.servers - np.minimum(number, self.servers))
        down = np.diag(free / self.mean)
        out = within.sum(axis=1) + down.sum(axis=1) + self.rate
        return within - np.diag(out), down

    def wait(self) -> float:
        """Mean wait of the cases that do not interrupt, in minutes.

        References
        ----------
        G. Latouche and V. Ramaswami, Introduction to Matrix Analytic Methods (1999), chapters 6, 8, 10; the question
        is that of M. Harchol-Balter, T. Osogami, A. Scheller-Wolf, A. Wierman, Queueing Systems 51 (2005) 331-360.
        """
        n, s = self.phases + 1, self.servers
        up = np.eye(n) * self.rate
        local, down = self._blocks(s)
        ratio = up @ np.linalg.inv(-local - up @ _first_passage(up, local, down))
        # Levels 0 to s by balance, the last with what lies above it folded in; then pi_(s+k) = pi_s R^k.
        size = (s + 1) * n
        balance = np.zeros((size, size))
        for level in range(s + 1):
            here = slice(level * n, level * n + n)
            within, below = self._blocks(level)
            balance[here, here] = within + (ratio @ down if level == s else 0)
            if level:
                balance[here, slice(level * n - n, level * n)] = below
                balance[slice(level * n - n, level * n), here] = up
        rest = np.linalg.inv(np.eye(n) - ratio)
        weight = np.ones(size)
        weight[s * n :] = rest.sum(axis=1)
        balance[:, 0] = weight
        wanted = np.zeros(size)
        wanted[0] = 1
        found = np.linalg.solve(balance.T, wanted).reshape(s + 1, n)
        last = found[s]
        cases = float(np.arange(s) @ found[:s].sum(axis=1)) + float(last @ (s * rest + ratio @ rest @ rest).sum(axis=1))
        return cases / self.rate - self.mean


def _first_passage(up: Floats, local: Floats, down: Floats) -> Floats:
    """Probabilities of the phase in which the level below is first reached, by logarithmic reduction."""
    unit = np.eye(len(up))
    step = np.linalg.inv(-local)
    rise, fall = step @ up, step @ down
    found, path = fall.copy(), rise.copy()
    while True:
        both = np.linalg.inv(unit - rise @ fall - fall @ rise)
        rise, fall = both @ rise @ rise, both @ fall @ fall
        found += path @ fall
        path = path @ rise
        if np.abs(1 - found.sum(axis=1)).max() < REMAINDER or path.max() < REMAINDER:
            return found
