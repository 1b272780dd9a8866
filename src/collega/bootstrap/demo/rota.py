"""Who reads when, how soon and how long: the simulated readers of the demonstration, without their thread."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from collega.bootstrap.demo.day import Part, part_of
from collega.model.finding import Evaluation

SEED = 2
# Minutes of the simulated clock: until a reader turns to a study that waits, and what reading it takes.
REACTION: Mapping[Part, tuple[float, float]] = {Part.DAY: (1, 8), Part.EVENING: (3, 15), Part.NIGHT: (10, 30)}
READING: Mapping[str, tuple[float, float]] = {"CT": (6, 12)}
READING_ELSE = (2, 4)
FIRST_LOOK = (1, 3)
# Readers let the apps finish, most of the time; nobody waits for a result for ever (real seconds).
LONGEST_WAIT_FOR_AI_S = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """A simulated reader: hours of duty by the simulated clock, and whether a signature is theirs to give."""

    name: str
    first_hour: int
    last_hour: int
    signs: bool = True

    def on_duty(self, moment: datetime) -> bool:
        """Whether this is an hour of theirs."""
        hour = moment.hour
        if self.first_hour < self.last_hour:
            return self.first_hour <= hour < self.last_hour
        return hour >= self.first_hour or hour < self.last_hour


ROTA: Sequence[Reader] = (
    Reader(name="Simulated radiologist A", first_hour=8, last_hour=17),
    Reader(name="Simulated radiologist B", first_hour=8, last_hour=17),
    Reader(name="Simulated evening radiologist", first_hour=17, last_hour=23),
    Reader(name="Simulated night radiologist", first_hour=23, last_hour=8),
    # The first look at night is theirs; the report is the radiologist's.
    Reader(name="Simulated emergency physician", first_hour=17, last_hour=8, signs=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A study on the board as a reader sees it; ``named``: app and id of each finding that an app says is there."""

    uid: str
    accession: str
    modality: str
    since: datetime
    answered: bool
    opened: bool
    signed: bool
    named: tuple[tuple[str, str], ...] = ()


def waiting(row: Mapping[str, Any]) -> Waiting:
    """Read a row of ``/api/worklist``."""
    return Waiting(
        uid=row["study_instance_uid"],
        accession=row["accession_number"],
        modality=str(row.get("modality", "")),
        since=datetime.fromisoformat(row["received_at"]),
        answered=row["state"] == "routed" and all(app["outcome"] for app in row["apps"]),
        opened=bool(row.get("opened_at")),
        signed=bool(row.get("signed_at")),
        named=tuple(
            (app["app"], finding["id"])
            for app in row["apps"]
            for finding in app.get("findings", ())
            if finding["evaluation"] == Evaluation.PRESENT
        ),
    )


def choose(  # noqa: PLR0913 - who, what there is, and two clocks
    reader: Reader, board: Sequence[Waiting], taken: Collection[str], now: datetime, day: datetime, minute_s: float
) -> Waiting | None:
    """Choose what a reader turns to: the first of the board's own order that is theirs and ripe.

    Parameters
    ----------
    taken : collection of str
        Studies that somebody reads or has read.
    now, day : datetime
        The real moment, and the simulated one.
    minute_s : float
        Seconds that a minute of the simulated clock takes.
    """
    for study in board:
        mine = not study.signed if reader.signs else study.modality == "CT" and not study.opened
        if mine and study.uid not in taken and _is_ripe(reader, study, now, day, minute_s):
            return study
    return None


def _is_ripe(reader: Reader, study: Waiting, now: datetime, day: datetime, minute_s: float) -> bool:
    waited_s = (now - study.since).total_seconds()
    if not study.answered and waited_s < LONGEST_WAIT_FOR_AI_S:
        return False
    return waited_s >= minute_s * _between(reader, study, REACTION[part_of(day)], "reaction")


def reading_time(reader: Reader, study: Waiting, minute_s: float) -> timedelta:
    """How long a reader sits over a study."""
    span = READING.get(study.modality, READING_ELSE) if reader.signs else FIRST_LOOK
    return timedelta(seconds=minute_s * _between(reader, study, span, "reading"))


def _between(reader: Reader, study: Waiting, span: tuple[float, float], what: str) -> float:
    return Random(f"{SEED} {what} {reader.name} {study.accession}").uniform(*span)  # noqa: S311 - a habit, no secret
