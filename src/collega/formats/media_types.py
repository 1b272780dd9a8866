"""What an Accept header allows (RFC 9110 12.5.1), with the parameters of DICOM media types (PS3.18 8.7)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message

MOST_RANGES = 50
MULTIPART = "multipart/related"
DICOM, OCTETS, DICOM_JSON = "application/dicom", "application/octet-stream", "application/dicom+json"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
ANY_SYNTAX = "*"
# Encapsulated pixel data by transfer syntax (PS3.18 table 8.7.3-5): its frames are given as they are stored.
FRAME_TYPES: Mapping[str, str] = {
    "1.2.840.10008.1.2.4.50": "image/jpeg",
    "1.2.840.10008.1.2.4.51": "image/jpeg",
    "1.2.840.10008.1.2.4.57": "image/jpeg",
    "1.2.840.10008.1.2.4.70": "image/jpeg",
    "1.2.840.10008.1.2.4.80": "image/jls",
    "1.2.840.10008.1.2.4.81": "image/jls",
    "1.2.840.10008.1.2.4.90": "image/jp2",
    "1.2.840.10008.1.2.4.91": "image/jp2",
    "1.2.840.10008.1.2.4.92": "image/jpx",
    "1.2.840.10008.1.2.4.93": "image/jpx",
    "1.2.840.10008.1.2.4.201": "image/jphc",
    "1.2.840.10008.1.2.4.202": "image/jphc",
    "1.2.840.10008.1.2.4.203": "image/jphc",
    "1.2.840.10008.1.2.5": "image/dicom-rle",
}
NATIVE = frozenset({"1.2.840.10008.1.2", EXPLICIT_LITTLE_ENDIAN, "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"})
# What can be written anew; big endian, which is retired, is given as it is stored.
CONVERTIBLE = NATIVE - {"1.2.840.10008.1.2.2"} | FRAME_TYPES.keys()
# Asked for in these words by clients of before they were registered.
_OLD_NAMES = {"image/x-jls": "image/jls", "image/x-dicom-rle": "image/dicom-rle"}


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaRange:
    """One kind of answer that is accepted; ``kind`` is that of the parts where it ``is_multipart``."""

    kind: str
    is_multipart: bool = False
    syntax: str = ""
    weight: float = 1.0

    def fits(self, kind: str) -> bool:
        """Tell whether a kind is meant by it."""
        return self.kind in {"*/*", kind, f"{kind.partition('/')[0]}/*"}

    def takes_parts(self, *, multipart: bool) -> bool:
        """Tell whether it takes an answer of several parts, or of one; ``*/*`` takes both."""
        return self.is_multipart == multipart or (self.kind == "*/*" and not self.is_multipart)


ANYTHING = MediaRange(kind="*/*")


def accepted(written: Sequence[str], asked: str | None = None) -> list[MediaRange]:
    """Read Accept headers, best first; ``asked`` is the query parameter ``accept``, which goes before them."""
    text = asked if asked is not None else ",".join(written)
    if not text.strip():
        return [ANYTHING]
    ranges = [_range(item) for item in list(_split(text, ","))[:MOST_RANGES] if item.strip()]
    return sorted((one for one in ranges if one.weight > 0), key=lambda one: -one.weight)


def _range(text: str) -> MediaRange:
    message = Message()
    message["Content-Type"] = text.strip()
    found = [(name.lower(), value) for name, value in message.get_params([])]
    kind, parameters = (found[0][0] if found else ""), dict(found[1:])
    if kind in {"*", ""}:
        kind = "*/*" if kind else kind
    try:
        weight = float(parameters.get("q", "1"))
    except ValueError:
        weight = 0.0
    syntax = parameters.get("transfer-syntax", "").strip()
    is_multipart = kind == MULTIPART
    inner = parameters.get("type", "*/*").strip().lower() if is_multipart else kind
    inner = _OLD_NAMES.get(inner, inner)
    return MediaRange(kind=inner, is_multipart=is_multipart, syntax=syntax, weight=weight)


def _split(text: str, mark: str) -> Iterator[str]:
    """Split at a mark that is not within quotes."""
    start, is_quoted = 0, False
    for at, letter in enumerate(text):
        if letter == '"':
            is_quoted = not is_quoted
        elif letter == mark and not is_quoted:
            yield text[start:at]
            start = at + 1
    yield text[start:]


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """How an answer is given: the kind of its parts, their transfer syntax, as stored or not, in parts or alone."""

    kind: str
    syntax: str
    as_stored: bool
    is_multipart: bool


def object_form(ranges: Sequence[MediaRange], stored: str, *, alone: bool) -> Form | None:
    """Choose how an object that is stored in a transfer syntax is given; None where nothing fits.

    ``alone``: it is the only one, and may be given without parts. Without a transfer syntax, Explicit VR Little
    Endian is meant (PS3.18 8.7.3.5.2).
    """
    for one in ranges:
        is_multipart = one.is_multipart or not alone or one.kind == "*/*"
        if not one.fits(DICOM) or not one.takes_parts(multipart=is_multipart):
            continue
        wanted = one.syntax or EXPLICIT_LITTLE_ENDIAN
        if wanted in {ANY_SYNTAX, stored}:
            return Form(kind=DICOM, syntax=stored, as_stored=True, is_multipart=is_multipart)
        if wanted == EXPLICIT_LITTLE_ENDIAN and stored in CONVERTIBLE:
            return Form(kind=DICOM, syntax=wanted, as_stored=False, is_multipart=is_multipart)
    return None


def frame_form(ranges: Sequence[MediaRange], stored: str, *, alone: bool) -> Form | None:
    """Choose how frames are given: compressed as they are stored, or decoded; None where nothing fits."""
    compressed = FRAME_TYPES.get(stored)
    for one in ranges:
        is_multipart = one.is_multipart or not alone or one.kind == "*/*"
        if not one.takes_parts(multipart=is_multipart):
            continue
        is_named = one.kind != "*/*" or bool(one.syntax)
        if compressed and is_named and one.fits(compressed) and one.syntax in {"", ANY_SYNTAX, stored}:
            return Form(kind=compressed, syntax=stored, as_stored=True, is_multipart=is_multipart)
        if one.fits(OCTETS) and one.syntax in {"", ANY_SYNTAX, EXPLICIT_LITTLE_ENDIAN}:
            as_stored = stored in NATIVE
            if as_stored or compressed:
                return Form(kind=OCTETS, syntax=EXPLICIT_LITTLE_ENDIAN, as_stored=as_stored, is_multipart=is_multipart)
    return None


def chosen(ranges: Sequence[MediaRange], kinds: Sequence[str]) -> str | None:
    """Choose among kinds of answers without parts, the first of which is the usual one."""
    for one in ranges:
        for kind in kinds:
            if not one.is_multipart and one.fits(kind):
                return kind
    return None
