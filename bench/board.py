"""The board with many studies, and how soon an open page hears of a change."""

import asyncio
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from bench.figures import emit, emit_all
from bench.material import Apps
from tests.e2e.site import Site, site

from collega.adapters.postgres import board

STUDIES, STREAMS, EVENTS, ASKS = 20_000, 50, 100, 20
TARGET_WORKLIST_S, TARGET_MESSAGE_S = 0.5, 0.5
BETWEEN_S = 0.05
# Each study has one film, two jobs and fourteen events, as one that went through the line; a third was found in.
SEED = (
    "SET session_replication_role = replica",  # nobody is told of what was there before
    """INSERT INTO patient (issuer, patient_id, name, birth_date, sex, updated_at)
       VALUES ('', 'bench', '', '19500101', 'F', now())""",
    """INSERT INTO study (study_key, study_instance_uid, patient_key, accession_number, study_date, study_time,
           description, state, first_received_at, last_received_at, complete_at, priority)
       SELECT md5(n::text), '1.2.' || n, patient_key, 'B' || n, '20260101', '', 'X-thorax', 'routed', at, at, at,
           (ARRAY['stat', 'high', 'routine', 'low', 'unknown'])[1 + mod(n, 5)]
       FROM patient, generate_series(1, %(studies)s) AS n,
           LATERAL (SELECT now() - n * %(hours)s::float8 / %(studies)s * interval '1 hour' AS at) AS moment""",
    """INSERT INTO instance (sop_instance_uid, study_key, revision, series_instance_uid, sop_class_uid,
           transfer_syntax_uid, role, attributes, pixel_digest, header_digest, path, size, received_at)
       SELECT study_instance_uid || '.1', study_key, 1, study_instance_uid || '.2', '', '', 'image',
           '{"modality": "CR", "patient_age": "070Y"}', '', '', '', 1, first_received_at FROM study""",
    """INSERT INTO job (study_key, revision, app_id, app_version, input_digest, inputs, state, outcome, created_at,
           updated_at)
       SELECT study_key, 1, app, '1', '', '{}', 'done',
           CASE WHEN random() < 1.0 / 6 THEN 'found' ELSE 'nothing_found' END, complete_at,
           complete_at + interval '3 seconds'
       FROM study, unnest(ARRAY['first', 'second']) AS app""",
    """INSERT INTO event (at, kind, study_key, actor, payload)
       SELECT first_received_at, kind, study_key, 'bench', '{}' FROM study, unnest(ARRAY['received', 'complete',
           'routed', 'queued', 'started', 'ended', 'normalised', 'planned', 'queued', 'started', 'ended',
           'normalised', 'delivered', 'opened']) AS kind""",
    "SET session_replication_role = origin",
    "ANALYZE",
)


def measure(folder: Path, apps: Apps) -> None:
    """Measure with all studies of the table on the board, and with a tenth of them."""
    for hours, share in ((20.0, "all within the hours shown"), (240.0, "a tenth within the hours shown")):
        with site(folder / f"{hours:.0f}", pacs=None, apps=apps.folders) as one:
            one.start()
            with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as database:
                for statement in SEED:
                    database.execute(
                        statement.encode(), {"studies": STUDIES, "hours": hours} if "%(" in statement else None
                    )
                _ask(one, share)
                _explain(database, share)
                if hours == 20.0:  # noqa: PLR2004 - the heavier of the two
                    asyncio.run(_listen(one, database))


def _ask(one: Site, share: str) -> None:
    for name, path in (("worklist as JSON", "/api/worklist?limit=200"), ("rows of the board", "/board/rows")):
        seconds = []
        for _ in range(ASKS):
            begin = time.monotonic()
            with urllib.request.urlopen(f"http://127.0.0.1:{one.web_port}{path}", timeout=60) as answer:
                answer.read()
            seconds.append(time.monotonic() - begin)
        emit_all(name, "s", seconds, target=TARGET_WORKLIST_S, studies=STUDIES, share=share, rows=200)


def _explain(database: psycopg.Connection, share: str) -> None:
    since = datetime.now(UTC) - timedelta(hours=24)
    questions: tuple[tuple[str, str, Any], ...] = (
        ("candidates", board.CANDIDATES, {"since": since}),
        ("found", board.FOUND, (since,)),
    )
    for name, query, values in questions:
        row = database.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}".encode(), values).fetchone()
        plan = row[0][0] if row else {}
        emit(f"query: {name}", "s", plan["Execution Time"] / 1000, studies=STUDIES, share=share)


async def _listen(one: Site, database: psycopg.Connection) -> None:
    """Open many streams, record events one by one, and see when each stream tells of each."""
    heard: dict[int, list[float]] = {}
    streams = [asyncio.create_task(stream(one.web_port, heard)) for _ in range(STREAMS)]
    await asyncio.sleep(2)
    committed: dict[int, float] = {}
    for number in range(EVENTS):
        begin = time.monotonic()
        row = await asyncio.to_thread(_record, database, number)
        committed[row] = begin
        await asyncio.sleep(BETWEEN_S)
    await asyncio.sleep(2)
    for task in streams:
        task.cancel()
    delays = [at - begin for key, begin in committed.items() for at in heard.get(key, ())]
    missing = STREAMS * EVENTS - len(delays)
    emit_all("event to open page", "s", delays, target=TARGET_MESSAGE_S, streams=STREAMS, missing=missing)


def _record(database: psycopg.Connection, number: int) -> int:
    row = database.execute(
        """INSERT INTO event (at, kind, study_key, actor, payload)
           VALUES (now(), 'opened', md5(%s::text), 'bench', '{}') RETURNING event_key""",
        (number + 1,),
    ).fetchone()
    return int(row[0]) if row else 0


async def stream(port: int, heard: dict[int, list[float]]) -> None:
    """Keep one stream of changes open, and note when each came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/live HTTP/1.1\r\nHost: bench\r\n\r\n")
    try:
        async for line in reader:
            if line.startswith(b"id: "):
                heard.setdefault(int(line[4:]), []).append(time.monotonic())
    finally:
        writer.close()
