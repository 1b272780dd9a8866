"""An app's own screen: opened with a token, given the study for it, heard when its result is there."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import structlog

from collega.adapters.files.archive import FileArchive
from collega.adapters.files.secret import site_secret
from collega.adapters.postgres import launches
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.reading.board import BoardContext
from collega.bootstrap.reading.on_demand import heard_job
from collega.config import Settings
from collega.deliver.table import Channel, reaches
from collega.errors import LaunchError
from collega.formats.launch_token import fingerprint, read, sign
from collega.model.app import Manifest
from collega.model.audit import AuditEntry
from collega.model.job import Event, Job, JobState, NextStep
from collega.model.launch import SESSION_LIFE, TOKEN_LIFE, Claims, Launch, Refusal
from collega.model.runtime import Way
from collega.model.study import Instance, Study
from collega.model.threshold import in_force
from collega.run.given import Given, given

_log = structlog.get_logger()
MEBIBYTE = 1 << 20
KEY_FILE = "launch.key"


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A session with the work that it belongs to."""

    launch: Launch
    job: Job
    study: Study
    manifest: Manifest


@dataclass(frozen=True, kw_only=True, slots=True)
class LaunchDesk:
    """The desk at which screens are opened.

    Every method raises `LaunchError` for what is not given, after it is noted.
    """

    store: PostgresStore
    context: BoardContext
    archive: FileArchive
    secret: bytes

    async def open(self, study_instance_uid: str, app_id: str, by: str, issuer: str) -> str | None:
        """Give the address of an app's screen for a study, with a token; None where a reader sees no such app."""
        manifest = self.context.catalogue.get(app_id)
        if manifest is None or manifest.use.way is not Way.OWN_SCREEN:
            return None
        now = datetime.now(UTC)
        claims = Claims(
            study_instance_uid=study_instance_uid,
            app_id=app_id,
            user=by,
            expires_at=now + TOKEN_LIFE,
            nonce=secrets.token_urlsafe(16),
        )
        async with self.store.transaction() as transaction:
            found = await heard_job(transaction, study_instance_uid, app_id)
            if found is None or found[1].state not in {JobState.OFFERED, JobState.DONE}:
                return None
            _, job = found
            await launches.add(
                transaction, nonce=claims.nonce, job_key=job.key, actor=by, at=now, expires_at=claims.expires_at
            )
            await _note(transaction, job, "launched", by, now)
            await _log_view(transaction, "screen launched", job, by)
        return _with_query(manifest.use.screen, {"token": sign(claims, self.secret), "iss": issuer})

    async def exchange(self, token: str) -> dict[str, Any]:
        """Exchange a token, once, for a session and the study."""
        claims = read(token, self.secret)
        if claims is None:
            _log.warning("a launch was refused", why=Refusal.FORGED)
            raise LaunchError(Refusal.FORGED)
        now = datetime.now(UTC)
        name = secrets.token_urlsafe(32)
        until = now + SESSION_LIFE
        async with self.store.transaction() as transaction:
            launch = await launches.by_nonce(transaction, claims.nonce)
            refusal = await self._exchange(transaction, launch, fingerprint(name), now, until)
            if launch is not None and refusal is None:
                opened = await self._opened(transaction, launch)
                if not isinstance(opened, Refusal):
                    await _note(transaction, opened.job, "screen_opened", launch.actor, now)
                    await _log_view(transaction, "study given", opened.job, launch.actor)
                    told = await self._study(transaction, opened)
                    return {"session": name, "until": until, "user": launch.actor, **told}
                refusal = opened
            await self._refused(transaction, launch, refusal or Refusal.UNKNOWN, now)
        raise LaunchError(refusal or Refusal.UNKNOWN)

    async def study(self, session: str) -> dict[str, Any]:
        """Describe the study of a session again."""
        async with self.store.transaction() as transaction:
            opened = await self._by_session(transaction, session)
            if not isinstance(opened, Refusal):
                await _log_view(transaction, "study given", opened.job, opened.launch.actor)
                return await self._study(transaction, opened)
        raise LaunchError(opened)

    async def image(self, session: str, number: int) -> Path:
        """Give the file of the n-th image, counted from 1."""
        async with self.store.transaction() as transaction:
            opened = await self._by_session(transaction, session)
            if not isinstance(opened, Refusal):
                images = await _images(transaction, opened.job)
                if not 1 <= number <= len(images) or images[number - 1].removed_at:
                    raise LaunchError(Refusal.UNKNOWN)
                await _log_view(transaction, "image given", opened.job, opened.launch.actor, image=number)
                return self.archive.path(images[number - 1].path)
        raise LaunchError(opened)

    async def prior(self, session: str, file: str) -> Path:
        """Give an image of a prior by the ``file`` that the study names."""
        async with self.store.transaction() as transaction:
            opened = await self._by_session(transaction, session)
            if not isinstance(opened, Refusal):
                kept = {name: place for place, name in (await self._given(transaction, opened)).files}
                if file not in kept:
                    raise LaunchError(Refusal.UNKNOWN)
                await _log_view(transaction, "image given", opened.job, opened.launch.actor, prior=file)
                return self.archive.path(kept[file])
        raise LaunchError(opened)

    async def answer(self, session: str, content: bytes) -> None:
        """Take the result of a session, once, however late within its life; whether it holds is seen to later."""
        now = datetime.now(UTC)
        async with self.store.transaction() as transaction:
            opened = await self._by_session(transaction, session)
            refusal = opened if isinstance(opened, Refusal) else await _take(transaction, opened, content, now)
            if refusal is None and not isinstance(opened, Refusal):
                job = opened.job
                path = f"runs/{job.key}/{job.attempt}/out/result.json"
                await asyncio.to_thread(self.archive.keep, path, content)
                await _note(transaction, job, "screen_answered", opened.launch.actor, now)
                await _log_view(transaction, "result taken", job, opened.launch.actor)
                arguments: dict[str, str | int] = {"job_key": job.key, "attempt": job.attempt}
                await transaction.add_step(NextStep(step="collect", arguments=arguments))
                return
        raise LaunchError(refusal or Refusal.UNKNOWN)

    async def _study(self, transaction: PostgresTransaction, opened: Opened) -> dict[str, Any]:
        told = await self._given(transaction, opened)
        return {"accession_number": opened.study.accession_number, "study": dict(told.told)}

    async def _given(self, transaction: PostgresTransaction, opened: Opened) -> Given:
        """Tell a screen what any other app would be told: thresholds in force, priors, what is missing."""
        job, manifest = opened.job, opened.manifest
        changes = await transaction.threshold_changes(job.app_id, job.app_version)
        return given(
            opened.study,
            await _images(transaction, job),
            manifest.held_against(in_force(changes, job.thresholds)),
            await transaction.inputs_of(job.key),
            lambda place: self.archive.path(place).exists(),
        )

    async def _exchange(
        self, transaction: PostgresTransaction, launch: Launch | None, digest: str, now: datetime, until: datetime
    ) -> Refusal | None:
        if launch is None:
            return Refusal.UNKNOWN
        if launch.expires_at <= now:
            return Refusal.EXPIRED
        return None if await launches.use(transaction, launch, digest, now, until) else Refusal.USED

    async def _by_session(self, transaction: PostgresTransaction, session: str) -> Opened | Refusal:
        launch = await launches.by_session(transaction, fingerprint(session))
        if launch is None:
            _log.warning("a session of no launch was refused")
            return Refusal.UNKNOWN
        now = datetime.now(UTC)
        is_over = launch.session_until is None or launch.session_until <= now
        opened = Refusal.EXPIRED if is_over else await self._opened(transaction, launch)
        if isinstance(opened, Refusal):
            await self._refused(transaction, launch, opened, now)
        return opened

    async def _opened(self, transaction: PostgresTransaction, launch: Launch) -> Opened | Refusal:
        """Hold a launch against the present: its study may have grown, its app may have been stopped."""
        job = await transaction.job(launch.job_key)
        study = await transaction.study(job.study_key) if job else None
        manifest = self.context.catalogue.get(job.app_id) if job else None
        if job is None or study is None or manifest is None:
            return Refusal.UNKNOWN
        if not reaches(await transaction.stage_of(job.app_id, job.app_version), Channel.BOARD):
            return Refusal.STOPPED
        if job.state in {JobState.SUPERSEDED, JobState.DISCARDED}:
            return Refusal.CHANGED
        return Opened(launch=launch, job=job, study=study, manifest=manifest)

    async def _refused(
        self, transaction: PostgresTransaction, launch: Launch | None, why: Refusal, now: datetime
    ) -> None:
        _log.warning("a launch was refused", why=why)
        job = await transaction.job(launch.job_key) if launch else None
        if launch is not None and job is not None:
            await _note(transaction, job, "launch_refused", launch.actor, now, {"why": why})


def launch_desk(settings: Settings, store: PostgresStore, context: BoardContext) -> LaunchDesk:
    """Make the desk, with the secret of this site."""
    return LaunchDesk(
        store=store,
        context=context,
        archive=FileArchive(settings.data),
        secret=site_secret(settings.data / "secrets", KEY_FILE),
    )


async def _take(transaction: PostgresTransaction, opened: Opened, content: bytes, now: datetime) -> Refusal | None:
    """Count a result as come, where one is waited for and this one is the first."""
    if len(content) > opened.manifest.run.output_mb * MEBIBYTE:
        return Refusal.TOO_LARGE
    if opened.job.state is not JobState.OFFERED or not await launches.answer(transaction, opened.launch, now):
        return Refusal.ANSWERED
    return None


async def _images(transaction: PostgresTransaction, job: Job) -> list[Instance]:
    stored = {item.header.sop_instance_uid: item for item in await transaction.instances(job.study_key)}
    return [stored[uid] for uid in job.inputs]


async def _note(  # noqa: PLR0913 - one event
    transaction: PostgresTransaction,
    job: Job,
    kind: str,
    by: str,
    at: datetime,
    more: Mapping[str, object] | None = None,
) -> None:
    payload: dict[str, object] = {"app": job.app_id, **(more or {})}
    await transaction.add_event(
        Event(kind=kind, at=at, study_key=job.study_key, job_key=job.key, actor=by, payload=payload)
    )


async def _log_view(transaction: PostgresTransaction, event: str, job: Job, responsible: str, **more: object) -> None:
    payload = {"app": job.app_id, **more}
    entry = AuditEntry(event=event, study_key=job.study_key, responsible=responsible, payload=payload)
    await transaction.add_audit(entry)


def _with_query(address: str, values: Mapping[str, str]) -> str:
    parts = urlsplit(address)
    query = "&".join(part for part in (parts.query, urlencode(values)) if part)
    return urlunsplit(parts._replace(query=query))
