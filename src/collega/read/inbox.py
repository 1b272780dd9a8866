"""What people do with a discrepancy (R74): take it, close it with a verdict, open it again; each a new version."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from collega.errors import FencedError, InputError
from collega.model.discrepancy import Conclusion, Correction, Discrepancy
from collega.ports.store import Transaction
from collega.read.corrected import correct_label
from collega.read.discrepancies import closed, reopened, taken, told
from collega.read.feedback import Reader

MOST_REMARK = 2000
MOST_NAME = 64
UNKNOWN = "no such discrepancy"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Which discrepancy, and which of its versions the page had shown to whoever changes it."""

    key: str
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Closing:
    """What somebody closes it with."""

    verdict: Conclusion
    patient_recalled: bool = False
    remark: str = ""
    correction: Correction = Correction.NONE


@dataclass(frozen=True, kw_only=True, slots=True)
class Taking:
    """Whom it is given to, and the day by which it is to be closed; ``today`` is the day at the site."""

    owner: str
    deadline: date | None
    today: date


async def take(transaction: Transaction, place: Place, reader: Reader, given: Taking) -> Discrepancy:
    """Give it to somebody.

    Raises
    ------
    InputError
        There is no such discrepancy, nobody is named, the day has gone by, or it is closed.
    FencedError
        Somebody has changed it meanwhile.
    """
    owner, deadline = given.owner, given.deadline
    if len(owner) > MOST_NAME or not owner.isprintable():
        message = f"owner: a name of at most {MOST_NAME} printable characters"
        raise InputError(message)
    if deadline is not None and deadline < given.today:
        message = f"deadline: {deadline} has gone by"
        raise InputError(message)
    return await _change(
        transaction, place, reader, "discrepancy_taken", lambda one: taken(one, owner, deadline, reader.name, reader.at)
    )


async def close(transaction: Transaction, place: Place, reader: Reader, said: Closing) -> Discrepancy:
    """Close it with what was found when somebody looked again; see `take` for what is raised."""
    if len(said.remark) > MOST_REMARK or "\0" in said.remark:
        message = f"remark: at most {MOST_REMARK} characters, none of them NUL"
        raise InputError(message)

    def changed(one: Discrepancy) -> Discrepancy:
        return closed(
            one,
            said.verdict,
            reader.name,
            reader.at,
            remark=said.remark,
            patient_recalled=said.patient_recalled,
            correction=said.correction,
        )

    return await _change(transaction, place, reader, "discrepancy_closed", changed)


async def reopen(transaction: Transaction, place: Place, reader: Reader) -> Discrepancy:
    """Open it again; see `take` for what is raised."""
    return await _change(
        transaction, place, reader, "discrepancy_reopened", lambda one: reopened(one, reader.name, reader.at)
    )


async def _change(
    transaction: Transaction,
    place: Place,
    reader: Reader,
    kind: str,
    changed: Callable[[Discrepancy], Discrepancy],
) -> Discrepancy:
    before = await transaction.discrepancy(place.key)
    if before is None:
        raise InputError(UNKNOWN)
    if before.revision != place.revision:
        raise FencedError(meanwhile(before))
    try:
        after = changed(before)
    except ValueError as error:
        raise InputError(str(error)) from None
    await transaction.change_discrepancy(after)
    await transaction.add_event(told(kind, after, reader.at, reader.name))
    if after.correction is not before.correction:
        await correct_label(transaction, after, reader)
    return after


def meanwhile(now: Discrepancy) -> str:
    """Say that it is another version by now, and whose."""
    at: datetime = now.changed_at or now.found_at
    return (
        f"{now.changed_by or 'somebody'} has changed this at {at:%Y-%m-%d %H:%M} UTC: it is version {now.revision} now"
    )
