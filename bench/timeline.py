"""Figures of time over a hundred thousand studies, with orders, reports and readers.

As on a site, a worker has worked off what is due; how long it needs where all is due, as after an upgrade, is told too.
"""

import time
from pathlib import Path

import psycopg
from bench.figures import emit, emit_all
from bench.material import Apps
from tests.e2e.site import site

STUDIES, ASKS, TARGET_S = 100_000, 5, 2.0
# One study every five minutes: a year of a hospital. Each has an image, a job, an order, a report and two messages.
SEED = (
    "SET session_replication_role = replica",
    """INSERT INTO patient (issuer, patient_id, name, birth_date, sex, updated_at)
       VALUES ('', 'bench', '', '19500101', 'F', now())""",
    """INSERT INTO study (study_key, study_instance_uid, patient_key, accession_number, study_date, study_time,
           description, state, first_received_at, last_received_at, complete_at)
       SELECT md5(n::text), '1.2.' || n, patient_key, 'B' || n, '20260101', '', 'X-thorax', 'routed', at,
           at + interval '1 minute', at + interval '2 minutes'
       FROM patient, generate_series(1, %(studies)s) AS n,
           LATERAL (SELECT now() - n * interval '5 minutes' AS at) AS moment""",
    """INSERT INTO instance (sop_instance_uid, study_key, revision, series_instance_uid, sop_class_uid,
           transfer_syntax_uid, role, attributes, pixel_digest, header_digest, path, size, received_at)
       SELECT study_instance_uid || '.1', study_key, 1, '', '', '', 'image',
           jsonb_build_object('modality', (ARRAY['CR', 'CT', 'MR'])[1 + mod(abs(hashtext(study_key)), 3)],
               'body_part', 'CHEST'), '', '', '', 1, first_received_at FROM study""",
    """INSERT INTO job (study_key, revision, app_id, app_version, input_digest, inputs, state, outcome, created_at,
           updated_at)
       SELECT study_key, 1, 'first', '1', '', '{}', 'done', 'nothing_found', complete_at, complete_at FROM study""",
    """INSERT INTO app_stage (app_id, app_version, stage, at, actor, reason)
       VALUES ('first', '1', 'live', '2020-01-01', '', '')""",
    """INSERT INTO event (at, kind, study_key, job_key, actor, payload)
       SELECT created_at + random() * interval '9 minutes', kind, study_key, job_key, 'bench', '{}' FROM job,
           unnest(ARRAY['queued', 'started', 'ended', 'delivered', 'confirmed', 'opened', 'closed']) AS kind""",
    """INSERT INTO hl7_message (received_at, source, sender, control_id, kind, sent_at, digest, encoded, state)
       SELECT first_received_at + after, '', 'RIS', study_key, kind, first_received_at + after + interval '5 minutes'
           - random() * interval '20 seconds', (study_key || kind)::bytea, repeat('x', 600)::bytea, 'applied'
       FROM study, (VALUES ('ORM', interval '-40 minutes'), ('ORU', interval '30 minutes')) AS m (kind, after)""",
    """INSERT INTO order_said (message_key, item, sent_at, control_id, issuer, patient_id, numbers, said)
       SELECT m.message_key, 0, m.sent_at, '', '', '', ARRAY['f:' || s.accession_number], '{}' FROM hl7_message m
       JOIN study s ON s.study_key = m.control_id WHERE m.kind = 'ORM'""",
    """INSERT INTO imaging_order (numbers, placer, filler, accession, issuer, patient_id, standing, status,
           procedure_code, procedure, modality, priority, location, requester, study_instance_uid, ordered_at,
           changed_at)
       SELECT ARRAY['f:' || accession_number], '', '', accession_number, p.issuer, p.patient_id, 'ordered',
           'CM', '', 'Thorax', '', 'routine', '', '', '',
           first_received_at - interval '35 minutes', first_received_at
       FROM study JOIN patient p USING (patient_key)""",
    """INSERT INTO report (message_key, item, sent_at, control_id, issuer, patient_id, numbers, study_instance_uid,
           status, said)
       SELECT m.message_key, 0, m.sent_at, '', '', '', ARRAY['f:' || s.accession_number], '', 'final', '{}'
       FROM hl7_message m JOIN study s ON s.study_key = m.control_id WHERE m.kind = 'ORU'""",
    """INSERT INTO event (at, kind, study_key, actor, payload)
       SELECT sent_at, 'signed', control_id, 'x', '{"status": "final"}' FROM hl7_message WHERE kind = 'ORU'""",
    "SET session_replication_role = origin",
    "INSERT INTO study_times_due SELECT study_key FROM study",
    "VACUUM ANALYZE",
)


def measure(folder: Path, apps: Apps) -> None:
    """Ask for the figures of the whole year, as the page does."""
    with site(folder, pacs=None, apps=apps.folders) as one:
        one.start()
        with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as database:
            for statement in SEED:
                database.execute(statement.encode(), {"studies": STUDIES} if "%(" in statement else None)
            emit("figures of time: from nothing", "s", _worked_off(database), studies=STUDIES)
        seconds = []
        for _ in range(ASKS):
            begin = time.monotonic()
            one.get("/api/timeline?days=366")
            seconds.append(time.monotonic() - begin)
        emit_all("figures of time", "s", seconds, target=TARGET_S, studies=STUDIES)


def _worked_off(database: psycopg.Connection) -> float:
    """Wait until nothing is due."""
    begin = time.monotonic()
    while database.execute("SELECT EXISTS (SELECT FROM study_times_due)").fetchone() == (True,):
        time.sleep(0.2)
    return time.monotonic() - begin
