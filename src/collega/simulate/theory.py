"""Mean waits in queues with priorities, in closed form.

A class is its rate of arrival and the first two moments of its reading time; classes stand in order, the most urgent
first. A wait is all the time in the house less the reading itself, interruptions included.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseClass:
    """Cases of one priority.

    Attributes
    ----------
    rate : float
        Arrivals in a minute, at random.
    mean, square : float
        Mean of the reading time in minutes, and of its square.
    """

    rate: float
    mean: float
    square: float

    @property
    def load(self) -> float:
        """Readers that it keeps busy."""
        return self.rate * self.mean


@dataclass(frozen=True, kw_only=True, slots=True)
class Delay:
    """What a class waits for: a part that is the same for all, and a stretch of its own reading time."""

    queue: float
    stretch: float

    def wait(self, minutes: float) -> float:
        """Mean wait of a case with this (mean) reading time."""
        return self.queue + minutes * self.stretch


def preemptive(classes: Sequence[CaseClass]) -> list[Delay]:
    r"""Give the delay of each class before one reader whom more urgent cases interrupt (preemptive resume M/G/1).

    With :math:`\sigma_k` the load of the classes up to k, a case of class k with reading time s waits in the mean

    .. math:: W_k(s) = \frac{\sum_{i\le k}\lambda_i E[S_i^2]/2}{(1-\sigma_{k-1})(1-\sigma_k)}
              + s\,\frac{\sigma_{k-1}}{1-\sigma_{k-1}}

    References
    ----------
    L. Kleinrock, Queueing Systems II (1976), section 3.4; H. Takagi, Queueing Analysis 1 (1991), section 3.4.
    """
    found, above, work = [], 0.0, 0.0
    for one in classes:
        upto = above + one.load
        work += one.rate * one.square / 2
        found.append(Delay(queue=work / ((1 - above) * (1 - upto)), stretch=above / (1 - above)))
        above = upto
    return found


def cobham(classes: Sequence[CaseClass], away: float = 0.0) -> list[Delay]:
    r"""Give the delay of each class before one reader who finishes what is begun (non-preemptive M/G/1).

    .. math:: W_k = \frac{\sum_i\lambda_i E[S_i^2]/2 + (1-\sigma_K)\,a}{(1-\sigma_{k-1})(1-\sigma_k)}

    Parameters
    ----------
    classes : sequence of CaseClass
        K of them.
    away : float
        Mean a of the exponential time of other work whenever the reader finds the list empty (multiple vacations).

    References
    ----------
    A. Cobham, Operations Research 2 (1954) 70-76; with vacations B. T. Doshi, Queueing Systems 1 (1986) 29-66.
    """
    work = sum(one.rate * one.square for one in classes) / 2 + (1 - sum(one.load for one in classes)) * away
    found, above = [], 0.0
    for one in classes:
        upto = above + one.load
        found.append(Delay(queue=work / ((1 - above) * (1 - upto)), stretch=0.0))
        above = upto
    return found


def erlang_c(servers: int, offered: float) -> float:
    """Give the probability that a case finds all readers busy (M/M/s).

    Parameters
    ----------
    servers : int
    offered : float
        Readers that are busy in the mean, less than ``servers``.

    References
    ----------
    A. K. Erlang, Elektroteknikeren 13 (1917) 5-13; by the recursion of Erlang B, which does not overflow.
    """
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return servers * blocked / (servers - offered * (1 - blocked))


def several_preemptive(rates: Sequence[float], mean: float, servers: int) -> list[float]:
    """Give the mean wait of each class before several readers with one exponential reading time, preemptive.

    The classes up to k are a queue without priorities of their own; what they wait together is that of M/M/s, and
    class k waits what is left of it.

    References
    ----------
    P. J. Burke's argument in L. Kleinrock, Queueing Systems II (1976), section 3.4.
    """
    found: list[float] = []
    for place in range(len(rates)):
        together = sum(rates[: place + 1])
        all_wait = together * _mms(together * mean, mean, servers)
        own = all_wait - sum(rate * wait for rate, wait in zip(rates, found, strict=False))
        found.append(own / rates[place])
    return found


def several_non_preemptive(rates: Sequence[float], mean: float, servers: int) -> list[float]:
    """Give the mean wait of each class before several readers who finish what is begun.

    References
    ----------
    R. H. Davis, Operations Research 14 (1966) 133-136.
    """
    offered = [rate * mean / servers for rate in rates]
    work = erlang_c(servers, sum(offered) * servers) * mean / servers
    return [work / ((1 - sum(offered[:place])) * (1 - sum(offered[: place + 1]))) for place in range(len(rates))]


def _mms(offered: float, mean: float, servers: int) -> float:
    """Give the mean wait of M/M/s."""
    return erlang_c(servers, offered) * mean / (servers - offered)
