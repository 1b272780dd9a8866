"""What every version of an app said, and what is known of the studies that it spoke of."""

from collections.abc import Mapping, Sequence
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction
from collega.model.finding import Evaluation

# Of several runs of a version on a study, the last one that stands; versions in the order in which they began here.
SPOKEN = """WITH begun AS (
        SELECT app_version, min(updated_at) AS at FROM job WHERE app_id = %(app)s GROUP BY app_version)
    SELECT DISTINCT ON (f.finding_id, b.at, j.app_version, j.study_key)
        f.finding_id, j.app_version, j.study_key, f.evaluation
    FROM job j JOIN begun b USING (app_version) JOIN result r USING (job_key) JOIN finding f USING (job_key)
    WHERE j.app_id = %(app)s AND j.state NOT IN ('superseded', 'discarded') AND r.status = 'analysed'
    ORDER BY f.finding_id, b.at, j.app_version, j.study_key, j.updated_at DESC, (f.evaluation = 'present') DESC"""
ABOUT = """SELECT s.study_key, s.study_instance_uid, s.study_at, s.study_date, p.birth_date, p.sex,
        coalesce((SELECT max(i.attributes->>'station') FROM instance i WHERE i.study_key = s.study_key), '') AS scanner,
        coalesce((SELECT string_agg(DISTINCT i.attributes->>'view_position', ', ' ORDER BY
            i.attributes->>'view_position') FROM instance i WHERE i.study_key = s.study_key AND i.role = 'image'
            AND i.attributes->>'view_position' <> ''), '') AS view
    FROM study s JOIN patient p USING (patient_key) WHERE s.study_key = ANY(%s)"""
APPS = """SELECT app_id, app_version, count(DISTINCT study_key) AS studies, min(updated_at) AS begun
    FROM job JOIN result r USING (job_key) WHERE state NOT IN ('superseded', 'discarded') AND r.status = 'analysed'
    GROUP BY app_id, app_version ORDER BY app_id, begun"""
WORDS = {Evaluation.PRESENT: True, Evaluation.ABSENT: False}
Spoken = Mapping[str, Mapping[str, Mapping[str, bool | None]]]


async def spoken(transaction: PostgresTransaction, app_id: str) -> Spoken:
    """Give an app's words by finding, version and study; None where it did not decide."""
    told: dict[str, dict[str, dict[str, bool | None]]] = {}
    for row in await transaction.rows(SPOKEN, {"app": app_id}):
        words = told.setdefault(row["finding_id"], {}).setdefault(row["app_version"], {})
        words[row["study_key"]] = WORDS.get(Evaluation(row["evaluation"]))
    return told


async def about(transaction: PostgresTransaction, study_keys: Sequence[str]) -> list[dict[str, Any]]:
    """Tell when, on what scanner and of whom these studies were made."""
    return await transaction.rows(ABOUT, (list(study_keys),))


async def apps(transaction: PostgresTransaction) -> list[dict[str, Any]]:
    """List app versions that have analysed something, those of an app in the order in which they began."""
    return await transaction.rows(APPS)
