"""What the word of a PACS on one object means: statuses of C-STORE, which STOW-RS gives as reasons."""

from collega.model.delivery import SendOutcome

# Status of a C-STORE response (PS3.4 B.2.3, PS3.7 C.4 and C.5), Failure Reason (0008,1197) or Warning Reason
# (0008,1196) of STOW-RS (PS3.18 10.5.3) -> outcome, first match wins.
STATUS_TABLE: tuple[tuple[int, int, SendOutcome], ...] = (
    (0x0000, 0x0001, SendOutcome.ACCEPTED),
    (0x0107, 0x0107, SendOutcome.ACCEPTED),
    (0x0116, 0x0116, SendOutcome.ACCEPTED),
    (0x0111, 0x0111, SendOutcome.ACCEPTED),  # duplicate SOP instance: it is there already
    (0xB000, 0xBFFF, SendOutcome.ACCEPTED),
    (0xA700, 0xA7FF, SendOutcome.LATER),
    (0x0110, 0x0110, SendOutcome.LATER),
    (0x0213, 0x0213, SendOutcome.LATER),
    (0xA900, 0xA9FF, SendOutcome.REFUSED),
    (0xC000, 0xCFFF, SendOutcome.REFUSED),
    (0x0100, 0x02FF, SendOutcome.REFUSED),
)


def outcome_of(status: int) -> SendOutcome:
    """Read what a status means for the object; an unknown one is tried again."""
    return next((outcome for low, high, outcome in STATUS_TABLE if low <= status <= high), SendOutcome.LATER)
