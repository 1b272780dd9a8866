"""Mean waits of a class whose readers come and go with a phase: a quasi-birth-death process, level by level."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# What is left out weighs less than rounding.
REMAINDER = 1e-14


@dataclass(frozen=True, kw_only=True, slots=True)
class Levels:
    """Cases before readers of whom the phase leaves some free.

    Attributes
    ----------
    servers : int
    rate, mean : float
        Arrivals in a minute, and mean of the exponential reading time.
    between : array, shape (phases, phases)
        Rates from phase to phase, nought on the diagonal.
    free : array, shape (phases,)
        Readers who are left for the cases.
    """

    servers: int
    rate: float
    mean: float
    between: Floats
    free: Floats

    def _blocks(self, level: int) -> tuple[Floats, Floats]:
        """Rates within a level, less what leaves it, and to the level below."""
        down = np.diag(np.minimum(level, self.free) / self.mean)
        out = self.between.sum(axis=1) + down.sum(axis=1) + self.rate
        return self.between - np.diag(out), down

    def wait(self) -> float:
        """Mean wait of the cases, in minutes.

        References
        ----------
        G. Latouche and V. Ramaswami, Introduction to Matrix Analytic Methods (1999), chapters 6, 8, 10.
        """
        n, s = len(self.free), self.servers
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
