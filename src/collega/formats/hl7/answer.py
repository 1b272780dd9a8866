"""What a receiver answers to a message of ours (chapter 2.9)."""

from dataclasses import dataclass

from collega.errors import MessageError
from collega.formats.hl7.message import Hl7Message, decoded

TAKEN = frozenset({"AA", "CA"})
NOT_TAKEN = frozenset({"AE", "AR", "CE", "CR"})
LONGEST_REASON = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Whether a message was taken, and the receiver's words where it was not."""

    taken: bool
    code: str
    reason: str


def read_answer(encoded: bytes, control_id: str) -> Answer:
    """Read an acknowledgement of the message of that control id.

    Raises
    ------
    MessageError
        ``hl7-answer``: it is none, or one to another message; nothing is known then of ours.
    """
    try:
        message = Hl7Message(decoded(encoded)[0])
    except MessageError:
        raise MessageError("hl7-answer", "the answer is no HL7 message") from None
    said = message.first("MSA")
    code = said.value(1).upper()
    if code not in TAKEN | NOT_TAKEN:
        raise MessageError("hl7-answer", "the answer has no code in MSA-1 that is known")
    if said.value(2) != control_id:
        raise MessageError("hl7-answer", "the answer is to another message: MSA-2 is not our MSH-10")
    error = message.first("ERR")
    parts = (said.value(3), error.value(3, 2), error.value(7), error.value(8))
    reason = "; ".join(dict.fromkeys(part for part in parts if part))
    return Answer(taken=code in TAKEN, code=code, reason=reason[:LONGEST_REASON])
