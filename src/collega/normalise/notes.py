"""What a reader is told of how a vendor's word was read, beside the findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from collega.model.code import Text


class Silent(StrEnum):
    """Why a finding that was not mentioned has the word that it has."""

    UNKNOWN = "unknown"
    DOCUMENTED = "documented"
    PROCESSED = "processed"


@dataclass(frozen=True, kw_only=True, slots=True)
class How:
    """How the word on a finding came about; ``silence`` where it was not mentioned."""

    is_restated: bool = False
    silence: Silent | None = None


SILENCES: Mapping[Silent, Text] = {
    Silent.UNKNOWN: Text(en="not mentioned by the app", nl="niet genoemd door de app"),
    Silent.DOCUMENTED: Text(
        en="not mentioned by the app, which by its maker's documents means absent",
        nl="niet genoemd door de app, wat volgens de maker afwezig betekent",
    ),
    Silent.PROCESSED: Text(
        en="searched for without findings, as the app reports", nl="naar gezocht zonder bevindingen, zo meldt de app"
    ),
}
RESTATED = Text(
    en="the app gives no number: the score restates its word",
    nl="de app geeft geen getal: de score herhaalt zijn woord",
)


def gathered(told: Sequence[tuple[Text, How]]) -> tuple[Text, ...]:
    """One note for each thing to know, with the names of the findings that it is about."""
    about: dict[Text, list[Text]] = {}
    for name, how in told:
        if how.silence:
            about.setdefault(SILENCES[how.silence], []).append(name)
        if how.is_restated:
            about.setdefault(RESTATED, []).append(name)
    return tuple(_note(names, words) for words, names in about.items())


def _note(names: Sequence[Text], words: Text) -> Text:
    return Text(
        en=f"{', '.join(name.en for name in names)}: {words.en}",
        nl=f"{', '.join(name.nl for name in names)}: {words.nl}",
    )
