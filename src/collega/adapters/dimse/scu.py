"""Sending files as a scanner does: `collega send`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pynetdicom import AE, _config
from pynetdicom.association import Association

from collega.adapters.dimse.associate import associate
from collega.adapters.dimse.kinds import kind_of
from collega.errors import PeerError
from collega.model.delivery import SendOutcome
from collega.model.store_status import outcome_of

NO_ANSWER = 0x0110  # PS3.7 C.5.13 processing failure, as a peer that gives none has had
MOST_CONTEXTS = 128  # PS3.8 9.3.2: identifiers are odd numbers up to 255


def send_files(files: Sequence[Path], address: tuple[str, int], aet: str, calling: str) -> Iterator[tuple[Path, str]]:
    """Send files over one association, each as it is encoded.

    Yields
    ------
    tuple
        The file, and what is wrong with it; an empty text where it was taken.

    Raises
    ------
    PeerError
        No association could be had.
    """
    _config.STORE_SEND_CHUNKED_DATASET = True
    kinds = {file: kind_of(file) for file in files}
    entity = AE(ae_title=calling)
    for sop_class, syntax in sorted({kind for kind in kinds.values() if kind})[:MOST_CONTEXTS]:
        entity.add_requested_context(sop_class, syntax)
    association = associate(entity, address, aet)
    if not association.is_established:
        message = f"{aet} at {address[0]}:{address[1]} gives no association; is it up, and does it know {calling}?"
        raise PeerError(message)
    accepted = {(str(item.abstract_syntax), str(item.transfer_syntax[0])) for item in association.accepted_contexts}
    try:
        for file in files:
            yield file, _send(association, file, kinds[file], accepted)
    finally:
        if association.is_established:
            association.release()


def _send(association: Association, file: Path, kind: tuple[str, str] | None, accepted: set[tuple[str, str]]) -> str:
    """Send one file; returns what is wrong with it."""
    if kind is None:
        return "no readable DICOM file"
    if kind not in accepted:
        return "its class or its encoding is not taken"
    if not association.is_established:
        return "the association has ended"
    answer = association.send_c_store(file)
    status = int(answer.Status) if "Status" in answer else NO_ANSWER
    taken = outcome_of(status) is SendOutcome.ACCEPTED
    return "" if taken else f"status {status:04X} {answer.get('ErrorComment', '')}".strip()
