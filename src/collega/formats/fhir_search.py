"""A FHIR R4 search as it was asked (R4 3.1.1), read into values that a database can be asked for."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from collega.errors import InputError


class Kind(StrEnum):
    """Resources that are given, by their FHIR type."""

    IMAGING_STUDY = "ImagingStudy"
    OBSERVATION = "Observation"
    DIAGNOSTIC_REPORT = "DiagnosticReport"
    TASK = "Task"
    PATIENT = "Patient"
    DEVICE = "Device"


class Prefix(StrEnum):
    """How a moment is compared (R4 3.1.1.4.6); ``ap`` is what each server takes it for, and is not offered."""

    EQ = "eq"
    GE = "ge"
    LE = "le"
    GT = "gt"
    LT = "lt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A date as it was typed: all moments from ``low`` to before ``high``, in UTC."""

    prefix: Prefix
    low: datetime
    high: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """``system|value`` as it was typed; a ``system`` of None was not named, an empty one was named as none."""

    system: str | None
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """What is asked for. Of a parameter's values one must fit; each time that it is named, anew.

    ``after``: the last place of the page before; ``shown``: the parameters that were understood, for the link to
    itself; ``unknown``: those that were not.
    """

    kind: Kind
    ids: tuple[tuple[str, ...], ...] = ()
    references: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tokens: tuple[tuple[str, tuple[Token, ...]], ...] = ()
    dates: tuple[tuple[str, tuple[Span, ...]], ...] = ()
    count: int
    only_total: bool = False
    after: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = field(default=())


USUAL_COUNT, MOST_COUNT = 20, 100
CURSOR = "_cursor"
MOST_VALUES = 100

# Parameters by what their values are; "who" is a reference to a patient, or the patient's number as issuer|number.
_WHO = {"patient": "who", "subject": "who", "patient.identifier": "number", "patient:identifier": "number"}
_ANY = {"_id": "id", "_lastUpdated": "date"}
_STUDY = {"accession": "token", **_WHO}
# Of an order nothing is known but its number, so its reference is searched by that.
_ORDER = {"based-on:identifier": "token"}
PARAMETERS: Mapping[Kind, Mapping[str, str]] = {
    Kind.IMAGING_STUDY: {
        **_ANY, **_STUDY, "identifier": "token", "basedon:identifier": "token", "status": "token", "started": "date",
        "date": "date",
    },
    Kind.OBSERVATION: {
        **_ANY, **_STUDY, **_ORDER, "status": "token", "date": "date", "code": "token", "derived-from": "study",
    },
    Kind.DIAGNOSTIC_REPORT: {**_ANY, **_STUDY, **_ORDER, "status": "token", "date": "date", "category": "token"},
    Kind.TASK: {
        **_ANY, **_STUDY, **_ORDER, "status": "token", "authored-on": "date", "modified": "date", "date": "date",
        "focus": "study",
    },
    Kind.PATIENT: {**_ANY, "identifier": "number"},
    Kind.DEVICE: {"_id": "id"},
}  # fmt: skip

_DATE = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)(T(?P<hour>\d\d):(?P<minute>\d\d)"
    r"(:(?P<second>\d\d)(\.(?P<part>\d{1,9}))?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_UNSPLIT = re.compile(r"\\.|[^\\,]+|,")
_FORMATS = frozenset({"_format", "_pretty"})


def read_search(kind: Kind, asked: Sequence[tuple[str, str]], zone: ZoneInfo) -> Search:
    """Read the parameters of a search.

    Raises
    ------
    InputError
        A value makes no sense, or a modifier is not known: to leave it out would find too much.
    """
    ids: list[tuple[str, ...]] = []
    references: list[tuple[str, tuple[str, ...]]] = []
    tokens: list[tuple[str, tuple[Token, ...]]] = []
    dates: list[tuple[str, tuple[Span, ...]]] = []
    shown, unknown = [], []
    for name, value in asked:
        type_ = PARAMETERS[kind].get(name)
        if name in _CONTROLS or name in _FORMATS:
            continue
        if type_ is None:
            _refuse_modifier(kind, name)
            unknown.append(name)
            continue
        values = _alternatives(name, value)
        shown.append((name, value))
        if type_ == "date":
            dates.append((name, tuple(_span(name, item, zone) for item in values)))
        elif type_ == "id":
            ids.append(values)
        elif type_ == "study" or (type_ == "who" and all("|" not in item for item in values)):
            wanted = Kind.IMAGING_STUDY if type_ == "study" else Kind.PATIENT
            references.append((name, tuple(_reference(name, item, wanted) for item in values)))
        else:
            tokens.append((name, tuple(_token(name, item) for item in values)))
    controls = _controls(asked)
    return Search(
        kind=kind,
        ids=tuple(ids),
        references=tuple(references),
        tokens=tuple(tokens),
        dates=tuple(dates),
        count=controls.count,
        only_total=controls.only_total,
        after=controls.after,
        shown=tuple(shown),
        unknown=tuple(unknown),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Controls:
    count: int = USUAL_COUNT
    only_total: bool = False
    after: tuple[str, ...] = ()


_CONTROLS = frozenset({"_count", "_summary", CURSOR})


def _controls(asked: Iterable[tuple[str, str]]) -> _Controls:
    said = {name: value for name, value in asked if name in _CONTROLS}
    count = said.get("_count", str(USUAL_COUNT))
    if not (count.isascii() and count.isdecimal() and len(count) <= 9):  # noqa: PLR2004 - more digits than anybody needs
        message = "_count: a whole number from 0 on"
        raise InputError(message)
    summary = said.get("_summary", "false")
    if summary not in {"count", "false"}:
        message = "_summary: count or false"
        raise InputError(message)
    return _Controls(
        count=min(int(count), MOST_COUNT),
        only_total=summary == "count" or int(count) == 0,
        after=read_cursor(said[CURSOR]) if CURSOR in said else (),
    )


def _refuse_modifier(kind: Kind, name: str) -> None:
    base, colon, modifier = name.partition(":")
    if colon and base in PARAMETERS[kind]:
        message = f"{base}: the modifier {modifier[:20]!r} is not supported"
        raise InputError(message)


def _alternatives(name: str, value: str) -> tuple[str, ...]:
    r"""Part at each comma but those after a backslash (R4 3.1.1.4.4); escapes stay for what comes next."""
    parts = [""]
    for piece in _UNSPLIT.findall(value):
        if piece == ",":
            parts.append("")
        else:
            parts[-1] += piece
    found = tuple(part.strip() for part in parts if part.strip())
    if not found or len(found) > MOST_VALUES or "\0" in value:
        message = f"{name}: one value, or up to {MOST_VALUES} with a comma between them"
        raise InputError(message)
    return found


def _token(name: str, text: str) -> Token:
    pieces = re.findall(r"\\.|[^\\|]+|\|", text)
    cut = pieces.index("|") if "|" in pieces else -1
    value = _plain("".join(pieces[cut + 1 :]))
    if not value:
        message = f"{name}: a value after the system"
        raise InputError(message)
    return Token(system=_plain("".join(pieces[:cut])) if cut >= 0 else None, value=value)


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _reference(name: str, text: str, kind: Kind) -> str:
    """Read an id, or a relative or absolute reference to it."""
    type_, _, key = text.rstrip("/").rpartition("/")
    if type_ and type_.rpartition("/")[2] != kind:
        message = f"{name}: a reference to {kind}"
        raise InputError(message)
    return key


def _span(name: str, text: str, zone: ZoneInfo) -> Span:
    """Read a date with its prefix; without a zone it is meant at the site."""
    has_prefix = text[:2].isalpha()
    said, date = (text[:2], text[2:]) if has_prefix else (Prefix.EQ, text)
    # A plus that nobody has written as %2B comes as a space.
    match = _DATE.fullmatch(date.replace(" ", "+"))
    if match is None or said not in set(Prefix):
        message = f"{name}: {', '.join(Prefix)} or none, then a date such as 2026, 2026-03-02 or 2026-03-02T08:30:00Z"
        raise InputError(message)
    try:
        low, high = _bounds(match, zone)
    except (ValueError, OverflowError):
        message = f"{name}: there is no such date"
        raise InputError(message) from None
    return Span(prefix=Prefix(said), low=low, high=high)


def _bounds(match: re.Match[str], zone: ZoneInfo) -> tuple[datetime, datetime]:
    parts = [int(match[name]) for name in ("year", "month", "day", "hour", "minute", "second") if match[name]]
    start = datetime(*(parts + [1, 1][len(parts) - 1 :])[: max(len(parts), 3)])  # type: ignore[arg-type]  # noqa: DTZ001
    digits = match["part"] or ""
    start += timedelta(microseconds=int(f"{digits:0<6}"[:6]))
    if match["hour"]:
        zoned = datetime.fromisoformat(f"{start.isoformat()}{match['zone']}") if match["zone"] else start
        low = (zoned if zoned.tzinfo else zoned.replace(tzinfo=zone)).astimezone(UTC)
        unit = timedelta(microseconds=10 ** (6 - min(len(digits), 6)))
        return low, low + (unit if match["second"] else timedelta(minutes=1))
    # Days of the site: where its clock is put forward or back, one of them is longer than others.
    end = start + timedelta(days=1)
    if not match["day"]:
        end = datetime(start.year + start.month // 12, start.month % 12 + 1, 1)  # noqa: DTZ001
    if not match["month"]:
        end = datetime(start.year + 1, 1, 1)  # noqa: DTZ001
    return start.replace(tzinfo=zone).astimezone(UTC), end.replace(tzinfo=zone).astimezone(UTC)


def cursor(place: Sequence[str]) -> str:
    """Write the place of the last item of a page, opaque to who reads it."""
    return base64.urlsafe_b64encode(json.dumps(list(place)).encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[str, ...]:
    """Read such a place.

    Raises
    ------
    InputError
        It is none of ours.
    """
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(item, str) for item in found):
        message = f"{CURSOR}: take the link `next` as it was given"
        raise InputError(message)
    return tuple(found)
