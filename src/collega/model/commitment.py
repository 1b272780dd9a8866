"""Why a PACS does not commit to keep an object, and what follows (PS3.3 C.14.1.1, PS3.4 J.3.3)."""

from collections.abc import Mapping
from enum import StrEnum


class AfterFailure(StrEnum):
    """What is done about an object that the PACS does not commit to keep."""

    ASK = "ask"
    SEND = "send"
    LEAVE = "leave"


# Failure Reason (0008,1197) -> what is done, and what it says.
FAILURES: Mapping[int, tuple[AfterFailure, str]] = {
    0x0110: (AfterFailure.ASK, "processing failure"),
    0x0112: (AfterFailure.SEND, "it has no such object"),
    0x0119: (AfterFailure.LEAVE, "it has another object of that number"),
    0x0122: (AfterFailure.LEAVE, "it commits to no object of this SOP class"),
    0x0131: (AfterFailure.ASK, "duplicate transaction"),
    0x0213: (AfterFailure.ASK, "it has no room now"),
}
NO_REASON = 0


def after_failure(reason: int) -> tuple[AfterFailure, str]:
    """Read a reason; one that is not known is asked about again, and said as it came."""
    what, text = FAILURES.get(reason, (AfterFailure.ASK, "no known reason"))
    return what, f"not committed: {text} ({reason:04X})"
