"""What a reader has said of the findings of a case or a report."""

from collections.abc import Iterable, Mapping

from collega.errors import InputError
from collega.model.reference import TruthWord


def said_of(findings: Iterable[str], words: Mapping[str, str]) -> dict[str, TruthWord]:
    """Read a word for each finding.

    Raises
    ------
    InputError
        One has none, or another.
    """
    try:
        return {name: TruthWord(words[name]) for name in findings}
    except (KeyError, ValueError):
        message = "say of every finding: present, absent or uncertain"
        raise InputError(message, nl="zeg van elke bevinding: aanwezig, afwezig of onzeker") from None
