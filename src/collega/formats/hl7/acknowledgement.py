"""What a sender is answered (chapter 2.9): AA, AE or AR, with the reason."""

from datetime import datetime
from enum import StrEnum

from collega.formats.hl7.message import Hl7Message, Separators, escaped

# What a damaged header may hold, and would end the block of the answer to it.
NO_BLOCK_ENDS = dict.fromkeys(map(ord, "\x0b\x1c"))


class Acknowledgement(StrEnum):
    """Table 0008."""

    ACCEPTED = "AA"
    ERROR = "AE"  # it may be acted upon after a fix
    REJECTED = "AR"  # it never will


def acknowledgement(
    message: Hl7Message | None, verdict: Acknowledgement, at: datetime, control_id: str, reason: str = ""
) -> bytes:
    """Write an ACK; ``at`` in the local time of the site, ``message`` is None where its header cannot be read."""
    marks = message.separators if message else Separators()
    header = message.header if message else None
    bar = marks.field
    answered = header.value(10) if header else ""
    kind = f"ACK{marks.component}{header.value(9, 2)}" if header and header.value(9, 2) else "ACK"
    fields = [
        f"MSH{bar}{marks.component}{marks.repetition}{marks.escape}{marks.subcomponent}",
        *([header.field(number) for number in (5, 6, 3, 4)] if header else ["COLLEGA", "", "", ""]),
        at.strftime("%Y%m%d%H%M%S%z"),
        "",
        kind,
        control_id,
        header.field(11) if header and header.field(11) else "P",
        header.field(12) if header and header.field(12) else "2.4",
    ]
    codec = "UNICODE UTF-8"
    lines = [bar.join([*fields, "", "", "", "", "", codec])]
    lines.append(bar.join(["MSA", verdict, answered, escaped(reason, marks)]).rstrip(bar))
    return ("\r".join(lines) + "\r").translate(NO_BLOCK_ENDS).encode()
