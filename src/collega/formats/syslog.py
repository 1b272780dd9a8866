"""Messages of syslog (RFC 5424), framed by their length (RFC 5425 4.3, RFC 6587 3.4.1)."""

import re
from datetime import UTC, datetime

# Facility 10 (security), severity 5 (notice), as PS3.15 A.6.1 asks; MSGID likewise.
PRIORITY = 10 * 8 + 5
MESSAGE_ID = "DICOM+RFC3881"
BOM = b"\xef\xbb\xbf"
UNPRINTABLE = re.compile("[^!-~]+")
MOST_HOST = 255


def framed(content: bytes, *, host: str, at: datetime, number: int, digest: str) -> bytes:
    """Write one message.

    Parameters
    ----------
    content : bytes
        XML in UTF-8.
    number, digest : int, str
        Place in the chain of the audit record, and hash. The enterprise number 32473 is the one for
        examples (RFC 5612): nobody has had one registered for collega.
    """
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    name = UNPRINTABLE.sub("-", host)[:MOST_HOST] or "-"
    chain = f'[chain@32473 number="{number}" hash="{digest}"]'
    head = f"<{PRIORITY}>1 {moment} {name} collega - {MESSAGE_ID} {chain} "
    whole = head.encode("ascii") + BOM + content
    return b"%d %b" % (len(whole), whole)
