"""What the store is told when a study, or an app's part of it, is all here; and of what others say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from collega.errors import FencedError
from collega.model.app import RUNNING_STAGES
from collega.model.evidence import Evidence, EvidenceKind, Scanner
from collega.model.ids import storage_key
from collega.model.job import ROUTE_FIRST, Event, NextStep
from collega.model.study import StudyState
from collega.ports.machine import Clock
from collega.ports.store import Store, Transaction
from collega.receive.completeness import Decision, Start
from collega.receive.gather import Wishes
from collega.receive.settle import Account

# What refers to a procedure step by its UID; the reference of another source may be anything.
OF_STEPS = frozenset({EvidenceKind.MPPS_IN_PROGRESS, EvidenceKind.MPPS_COMPLETED, EvidenceKind.MPPS_DISCONTINUED})


class Closing:
    """Carries out what `Settling` decides; see `receive.settle.Ends`.

    Parameters
    ----------
    store, clock : ports
    wishes : Wishes
        What apps wait for.
    keep_pauses : int
        How many pauses of a scanner are kept; 0 keeps none.
    """

    def __init__(self, store: Store, clock: Clock, wishes: Wishes, keep_pauses: int) -> None:
        self._store = store
        self._clock = clock
        self._wishes = wishes
        self._keep_pauses = keep_pauses

    async def load(self, study_key: str) -> Account | None:
        """Read a study that is coming in, with what was said of it."""
        async with self._store.transaction() as transaction:
            study = await transaction.study(study_key)
            if study is None or study.state is not StudyState.RECEIVING:
                return None
            instances = await transaction.instances(study_key)
            evidence = await transaction.evidence_of(study.study_instance_uid)
        return Account(study=study, instances=instances, evidence=evidence)

    async def complete(
        self, study_key: str, decision: Decision, longest: Mapping[Scanner, timedelta]
    ) -> datetime | None:
        """Close the reception of a study and order its routing."""
        async with self._store.transaction() as transaction:
            study = await transaction.study(study_key, lock=True)
            if study is None or study.state is not StudyState.RECEIVING:
                return None
            now = self._clock.now()
            if decision.quiet and study.last_received_at + decision.quiet > now:
                return study.last_received_at + decision.quiet
            try:
                await transaction.close_study(
                    study_key, revision=study.revision, before=StudyState.RECEIVING, after=StudyState.COMPLETE
                )
            except FencedError:
                return None
            payload: dict[str, object] = {
                "revision": study.revision,
                "evidence": decision.evidence,
                "quiet_s": decision.quiet.total_seconds(),
                "waited_s": (now - study.last_received_at).total_seconds(),
                "heard": list(decision.heard),
            }
            await transaction.add_event(Event(kind="complete", at=now, study_key=study_key, payload=payload))
            await transaction.add_step(
                NextStep(
                    step="route",
                    arguments={"study_key": study_key, "revision": study.revision},
                    priority=ROUTE_FIRST,
                )
            )
            if self._keep_pauses:
                await transaction.add_pauses(longest, now, self._keep_pauses)
        return None

    async def start(self, study_key: str, start: Start, heard: Sequence[str]) -> None:
        """Order an app's own routing, once for each revision, where the app runs at this site."""
        manifest = self._wishes.apps.get(start.app_id)
        if manifest is None:  # taken away meanwhile
            return
        async with self._store.transaction() as transaction:
            study = await transaction.study(study_key, lock=True)
            stage = await transaction.stage_of(manifest.id, manifest.version)
            if study is None or study.state is not StudyState.RECEIVING or stage not in RUNNING_STAGES:
                return
            jobs = await transaction.jobs_of(study_key)
            if any((job.app_id, job.revision) == (manifest.id, study.revision) for job in jobs):
                return
            now = self._clock.now()
            payload: dict[str, object] = {
                "revision": study.revision,
                "app": manifest.id,
                "series": list(start.series),
                "evidence": start.evidence,
                "waited_s": (now - study.last_received_at).total_seconds(),
                "heard": list(heard),
            }
            await transaction.add_event(Event(kind="app_ready", at=now, study_key=study_key, payload=payload))
            arguments: dict[str, str | int] = {
                "study_key": study_key,
                "revision": study.revision,
                "app_id": manifest.id,
                "series": " ".join(storage_key(uid) for uid in start.series),
            }
            await transaction.add_step(NextStep(step="start_early", arguments=arguments, priority=ROUTE_FIRST))

    async def adopt(self, evidence: Evidence, study_instance_uid: str) -> None:
        """Record to which study a word belongs."""
        async with self._store.transaction() as transaction:
            await transaction.settle_evidence(evidence, study_instance_uid)

    async def keep(self, evidence: Evidence) -> Sequence[Evidence]:
        """Record a word, once for each study that it is about; none where its study is not known."""
        async with self._store.transaction() as transaction:
            placed = await place(transaction, evidence)
            for item in placed or [evidence]:
                await transaction.add_evidence(item)
        return placed

    async def place_again(self, evidence: Evidence) -> Sequence[Evidence]:
        """Look once more for the study of a word that was recorded without one."""
        async with self._store.transaction() as transaction:
            placed = await place(transaction, evidence)
            for item in placed[:1]:
                await transaction.settle_evidence(evidence, item.study_instance_uid)
        return placed[:1]


async def place(transaction: Transaction, evidence: Evidence) -> Sequence[Evidence]:
    """Find the studies that a word is about: as it says, else as an earlier word did, else by its objects.

    Objects of other studies are taken out of what is said of one.
    """
    named = evidence.study_instance_uid
    if not named and evidence.kind in OF_STEPS:
        named = await transaction.study_of_step(evidence.reference)
    if named:
        return [replace(evidence, study_instance_uid=named)]
    uids = [uid for said in evidence.series for uid in said.sop_instance_uids]
    study_of = await transaction.studies_of_objects(uids) if uids else {}
    return [_of_study(evidence, study, study_of) for study in sorted(set(study_of.values()))]


def _of_study(evidence: Evidence, study: str, study_of: Mapping[str, str]) -> Evidence:
    def own(uids: Sequence[str]) -> tuple[str, ...]:
        return tuple(uid for uid in uids if study_of.get(uid, study) == study)

    series = tuple(replace(said, sop_instance_uids=own(said.sop_instance_uids)) for said in evidence.series)
    return replace(evidence, study_instance_uid=study, series=series)
