"""How long a scanner pauses between the objects of one study, learned from the studies that it has sent."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import timedelta

from collega.model.evidence import Scanner
from collega.model.policy import Learning, QuietTimes
from collega.model.study import InstanceHeader

# An object that comes later than so many quiet times is late, as a reconstruction is; it ends no pause.
LATE = 4


def scanner_of(header: InstanceHeader, source: str) -> Scanner:
    """Name the scanner: by Station Name (0008,1010), else by the AE title that sends for it."""
    attributes = header.attributes
    return Scanner(name=str(attributes.get("station") or source), modality=str(attributes.get("modality") or ""))


def learned_quiet(pauses: Sequence[timedelta], configured: timedelta, rules: Learning) -> timedelta:
    """Quiet time of one scanner.

    Parameters
    ----------
    pauses : sequence of timedelta
        The longest pause of each of its last studies, the latest last.
    configured : timedelta
        What the site has set for the modality: used until enough is known.

    Returns
    -------
    timedelta
        The longest pause of the last ``rules.studies`` with the margin; never below the floor, and
        above what is configured only where it was seen to pause for longer than that.
    """
    if not rules.studies or len(pauses) < rules.studies:
        return configured
    longest = max(pauses[-rules.studies :])
    most = configured if longest <= configured else LATE * configured
    return min(max(longest * rules.margin, rules.floor), most)


class Pauses:
    """The last pauses of each scanner, and the quiet times that follow from them."""

    def __init__(self, quiet: QuietTimes, rules: Learning) -> None:
        self._configured = quiet
        self._rules = rules
        self._known: dict[Scanner, deque[timedelta]] = defaultdict(lambda: deque(maxlen=max(rules.studies, 1)))
        self._quiet: dict[Scanner, timedelta] = {}

    @property
    def kept(self) -> int:
        """How many pauses of a scanner are of use; 0 where nothing is to be learned."""
        return self._rules.studies

    def learn(self, longest: Mapping[Scanner, timedelta]) -> None:
        """Take in the longest pauses of one more study."""
        for scanner, pause in longest.items():
            self._known[scanner].append(pause)
            self._quiet.pop(scanner, None)

    def quiet(self, scanner: Scanner) -> timedelta:
        """Quiet time of a scanner."""
        if scanner not in self._quiet:
            configured = self._configured.of(scanner.modality)
            self._quiet[scanner] = learned_quiet(list(self._known.get(scanner, ())), configured, self._rules)
        return self._quiet[scanner]

    def is_pause(self, scanner: Scanner, length: timedelta) -> bool:
        """Whether an object that came so long after the one before it still belongs to the same going on."""
        return length <= LATE * self._configured.of(scanner.modality)
