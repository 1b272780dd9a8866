"""What was done to an object: counts, never a value."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple


class Done(NamedTuple):
    """What was done to which attribute: an action's word, and a keyword or a tag."""

    action: str
    attribute: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """Counts by action and attribute, and warnings; it holds no value of a patient.

    Parameters
    ----------
    counts : dict of Done to int
        How often.
    warnings : tuple of str
        What a person should look at.
    """

    counts: dict[Done, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __add__(self, other: "Report") -> "Report":
        """Give the report of both."""
        counts = Counter(self.counts)
        counts.update(other.counts)
        return Report(counts=dict(counts), warnings=self.warnings + other.warnings)

    def as_json(self) -> dict[str, object]:
        """Give it as JSON, in an order that does not depend on how it came about."""
        actions: dict[str, dict[str, int]] = {}
        for (action, attribute), count in sorted(self.counts.items()):
            actions.setdefault(action, {})[attribute] = count
        return {"actions": actions, "warnings": dict(sorted(Counter(self.warnings).items()))}
