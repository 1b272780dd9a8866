"""Answers of a comparison as tables of scores, so that a truth can be set beside them (R15)."""

from collections.abc import Iterable, Sequence

from collega.errors import InputError
from collega.measure.compare import Concept
from collega.model.code import Code
from collega.model.comparison import Item, ItemState, Said, Side

HEADING = ("case", "score", "outcome", "version")
# A study that the app does not accept does not suit it; one that never ran has no line.
OUTCOMES = {
    ItemState.FAILED: "failed",
    ItemState.NOT_SUITABLE: "not_suitable",
    ItemState.NOT_ACCEPTED: "not_suitable",
}


def score_lines(
    items: Iterable[Item], side: Side, code: str, version: str, concept: Concept
) -> list[tuple[str, str, str, str]]:
    """Give a line for each study that one side was run on, without the heading.

    ``code`` is the value of the finding's code; scores are points of 0 to 100, of several sites the highest. An app
    that answered and said nothing of that finding has failed on it.

    Raises
    ------
    InputError
        It said nothing of that finding anywhere.
    """
    own = [item for item in items if item.side is side]
    named = {concept(said.code) for item in own for said in item.findings if said.code.value == code}
    if not named:
        spoken = sorted({_spelt(said.code) for item in own for said in item.findings})
        message = f"side {side} says nothing of {code}; it speaks of {', '.join(spoken) or 'nothing'}"
        raise InputError(message)
    return [_line(item, [said for said in item.findings if concept(said.code) in named], version) for item in own
            if item.state in OUTCOMES or item.state is ItemState.ANALYSED]  # fmt: skip


def _line(item: Item, said: Sequence[Said], version: str) -> tuple[str, str, str, str]:
    if item.state is ItemState.ANALYSED and said:
        return item.study_instance_uid, repr(max(one.score_percent for one in said)), "analysed", version
    return item.study_instance_uid, "", OUTCOMES.get(item.state, "failed"), version


def _spelt(code: Code) -> str:
    return f"{code.value} ({code.meaning})"
