"""What a version of an app may do with its word: the maker's intended use, narrowed by the site."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from collega.model.runtime import Use


class Right(StrEnum):
    """What a word may do beyond being shown; spelled as the keys of ``[use]`` in a manifest."""

    PRIORITISE = "may_prioritise"
    RULE_OUT = "may_rule_out"
    LOCALISE = "may_localise"


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """Which rights a version has; a site that has decided nothing leaves all that the maker intends."""

    may_prioritise: bool = True
    may_rule_out: bool = True
    may_localise: bool = True

    def has(self, right: Right) -> bool:
        """Whether this right is there."""
        return bool(getattr(self, right))

    def within(self, use: Use) -> "Allowance":
        """Keep of these rights those that the manifest has as well: a site narrows, and never widens."""
        names = [item.name for item in fields(self)]
        return Allowance(**{name: getattr(self, name) and getattr(use, name) for name in names})


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A site's decision on the rights of a version, with its moment."""

    at: datetime
    allowance: Allowance


# Rights without which an object that is built already would say too much.
OF_OBJECTS = (Right.RULE_OUT, Right.LOCALISE)


def in_force(decisions: Sequence[Decision]) -> Allowance:
    """Rights by the latest of a site's decisions, which come oldest first."""
    return decisions[-1].allowance if decisions else Allowance()


def narrowed_at(decisions: Sequence[Decision]) -> datetime | None:
    """When a right of objects was last taken away; what was built before then is not sent any more."""
    moment, before = None, Allowance()
    for decision in decisions:
        if any(before.has(right) and not decision.allowance.has(right) for right in OF_OBJECTS):
            moment = decision.at
        before = decision.allowance
    return moment
