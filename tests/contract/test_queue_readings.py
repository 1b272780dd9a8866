"""What a department is fitted to comes out of the real database: when cases came, were opened, were signed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
import pytest

from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.times.queue_readings import readings_between
from collega.config import Settings
from collega.model.app import Stage

AT = datetime(2026, 11, 24, 11, tzinfo=UTC)
SEED = """
INSERT INTO patient (issuer, patient_id, name, birth_date, sex, updated_at) VALUES ('', 'p', '', '', '', now());
INSERT INTO study (study_key, study_instance_uid, patient_key, accession_number, study_date, study_time, description,
    state, first_received_at, last_received_at, complete_at)
    SELECT 's' || n, '1.2.' || n, patient_key, 'A' || n, '', '', 'thorax', 'routed', at, at + interval '1 minute',
        at + interval '2 minutes' FROM patient, generate_series(1, 3) AS n,
        LATERAL (SELECT timestamptz '2026-11-24 11:00Z' + n * interval '1 hour' AS at) AS moment;
INSERT INTO instance (sop_instance_uid, study_key, revision, series_instance_uid, sop_class_uid, transfer_syntax_uid,
    role, attributes, pixel_digest, header_digest, path, size, received_at, acquired_at)
    SELECT 'i' || study_key, study_key, 1, '', '', '', 'image', '{"modality": "CT"}', '', '', '', 1,
        first_received_at, first_received_at - interval '5 minutes' FROM study;
INSERT INTO job (study_key, revision, app_id, app_version, input_digest, inputs, state, outcome, created_at, updated_at)
    SELECT study_key, 1, 'bleed', '1', '', '{}', 'done', 'found', complete_at, complete_at FROM study
    WHERE study_key < 's3';
INSERT INTO event (at, kind, study_key, actor, payload)
    SELECT first_received_at + e.after, e.kind, study_key, 'K3', e.payload::jsonb FROM study, (VALUES
        ('opened', interval '11 minutes', '{}'), ('opened', interval '40 minutes', '{}'),
        ('signed', interval '20 minutes', '{"status": "final"}')) AS e (kind, after, payload) WHERE study_key <> 's2';
"""


@pytest.mark.shows("R65", "R31")
async def test_arrivals_openings_and_signatures_with_the_exam_also_of_studies_without_an_app(
    database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in SEED.split(";\n"):
            connection.execute(statement.encode())
    store = PostgresStore(database, Stage.SHADOW, connections=2)
    await store.open()
    async with store.transaction() as transaction:
        found = await readings_between(transaction, Settings(data=tmp_path), AT, AT + timedelta(hours=9))
        none = await readings_between(transaction, Settings(data=tmp_path), AT - timedelta(days=2), AT)
    await store.close()
    assert len(none.arrived) == 0
    arrived = [(AT + timedelta(hours=hour, minutes=1)).timestamp() for hour in (1, 2, 3)]
    assert found.arrived.tolist() == arrived
    assert (found.opened - found.arrived)[[0, 2]].tolist() == [600.0, 600.0]
    assert (found.signed - found.opened)[[0, 2]].tolist() == [540.0, 540.0]
    assert np.isnan(found.opened[1])
    assert found.exam.tolist() == ["CT · thorax", "CT · thorax", "unknown"]
