"""Deciding how far an app is trusted: its stage, its rights, and the switch that stops it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from collega.adapters.postgres import trust
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.reading.board import BoardContext
from collega.errors import InputError
from collega.model.app import RUNNING_STAGES, Manifest, Stage
from collega.model.job import Event, JobState, NextStep, run_step
from collega.model.outgoing import tell_again_of
from collega.model.study import Priority
from collega.model.trust import OF_OBJECTS, Allowance, Right, in_force
from collega.run.outside import is_outside

STOPPED = "its app was stopped before it was sent"
NARROWED = "its app may do less than when it was built"


async def change_stage(  # noqa: PLR0913 - one decision
    transaction: PostgresTransaction, app_id: str, version: str, stage: Stage, actor: str, reason: str
) -> None:
    """Change how far a version is trusted; status pages that are not sent yet are made anew.

    Reports that are not sent yet are held back when their turn comes; work that was held begins
    where the version runs again.
    """
    await transaction.set_stage(app_id, version, stage, actor, reason)
    await _look_at_flags(transaction, app_id)
    if stage in RUNNING_STAGES:
        await _release(transaction, app_id, version, actor)
    await _renew_pages(transaction, app_id)


async def stop(transaction: PostgresTransaction, app_id: str, installed: Manifest | None, actor: str, why: str) -> int:
    """Silence every version of an app at once; returns how many versions were stopped.

    What is planned is withdrawn, what is queued is held. An attempt that runs ends by itself.
    """
    stopped = [
        version
        for version in await _versions(transaction, app_id, installed)
        if await transaction.stage_of(app_id, version) in RUNNING_STAGES
    ]
    for version in stopped:
        await transaction.set_stage(app_id, version, Stage.SUSPENDED, actor, why)
    await trust.withdraw_reports(transaction, app_id, datetime.now(UTC), STOPPED)
    await _look_at_flags(transaction, app_id)
    await _renew_pages(transaction, app_id)
    return len(stopped)


async def resume(  # noqa: PLR0913 - one decision
    transaction: PostgresTransaction,
    app_id: str,
    installed: Manifest | None,
    actor: str,
    why: str,
    *,
    default_stage: Stage,
) -> Mapping[str, Stage]:
    """Give each stopped version the stage that it had before; held work begins. Returns stages by version."""
    given: dict[str, Stage] = {}
    for version in await _versions(transaction, app_id, installed):
        had = await trust.stages(transaction, app_id, version)
        if had and had[0] is Stage.SUSPENDED:
            # One that was never given a stage had that of a new one.
            given[version] = next((stage for stage in had if stage is not Stage.SUSPENDED), default_stage)
            await change_stage(transaction, app_id, version, given[version], actor, why)
    return given


async def allow(
    transaction: PostgresTransaction, app: Manifest, wishes: Mapping[Right, bool], actor: str, why: str
) -> Allowance:
    """Narrow what a version may do, or give back what the maker intends; returns what it may do now.

    Raises
    ------
    InputError
        A wish goes beyond the maker's intended use: that would be off-label use.
    """
    beyond = [right for right, wish in wishes.items() if wish and not getattr(app.use, right)]
    if beyond:
        message = f"{app.id} {app.version}: {', '.join(beyond)} is not in the maker's intended use, and stays off"
        raise InputError(message)
    before = in_force(await transaction.decisions_of(app.id, app.version))
    after = replace(before, **{str(right): wish for right, wish in wishes.items()})
    await transaction.set_allowance(app.id, app.version, after, actor, why)
    if any(before.has(right) and not after.has(right) for right in OF_OBJECTS):
        await trust.withdraw_reports(transaction, app.id, datetime.now(UTC), NARROWED)
    if before.may_prioritise != after.may_prioritise:
        await _look_at_flags(transaction, app.id)
    await _renew_pages(transaction, app.id)
    return after.within(app.use)


async def _versions(transaction: PostgresTransaction, app_id: str, installed: Manifest | None) -> list[str]:
    known = await trust.versions(transaction, app_id)
    if installed is not None and installed.version not in known:
        known.append(installed.version)
    if not known:
        message = f"{app_id}: no such app is known; see `collega apps list`"
        raise InputError(message)
    return known


async def _release(transaction: PostgresTransaction, app_id: str, version: str, actor: str) -> None:
    now = datetime.now(UTC)
    for job in await trust.held(transaction, app_id, version):
        await transaction.move_job(job, after=JobState.QUEUED, at=now)
        study = await transaction.study(job.study_key)
        await transaction.add_step(run_step(job.key, study.priority if study else Priority.UNKNOWN))
        payload: dict[str, object] = {"app": app_id}
        await transaction.add_event(
            Event(kind="released", at=now, study_key=job.study_key, job_key=job.key, actor=actor, payload=payload)
        )


async def _look_at_flags(transaction: PostgresTransaction, app_id: str) -> None:
    """Have flags taken back that others got of an app, or told again: as it may raise studies now."""
    for study_key in await trust.flagged(transaction, app_id):
        await transaction.add_step(tell_again_of(study_key))


async def _renew_pages(transaction: PostgresTransaction, app_id: str) -> None:
    """Make status pages anew that are not sent yet and may name the app."""
    for study_key, revision in await transaction.withdraw_pages(app_id, datetime.now(UTC)):
        arguments: dict[str, str | int] = {"study_key": study_key, "revision": revision}
        await transaction.add_step(NextStep(step="page", arguments=arguments))


@dataclass(frozen=True, kw_only=True, slots=True)
class StageDesk:
    """What the page for those who steer asks, and the switch on it."""

    store: PostgresStore
    context: BoardContext

    async def apps(self, language: str) -> list[dict[str, Any]]:
        """List the installed apps: stage, way of working, rights, and the latest decision."""
        async with self.store.transaction() as transaction:
            return [await _shown(transaction, app, language) for app in self.context.catalogue.values()]

    async def stop(self, app_id: str, by: str, reason: str) -> None:
        """Stop every version of an app."""
        async with self.store.transaction() as transaction:
            await stop(transaction, app_id, self.context.catalogue.get(app_id), by, reason)

    async def resume(self, app_id: str, by: str, reason: str) -> None:
        """Give the versions of an app their stages back."""
        async with self.store.transaction() as transaction:
            installed = self.context.catalogue.get(app_id)
            await resume(transaction, app_id, installed, by, reason, default_stage=self.context.default_stage)


async def _shown(transaction: PostgresTransaction, app: Manifest, language: str) -> dict[str, Any]:
    decided = await trust.history(transaction, app.id)
    return {
        "id": app.id,
        "version": app.version,
        "name": app.name.in_language(language),
        "clinical_use": app.clinical_use,
        "stage": await transaction.stage_of(app.id, app.version),
        "way": app.use.way,
        "rights": rights(in_force(await transaction.decisions_of(app.id, app.version)).within(app.use)),
        "latest": decided[-1] if decided else None,
        "cloud": await transaction.cloud_permission(app.id) if is_outside(app) else None,
        "is_outside": is_outside(app),
    }


def rights(may: Allowance) -> Sequence[Right]:
    """List the rights that a version has."""
    return [right for right in Right if may.has(right)]
