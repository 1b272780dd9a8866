"""Parts of a report: sentences, tables and figures; what page, paper and files are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collega.formats.local import number
from collega.formats.validation_words import WORDS, limit_in

NONE = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One of a sentence (``text``), a table (``columns`` and ``rows``) and a figure (``drawing``, an SVG).

    ``name`` names the file of a table or a figure; a figure and its table have the same.
    """

    text: str = ""
    name: str = ""
    caption: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    drawing: str = ""
    is_patient: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Tongue:
    """Words and numbers of one language."""

    language: str

    def word(self, name: str, **values: object) -> str:
        """Say a word, with values put in."""
        said = WORDS[name].in_language(self.language)
        return said.format(**values) if values else said

    @property
    def words(self) -> dict[str, str]:
        """All words."""
        return {name: said.in_language(self.language) for name, said in WORDS.items()}

    def figure(self, value: float | None, form: str = ".3f") -> str:
        """Write a number; a dash where there is none."""
        return NONE if value is None else number(value, self.language, form)

    def range(self, one: Mapping[str, Any] | Sequence[float | None]) -> str:
        """Write a value with its interval."""
        value, low, high = one if isinstance(one, Sequence) else (one["value"], one["low"], one["high"])
        if value is None:
            return NONE
        if low is None or high is None:
            return self.figure(value)
        return f"{self.figure(value)} ({self.figure(low)}; {self.figure(high)})"

    def figure_row(self, name: str, one: Mapping[str, Any]) -> tuple[str, ...]:
        """Write a line of a table of figures: name, value, ends, k of n, note."""
        of = f"{one['k']}/{one['n']}" if one.get("n") is not None else NONE
        ends = (self.figure(one[key]) for key in ("value", "low", "high"))
        return (name, *ends, of, limit_in(one.get("limit") or "", self.language))

    def heading(self, *names: str) -> tuple[str, ...]:
        """Give the words of a heading."""
        return tuple(self.word(name) for name in names)


FIGURES = ("figure", "value", "low", "high", "of", "note")
