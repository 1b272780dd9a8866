"""Moments and columns out of the real database."""

from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest

from collega.adapters.postgres import study_times, timelines
from collega.adapters.postgres.order_coverage import orders_since
from collega.adapters.postgres.store import PostgresStore
from collega.model.app import Stage

pytestmark = pytest.mark.shows("R26", "R31")
AT = datetime(2026, 11, 24, 11, tzinfo=UTC)
SEED = """
INSERT INTO patient (issuer, patient_id, name, birth_date, sex, updated_at) VALUES ('', 'p', '', '', '', now());
INSERT INTO study (study_key, study_instance_uid, patient_key, accession_number, study_date, study_time, description,
    state, first_received_at, last_received_at, complete_at)
    SELECT 's' || n, '1.2.' || n, patient_key, 'A' || n, '', '', 'thorax', 'routed', at, at + interval '1 minute',
        at + interval '2 minutes' FROM patient, generate_series(1, 2) AS n,
        LATERAL (SELECT timestamptz '2026-11-24 11:00Z' + n * interval '1 hour' AS at) AS moment;
INSERT INTO instance (sop_instance_uid, study_key, revision, series_instance_uid, sop_class_uid, transfer_syntax_uid,
    role, attributes, pixel_digest, header_digest, path, size, received_at, acquired_at)
    SELECT 'i' || study_key, study_key, 1, '', '', '', 'image', '{"modality": "CT", "station": "CT1"}', '', '', '', 1,
        first_received_at, first_received_at - interval '5 minutes' FROM study;
INSERT INTO procedure_step (sop_instance_uid, state, study_instance_uids, source, created_at, changed_at, series, began,
    ended) VALUES ('step', 'COMPLETED', '{1.2.1}', 'CTAE', '2026-11-24 11:50Z', '2026-11-24 11:55Z', '[]',
        '20261124125000', '20261124125500');
INSERT INTO hl7_message (received_at, source, sender, control_id, kind, sent_at, digest, encoded, state)
    SELECT '2026-11-24 11:30Z', '', 'RIS', n::text, '', '2026-11-24 11:31Z', n::text::bytea, '', 'applied'
    FROM generate_series(1, 30) AS n;
INSERT INTO imaging_order (numbers, placer, filler, accession, issuer, patient_id, standing, status, procedure_code,
    procedure, modality, priority, location, requester, study_instance_uid, ordered_at, changed_at)
    SELECT ARRAY['f:A' || n], '', '', 'A' || n, '', 'p', CASE n WHEN 4 THEN 'cancelled' ELSE 'ordered' END,
        CASE n WHEN 3 THEN 'CM' ELSE ''
        END, '', '', 'CT', 'routine', '', '', '', '2026-11-24 10:00Z', '2026-11-24 10:00Z'
        FROM generate_series(1, 5) AS n;
INSERT INTO coverage_study (study_instance_uid, accession_number, modalities, first_seen_at, state, apps)
    VALUES ('1.2.5', 'A5', '{CT}', now(), 'missing', '{"bleed": "yes"}');
INSERT INTO order_said (message_key, item, sent_at, control_id, issuer, patient_id, numbers, said)
    SELECT message_key, 0, sent_at, '', '', 'p', '{f:A1}', '{}' FROM hl7_message WHERE control_id = '1';
INSERT INTO report (message_key, item, sent_at, control_id, issuer, patient_id, numbers, study_instance_uid, status,
    said)
    SELECT message_key, 0, sent_at, '', '', 'p', '{f:A1}', '', 'final', '{}'
    FROM hl7_message WHERE control_id = '2';
INSERT INTO job (study_key, revision, app_id, app_version, input_digest, inputs, state, outcome, created_at, updated_at)
    SELECT study_key, 1, 'bleed', '1', '', '{}', 'done', 'found', complete_at, complete_at FROM study;
INSERT INTO app_stage (app_id, app_version, stage, at, actor, reason)
    VALUES ('bleed', '1', 'live', '2026-11-24 12:30Z', '', '');
INSERT INTO event (at, kind, study_key, job_key, actor, payload)
    SELECT j.created_at + e.after, e.kind, j.study_key, CASE WHEN e.kind IN ('confirmed', 'started') THEN j.job_key END,
        'K3', '{}' FROM job j, (VALUES ('started', interval '1 minute'), ('confirmed', interval '4 minutes'),
            ('confirmed', interval '9 minutes'), ('closed', interval '1 minute'), ('opened', interval '2 minutes'),
            ('closed', interval '7 minutes'), ('called', interval '8 minutes')) AS e (kind, after);
INSERT INTO event (at, kind, study_key, actor, payload) VALUES
    ('2026-11-24 14:00Z', 'signed', 's1', 'x', '{"status": "final"}'),
    ('2026-11-24 11:00Z', 'routed', 's1', 'x', '{"decisions": {"bleed": "yes", "chest": "no: modality is CT"}}');
"""


@pytest.fixture
async def store(database: str) -> PostgresStore:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in SEED.split(";\n"):
            connection.execute(statement.encode())
    one = PostgresStore(database, Stage.SHADOW, connections=2)
    await one.open()
    return one


async def test_a_study_has_its_moments_by_the_clocks_that_told_them(store: PostgresStore) -> None:
    async with store.transaction() as transaction:
        rows = await timelines.moments_of(transaction, "1.2.1")
        both = await timelines.moments_between(transaction, AT, AT + timedelta(hours=3))
        none = await timelines.moments_of(transaction, "1.2.9")
    await store.close()
    told = {(row["kind"], row["owner"], row["clock"], row["app"]) for row in rows}
    assert {
        ("ordered", "ris", "RIS", ""),
        ("step_ended", "scanner", "CTAE", ""),
        ("acquired_last", "scanner", "CTAE", ""),
        ("received_last", "collega", "", ""),
        ("started", "collega", "", "bleed"),
        ("visible", "collega", "", "bleed"),
        ("opened", "reader", "", ""),
        ("signed", "ris", "RIS", ""),
    } <= told
    (visible,) = (row["at"] for row in rows if row["kind"] == "visible")
    assert visible == AT + timedelta(hours=1, minutes=6), "the first of an app's objects"
    assert [row["kind"] for row in rows].count("signed") == 1
    assert {row["study_instance_uid"] for row in both} == {"1.2.1", "1.2.2"}
    assert {row["clock"] for row in both if row["kind"] == "acquired_last"} == {"CTAE", "CT1"}
    assert none == []


async def test_columns_for_figures_have_one_entry_for_each_app_and_study(store: PostgresStore) -> None:
    async with store.transaction() as transaction:
        found = await study_times.read(transaction, AT, AT + timedelta(hours=3), is_shown=False)
        empty = await study_times.read(transaction, AT - timedelta(days=9), AT - timedelta(days=8), is_shown=False)
    await store.close()
    columns = {**found.labels, **found.moments}
    two, one = (
        {name: column[place] for name, column in columns.items()} for place in np.argsort(-found.moments["made"])
    )
    assert (one["app_id"], one["exam"], one["order_clock"]) == ("bleed", "CT · thorax", "RIS")
    assert (one["shown"], two["shown"]) == (False, True), "it went live between the two"
    assert one["visible"] - one["received"] == 5 * 60
    assert one["closed"] - one["opened"] == 5 * 60, "the first closing after it was opened"
    assert two["ordered"] == one["ordered"], "the second order was never linked; its number finds it"
    assert (one["calls"], one["report_clock"], np.isnan(two["signed"])) == (1, "RIS", True)
    assert (found.studies, empty.studies, empty.moments["made"].size) == (2, 0, 0)


async def test_pairs_are_the_quickest_four_of_each_hour(store: PostgresStore) -> None:
    async with store.transaction() as transaction:
        found = await timelines.pairs(
            transaction, ["ris", "scanner", "images", "reader"], AT - timedelta(days=1), AT + timedelta(days=1)
        )
    await store.close()
    owners = [row["owner"] for row in found]
    assert {name: owners.count(name) for name in set(owners)} == {"ris": 4, "scanner": 2, "images": 2, "reader": 8}


async def test_orders_tell_what_became_of_them(store: PostgresStore) -> None:
    async with store.transaction() as transaction:
        rows = {row["accession"]: row for row in await orders_since(transaction, AT - timedelta(days=1))}
    await store.close()
    assert {name: (row["is_received"], row["is_made"]) for name, row in rows.items()} == {
        "A1": (True, True),
        "A2": (True, True),
        "A3": (False, True),
        "A4": (False, False),
        "A5": (False, True),
    }
    assert rows["A1"]["work"]["bleed"]["outcome"] == "found"
    assert rows["A1"]["decisions"]["chest"] == "no: modality is CT"
    assert rows["A5"]["pacs_apps"] == {"bleed": "yes"}
    assert rows["A4"]["standing"] == "cancelled"
