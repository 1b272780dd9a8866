"""In the morning: what the final report says of a study of the night, as somebody has read it."""

from collega.model.finding import Evaluation
from collega.model.job import Event
from collega.model.night import MorningWord
from collega.ports.store import Transaction
from collega.read.feedback import Reader


async def note_report(
    transaction: Transaction, study_key: str, reader: Reader, *, found: Evaluation, is_recalled: bool
) -> MorningWord:
    """Keep what the report says; whoever reads it again adds a version.

    Raises
    ------
    FencedError
        Somebody else has said something meanwhile.
    """
    earlier = await transaction.morning_words_of([study_key])
    word = MorningWord(
        study_key=study_key,
        number=1 + max((one.number for one in earlier), default=0),
        found=found,
        is_recalled=is_recalled,
        reader=reader.name,
        role=reader.role,
        at=reader.at,
    )
    await transaction.add_morning_word(word)
    payload: dict[str, object] = {"found": found.value, "recalled": is_recalled, "version": word.number}
    await transaction.add_event(
        Event(at=reader.at, kind="report_read", study_key=study_key, actor=reader.name, payload=payload)
    )
    return word
