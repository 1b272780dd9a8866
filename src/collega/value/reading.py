"""What a reader of cases notes while it goes through a file: every fault, with its key and its line."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from collega.model.code import Text
from collega.value.toml_lines import line_of

Word = TypeVar("Word", bound=StrEnum)
NOTHING = Text(en="", nl="")


@dataclass(kw_only=True, slots=True)
class Notes:
    """The faults found so far."""

    name: str
    lines: Mapping[str, int]
    faults: list[tuple[int, str]] = field(default_factory=list)

    def fault(self, key: str, text: str) -> None:
        """Note a fault of a key."""
        self.faults.append((line_of(self.lines, key), f"{key}: {text}"))

    def unknown(self, table: Mapping[str, Any], known: object, prefix: str) -> None:
        """Note each key that nobody knows."""
        for key in table:
            if key not in known:  # type: ignore[operator]
                self.fault(f"{prefix}{key}", "no such key")

    def told(self) -> str:
        """Write all faults, in the order of the file."""
        return "\n".join(f"{self.name}:{line}: {text}" for line, text in sorted(self.faults))


def word_of(notes: Notes, key: str, value: object, words: type[Word], otherwise: Word) -> Word:
    """Read a word of a list."""
    try:
        return words(str(value))
    except ValueError:
        notes.fault(key, f"one of {', '.join(words)}, not {value!r}")
        return otherwise


def number_of(notes: Notes, key: str, value: object, fits: Callable[[float], bool], wanted: str) -> float:
    """Read a plain number; nought where it is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or not fits(float(value)):  # type: ignore[arg-type]
        notes.fault(key, f"{wanted}, not {value!r}")
        return 0.0
    return float(value)  # type: ignore[arg-type]


def tables_of(notes: Notes, key: str, value: object) -> list[Mapping[str, Any]]:
    """Read a list of tables; empty where it is none."""
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    notes.fault(key, "a list of tables: [{ ... }, { ... }]")
    return []


def date_of(notes: Notes, key: str, value: object) -> date:
    """Read a day, which TOML writes without quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    said = "its date is missing" if value is None else f"not {value!r}"
    notes.fault(key, f"a day such as 2026-11-29, without quotes: {said}")
    return date.min


def text_of(notes: Notes, key: str, value: object) -> Text:
    """Read a text: one for both languages, or one for each."""
    if isinstance(value, str):
        return Text(en=value, nl=value)
    if isinstance(value, dict) and set(value) == {"en", "nl"} and all(isinstance(one, str) for one in value.values()):
        return Text(**value)
    notes.fault(key, "a text, or { en = ..., nl = ... }")
    return NOTHING


def table_of(notes: Notes, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Read a table; empty where there is none."""
    found = data.get(key, {})
    if isinstance(found, dict):
        return found
    notes.fault(key, "a table")
    return {}
