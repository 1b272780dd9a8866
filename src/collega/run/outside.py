"""An attempt of an app in the cloud: its study leaves about nobody, and its answer comes back about the patient."""

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from collega.errors import ConfigurationError, QuarantineError
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.model.app import Manifest
from collega.model.audit import AuditEntry, AuditOutcome
from collega.model.code import Text
from collega.model.job import Attempt, AttemptOutcome, Event, Job
from collega.model.leaving import Permit, Sealed
from collega.model.study import Study
from collega.outside.gate import SENT, Cleared, Held, NotPermitted, clear
from collega.outside.identify import identify, set_apart
from collega.outside.keyring import Keyring
from collega.outside.pseudonymise import Ready, make_ready, profile_of
from collega.ports.machine import AppRunner, Clock
from collega.ports.store import Store
from collega.run.departure import CLEAR, CLOUD
from collega.run.runners import never_ran, refused, start

SCHEMA = "collega/result/1"
ANSWERED = "answered"
NOBODY_CAN = "this process has no keys for pseudonyms"
# Why nothing was sent -> what readers see.
REASONS: Mapping[str, Text] = {
    "burned-in": Text(
        en="text may stand in the images that names the patient; not sent outside the hospital",
        nl="in de beelden kan tekst staan die de patiënt noemt; niet buiten het ziekenhuis verzonden",
    ),
    "recognizable": Text(
        en="a face may be seen in the images; not sent outside the hospital",
        nl="in de beelden kan een gezicht te zien zijn; niet buiten het ziekenhuis verzonden",
    ),
    "free-text": Text(
        en="the app needs earlier reports, which are not sent outside the hospital",
        nl="de app heeft eerdere verslagen nodig, en die worden niet buiten het ziekenhuis verzonden",
    ),
    "identity-left": Text(
        en="the patient's data could not be taken out of the images; not sent outside the hospital",
        nl="de gegevens van de patiënt konden niet uit de beelden worden gehaald; niet buiten het ziekenhuis verzonden",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Outward:
    """What it takes to send outside.

    Parameters
    ----------
    keys : callable
        Reads the keys of the site; `ConfigurationError` where they cannot be read.
    profile : callable
        Reads what the site adds to the profile; None where it adds nothing.
    """

    keys: Callable[[], Keyring]
    profile: Callable[[], Profile | None]


def is_outside(manifest: Manifest) -> bool:
    """Tell whether an app works outside the house."""
    return manifest.run.http is not None and manifest.run.http.is_cloud


def project_of(app_id: str) -> str:
    """Name the project of an app: what two makers know of a patient has nothing in common."""
    return f"cloud/{app_id}"


async def send_out(  # noqa: PLR0913 - one attempt, one account
    store: Store,
    runner: AppRunner,
    clock: Clock,
    outward: Outward | None,
    manifest: Manifest,
    job: Job,
    study: Study,
    folder: Path,
) -> Attempt:
    """Make ready, pass the gate, send, and bring the answer home."""
    try:
        if outward is None:
            return refused(NOBODY_CAN)
        trip = _Trip(
            store=store, clock=clock, keys=outward.keys(), manifest=manifest, job=job, study=study, folder=folder
        )
        return await trip.go(runner, profile_of(project_of(manifest.id), outward.profile()))
    except ConfigurationError as error:
        return refused(str(error))


def hold(folder: Path, manifest: Manifest, study: Study, why: Held) -> Attempt:
    """Answer in the place of an app that is not asked."""
    told = {
        "schema": SCHEMA,
        "app": {"id": manifest.id, "version": manifest.version},
        "study_instance_uid": study.study_instance_uid,
        "status": "not_suitable",
        "reason": {"code": why.code, "text": {"en": why.text.en, "nl": why.text.nl}},
        "findings": [],
    }
    (folder / "out" / "result.json").write_text(json.dumps(told), encoding="utf-8")
    return never_ran(AttemptOutcome.ANSWERED, why.code)


@dataclass(frozen=True, kw_only=True)
class _Trip:
    """One study on its way to one app and back."""

    store: Store
    clock: Clock
    keys: Keyring
    manifest: Manifest
    job: Job
    study: Study
    folder: Path

    async def go(self, runner: AppRunner, profile: Profile) -> Attempt:
        pseudonyms = Pseudonyms(key=self.keys.pseudonyms, project=profile.project)
        cleared = await self._ask(pseudonyms)
        if not isinstance(cleared, Cleared):
            return self._stays(cleared)
        wants = self.manifest.run.http is not None and self.manifest.run.http.wants_free_text
        sends_free_text = wants and cleared.permission.sends_free_text
        inputs = self.manifest.inputs
        if inputs and inputs.reports and inputs.reports.required and not sends_free_text:
            return self._stays(Held(code="free-text", text=REASONS["free-text"]))
        try:
            ready = await asyncio.to_thread(
                make_ready,
                self.folder / "in",
                self.folder / SENT,
                self.study,
                profile,
                pseudonyms,
                sends_free_text=sends_free_text,
            )
        except QuarantineError as error:
            await asyncio.to_thread(shutil.rmtree, self.folder / SENT, ignore_errors=True)
            code = error.code if error.code in REASONS else "identity-left"
            return self._stays(Held(code=code, text=REASONS[code]))
        return await self._over(runner, pseudonyms, ready)

    async def _ask(self, pseudonyms: Pseudonyms) -> Cleared | Held | NotPermitted:
        """Ask the gate first, before any work is done; it is asked again when everything is ready."""
        async with self.store.transaction() as transaction:
            return await clear(transaction, self.study, self.manifest.id, self._alias(pseudonyms))

    def _alias(self, pseudonyms: Pseudonyms) -> str:
        return pseudonyms.identifier("job", self.job.key)

    def _stays(self, why: Held | NotPermitted) -> Attempt:
        return refused(why.text) if isinstance(why, NotPermitted) else hold(self.folder, self.manifest, self.study, why)

    async def _over(self, runner: AppRunner, pseudonyms: Pseudonyms, ready: Ready) -> Attempt:
        """Pass the gate with what is ready, and send: it has left from that moment on, whatever becomes of it."""
        http = self.manifest.run.http
        if http is None or urlsplit(http.url).scheme != "https":
            return refused(CLEAR if http else CLOUD)
        async with self.store.transaction() as transaction:
            cleared = await clear(transaction, self.study, self.manifest.id, self._alias(pseudonyms))
            if not isinstance(cleared, Cleared):
                return self._stays(cleared)
            now = self.clock.now()
            await transaction.note_pseudonyms([self._sealed(kind, *one) for kind, one in ready.names.items()])
            payload: dict[str, object] = {
                "app": self.manifest.id,
                "attempt": self.job.attempt,
                "to": urlsplit(http.url).netloc,
                "files": ready.files,
                "bytes": ready.bytes,
                "agreement": cleared.permission.agreement,
            }
            await transaction.add_event(
                Event(kind="sent_outside", at=now, study_key=self.study.key, job_key=self.job.key, payload=payload)
            )
            await transaction.add_audit(
                AuditEntry(
                    event="sending outside begun",
                    actor=self.manifest.id,
                    study_key=self.study.key,
                    payload={**payload, "peer": payload["to"]},
                )
            )
        (self.folder / ANSWERED).mkdir()
        attempt = await start(
            runner, permitted(self.manifest, cleared.permit), self.folder, inputs=SENT, outputs=ANSWERED
        )
        await self._note_end(attempt, payload)
        return await self._home(attempt, ready) if attempt.outcome is AttemptOutcome.ANSWERED else attempt

    def _sealed(self, kind: str, pseudonym: str, value: str) -> Sealed:
        plain = Sealed(
            pseudonym=pseudonym,
            kind=kind,
            project=project_of(self.manifest.id),
            key_id="",
            sealed=b"",
            study_key=self.study.key,
            at=self.clock.now(),
        )
        return self.keys.seal(plain, value)

    async def _note_end(self, attempt: Attempt, payload: Mapping[str, object]) -> None:
        has_answered = attempt.outcome is AttemptOutcome.ANSWERED
        entry = AuditEntry(
            event="sent outside",
            actor=self.manifest.id,
            study_key=self.study.key,
            outcome=AuditOutcome.SUCCESS if has_answered else AuditOutcome.MINOR_FAILURE,
            payload={**payload, "peer": payload["to"], "ended": attempt.outcome},
        )
        async with self.store.transaction() as transaction:
            await transaction.add_audit(entry)

    async def _home(self, attempt: Attempt, ready: Ready) -> Attempt:
        answered, outputs = self.folder / ANSWERED, self.folder / "out"
        try:
            strangers = await asyncio.to_thread(identify, answered, outputs, ready.crossing)
            await self._refuse_others(strangers)
        except QuarantineError as error:
            await asyncio.to_thread(set_apart, outputs, error)
        return attempt

    async def _refuse_others(self, strangers: set[str]) -> None:
        """Set an answer apart that names somebody else who was sent out."""
        if not strangers:
            return
        async with self.store.transaction() as transaction:
            known = await transaction.pseudonyms(sorted(strangers))
        if known:
            text = f"the answer names {known[0].pseudonym}, the {known[0].kind} of another study"
            raise QuarantineError("other-patient", text)


def permitted(manifest: Manifest, permit: Permit) -> Manifest:
    """Give an app that may be sent what the permit is about."""
    run = manifest.run
    return replace(manifest, run=replace(run, http=replace(run.http, permit=permit))) if run.http else manifest
