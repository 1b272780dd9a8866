"""The FHIR desk: a search in, resources out, as far as the table of trust lets apps be heard; each read on record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby
from typing import Any

from collega.adapters.postgres import fhir_views as views
from collega.adapters.postgres import rows
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.reading.board import BoardContext, board_context
from collega.bootstrap.trusted import Trusted, trusted
from collega.config import Settings
from collega.deliver.table import Channel, Say, Standing, narrowed_findings, reaches, say
from collega.formats import fhir_study
from collega.formats.fhir_bundle import links_of, search_set, total_set
from collega.formats.fhir_parts import OWN_SYSTEM, Frame, Part, patient
from collega.formats.fhir_result import (
    SECTION_SYSTEM,
    Named,
    Work,
    device,
    diagnostic_report,
    observation,
    report_status,
)
from collega.formats.fhir_search import Kind, Search, Token, cursor
from collega.formats.fhir_study import SeriesPart, StudyPart, imaging_study
from collega.formats.fhir_task import PUT_ASIDE, UNREPORTED, task, task_status
from collega.model.app import Manifest, Stage
from collega.model.audit import AuditEntry
from collega.model.code import Text
from collega.model.finding import Finding, Outcome
from collega.model.ids import stable_uid
from collega.model.job import JobState
from collega.model.merge import Identity
from collega.model.result import AppIdentity
from collega.model.study import Priority, StudyState

CATEGORIES = {(SECTION_SYSTEM, "RAD"), (OWN_SYSTEM, "ai-result")}
OUTCOMES: Sequence[Outcome | None] = (*Outcome, None)


class Absence(StrEnum):
    """Why a resource is not given: it never was, or it was put aside for a newer one."""

    UNKNOWN = "unknown"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True, slots=True)
class FhirDesk:
    """Answers searches and reads.

    Parameters
    ----------
    store : PostgresStore
    context : BoardContext
        Apps of the site, and the stage of those that nobody has decided on.
    frame : Frame
    """

    store: PostgresStore
    context: BoardContext
    frame: Frame

    async def search(self, search: Search, base: str, actor: str) -> Part:
        """Give the Bundle of a search."""
        async with self.store.transaction() as transaction:
            reader = await self._reader(transaction, search.kind)
            if search.only_total:
                number = await reader.total(search)
                await transaction.add_audit(_read_by(actor, search.kind, _asked(search), _Found()))
                return total_set(number, links_of(search, base, ""))
            found = await reader.page(search)
            await transaction.add_audit(_read_by(actor, search.kind, _asked(search), found))
        following = cursor(found.place) if found.place else ""
        return search_set(found.resources, links_of(search, base, following), base)

    async def read(self, kind: Kind, key: str, actor: str) -> Part | Absence:
        """Give one resource, or say why there is none."""
        search = Search(kind=kind, ids=((key,),), count=1)
        async with self.store.transaction() as transaction:
            reader = await self._reader(transaction, kind)
            found = await reader.page(search)
            await transaction.add_audit(_read_by(actor, kind, {"kind": kind, "id": key}, found))
            if found.resources:
                return found.resources[0]
            is_gone = kind in {Kind.OBSERVATION, Kind.DIAGNOSTIC_REPORT} and await reader.is_put_aside(key)
            return Absence.GONE if is_gone else Absence.UNKNOWN

    async def _reader(self, transaction: PostgresTransaction, kind: Kind) -> "_Reader":
        context = self.context
        # Who has made a study, or is its patient, is no word of an app.
        nobody = Trusted(stages={}, allowances={}, catalogue=context.catalogue, default_stage=Stage.OFF)
        is_told = kind in _TELLS | {Kind.DEVICE}
        trust = await trusted(transaction, context.catalogue, context.default_stage) if is_told else nobody
        return _Reader(transaction=transaction, trust=trust, frame=self.frame, catalogue=context.catalogue)


def fhir_desk(settings: Settings, store: PostgresStore) -> FhirDesk:
    """Make the desk of a site."""
    frame = Frame(
        language=settings.site.language,
        patient_system=settings.inputs.patient_system,
        issuer=settings.inputs.patient_issuer,
        accession_system=settings.fhir.accession_system,
    )
    return FhirDesk(store=store, context=board_context(settings), frame=frame)


def _asked(search: Search) -> dict[str, object]:
    return {"kind": search.kind, "asked": [list(item) for item in search.shown]}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """Resources of one page, the rows that they were made of, and the place of the last where there are more."""

    resources: Sequence[Part] = ()
    rows: Sequence[Mapping[str, Any]] = ()
    place: tuple[str, ...] = ()


def _read_by(actor: str, kind: Kind, what: Mapping[str, object], found: _Found) -> AuditEntry:
    """Say who has read what of which patients: studies, or the description of the patients themselves."""
    payload = {**what, "patients": sorted({str(row["patient_key"]) for row in found.rows})}
    if kind is Kind.PATIENT:
        people = sorted({Identity(row["issuer"], row["patient_id"]) for row in found.rows})
        return AuditEntry(event="patient read", actor=actor, people=tuple(people), payload=payload)
    studies = dict.fromkeys(row["study_key"] for row in found.rows)
    return AuditEntry(event="fhir read", actor=actor, studies=tuple(studies), payload=payload)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reader:
    """Reads within one transaction, with what is trusted at that moment."""

    transaction: PostgresTransaction
    trust: Trusted
    frame: Frame
    catalogue: Mapping[str, Manifest]
    # What the table has said of a version, state and outcome within this transaction.
    said: dict[tuple[str, str, JobState, Outcome | None], Say | None] = field(default_factory=dict)

    async def total(self, search: Search) -> int:
        """Count."""
        if search.kind is Kind.DEVICE:
            return len(await self._devices(search))
        if not _has_category(search):
            return 0
        heard, states = await self._heard(search), _study_states(search)
        return await views.total(self.transaction, search, self.frame, heard, states)

    async def page(self, search: Search) -> _Found:
        """Read one page."""
        if search.kind is Kind.DEVICE:
            return _Found(resources=await self._devices(search))
        if not _has_category(search):
            return _Found()
        heard, states = await self._heard(search), _study_states(search)
        found = await views.page(self.transaction, search, self.frame, heard, states)
        kept = found[: search.count]
        resources = await _MAKERS[search.kind](self, kept)
        return _Found(
            resources=resources,
            rows=kept,
            place=kept[-1]["place"] if len(found) > len(kept) else (),
        )

    async def is_put_aside(self, key: str) -> bool:
        """Whether an id is that of an answer that was heard once, and whose job was put aside."""
        found = await views.job_row(self.transaction, key.partition(".")[0])
        if found is None or JobState(found["state"]) not in PUT_ASIDE:
            return False
        stage = self.trust.standing(found["app_id"], found["app_version"], JobState(found["state"]), None).stage
        return reaches(stage, Channel.FHIR)

    # ------------------------------------------------------------------- what may be told

    async def _versions(self) -> list[tuple[str, str]]:
        """List the versions that are heard."""
        installed = [(manifest.id, manifest.version) for manifest in self.catalogue.values()]
        known = dict.fromkeys([*self.trust.stages, *await views.versions(self.transaction), *installed])
        return [
            (app, version)
            for app, version in known
            if reaches(self.trust.standing(app, version, JobState.DONE, None).stage, Channel.FHIR)
        ]

    async def _heard(self, search: Search) -> views.Heard:
        """Ask the table of trust about each state and outcome that a job of these versions may have."""
        if search.kind not in _TELLS:
            return views.Heard()
        wanted = [{token.value for token in tokens} for name, tokens in search.tokens if name == "status"]
        told, ruling_out = [], []
        for app, version in await self._versions():
            standing = self.trust.standing(app, version, JobState.DONE, None)
            for state in JobState:
                for outcome in OUTCOMES:
                    status = _status(search.kind, standing, state, outcome)
                    if status is not None and all(status in values for values in wanted):
                        told.append(views.told_key(app, version, state, outcome or ""))
            if standing.may.may_rule_out:
                ruling_out.append(views.version_key(app, version))
        return views.Heard(told=told, ruling_out=ruling_out)

    def _said(self, app: str, version: str, state: JobState, outcome: Outcome | None) -> Say | None:
        key = (app, version, state, outcome)
        if key not in self.said:
            self.said[key] = say(self.trust.standing(*key), Channel.FHIR)
        return self.said[key]

    # ------------------------------------------------------------------- rows to resources

    async def patients(self, found: Sequence[Mapping[str, Any]]) -> list[Part]:
        """Write Patients."""
        return [patient(str(row["patient_key"]), rows.patient(row), row["changed_at"], self.frame) for row in found]

    async def studies(self, found: Sequence[Mapping[str, Any]]) -> list[Part]:
        """Write ImagingStudies."""
        of_study: dict[str, list[SeriesPart]] = {}
        for row in await views.series(self.transaction, [item["study_key"] for item in found]):
            of_study.setdefault(row.pop("study_key"), []).append(SeriesPart(**row))
        return [imaging_study(_study(row, of_study.get(row["study_key"], ())), self.frame) for row in found]

    async def tasks(self, found: Sequence[Mapping[str, Any]]) -> list[Part]:
        """Write Tasks."""
        return [task(self._work(row, ()), self.frame) for row in found]

    async def reports(self, found: Sequence[Mapping[str, Any]]) -> list[Part]:
        """Write DiagnosticReports."""
        answers = await views.findings(self.transaction, [row["job_key"] for row in found])
        of_job = {key: list(group) for key, group in groupby(answers, lambda row: row["job_key"])}
        works = [self._work(row, of_job.get(row["job_key"], ())) for row in found]
        return [diagnostic_report(work, self.frame) for work in works if work.word is not None]

    async def observations(self, found: Sequence[Mapping[str, Any]]) -> list[Part]:
        """Write Observations."""
        works = [self._work(row, (row,)) for row in found]
        return [observation(work, named, self.frame) for work in works for named in work.findings]

    def _work(self, row: Mapping[str, Any], findings: Iterable[Mapping[str, Any]]) -> Work:
        app, version, state = row["app_id"], row["app_version"], JobState(row["state"])
        outcome = Outcome(row["outcome"]) if row["outcome"] else None
        said = self._said(app, version, state, outcome)
        # A word that is kept until it is asked for takes its reason along.
        is_told = said is not None and said.outcome not in UNREPORTED
        manifest = self.catalogue.get(app)
        return Work(
            key=str(row["job_key"]),
            study_key=row["study_key"],
            patient_key=str(row["patient_key"]),
            accession_number=row["accession_number"],
            study_at=row["study_at"],
            priority=Priority(row["priority"]),
            app=self._app(app, version),
            state=state,
            word=said.outcome if said else None,
            reason_code=row["reason_code"] if is_told else "",
            reason=Text(**row["reason"]) if is_told and row["reason"] else None,
            created_at=row["created_at"],
            changed_at=row["changed_at"],
            answered_at=row["answered_at"],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
            findings=tuple(_named(findings, said, manifest)) if said is not None and is_told else (),
        )

    def _app(self, app: str, version: str) -> AppIdentity:
        manifest = self.catalogue.get(app)
        if manifest is not None:
            return replace(manifest, version=version).identity
        name = Text(en=app, nl=app)
        uid = stable_uid("device", app, version)
        return AppIdentity(id=app, version=version, name=name, vendor="", device_uid=uid, clinical_use=False)

    async def _devices(self, search: Search) -> list[Part]:
        made = [device(self._app(app, version), self.frame) for app, version in sorted(await self._versions())]
        return [item for item in made if all(item["id"] in values for values in search.ids)]


def _status(kind: Kind, standing: Standing, state: JobState, outcome: Outcome | None) -> str | None:
    """Tell the status under which such a job is told in resources of a kind; None where it is not."""
    if kind is Kind.TASK:
        return task_status(state, outcome)
    if state in PUT_ASIDE:
        return None
    # Not `replace`: this is asked of every state and outcome for each search.
    of_job = Standing(stage=standing.stage, way=standing.way, may=standing.may, state=state, outcome=outcome)
    said = say(of_job, Channel.FHIR)
    return None if said is None or said.outcome in UNREPORTED else report_status(said.outcome)


def _study(row: Mapping[str, Any], series: Sequence[SeriesPart]) -> StudyPart:
    return StudyPart(
        key=row["study_key"],
        patient_key=str(row["patient_key"]),
        study_instance_uid=row["study_instance_uid"],
        accession_number=row["accession_number"],
        description=row["description"],
        study_at=row["study_at"],
        state=StudyState(row["state"]),
        are_images_removed=row["are_images_removed"],
        changed_at=row["changed_at"],
        series=tuple(series),
    )


def _named(found: Iterable[Mapping[str, Any]], said: Say, manifest: Manifest | None) -> Iterator[Named]:
    """Give the findings that may be named, with their places in the whole answer."""
    for row in found:
        for item in narrowed_findings([rows.finding(row)], said, manifest):
            yield Named(ordinal=row["ordinal"], name=_name(item, manifest), finding=item)


def _name(finding: Finding, manifest: Manifest | None) -> Text:
    spec = manifest.finding(finding.id) if manifest else None
    return spec.name if spec else Text(en=finding.code.meaning, nl=finding.code.meaning)


def _study_states(search: Search) -> list[str] | None:
    """Give the states of studies that have a status that is asked for."""
    wanted = [{token.value for token in tokens} for name, tokens in search.tokens if name == "status"]
    if search.kind is not Kind.IMAGING_STUDY or not wanted:
        return None
    return [
        f"{state}{int(removed)}"
        for (state, removed), status in fhir_study.STATUS.items()
        if all(status in values for values in wanted)
    ]


def _has_category(search: Search) -> bool:
    """Whether reports of ours are among the categories asked for; all have the same."""
    return all(any(map(_is_category, tokens)) for name, tokens in search.tokens if name == "category")


def _is_category(token: Token) -> bool:
    return any(token.value == code and token.system in {None, system} for system, code in CATEGORIES)


_TELLS = frozenset({Kind.OBSERVATION, Kind.DIAGNOSTIC_REPORT, Kind.TASK})
_MAKERS = {
    Kind.PATIENT: _Reader.patients,
    Kind.IMAGING_STUDY: _Reader.studies,
    Kind.TASK: _Reader.tasks,
    Kind.DIAGNOSTIC_REPORT: _Reader.reports,
    Kind.OBSERVATION: _Reader.observations,
}
