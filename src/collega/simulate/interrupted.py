"""Mean waits before several readers whom cases with another reading time interrupt, by the Markov chain itself.

Harchol-Balter and Osogami reduce such chains by approximate busy periods (`collega.simulate.reduced`). Here the
interrupting cases are the phase of a quasi-birth-death process, cut off where it is certain to machine precision that
no more are there; the other cases are its level, without end.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from collega.simulate.levels import REMAINDER, Levels

# More phases than these take too long.
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

    def wait(self) -> float:
        """Mean wait of the cases that do not interrupt, in minutes.

        References
        ----------
        The question is that of M. Harchol-Balter, T. Osogami, A. Scheller-Wolf, A. Wierman, Queueing Systems 51 (2005)
        331-360.
        """
        number = np.arange(self.phases + 1)
        between = np.diag(np.full(self.phases, self.first_rate), 1)
        between += np.diag(np.minimum(number[1:], self.servers) / self.first_mean, -1)
        free = self.servers - np.minimum(number, self.servers).astype(np.float64)
        return Levels(servers=self.servers, rate=self.rate, mean=self.mean, between=between, free=free).wait()
