"""What modalities and archives say of a study besides sending it: each word is durable before it is answered."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

import structlog

from collega.errors import MessageError
from collega.model.audit import AuditEntry
from collega.model.evidence import Evidence, EvidenceKind, SeriesSaid
from collega.model.ids import storage_key
from collega.model.job import Event
from collega.model.procedure_step import ProcedureStep, StepSaid, StepState
from collega.ports.machine import Clock
from collega.ports.store import Store, Transaction
from collega.receive.procedure_steps import begin, change, evidence_of, stray_evidence

T = TypeVar("T")
# Takes evidence from any thread; returns when it is durable and acted upon, raises where it is not.
Tell: TypeAlias = Callable[[Evidence], None]
_log = structlog.get_logger()


class Sources:
    """Takes the word of others on completeness.

    Its methods are called from the threads of associations, never from the event loop's. Evidence is told
    first, then the state of a step is set: a sender that got no answer says it again, and what is told twice
    does no harm, while a state without its evidence would.

    Parameters
    ----------
    store, clock : ports
    loop : asyncio.AbstractEventLoop
        Where the store lives.
    tell : callable
        Takes the evidence.
    """

    def __init__(self, store: Store, clock: Clock, loop: asyncio.AbstractEventLoop, tell: Tell) -> None:
        self._store = store
        self._clock = clock
        self._loop = loop
        self._tell = tell
        # Steps change a few times an hour: one at a time, so that no evidence is told of a change that loses a race.
        self._turn = threading.Lock()

    def step_created(self, sop_instance_uid: str, said: StepSaid, source: str) -> None:
        """Take N-CREATE of a performed procedure step; `MessageError` ``duplicate``."""
        with self._turn:
            if self._wait(self._step(sop_instance_uid)) is not None:
                code, text = "duplicate", "a procedure step of this SOP Instance UID is known"
                raise MessageError(code, text)
            step = begin(sop_instance_uid, said, source, self._clock.now())
            self._settle(None, step, evidence_of(step))

    def step_set(self, sop_instance_uid: str, said: StepSaid, source: str) -> None:
        """Take N-SET of a performed procedure step; `MessageError` as in `receive.procedure_steps`."""
        with self._turn:
            step = self._wait(self._step(sop_instance_uid))
            now = self._clock.now()
            if step is None:
                self._note(stray_evidence(said, sop_instance_uid, source, now))
                code, text = "unknown-instance", "no procedure step of this SOP Instance UID is known"
                raise MessageError(code, text)
            after = change(step, said, now)
            self._settle(step, after, evidence_of(after) if after.state is not step.state else [])

    def available(
        self, study_instance_uid: str, series: tuple[SeriesSaid, ...], *, reference: str, source: str
    ) -> None:
        """Take the list of what an archive has of a study; a list of nothing that can be had says nothing."""
        if series:
            self._note([self._said(EvidenceKind.INSTANCES_AVAILABLE, study_instance_uid, series, reference, source)])

    def commitment_asked(self, sop_instance_uids: tuple[str, ...], *, reference: str, source: str) -> None:
        """Take the list of a storage commitment request: its sender believes to have sent these objects."""
        series = (SeriesSaid(series_instance_uid="", sop_instance_uids=sop_instance_uids),)
        self._note([self._said(EvidenceKind.COMMITMENT_ASKED, "", series, reference, source)])

    def _said(
        self, kind: EvidenceKind, study: str, series: tuple[SeriesSaid, ...], reference: str, source: str
    ) -> Evidence:
        now = self._clock.now()
        return Evidence(kind=kind, study_instance_uid=study, at=now, source=source, series=series, reference=reference)

    def _note(self, evidence: Sequence[Evidence]) -> None:
        for one in evidence:
            self._tell(one)
        if evidence:
            self._wait(self._record(evidence))

    def _settle(self, before: ProcedureStep | None, after: ProcedureStep, evidence: Sequence[Evidence]) -> None:
        for one in evidence:
            self._tell(one)
        self._wait(self._save(before, after, evidence))
        _log.info("procedure step", state=str(after.state), studies=len(after.study_instance_uids), source=after.source)

    async def _step(self, sop_instance_uid: str) -> ProcedureStep | None:
        async with self._store.transaction() as transaction:
            return await transaction.procedure_step(sop_instance_uid)

    async def _save(self, before: ProcedureStep | None, after: ProcedureStep, evidence: Sequence[Evidence]) -> None:
        # An ended step may not change again; what it named stands in the evidence.
        kept = after if after.state is StepState.IN_PROGRESS else replace(after, series=())
        async with self._store.transaction() as transaction:
            await transaction.save_procedure_step(before, kept)
            await transaction.add_audit(_logged(before, after))
            await record_evidence(transaction, evidence)

    async def _record(self, evidence: Sequence[Evidence]) -> None:
        async with self._store.transaction() as transaction:
            await record_evidence(transaction, evidence)

    def _wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


def _logged(before: ProcedureStep | None, after: ProcedureStep) -> AuditEntry:
    """Say which modality has begun or changed a step of whom."""
    payload: dict[str, object] = {
        "step": after.sop_instance_uid,
        "state": str(after.state),
        "study_instance_uids": list(after.study_instance_uids),
    }
    return AuditEntry(
        event="procedure step changed" if before else "procedure step begun",
        actor=after.source,
        studies=tuple(storage_key(uid) for uid in after.study_instance_uids),
        people=(after.patient,) if after.patient.patient_id else (),
        payload=payload,
    )


async def record_evidence(transaction: Transaction, evidence: Sequence[Evidence]) -> None:
    """Add evidence to the record of events: when a source said what, in numbers."""
    for one in evidence:
        payload: dict[str, object] = {
            "said": str(one.kind),
            "reference": one.reference,
            "series": len(one.series),
            "objects": sum(len(item.sop_instance_uids) or item.count or 0 for item in one.series),
        }
        study_key = storage_key(one.study_instance_uid) if one.study_instance_uid else None
        await transaction.add_event(
            Event(kind="evidence", at=one.at, study_key=study_key, actor=one.source, payload=payload)
        )
