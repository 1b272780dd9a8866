"""Coded concepts (PS3.3 section 8)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """One concept of one coding scheme, such as ``233604007`` of ``SCT``."""

    scheme: str
    value: str
    meaning: str

    def __post_init__(self) -> None:
        if not (self.scheme and self.value and self.meaning):
            message = f"a code needs scheme, value and meaning, got {self!r}"
            raise ValueError(message)
        if len(self.meaning) > 64:  # noqa: PLR2004 - LO, PS3.5 section 6.2
            message = f"the meaning of {self.value} is longer than 64 characters"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """The same sentence in the languages of the clinicians."""

    en: str
    nl: str

    def in_language(self, language: str) -> str:
        """Return the Dutch sentence for ``nl``, the English one otherwise."""
        return self.nl if language == "nl" else self.en
