"""The reference in the database, and what tells whether AI had been visible before."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction
from collega.measure.sight import Look, Spoke, StageChange
from collega.measure.site_validation import Run
from collega.model.app import Stage
from collega.model.feedback import Opinion, Seen
from collega.model.finding import Evaluation
from collega.model.label import Label, LabelWord, ReportLabels, Reservation
from collega.model.reference import ReferenceLabel, ReferenceSource, Strength, TruthWord

ADD = """INSERT INTO reference_label (study_key, finding_id, source, origin, number, word, strength, ai_visible, dated,
        at, actor, remark)
    SELECT %(study_key)s, %(finding_id)s, %(source)s, %(origin)s,
        1 + coalesce(max(number), 0), %(word)s, %(strength)s, %(ai_visible)s, %(dated)s, %(at)s, %(actor)s, %(remark)s
    FROM reference_label WHERE study_key = %(study_key)s AND finding_id = %(finding_id)s AND source = %(source)s
        AND origin = %(origin)s RETURNING number"""
KEPT = "SELECT * FROM reference_label ORDER BY study_key, finding_id, source, origin, number"
LATEST_REPORTS = """SELECT DISTINCT ON (study_key) l.* FROM report_labels l ORDER BY study_key, number DESC"""
# How many signed reports are labelled, and by whom the last one was; and how many with a reservation.
LABELLED = """SELECT count(*) FILTER (WHERE reservation <> 'language') AS reports,
        coalesce((array_agg(labeller ORDER BY at DESC))[1], '') AS labeller,
        count(*) FILTER (WHERE reservation = 'guess') AS guess,
        count(*) FILTER (WHERE reservation = 'language') AS language
    FROM (SELECT DISTINCT ON (study_key) labeller, report_version, at, reservation FROM report_labels
        ORDER BY study_key, number DESC) AS l WHERE report_version <> ''"""
LABELLERS = """SELECT DISTINCT labeller FROM (SELECT DISTINCT ON (study_key) labeller, report_version
    FROM report_labels ORDER BY study_key, number DESC) AS l WHERE report_version <> '' ORDER BY labeller"""
REPORT_WORDS = """SELECT w.study_key, w.finding_id, w.word FROM report_label w
    JOIN (SELECT study_key, max(number) AS number FROM report_labels GROUP BY study_key) l USING (study_key, number)
    WHERE %(finding)s::text IN ('', w.finding_id) ORDER BY w.study_key, w.place"""
OPINIONS = """SELECT f.study_key, f.finding_id, f.reader, f.number, f.opinion, f.ai_seen, f.at, f.remark, j.app_id,
        coalesce((SELECT evaluation FROM finding w WHERE w.job_key = f.job_key AND w.finding_id = f.finding_id
            LIMIT 1), '') AS said
    FROM feedback f JOIN job j USING (job_key)
    ORDER BY f.study_key, f.finding_id, f.reader, f.number"""
SPOKE = """SELECT e.study_key, j.app_id, j.app_version, min(e.at) AS at FROM event e JOIN job j USING (job_key)
    WHERE e.kind IN ('ended', 'delivered', 'confirmed') AND e.study_key = ANY(%s)
    GROUP BY e.study_key, j.job_key, j.app_id, j.app_version"""
LOOKS = """SELECT study_key, at, actor FROM event
    WHERE kind IN ('opened', 'launched', 'first_sight') AND study_key = ANY(%s)"""
# Who has the study's page, or AI's word on it, from us.
VIEWED = """SELECT study_key, at, actor FROM audit
    WHERE event IN ('study viewed', 'app word viewed', 'word asked') AND study_key = ANY(%s)"""
STAGES = "SELECT app_id, app_version, stage, at FROM app_stage ORDER BY app_stage_key"
# Of several runs of an app on a study, the last one that stands.
SAID = """SELECT DISTINCT ON (j.study_key) j.study_key, f.evaluation FROM job j JOIN result r USING (job_key)
        JOIN finding f USING (job_key)
    WHERE j.app_id = %(app)s AND %(version)s IN ('', j.app_version) AND f.finding_id = %(finding)s
        AND j.state <> 'superseded' AND r.status = 'analysed'
    ORDER BY j.study_key, j.updated_at DESC, (f.evaluation = 'present') DESC"""
# The last run of a version on each study that stands, with its highest score where several places were found.
RUNS = """SELECT DISTINCT ON (j.study_key) j.study_key, s.study_instance_uid, j.app_version, r.status, f.score,
        f.direction
    FROM job j JOIN result r USING (job_key) JOIN study s USING (study_key)
        LEFT JOIN LATERAL (SELECT max(score) AS score, max(direction) AS direction FROM finding
            WHERE job_key = j.job_key AND finding_id = %(finding)s) f ON true
    WHERE j.app_id = %(app)s AND j.app_version = %(version)s AND j.state NOT IN ('superseded', 'discarded')
    ORDER BY j.study_key, j.updated_at DESC"""
STUDIES = """SELECT study_key, study_instance_uid, accession_number, study_at, study_date
    FROM study WHERE study_instance_uid = ANY(%(names)s) OR accession_number = ANY(%(names)s)"""


async def add(transaction: PostgresTransaction, label: ReferenceLabel) -> int:
    """Keep a version of a label; gives its number, whatever number it came with."""
    (row,) = await transaction.rows(ADD, asdict(label))
    return int(row["number"])


async def kept(transaction: PostgresTransaction) -> list[ReferenceLabel]:
    """List the labels of panels, follow-up and other data, with every version of each."""
    return [
        ReferenceLabel(
            **{
                **row,
                "source": ReferenceSource(row["source"]),
                "word": TruthWord(row["word"]),
                "strength": Strength(row["strength"]),
                "ai_visible": Seen(row["ai_visible"]),
            }
        )
        for row in await transaction.rows(KEPT)
    ]


async def report_labels(transaction: PostgresTransaction, finding: str = "") -> list[ReportLabels]:
    """List the labels of every signed report as it stands, without sentences; of one finding where it is named."""
    words: dict[str, list[Label]] = {}
    for row in await transaction.rows(REPORT_WORDS, {"finding": finding}):
        made = Label(finding_id=row["finding_id"], word=LabelWord(row["word"]), sentence="")
        words.setdefault(row["study_key"], []).append(made)
    found = await transaction.rows(LATEST_REPORTS)
    return [
        ReportLabels(
            **{
                **row,
                "looked_for": tuple(row["looked_for"]),
                "reservation": Reservation(row["reservation"]),
                "labels": tuple(words.get(row["study_key"], ())),
            }
        )
        for row in found
        if row["report_version"]
    ]


async def labellers(transaction: PostgresTransaction) -> list[str]:
    """Name every labeller whose word on a signed report counts now."""
    return [row["labeller"] for row in await transaction.rows(LABELLERS)]


async def labelled(transaction: PostgresTransaction) -> tuple[int, str]:
    """Count the signed reports that are labelled, and name the labeller of the last one; empty where there is none."""
    (row,) = await transaction.rows(LABELLED)
    return int(row["reports"]), str(row["labeller"])


async def reserved(transaction: PostgresTransaction) -> dict[str, int]:
    """Count the signed reports whose labels are worth less, by `Reservation`."""
    (row,) = await transaction.rows(LABELLED)
    return {name: int(row[name]) for name in (Reservation.GUESS.value, Reservation.LANGUAGE.value)}


async def opinions(transaction: PostgresTransaction) -> list[dict[str, Any]]:
    """List every version of readers' opinions, each with what the app had said."""
    return [
        {
            **row,
            "opinion": Opinion(row["opinion"]),
            "ai_seen": Seen(row["ai_seen"]),
            "said": Evaluation(row["said"]) if row["said"] else None,
        }
        for row in await transaction.rows(OPINIONS)
    ]


async def spoken(transaction: PostgresTransaction, study_keys: Sequence[str]) -> dict[str, list[Spoke]]:
    """Tell when each app's word on these studies was first to be had."""
    told: dict[str, list[Spoke]] = {}
    for row in await transaction.rows(SPOKE, (list(study_keys),)):
        told.setdefault(row.pop("study_key"), []).append(Spoke(**row))
    return told


async def looks(transaction: PostgresTransaction, study_keys: Sequence[str]) -> dict[str, list[Look]]:
    """Tell when these studies were opened or seen."""
    told: dict[str, list[Look]] = {}
    for row in await transaction.rows(LOOKS, (list(study_keys),)):
        told.setdefault(row["study_key"], []).append(Look(at=row["at"], reader=row["actor"]))
    return told


async def views(transaction: PostgresTransaction, study_keys: Sequence[str]) -> dict[str, list[Look]]:
    """Tell who has been shown AI's word on these studies by a page of ours."""
    told: dict[str, list[Look]] = {}
    for row in await transaction.rows(VIEWED, (list(study_keys),)):
        told.setdefault(row["study_key"], []).append(Look(at=row["at"], reader=row["actor"]))
    return told


async def stages(transaction: PostgresTransaction) -> list[StageChange]:
    """List every change of stage."""
    return [StageChange(**{**row, "stage": Stage(row["stage"])}) for row in await transaction.rows(STAGES)]


async def said(transaction: PostgresTransaction, app_id: str, version: str, finding: str) -> dict[str, bool | None]:
    """Tell what an app said of a finding, by study; None where it did not decide."""
    rows = await transaction.rows(SAID, {"app": app_id, "version": version, "finding": finding})
    words = {Evaluation.PRESENT: True, Evaluation.ABSENT: False}
    return {row["study_key"]: words.get(Evaluation(row["evaluation"])) for row in rows}


async def runs(transaction: PostgresTransaction, app_id: str, version: str, finding: str) -> list[Run]:
    """List the last run of an app version on each study, with its score of a finding."""
    found = await transaction.rows(RUNS, {"app": app_id, "version": version, "finding": finding})
    return [Run(**row) for row in found]


async def studies_named(transaction: PostgresTransaction, names: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Find studies by UID or accession number; a number may be that of several."""
    told: dict[str, list[dict[str, Any]]] = {}
    for row in await transaction.rows(STUDIES, {"names": list(names)}):
        for name in {row["study_instance_uid"], row["accession_number"]} - {""}:
            told.setdefault(name, []).append(row)
    return told


async def uids_of(transaction: PostgresTransaction, study_keys: Sequence[str]) -> dict[str, str]:
    """Give the Study Instance UIDs of these studies."""
    rows = await transaction.rows(
        "SELECT study_key, study_instance_uid FROM study WHERE study_key = ANY(%s)", (list(study_keys),)
    )
    return {row["study_key"]: row["study_instance_uid"] for row in rows}
