"""The states of a performed procedure step, and what each says of its studies (PS3.4 F.1.2, F.7.2).

===========  ============  =====================================================
state        N-SET says    then
===========  ============  =====================================================
none         anything      unknown-instance (0112); its list is evidence all the same
IN PROGRESS  nothing       IN PROGRESS, with the series said last
IN PROGRESS  COMPLETED     COMPLETED, where series were named; else missing-attribute
IN PROGRESS  DISCONTINUED  DISCONTINUED
COMPLETED    anything      ended-step (0110, Error ID A710)
DISCONTINUED anything      ended-step (0110, Error ID A710)
===========  ============  =====================================================
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from collega.errors import MessageError
from collega.model.evidence import Evidence, EvidenceKind
from collega.model.procedure_step import ProcedureStep, StepSaid, StepState

KINDS: Mapping[StepState, EvidenceKind] = {
    StepState.IN_PROGRESS: EvidenceKind.MPPS_IN_PROGRESS,
    StepState.COMPLETED: EvidenceKind.MPPS_COMPLETED,
    StepState.DISCONTINUED: EvidenceKind.MPPS_DISCONTINUED,
}


def begin(sop_instance_uid: str, said: StepSaid, source: str, at: datetime) -> ProcedureStep:
    """Make the step of an N-CREATE."""
    return ProcedureStep(
        sop_instance_uid=sop_instance_uid,
        state=StepState.IN_PROGRESS,
        study_instance_uids=said.study_instance_uids,
        source=source,
        created_at=at,
        changed_at=at,
        series=said.series or (),
        began=said.began,
        patient=said.patient,
    )


def change(step: ProcedureStep, said: StepSaid, at: datetime) -> ProcedureStep:
    """Apply an N-SET.

    A modality that breaks off before its first image has no series to name: DISCONTINUED is taken without
    one, though the standard wants one there too (table F.7.2-1, final state).

    Raises
    ------
    MessageError
        ``ended-step``, ``missing-attribute``.
    """
    if step.state is not StepState.IN_PROGRESS:
        code, text = "ended-step", "this procedure step has ended and may not be updated"
        raise MessageError(code, text)
    series = step.series if said.series is None else said.series
    if said.state is StepState.COMPLETED and not series:
        code, text = "missing-attribute", "PerformedSeriesSequence is missing or empty"
        raise MessageError(code, text)
    return replace(step, state=said.state or step.state, series=series, changed_at=at, ended=said.ended or step.ended)


def evidence_of(step: ProcedureStep) -> Sequence[Evidence]:
    """Tell what a step says, once for each study that it was scheduled for.

    The modality does not say which series belongs to which of several studies: each is told of all of them,
    so that none is thought complete too early.
    """
    return [_evidence(step, uid) for uid in step.study_instance_uids]


def stray_evidence(said: StepSaid, sop_instance_uid: str, source: str, at: datetime) -> Sequence[Evidence]:
    """Tell what an N-SET for an unknown step says, where it ends the step and names objects.

    The step may have begun while collega was down. Its studies are not named again, but the objects are.
    """
    if said.state in {StepState.COMPLETED, StepState.DISCONTINUED} and said.series:
        stray = replace(begin(sop_instance_uid, said, source, at), state=said.state)
        return [_evidence(stray, "")]
    return []


def _evidence(step: ProcedureStep, study_instance_uid: str) -> Evidence:
    return Evidence(
        kind=KINDS[step.state],
        study_instance_uid=study_instance_uid,
        at=step.changed_at,
        source=step.source,
        series=step.series,
        reference=step.sop_instance_uid,
    )
