"""Two routes to the same figures: the narrow table that is kept up, and one timeline after another."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest

from collega.adapters.postgres import study_times, timelines
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.times.timing import cases_of, clock_columns, moments_of_rows, read_pairs
from collega.measure.clocks import Clocks
from collega.measure.timeline import timeline
from collega.measure.times import time_figures
from collega.model.app import Stage
from collega.model.timeline import MomentKind, Placed, Timeline, WaitEnd

pytestmark = pytest.mark.shows("R26", "R31", "R37")
ZONE = ZoneInfo("Europe/Amsterdam")
# The clocks go back in the night to the 25th of October; one RIS runs ahead, the other is set on the 27th.
FIRST, DAYS, STUDIES = datetime(2026, 10, 23, tzinfo=UTC), 6, 240
NOW = FIRST + timedelta(days=DAYS + 40)
SPAN = (FIRST - timedelta(days=1), FIRST + timedelta(days=DAYS + 1))
SET = FIRST + timedelta(days=4, hours=7)
APPS = ("bleed", "chest")
ORDERS, REPORTS = "RIS A", "RIS B"
Row = tuple[Any, ...]


def ahead(sender: str, at: datetime) -> timedelta:
    if sender == ORDERS:
        return timedelta(minutes=5)
    return timedelta(seconds=-90) if at < SET else timedelta(seconds=45)


class Days:
    """Writes what happens on some days into a database: mostly in order, often not, and corrected later."""

    def __init__(self, connection: psycopg.Connection[Any], seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a generator of tests
        self.put = connection.execute
        self.messages = 0

    def message(self, sender: str, at: datetime) -> tuple[Any, datetime]:
        self.messages += 1
        said = at + ahead(sender, at) - timedelta(seconds=self.random.expovariate(0.5))
        row = self.put(
            """INSERT INTO hl7_message (received_at, source, sender, control_id, kind, sent_at, digest, encoded, state)
               VALUES (%s, '', %s, '', '', %s, %s, '', 'applied') RETURNING message_key""",
            (at, sender, said, str(self.messages).encode()),
        ).fetchone()
        return (row or [None])[0], said

    def talk(self) -> None:
        """Let both RIS say something every few minutes."""
        for number in range(DAYS * 24 * 12):
            at = FIRST + timedelta(minutes=5 * number, seconds=self.random.uniform(0, 200))
            self.message(self.random.choice((ORDERS, REPORTS)), at)

    def event(self, kind: str, study: str, at: datetime, job: Any = None, payload: str = "{}") -> None:
        self.put(
            "INSERT INTO event (at, kind, study_key, job_key, actor, payload) VALUES (%s, %s, %s, %s, 'K3', %s)",
            (at, kind, study, job, payload),
        )

    def order(self, study: str, at: datetime) -> None:
        key, said = self.message(ORDERS, at)
        numbers = [f"f:A{study}", f"p:{self.random.randrange(10**9)}"]
        self.put(
            """INSERT INTO order_said (message_key, item, sent_at, control_id, issuer, patient_id, numbers, said)
               VALUES (%s, 0, %s, '', '', 'p', %s, '{}')""",
            (key, said, numbers),
        )
        standing = self.random.choice(("ordered", "ordered", "cancelled"))
        self.put(
            """INSERT INTO imaging_order (numbers, placer, filler, accession, issuer, patient_id, standing, status,
                   procedure_code, procedure, modality, priority, location, requester, study_instance_uid, ordered_at,
                   changed_at)
               VALUES (%s, '', '', %s, '', 'p', %s, '', '', '', '', 'routine', '', '', '', %s, %s)""",
            (numbers, f"A{study}", standing, self.random.choice((said, said, None)), said),
        )

    def report(self, study: str, at: datetime) -> None:
        key, said = self.message(REPORTS, at)
        self.put(
            """INSERT INTO report (message_key, item, sent_at, control_id, issuer, patient_id, numbers,
                   study_instance_uid, status, said) VALUES (%s, 0, %s, '', '', 'p', %s, '', 'final', '{}')""",
            (key, said, [f"f:A{study}"]),
        )
        self.event("signed", study, said, payload='{"status": "final"}')

    def study(self, number: int) -> None:
        """Make a study with its apps; what else happens to it comes in any order."""
        study, came = f"s{number}", FIRST + timedelta(minutes=self.random.uniform(0, DAYS * 1440))
        self.put(
            """INSERT INTO study (study_key, study_instance_uid, patient_key, accession_number, study_date, study_time,
                   description, state, first_received_at, last_received_at, complete_at, study_at)
               SELECT %s, %s, patient_key, %s, '', '', 'thorax', 'routed', %s, %s, %s, %s FROM patient""",
            (study, f"1.{number}", f"A{study}", came, came + timedelta(minutes=1), came, came - timedelta(minutes=3)),
        )
        for app in self.random.sample(APPS, self.random.choice((1, 2))):
            row = self.put(
                """INSERT INTO job (study_key, revision, app_id, app_version, input_digest, inputs, state, outcome,
                       created_at, updated_at)
                   VALUES (%s, 1, %s, '1', '', '{}', 'done', 'found', %s, %s) RETURNING job_key""",
                (study, app, came, came),
            ).fetchone()
            job = (row or [None])[0]
            self.event("queued", study, came, job)
            for _ in range(self.random.choice((0, 1, 1, 2))):
                self.event("confirmed", study, came + timedelta(minutes=self.random.uniform(1, 50)), job)
        self.happen(study, came)

    def happen(self, study: str, came: datetime) -> None:
        """Let orders, readers and reports come: none, one or several."""
        later = [came + timedelta(minutes=self.random.uniform(1, 90)) for _ in range(8)]
        acts: dict[str, Callable[[datetime], None]] = {
            "order": lambda at: self.order(study, at - timedelta(hours=2)),
            "report": lambda at: self.report(study, at),
            "unsigned": lambda at: self.event("unsigned", study, at),
            **{kind: partial(self.event, kind, study) for kind in ("opened", "launched", "closed", "called", "signed")},
        }
        weights = (3, 3, 1, 3, 1, 3, 1, 1)
        for name, at in zip(self.random.choices(list(acts), weights, k=self.random.randrange(8)), later, strict=False):
            acts[name](at)

    def correct(self) -> None:
        """Change what was told of some studies long ago."""
        for number in self.random.sample(range(STUDIES), STUDIES // 3):
            self.happen(f"s{number}", FIRST + timedelta(days=DAYS / 2))
        self.put("UPDATE job SET state = 'discarded' WHERE app_id = 'bleed' AND mod(hashtext(study_key), 9) = 0")
        self.put("UPDATE study SET accession_number = '' WHERE mod(hashtext(study_key), 11) = 0")
        self.put("DELETE FROM imaging_order WHERE mod(hashtext(accession), 7) = 0")


@pytest.fixture
async def store(database: str) -> PostgresStore:
    one = PostgresStore(database, Stage.SHADOW, connections=2)
    await one.open()
    return one


async def plain(store: PostgresStore) -> tuple[list[Row], dict[str, list[Timeline]]]:
    """Make every timeline; rows of moments for each app that has a job, and the timelines of each app."""
    async with store.transaction() as transaction:
        told = await timelines.moments_between(transaction, *SPAN)
        pairs = await timelines.pairs(transaction, ["ris"], *SPAN)
        jobs = await transaction.rows(
            """SELECT study_instance_uid AS uid, app_id FROM job JOIN study USING (study_key)
               WHERE job.state <> 'discarded'"""
        )
    clocks = Clocks(read_pairs(pairs, ZONE), ZONE)
    of_study: dict[str, list[Any]] = {}
    for row in told:
        of_study.setdefault(row["study_instance_uid"], []).append(row)
    lines = {uid: timeline(moments_of_rows(part, ZONE), clocks, NOW) for uid, part in of_study.items()}
    found = [row_of(lines[job["uid"]], job["app_id"]) for job in jobs]
    return found, {app: [lines[job["uid"]] for job in jobs if job["app_id"] == app] for app in APPS}


def row_of(line: Timeline, app: str) -> Row:
    def first(kind: MomentKind) -> Placed | None:
        return next((one for one in line.placed if one.moment.kind is kind and one.moment.app in {"", app}), None)

    signed = first(MomentKind.SIGNED)
    kinds = (MomentKind.RECEIVED_LAST, MomentKind.ORDERED, MomentKind.VISIBLE, MomentKind.OPENED, MomentKind.SIGNED)
    moments = [found.at if (found := first(kind)) else None for kind in kinds]
    moments += [signed.low, signed.high] if signed else [None, None]
    calls = sum(one.moment.kind is MomentKind.CALLED for one in line.placed)
    return (app, calls, *(round(at.timestamp(), 3) if at else None for at in moments))


async def agree(store: PostgresStore) -> None:
    """Hold both routes against each other: every row, and the words made of them."""
    rows, lines = await plain(store)
    async with store.transaction() as transaction:
        columns = await study_times.read(transaction, *SPAN, is_shown=True)
        said = await timelines.ris_pairs(transaction, *SPAN)
    cases = cases_of(columns, Clocks([], ZONE, clock_columns(said)))
    names = ("received", "ordered", "visible", "opened", "signed", "signed_low", "signed_high")
    table = np.array([getattr(cases, name) for name in names]).T
    fast = [
        (str(app), int(calls), *(None if np.isnan(at) else round(float(at), 3) for at in moments))
        for app, calls, moments in zip(cases.app, cases.calls, table, strict=True)
    ]
    assert Counter(fast) == Counter(rows)
    for figure in time_figures(cases, ZONE):
        if (figure.exam, figure.hours) == ("all", "all"):
            _same_words(figure, figure.app, lines[figure.app])


def _same_words(figure: Any, app: str, lines: Sequence[Timeline]) -> None:
    waits = [wait for line in lines for wait in line.waits if wait.app == app]
    how = Counter(wait.how for wait in waits)
    assert (figure.waited.n, figure.waited.left, figure.waited.never) == tuple(how[end] for end in WaitEnd)
    minutes = sum(wait.minutes for wait in waits if wait.how is WaitEnd.VISIBLE)
    assert figure.waited.minutes == pytest.approx(minutes)
    first = Counter(line.first.get(app, "") for line in lines)
    told = (figure.first.app, figure.first.reader, figure.first.undecided, figure.first.unsigned)
    assert told == (first["app"], first["reader"], first["undecided"], first[""])


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_table_says_what_the_timelines_say_also_after_corrections(
    store: PostgresStore, database: str, seed: int
) -> None:
    with psycopg.connect(database) as connection:
        days = Days(connection, seed)
        days.put(
            """INSERT INTO patient (issuer, patient_id, name, birth_date, sex, updated_at)
               VALUES ('', 'p', '', '', '', now())"""
        )
        days.talk()
        for number in range(STUDIES):
            days.study(number)
        # As the server does by itself within a minute: without it a plan for empty tables takes half a minute.
        days.put("ANALYZE")
        connection.commit()
        await agree(store)
        days.correct()
        connection.commit()
        await agree(store)
    await store.close()
