"""An app's card: what its maker tells of it, field by field, and what the maker does not tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from collega.model.code import Text

# What a maker writes who will not say; it is shown in these words, never as an empty place.
NOT_DISCLOSED = "not disclosed"
# What a maker writes for a figure that nobody has: an answer, and an honest one.
NOT_MEASURED = "not measured"
STUDIES = "studies"

Value: TypeAlias = str | bool | int | float | date | Text | tuple[str, ...] | tuple[float, ...]
Values: TypeAlias = Mapping[str, Value]


class Kind(StrEnum):
    """What may stand in a field of a card."""

    TEXT = "text"
    BOTH = "both languages"
    WORDS = "words"
    DATE = "date"
    NUMBER = "number"
    FLAG = "flag"
    RANGE = "range"
    ESTIMATE = "estimate"
    CHOICE = "choice"
    CHOICES = "choices"


class Disclosure(StrEnum):
    """What a maker has done with a field."""

    ANSWERED = "answered"
    NOT_DISCLOSED = "not disclosed"
    MISSING = "missing"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, kw_only=True, slots=True)
class CardField:
    """One field: where it stands (``section.name``), what may stand there, what readers call it.

    ``unless``: a field and a word; where the field holds that word, this one does not apply.
    ``only_if``: the same the other way round, for a field that holds several words.
    """

    key: str
    kind: Kind
    label: Text
    choices: tuple[str, ...] = ()
    unless: tuple[str, str] | None = None
    only_if: tuple[str, str] | None = None

    @property
    def section(self) -> str:
        """The table of ``card.toml`` that it stands in."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """The key within its table."""
        return self.key.partition(".")[2]

    @property
    def of_study(self) -> bool:
        """Whether each study of the evaluation has one."""
        return self.section == STUDIES


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """What a card says: values by field, studies each with their own, and plain words by role.

    Fields that the maker left out are not in ``values``; those that the maker will not tell hold
    `NOT_DISCLOSED`. ``is_simulator``: it describes something that plays an app and looks at nothing.
    """

    values: Values
    studies: tuple[Values, ...] = ()
    plain: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}))
    is_simulator: bool = False

    def said(self, key: str) -> Value | None:
        """Return what stands in a field; None where it is empty or not disclosed."""
        value = self.values.get(key)
        return None if value == NOT_DISCLOSED else value

    def words(self, key: str) -> tuple[str, ...]:
        """Return the words of a field of words; none where it is empty or not disclosed."""
        value = self.said(key)
        return tuple(str(word) for word in value) if isinstance(value, tuple) else ()

    def disclosure(self, asked: CardField) -> Disclosure:
        """Tell what the maker has done with a field; of studies it counts only what all of them tell."""
        if asked.of_study:
            return _of_all([_disclosure(study.get(asked.name)) for study in self.studies])
        applies = asked.unless is None or self.values.get(asked.unless[0]) != asked.unless[1]
        if asked.only_if is not None:
            applies = applies and asked.only_if[1] in self.words(asked.only_if[0])
        return _disclosure(self.values.get(asked.key)) if applies else Disclosure.NOT_APPLICABLE


def _disclosure(value: Value | None) -> Disclosure:
    if value is None:
        return Disclosure.MISSING
    return Disclosure.NOT_DISCLOSED if value == NOT_DISCLOSED else Disclosure.ANSWERED


def _of_all(found: list[Disclosure]) -> Disclosure:
    """Give the worst: one study that tells nothing is not made good by another."""
    worst = (Disclosure.MISSING, Disclosure.NOT_DISCLOSED, Disclosure.ANSWERED)
    return next((one for one in worst if one in found), Disclosure.MISSING)


@dataclass(frozen=True, kw_only=True, slots=True)
class Completeness:
    """How much of a card is filled in: fields that apply, those answered, those not disclosed, those missing."""

    applicable: int
    answered: tuple[str, ...]
    not_disclosed: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def share(self) -> float:
        """Answered of those that apply, 0 to 1; every field counts the same."""
        return len(self.answered) / self.applicable


def completeness(card: Card, fields: tuple[CardField, ...]) -> Completeness:
    """Count what a card tells of ``fields``."""
    found: dict[Disclosure, list[str]] = {word: [] for word in Disclosure}
    for asked in fields:
        found[card.disclosure(asked)].append(asked.key)
    return Completeness(
        applicable=len(fields) - len(found[Disclosure.NOT_APPLICABLE]),
        answered=tuple(found[Disclosure.ANSWERED]),
        not_disclosed=tuple(found[Disclosure.NOT_DISCLOSED]),
        missing=tuple(found[Disclosure.MISSING]),
    )
