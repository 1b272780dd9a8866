"""What the audit record is told of messages that were acted upon: whose orders or records a RIS has changed."""

from collections.abc import Collection, Mapping, Sequence

from collega.model.audit import AuditEntry
from collega.model.merge import Identity, identity
from collega.model.message import MergeSaid, Message, OrderControl, OrderSaid, PatientSaid, Said, Word, patients_of


def logged(messages: Collection[Message], words: Collection[Word[Said]]) -> Sequence[AuditEntry]:
    """Write one line for each event and sender, with the patients of all these messages."""
    came: Mapping[str, Message] = {message.key: message for message in messages}
    found: dict[tuple[str, str, str], dict[Identity, None]] = {}
    keys: dict[tuple[str, str, str], dict[str, None]] = {}
    for word in words:
        message, event = came[word.message_key], _event(word.said)
        named = [identity(patient) for patient in patients_of(word.said) if patient.patient_id]
        if event and named:
            of = (event, message.sender or message.source, message.source)
            found.setdefault(of, {}).update(dict.fromkeys(named))
            keys.setdefault(of, {})[message.key] = None
    return [
        AuditEntry(event=of[0], actor=of[1], address=of[2], people=tuple(people), payload={"messages": list(keys[of])})
        for of, people in found.items()
    ]


def _event(said: Said) -> str | None:
    """Name what a word does to a record; a report is none of them."""
    if isinstance(said, OrderSaid):
        return "order created" if said.control is OrderControl.NEW else "order changed"
    return {PatientSaid: "patient changed", MergeSaid: "patients merged"}.get(type(said))
