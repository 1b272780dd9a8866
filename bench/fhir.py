"""Searches by FHIR over many studies: how long the answers take, and which indexes they use."""

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from bench.figures import emit, emit_all
from bench.material import Apps
from tests.e2e.site import Site, site

STUDIES, ASKS = 20_000, 40
TARGET_S = 0.05
# Four studies a patient, a film each; two live apps and one in shadow look at each, and one in six has a finding.
SEED = (
    "SET session_replication_role = replica",  # nobody is told of what was there before
    """INSERT INTO app_stage (app_id, app_version, stage, at, actor, reason)
       SELECT app, '1', CASE WHEN app = 'third' THEN 'shadow' ELSE 'live' END, now(), 'bench', 'bench'
       FROM unnest(ARRAY['first', 'second', 'third']) AS app""",
    """INSERT INTO patient (issuer, patient_id, name, birth_date, sex, updated_at)
       SELECT 'HOSP', 'P' || n, 'Doe^' || n, '19500101', 'F', now() - n * interval '1 minute'
       FROM generate_series(1, %(studies)s / 4) AS n""",
    """INSERT INTO study (study_key, study_instance_uid, patient_key, accession_number, study_date, study_time,
           description, state, study_at, first_received_at, last_received_at, complete_at, priority)
       SELECT md5(n::text), '1.2.' || n, patient_key, 'B' || n, '20260101', '', 'X-thorax', 'routed', at, at, at, at,
           'routine'
       FROM generate_series(1, %(studies)s) AS n
           JOIN patient ON patient_id = 'P' || (1 + mod(n, %(studies)s / 4)),
           LATERAL (SELECT now() - n * interval '5 minutes' AS at) AS moment""",
    """INSERT INTO instance (sop_instance_uid, study_key, revision, series_instance_uid, sop_class_uid,
           transfer_syntax_uid, role, attributes, pixel_digest, header_digest, path, size, received_at)
       SELECT study_instance_uid || '.1', study_key, 1, study_instance_uid || '.2', '', '', 'image',
           '{"modality": "CR", "patient_age": "070Y"}', '', '', '', 1, first_received_at FROM study""",
    """INSERT INTO job (study_key, revision, app_id, app_version, input_digest, inputs, state, outcome, created_at,
           updated_at)
       SELECT study_key, 1, app, '1', '', '{}', 'done',
           CASE WHEN random() < 1.0 / 6 THEN 'found' ELSE 'nothing_found' END, complete_at,
           complete_at + interval '3 seconds'
       FROM study CROSS JOIN unnest(ARRAY['first', 'second', 'third']) AS app ORDER BY complete_at, app""",
    """INSERT INTO result (job_key, status, outcome, reason_code, notes, segments, attachments, created_at)
       SELECT job_key, 'analysed', outcome, '', '[]', '[]', '[]', updated_at FROM job""",
    """INSERT INTO finding (job_key, ordinal, finding_id, code, evaluation, score, scale_low, scale_high, direction,
           calibrated, threshold, images, regions, measurements)
       SELECT job_key, ordinal, 'finding', '{"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"}',
           CASE WHEN outcome = 'found' THEN 'present' ELSE 'absent' END, .5, 0, 1, 'higher-is-present', false, .5, '{}',
           '[]', '[]'
       FROM job, generate_series(0, 1) AS ordinal""",
    """INSERT INTO attempt (job_key, attempt, started_at, ended_at, outcome)
       SELECT job_key, 1, created_at, updated_at, 'answered' FROM job""",
    "SET session_replication_role = origin",
    "ANALYZE",
)
SEARCHES = {
    "by patient": "{kind}?patient=HOSP|P77",
    "by accession number": "{kind}?accession=B777",
    "of a day": "{kind}?{date}=ge{day}&{date}=lt{next}",
    "by status": "{kind}?status={status}",
    "changed since": "{kind}?_lastUpdated=ge{day}",
    "newest": "{kind}",
}
STATUS = {
    "ImagingStudy": "available",
    "Observation": "preliminary",
    "DiagnosticReport": "preliminary",
    "Task": "completed",
}


def measure(folder: Path, apps: Apps) -> None:
    """Measure every search for every kind, a page in the middle, and a count."""
    with site(folder, pacs=None, apps=apps.folders) as one:
        one.start()
        with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as database:
            for statement in SEED:
                database.execute(statement.encode(), {"studies": STUDIES} if "%(" in statement else None)
            row = database.execute("SELECT now()::date - 10, now()::date - 9").fetchone()
            day, following = row or ("", "")
            before = _whole_reads(database)
            for name, path in _paths(str(day), str(following)):
                _ask(one, name, path)
            _ask(one, "Observation: by code", f"Observation?code=233604007&date=ge{day}")
            _ask(one, "DiagnosticReport: page in the middle", _middle(one))
            _ask(one, "Task: by a status that none has", "Task?status=failed")
            after = _whole_reads(database)
            for table, number in after.items():
                emit(f"fhir: whole reads of {table}", "times", number - before[table])
            _ask(one, "Observation: count of all", "Observation?_summary=count", target=None)


def _paths(day: str, following: str) -> Iterator[tuple[str, str]]:
    for kind, status in STATUS.items():
        for name, pattern in SEARCHES.items():
            values = {"kind": kind, "day": day, "next": following, "status": status, "date": "date"}
            yield f"{kind}: {name}", pattern.format(**values)


def _middle(one: Site) -> str:
    """Follow the pages for a while."""
    path = "DiagnosticReport"
    for _ in range(50):
        bundle: dict[str, Any] = one.get(f"/fhir/{path}")
        path = next(link["url"] for link in bundle["link"] if link["relation"] == "next").partition("/fhir/")[2]
    return path


def _ask(one: Site, name: str, path: str, target: float | None = TARGET_S) -> None:
    seconds, found = [], {}
    for _ in range(ASKS):
        begin = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{one.web_port}/fhir/{path}", timeout=60) as answer:
            content = answer.read()
        seconds.append(time.monotonic() - begin)
        found = json.loads(content)
    rows = found.get("total", len(found.get("entry", ())))
    emit_all(f"fhir: {name}", "s", seconds, target=target, studies=STUDIES, rows=rows, load=os.getloadavg()[0])


def _whole_reads(database: psycopg.Connection) -> dict[str, int]:
    """Count how often each large table was read from end to end; each connection tells of it within a second."""
    time.sleep(2)
    rows = database.execute(
        "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname IN ('study', 'job', 'finding', 'instance')"
    ).fetchall()
    return {str(table): int(number) for table, number in rows}
