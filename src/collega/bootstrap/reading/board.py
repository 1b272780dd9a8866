"""The board of a site: rows of the database, names of the manifests and stages of trust, put in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import board as rows_of
from collega.adapters.postgres import rows
from collega.adapters.postgres.outage_views import availability
from collega.adapters.postgres.store import PostgresTransaction
from collega.bootstrap.site import catalogue
from collega.bootstrap.trusted import Trusted, trusted
from collega.config import Board, Settings
from collega.deliver.table import Channel, Say, Standing, narrowed_findings, reaches, say
from collega.formats.dicom_concept import concept
from collega.formats.rule_words import rule_words, told
from collega.formats.together import AppSaid, shared, together
from collega.model.app import Manifest, Stage
from collega.model.code import Text
from collega.model.finding import Attachment, Finding, Outcome
from collega.model.job import FINAL_JOB_STATES, JobState
from collega.model.result import NoAnswer
from collega.model.study import Priority, StudyState, age_years
from collega.read.board import AppLine, Entry
from collega.read.expected import expected_at
from collega.read.worklist import Candidate, Place, Said, in_order, in_view

UNKNOWN_LIMIT_S = 600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardContext:
    """What a site has decided about its board."""

    settings: Board
    zone: ZoneInfo
    default_stage: Stage
    catalogue: Mapping[str, Manifest]

    @property
    def targets(self) -> Mapping[Place, float]:
        """Seconds within which a study of each place is to be opened; 0 for no target."""
        chosen = self.settings
        return {
            Place.STAT: 60 * chosen.target_stat_minutes,
            Place.HIGH: 60 * chosen.target_high_minutes,
            Place.ROUTINE: 60 * chosen.target_routine_minutes,
            Place.LOW: 60 * chosen.target_low_minutes,
        }


def board_context(settings: Settings) -> BoardContext:
    """Take from the settings and the apps what the board needs."""
    return BoardContext(
        settings=settings.board,
        zone=ZoneInfo(settings.site.timezone),
        default_stage=settings.default_stage,
        catalogue=catalogue(settings),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Which part of the board; ``all_stages`` shows apps too that a reader must not see."""

    limit: int
    offset: int = 0
    all_stages: bool = False


async def entries(transaction: PostgresTransaction, context: BoardContext, now: datetime, part: Part) -> list[Entry]:
    """Studies in the order in which they are to be read, each with what its apps say."""
    since = now - timedelta(hours=context.settings.hours_back)
    trust = await trusted(transaction, context.catalogue, context.default_stage)
    studies = placed(await rows_of.candidates(transaction, since), await rows_of.found(transaction, since), trust)
    keep = timedelta(minutes=context.settings.keep_signed_minutes)
    order = in_order(study for study in studies if in_view(study, now, keep))[part.offset : part.offset + part.limit]
    return await described(transaction, order, trust, context, part)


async def described(
    transaction: PostgresTransaction, order: Sequence[Candidate], trust: Trusted, context: BoardContext, part: Part
) -> list[Entry]:
    """Give these studies, in this order, with what their apps say."""
    keys = [study.key for study in order]
    lines = await app_lines(transaction, keys, trust, context, part)
    rows = {row["study_key"]: row for row in await rows_of.studies(transaction, keys)}
    return [
        _entry(
            study,
            rows[study.key],
            [app for app in lines.get(study.key, ()) if part.all_stages or is_seen(app)],
            context,
        )
        for study in order
        if study.key in rows
    ]


def is_seen(app: AppLine) -> bool:
    """Whether readers see an app's line: they hear it, or wait for one that they heard and that was stopped."""
    is_stopped = app.job_state is JobState.HELD and app.unavailable_since is not None
    return is_stopped or reaches(Stage(app.stage), Channel.BOARD)


def _urgency(app: Manifest | None, present: Sequence[str]) -> Priority:
    """How urgent the app's maker calls the most urgent of what it found; high where nobody says."""
    specs = [app.finding(finding_id) if app else None for finding_id in present]
    called = {spec.urgency if spec else Priority.HIGH for spec in specs}
    return Priority.STAT if Priority.STAT in called else Priority.HIGH


def placed(
    candidates: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]], trust: Trusted
) -> list[Candidate]:
    """Weigh what apps have found by how far they are trusted; in no order."""
    said: dict[str, list[Said]] = {}
    weighed: dict[tuple[str, ...], tuple[bool, Priority]] = {}  # thousands of words are of a few kinds
    for row in found:
        kind = (row["app_id"], row["app_version"], row["state"], *row["present"])
        if kind not in weighed:
            standing = trust.standing(row["app_id"], row["app_version"], JobState(row["state"]), Outcome.FOUND)
            urgency = _urgency(trust.catalogue.get(row["app_id"]), row["present"])
            weighed[kind] = (say(standing, Channel.ORDER) is not None, urgency)
        orders, urgency = weighed[kind]
        word = Said(outcome=Outcome.FOUND, at=row["updated_at"], orders=orders, urgency=urgency)
        said.setdefault(row["study_key"], []).append(word)
    return [
        Candidate(
            key=row["study_key"],
            priority=Priority(row["priority"]),
            received_at=row["first_received_at"],
            opened_at=row["opened_at"],
            signed_at=row["signed_at"],
            reopened_at=row["reopened_at"],
            # In an order of their own, so that the same words are the same however they were read.
            said=tuple(sorted(said.get(row["study_key"], ()), key=lambda word: (word.at, word.orders, word.urgency))),
        )
        for row in candidates
    ]


async def app_lines(
    transaction: PostgresTransaction, keys: Sequence[str], trust: Trusted, context: BoardContext, part: Part
) -> dict[str, list[AppLine]]:
    """Give what the apps say of these studies, by study; apps that a reader must not see are in it too."""
    jobs = await rows_of.jobs(transaction, keys)
    answers = await rows_of.findings(transaction, keys)
    by_job = {
        key: [rows.finding(row) for row in group] for key, group in groupby(answers, lambda row: str(row["job_key"]))
    }
    waiting = {(job["app_id"], job["app_version"]) for job in jobs if job["outcome"] is None}
    took = {
        (row["app_id"], row["app_version"]): row["seconds"]
        for row in await rows_of.finished(transaction, sorted(waiting))
    }
    out = {row["name"]: row["down_since"] for row in await availability(transaction, datetime.now(UTC)) if row["name"]}
    lines: dict[str, list[AppLine]] = {}
    for job in jobs:
        seconds = took.get((job["app_id"], job["app_version"]), ())
        outcome = Outcome(job["outcome"]) if job["outcome"] else None
        standing = trust.standing(job["app_id"], job["app_version"], JobState(job["state"]), outcome)
        # Those who steer see an app of any stage as its readers would, were it live.
        said = say(replace(standing, stage=Stage.LIVE) if part.all_stages else standing, Channel.BOARD)
        findings = by_job.get(job["job_key"], [])
        line = _line(job, findings, seconds, standing, said, context.catalogue.get(job["app_id"]))
        lines.setdefault(job["study_key"], []).append(replace(line, unavailable_since=out.get(line.app_id)))
    return lines


def _line(  # noqa: PLR0913 - what one line is made of
    job: Mapping[str, Any],
    findings: Sequence[Finding],
    took: Sequence[float],
    standing: Standing,
    said: Say | None,
    manifest: Manifest | None,
) -> AppLine:
    is_told = said is not None and said.outcome is not NoAnswer.NOT_ASKED
    kept = narrowed_findings(findings, said, manifest) if said and is_told else ()
    named = tuple((_name(item, manifest), item) for item in kept)
    limit_s = manifest.run.time_limit_s if manifest else UNKNOWN_LIMIT_S
    state = standing.state
    return AppLine(
        job_key=job["job_key"],
        app_id=job["app_id"],
        version=job["app_version"],
        stage=standing.stage,
        name=manifest.name if manifest else Text(en=job["app_id"], nl=job["app_id"]),
        clinical_use=manifest.clinical_use if manifest else False,
        job_state=state,
        outcome=said.outcome if said else None,
        reason_code=job["reason_code"] if is_told else "",
        reason=Text(**job["reason"]) if is_told and job["reason"] else None,
        queued_at=job["created_at"],
        ended_at=job["updated_at"] if state in FINAL_JOB_STATES else None,
        expected_at=expected_at(job["created_at"], took, limit_s),
        findings=named,
        sought=tuple(_name(item, manifest) for item in findings) if is_told else (),
        rule_words=_rule_words(job, said, manifest) if said and is_told else (),
        kept=_kept(job) if said and is_told and said.is_whole else (),
        way=standing.way,
        launched_at=job["launched_at"],
    )


def _kept(job: Mapping[str, Any]) -> tuple[Attachment, ...]:
    return tuple(Attachment(**item) for item in job["attachments"] or ())


def _rule_words(job: Mapping[str, Any], said: Say, manifest: Manifest | None) -> tuple[Text, ...]:
    verdicts = told(map(rows.verdict, job["verdicts"] or ()), may_rule_out=said.absences)
    return tuple(rule_words(verdict, manifest) for verdict in verdicts)


def _name(finding: Finding, manifest: Manifest | None) -> Text:
    spec = manifest.finding(finding.id) if manifest else None
    return spec.name if spec else Text(en=finding.code.meaning, nl=finding.code.meaning)


def _entry(study: Candidate, row: Mapping[str, Any], apps: Sequence[AppLine], context: BoardContext) -> Entry:
    return Entry(
        order=study,
        study_instance_uid=row["study_instance_uid"],
        accession_number=row["accession_number"],
        description=row["description"],
        modality=row["modality"] or "",
        age=age_years(row["birth_date"], row["study_date"], row["patient_age"] or ""),
        sex=row["sex"],
        priority_source=row["priority_source"],
        study_state=StudyState(row["state"]),
        complete_at=row["complete_at"],
        target_s=context.targets[study.place] or None,
        apps=tuple(apps),
        patient_id=row["patient_id"],
        study_at=row["study_at"],
        revision=row["revision"],
        order_standing=row["order_standing"],
        location=row["order_location"],
        report_status=row["report_status"],
        shared=tuple(shared(together(map(partial(said_by, context), apps), concept))),
    )


def said_by(context: BoardContext, line: AppLine) -> AppSaid:
    """Give what readers may be shown of one app's word."""
    manifest = context.catalogue.get(line.app_id)
    return AppSaid(
        app_id=line.app_id,
        version=line.version,
        name=line.name,
        stage=line.stage,
        # A word in the place of an outcome says nothing of single findings.
        outcome=Outcome.UNDETERMINED if isinstance(line.outcome, NoAnswer) else line.outcome,
        findings=tuple(item for _, item in line.findings),
        looks_for=manifest.findings if manifest else (),
    )
