"""What leaves the house, as commands and pages ask for it: objections, permissions, keys."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from collega.adapters.files.keyring_file import read_key_file, write_key_file
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.asker import command_line
from collega.config import Settings
from collega.errors import ConfigurationError, InputError
from collega.formats.dicom_deid.profile import Profile, read_profile
from collega.model.app import Manifest
from collega.model.audit import AuditEntry, AuditOutcome
from collega.model.job import JobState, run_step
from collega.model.leaving import CloudPermission, Gone, Objection
from collega.model.study import Patient, Study
from collega.outside.gate import numbers_of
from collega.outside.keyring import Keyring, new_keyring, read_keyring
from collega.run.outside import Outward, is_outside

KEY_FILE = Path("secrets/reidentification.json")
CLOUD_PROJECT = "cloud"


def key_file(settings: Settings) -> Path:
    """Say where the keys are."""
    return Path(settings.cloud.key_file) if settings.cloud.key_file else settings.data / KEY_FILE


def read_keys(settings: Settings) -> Keyring:
    """Read the keys; `ConfigurationError` where they cannot be read. They are never made anew by themselves."""
    path = key_file(settings)
    return read_keyring(read_key_file(path), str(path))


def outward(settings: Settings) -> Outward:
    """Make what the step ``run`` needs to send outside; keys and profile are read when a study leaves."""
    return Outward(keys=lambda: read_keys(settings), profile=lambda: site_profile(settings))


def site_profile(settings: Settings) -> Profile | None:
    """Read what the site adds to the profile of what leaves; None where it adds nothing."""
    if not settings.cloud.profile:
        return None
    path = Path(settings.cloud.profile)
    try:
        return read_profile(path.read_text(encoding="utf-8"), path.stem, CLOUD_PROJECT)
    except OSError as error:
        message = f"cloud.profile: {path}: {error.strerror}"
        raise ConfigurationError(message) from None


# ------------------------------------------------------------------ objections


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """An objection with what had left before it, and how many waiting jobs it stops."""

    objection: Objection
    gone: Sequence[Gone]
    stopped: int


async def note_objection(
    transaction: PostgresTransaction, objection: Objection, apps: Iterable[Manifest], *, stops_inside: bool
) -> Noted:
    """Keep an objection, stop what waits to leave, and tell what has left already."""
    # Locked: a study that is about to leave finds the objection, or is found to have left.
    studies = await transaction.lock_studies(await _studies_of(transaction, objection))
    kept = await transaction.add_objection(objection)
    stops = {app.id for app in apps if stops_inside or is_outside(app)}
    stopped = sum([await _stop(transaction, study, stops) for study in studies])
    gone = await transaction.gone([study.key for study in studies])
    payload: dict[str, object] = {"objection": kept.key, "stopped": stopped, "had_left": len(gone)}
    await transaction.add_audit(
        AuditEntry(
            event="objection noted",
            responsible=kept.actor,
            studies=tuple(study.key for study in studies),
            payload={**payload, "reason": kept.reason},
        )
    )
    return Noted(objection=kept, gone=gone, stopped=stopped)


async def _studies_of(transaction: PostgresTransaction, objection: Objection) -> list[str]:
    keys = (
        set(await transaction.studies_named([], [objection.study_instance_uid]))
        if objection.patient_id == ""
        else set()
    )
    named = [found for key in keys if (found := await transaction.study(key))]
    patients = [one for study in named for one in (study.patient, study.came_as) if one is not None]
    if objection.patient_id:
        issuers = await transaction.issuers_of(objection.patient_id)
        fitting = [one for one in issuers if not one or not objection.issuer or one == objection.issuer]
        patients = [Patient(issuer=issuer, patient_id=objection.patient_id) for issuer in {objection.issuer, *fitting}]
    numbers = await numbers_of(transaction, patients)
    return sorted(keys | set(await transaction.studies_under(sorted(numbers)) if numbers else ()))


async def _stop(transaction: PostgresTransaction, study: Study, stops: set[str]) -> int:
    """Order the runs that wait: each finds the objection, and ends without having sent anything."""
    jobs = [job for job in await transaction.jobs_of(study.key) if job.app_id in stops and job.state is JobState.QUEUED]
    for job in jobs:
        await transaction.add_step(replace(run_step(job.key, study.priority), once=True))
    return len(jobs)


async def withdraw_objection(transaction: PostgresTransaction, key: str, actor: str, reason: str) -> Objection:
    """End an objection.

    Raises
    ------
    InputError
        None of that key stands, or nobody ends it, or there is no reason.
    """
    _check_words(actor, reason, key)
    ended = await transaction.withdraw_objection(key, datetime.now(UTC), actor, reason)
    if ended is None:
        message = f"{key}: no objection of that key stands; see `collega objections list`"
        raise InputError(message)
    payload = {"objection": key, "reason": reason}
    await transaction.add_audit(AuditEntry(event="objection withdrawn", responsible=actor, payload=payload))
    return ended


async def list_objections(transaction: PostgresTransaction, *, withdrawn: bool) -> list[dict[str, Any]]:
    """List objections with what had left; that they were read is logged."""
    rows = []
    for one in await transaction.objections(withdrawn=withdrawn):
        gone = await transaction.gone(await _studies_of(transaction, one))
        rows.append({**asdict(one), "gone": [asdict(item) for item in gone]})
    await transaction.add_audit(AuditEntry(event="objections read", payload={"lines": len(rows)}))
    return rows


def objection_of(*, issuer: str, patient_id: str, study_instance_uid: str, actor: str, reason: str) -> Objection:
    """Make an objection of what was typed.

    Raises
    ------
    InputError
        It names nobody, or both a patient and a study, or nobody notes it, or there is no reason.
    """
    _check_words(actor, reason, issuer, patient_id, study_instance_uid)
    try:
        return Objection(
            issuer=issuer.strip(),
            patient_id=patient_id.strip(),
            study_instance_uid=study_instance_uid.strip(),
            at=datetime.now(UTC),
            actor=actor.strip(),
            reason=reason.strip(),
        )
    except ValueError as error:
        raise InputError(str(error)) from None


def _check_words(actor: str, reason: str, *others: str) -> None:
    if not (actor + reason + "".join(others)).isprintable() or not actor.strip() or not reason.strip():
        message = "name who says it, and the reason, in plain text"
        raise InputError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectionDesk:
    """What the page and the programs of a privacy officer ask, each in a transaction of its own."""

    store: PostgresStore
    settings: Settings
    catalogue: Mapping[str, Manifest]

    async def listed(self) -> list[dict[str, Any]]:
        """List all objections."""
        async with self.store.transaction() as transaction:
            return await list_objections(transaction, withdrawn=True)

    async def note(self, values: dict[str, str], by: str, reason: str) -> dict[str, Any]:
        """Note one."""
        objection = objection_of(**values, actor=by, reason=reason)
        async with self.store.transaction() as transaction:
            noted = await note_objection(
                transaction, objection, self.catalogue.values(), stops_inside=self.settings.objections.stop_apps_inside
            )
        return told(noted)

    async def withdraw(self, key: str, by: str, reason: str) -> dict[str, Any]:
        """End one."""
        async with self.store.transaction() as transaction:
            return asdict(await withdraw_objection(transaction, key, by, reason))


def told(noted: Noted) -> dict[str, Any]:
    """Give what was noted as JSON has it."""
    return {**asdict(noted.objection), "gone": [asdict(item) for item in noted.gone], "stopped": noted.stopped}


# ------------------------------------------------------------------ permissions


async def permit(  # noqa: PLR0913 - one decision
    transaction: PostgresTransaction,
    settings: Settings,
    app: Manifest,
    *,
    agreement: str,
    agreed_on: date,
    sends_free_text: bool,
    actor: str,
    reason: str,
) -> None:
    """Let an app in the cloud be sent studies; the first of all gets the site its keys.

    Raises
    ------
    InputError
        The app does not work outside the house, or its maker does not ask for free text.
    ConfigurationError
        Keys were there and are lost: with others nobody could be read back.
    """
    if app.run.http is None or not is_outside(app):
        message = f"{app.id}: it does not work outside the house, and needs no permission"
        raise InputError(message)
    if sends_free_text and not app.run.http.wants_free_text:
        message = f"{app.id}: its manifest asks for no free text (run.http.free_text)"
        raise InputError(message)
    await make_keys(transaction, settings)
    await _decide(
        transaction,
        CloudPermission(
            app_id=app.id,
            is_permitted=True,
            agreement=agreement,
            agreed_on=agreed_on,
            sends_free_text=sends_free_text,
            at=datetime.now(UTC),
            actor=actor,
            reason=reason,
        ),
    )


async def forbid(transaction: PostgresTransaction, app_id: str, actor: str, reason: str) -> None:
    """Let an app be sent nothing any more.

    Raises
    ------
    InputError
        It was not permitted.
    """
    before = await transaction.cloud_permission(app_id)
    if before is None or not before.is_permitted:
        message = f"{app_id}: it was not permitted"
        raise InputError(message)
    now = datetime.now(UTC)
    after = replace(before, is_permitted=False, sends_free_text=False, at=now, actor=actor, reason=reason)
    await _decide(transaction, after)


async def _decide(transaction: PostgresTransaction, permission: CloudPermission) -> None:
    await transaction.set_cloud_permission(permission)
    payload = {name: value for name, value in asdict(permission).items() if name != "at"}
    agreed = permission.agreed_on.isoformat() if permission.agreed_on else ""
    await transaction.add_audit(
        AuditEntry(
            event="cloud permission changed",
            responsible=permission.actor,
            payload={**payload, "agreed_on": agreed},
        )
    )


async def make_keys(transaction: PostgresTransaction, settings: Settings) -> None:
    """Make the keys of pseudonyms where there are none; `ConfigurationError` where they are lost."""
    path = key_file(settings)
    if path.exists():
        read_keys(settings)
        return
    if await transaction.key_ids():
        message = (
            f"cloud.key_file: {path} is lost, and pseudonyms were made with it; put back the copy that you keep of it"
        )
        raise ConfigurationError(message)
    write_key_file(path, new_keyring().text())


# ------------------------------------------------------------------ reading back


async def read_back(
    transaction: PostgresTransaction, settings: Settings, pseudonym: str, reason: str
) -> list[dict[str, Any]]:
    """Tell whom a pseudonym stands for; that it was asked is logged, refused or not.

    Raises
    ------
    ConfigurationError
        The keys cannot be read.
    """
    keys = read_keys(settings)
    found = await transaction.pseudonyms([pseudonym])
    rows = [
        {"pseudonym": one.pseudonym, "kind": one.kind, "project": one.project, **_opened(one.kind, keys.unseal(one))}
        for one in found
    ]
    entry = AuditEntry(
        event="pseudonym read back",
        studies=tuple(sorted({one.study_key for one in found})),
        outcome=AuditOutcome.SUCCESS if found else AuditOutcome.MINOR_FAILURE,
        payload={"pseudonym": pseudonym, "reason": reason, "found": len(found)},
    )
    await transaction.add_audit(entry)
    return rows


def may_read_back(settings: Settings) -> bool:
    """Tell whether the account of this process has the right."""
    return command_line().actor in settings.cloud.reidentify


async def note_refused(transaction: PostgresTransaction, pseudonym: str, reason: str) -> None:
    """Log that somebody without the right has asked."""
    payload = {"pseudonym": pseudonym, "reason": reason, "why": "no right"}
    outcome = AuditOutcome.SERIOUS_FAILURE
    await transaction.add_audit(AuditEntry(event="pseudonym read back", outcome=outcome, payload=payload))


def _opened(kind: str, value: str) -> dict[str, str]:
    return dict(json.loads(value)) if kind == "patient" else {kind: value}


async def renew_keys(store: PostgresStore, settings: Settings) -> int:
    """Seal every pseudonym with a new key; the old one is forgotten when all are. Returns how many there are.

    The file has both keys until the database has only the new one: cut off at any moment, nothing is lost.
    """
    path = key_file(settings)
    keys = read_keys(settings).renewed()
    write_key_file(path, keys.text())
    async with store.transaction() as transaction:
        found = await transaction.all_pseudonyms()
        await transaction.reseal([keys.seal(one, keys.unseal(one)) for one in found])
        await transaction.add_audit(AuditEntry(event="keys renewed", payload={"pseudonyms": len(found)}))
    write_key_file(path, keys.newest_alone().text())
    return len(found)


async def list_cloud(transaction: PostgresTransaction, apps: Iterable[Manifest]) -> list[dict[str, Any]]:
    """List the apps outside the house with the latest decision on each."""
    rows = []
    for app in apps:
        if app.run.http is None or not is_outside(app):
            continue
        decided = await transaction.cloud_permission(app.id)
        rows.append(
            {
                "id": app.id,
                "version": app.version,
                "stage": await transaction.stage_of(app.id, app.version),
                "to": urlsplit(app.run.http.url).netloc,
                "permitted": bool(decided and decided.is_permitted),
                "agreement": decided.agreement if decided else "",
                "agreed_on": decided.agreed_on.isoformat() if decided and decided.agreed_on else "",
                "free_text": bool(decided and decided.sends_free_text),
                "at": decided.at if decided else None,
                "actor": decided.actor if decided else "",
                "reason": decided.reason if decided else "",
            }
        )
    return rows
