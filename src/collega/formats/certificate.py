"""The time in which a certificate holds, read from its PEM text (RFC 5280 4.1.2.5; X.690 for the encoding)."""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from collega.errors import InputError

CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
SEQUENCE, VERSION, UTC_TIME, GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
LONG_FORM = 0x80
FIRST_YEAR_OF_UTC_TIME = 1950  # RFC 5280 4.1.2.5.1: 50 to 99 are 19xx
BEFORE_VALIDITY = 3  # serial number, signature, issuer


@dataclass(frozen=True, kw_only=True, slots=True)
class Validity:
    """From when until when a certificate holds."""

    begin: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Whether it holds at a moment."""
        return self.begin <= at <= self.end


def validities(pem: str) -> list[Validity]:
    """Read the validity of each certificate of a file, in its order.

    Raises
    ------
    InputError
        There is no certificate in it, or one cannot be read.
    """
    blocks = CERTIFICATE.findall(pem)
    if not blocks:
        message = "no certificate in PEM form"
        raise InputError(message)
    try:
        return [_validity(base64.b64decode(block)) for block in blocks]
    except (ValueError, IndexError):  # of base64, too
        message = "a certificate that cannot be read"
        raise InputError(message) from None


def _validity(der: bytes) -> Validity:
    _, certificate, _ = _element(der, SEQUENCE)
    _, signed, _ = _element(certificate, SEQUENCE)
    if signed[0] == VERSION:
        _, _, signed = _element(signed)
    for _ in range(BEFORE_VALIDITY):
        _, _, signed = _element(signed)
    _, validity, _ = _element(signed, SEQUENCE)
    kind, begin, validity = _element(validity)
    moment = _moment(kind, begin)
    kind, end, _ = _element(validity)
    return Validity(begin=moment, end=_moment(kind, end))


def _element(data: bytes, wanted: int | None = None) -> tuple[int, bytes, bytes]:
    """Split off the first element: its tag, its content, and what follows it (X.690 8.1)."""
    tag, length, start = data[0], data[1], 2
    if length & LONG_FORM:
        start += length & ~LONG_FORM
        length = int.from_bytes(data[2:start], "big")
    if start + length > len(data) or wanted not in {None, tag}:
        message = "no such element"
        raise ValueError(message)
    return tag, data[start : start + length], data[start + length :]


def _moment(kind: int, text: bytes) -> datetime:
    written = text.decode("ascii")
    if kind == UTC_TIME:
        year = int(written[:2]) + 1900
        written = f"{year if year >= FIRST_YEAR_OF_UTC_TIME else year + 100}{written[2:]}"
    elif kind != GENERALIZED_TIME:
        message = "no time"
        raise ValueError(message)
    return datetime.strptime(written, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
