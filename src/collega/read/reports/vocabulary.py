"""The words of a language: terms of findings and triggers around them, read from data."""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from collega.errors import ConfigurationError
from collega.model.label import LabelWord

GAP, MOST_BETWEEN = "~", 5
Split = Callable[[str], Sequence[str]]


class Role(StrEnum):
    """What a phrase does to the terms around it (ConText: Harkema 2009, Dutch after Afzal 2014)."""

    NEGATED = "negated"
    UNCERTAIN = "uncertain"
    HISTORIC = "historic"
    ASKED = "asked"  # a question, an indication, somebody else: nothing is said of this patient now
    ASSERTED = "asserted"  # ends what stands before it: "but", "with the exception of"
    NOTHING = "nothing"  # looks like a trigger and is none: "no change in"


class Reach(StrEnum):
    """On which side of a phrase the terms stand that it speaks of."""

    FORWARD = "forward"
    BACKWARD = "backward"
    NONE = "none"


class Part(StrEnum):
    """A part of a report, as its heading tells it."""

    FINDINGS = "findings"
    CONCLUSION = "conclusion"
    ASKED = "asked"  # what was asked, and how it was done: nothing that was found


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    """Words to be found: ``a*`` stands for a beginning, ``~`` for up to five words, ``^`` and ``$`` for the ends.

    A term has a finding, and a word where it says that itself ("heart of normal size"); a trigger has a role.
    """

    words: tuple[str, ...]
    finding: str = ""
    said: LabelWord | None = None
    role: Role = Role.NOTHING
    reach: Reach = Reach.NONE


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """All phrases of a language; found by their first word."""

    language: str
    findings: tuple[str, ...]
    whole: Mapping[str, tuple[Phrase, ...]]
    beginnings: Mapping[str, tuple[Phrase, ...]]
    links: frozenset[str]
    headings: Mapping[str, Part]
    _known: dict[str, tuple[Phrase, ...]] = field(default_factory=dict)

    def starting(self, word: str) -> tuple[Phrase, ...]:
        """Give the phrases that may begin with a word, the longest first."""
        found = self._known.get(word)
        if found is None:
            some = list(self.whole.get(word, ()))
            for end in range(1, len(word) + 1):
                some += self.beginnings.get(word[:end], ())
            found = tuple(sorted(some, key=lambda one: -len(one.words)))
            if len(self._known) < MOST_KNOWN:
                self._known[word] = found
        return found


MOST_KNOWN = 50_000
KEYS = frozenset({"findings", "triggers", "links", "headings", "abnormal"})


def read_vocabulary(language: str, texts: Iterable[tuple[str, str]], split: Split) -> Vocabulary:
    """Read the words of a language; what comes later is added, and with ``remove`` takes away.

    Parameters
    ----------
    texts : iterable of (str, str)
        Name and TOML text of each file, ours first and then the site's.

    Raises
    ------
    ConfigurationError
        Names the file, the key and what was expected.
    """
    phrases: dict[tuple[tuple[str, ...], str], Phrase] = {}
    links: set[str] = set()
    headings: dict[str, Part] = {}
    findings: dict[str, None] = {}
    for name, text in texts:
        table = _table(name, text)
        links |= set(_list(name, table, "links"))
        headings |= dict(_headings(name, table))
        for phrase, is_removed in _phrases(name, table, split):
            key = (phrase.words, phrase.finding or f"{phrase.role} {phrase.reach}")
            if is_removed:
                for reach in Reach if not phrase.finding else (phrase.reach,):
                    phrases.pop((phrase.words, phrase.finding or f"{phrase.role} {reach}"), None)
            else:
                phrases[key] = phrase
                findings |= {phrase.finding: None} if phrase.finding not in {"", ABNORMAL} else {}
    whole: dict[str, list[Phrase]] = {}
    beginnings: dict[str, list[Phrase]] = {}
    for phrase in phrases.values():
        first = phrase.words[0]
        (beginnings if first.endswith("*") else whole).setdefault(first.removesuffix("*"), []).append(phrase)
    return Vocabulary(
        language=language,
        findings=tuple(findings),
        whole={word: tuple(some) for word, some in whole.items()},
        beginnings={word: tuple(some) for word, some in beginnings.items()},
        links=frozenset(links),
        headings=headings,
    )


def _table(name: str, text: str) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{name}: not readable as TOML: {error}"
        raise ConfigurationError(message) from None
    unknown = sorted(set(table) - KEYS)
    if unknown:
        message = f"{name}: unknown key {unknown[0]}; expected one of {', '.join(sorted(KEYS))}"
        raise ConfigurationError(message)
    return table


def _list(name: str, table: Mapping[str, Any], key: str) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        message = f"{name}: {key}: a list of phrases"
        raise ConfigurationError(message)
    return value


def _phrases(name: str, table: Mapping[str, Any], split: Split) -> Iterable[tuple[Phrase, bool]]:
    """Read the phrases of a file, each with whether it is to be taken away."""
    for finding, entry in _tables(name, table, "findings"):
        yield from _terms(f"{name}: findings.{finding}", finding, entry, split)
    for role, entry in _tables(name, table, "triggers"):
        yield from _triggers(f"{name}: triggers.{role}", role, entry, split)
    for text in _list(name, table, "abnormal"):
        yield Phrase(words=_words(name, text, split), finding=ABNORMAL), False


def _terms(where: str, finding: str, entry: Mapping[str, Any], split: Split) -> Iterable[tuple[Phrase, bool]]:
    _no_other(where, entry, {"terms", "remove", *LabelWord})
    for key in ("terms", "remove", *LabelWord):
        said = LabelWord(key) if key in set(LabelWord) else None
        for text in _list(where, entry, key):
            yield Phrase(words=_words(where, text, split), finding=finding, said=said), key == "remove"


def _triggers(where: str, role: str, entry: Mapping[str, Any], split: Split) -> Iterable[tuple[Phrase, bool]]:
    _no_other(where, {role: ""}, set(Role))
    _no_other(where, entry, {*Reach, "remove"})
    for key in (*Reach, "remove"):
        reach = Reach(key) if key in set(Reach) else Reach.NONE
        for text in _list(where, entry, key):
            yield Phrase(words=_words(where, text, split), role=Role(role), reach=reach), key == "remove"


def _headings(name: str, table: Mapping[str, Any]) -> Iterable[tuple[str, Part]]:
    entry = table.get("headings", {})
    _no_other(f"{name}: headings", entry, set(Part))
    for part in Part:
        for text in _list(f"{name}: headings", entry, part):
            yield text.lower(), part


# Terms that say that something is not normal, and not what: they count for the score alone.
ABNORMAL = "_abnormal"


def _tables(name: str, table: Mapping[str, Any], key: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    value = table.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        message = f"{name}: {key}: a table for each"
        raise ConfigurationError(message)
    return value.items()


def _no_other(where: str, entry: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        message = f"{where}: unknown key {unknown[0]}; expected one of {', '.join(sorted(known))}"
        raise ConfigurationError(message)


def _words(where: str, text: str, split: Split) -> tuple[str, ...]:
    words = tuple(word for part in text.lower().split() for word in (split(part) if _is_plain(part) else [part]))
    if not words or words[0] in {GAP, "*"}:
        message = f"{where}: a phrase begins with a word, not {text!r}"
        raise ConfigurationError(message)
    return words


def _is_plain(part: str) -> bool:
    return not part.endswith("*") and part not in {GAP, "^", "$", ",", ":", "?"}
