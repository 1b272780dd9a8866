"""The states of a performed procedure step, held against a second telling of the table."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.errors import MessageError
from collega.model.evidence import EvidenceKind, SeriesSaid
from collega.model.procedure_step import StepSaid, StepState
from collega.receive.procedure_steps import begin, change, evidence_of, stray_evidence
from collega.testing.records import AT

pytestmark = pytest.mark.shows("R25")
SERIES = (SeriesSaid(series_instance_uid="1.3", sop_instance_uids=("1.4",)),)
NEW = StepSaid(state=StepState.IN_PROGRESS, study_instance_uids=("1.2.1", "1.2.2"), series=())
CHANGES = st.builds(
    lambda state, series: StepSaid(state=state, series=series),
    st.sampled_from([None, *StepState]),
    st.sampled_from([None, (), SERIES]),
)


@given(st.lists(CHANGES, max_size=8))
def test_a_step_ends_once_and_keeps_what_was_said_last(changes: list[StepSaid]) -> None:
    step = begin("1.9", NEW, "CT1", AT)
    series: tuple[SeriesSaid, ...] = ()
    ended = False
    for number, said in enumerate(changes):
        wanted = series if said.series is None else said.series
        bare = said.state is StepState.COMPLETED and not wanted
        if ended or bare:
            with pytest.raises(MessageError) as caught:
                change(step, said, AT)
            assert caught.value.code == ("ended-step" if ended else "missing-attribute")
            continue
        step = change(step, said, AT + timedelta(seconds=number))
        series, ended = wanted, said.state in {StepState.COMPLETED, StepState.DISCONTINUED}
        assert step.series == series
        assert (step.state is not StepState.IN_PROGRESS) == ended
        assert (step.created_at, step.changed_at) == (AT, AT + timedelta(seconds=number))


def test_each_study_of_a_step_is_told_of_every_series() -> None:
    step = change(begin("1.9", NEW, "CT1", AT), StepSaid(state=StepState.COMPLETED, series=SERIES), AT)
    told = evidence_of(step)
    assert [(one.kind, one.study_instance_uid, one.series) for one in told] == [
        (EvidenceKind.MPPS_COMPLETED, "1.2.1", SERIES),
        (EvidenceKind.MPPS_COMPLETED, "1.2.2", SERIES),
    ]
    assert {(one.reference, one.source) for one in told} == {("1.9", "CT1")}


def test_a_step_that_was_broken_off_needs_no_series() -> None:
    step = change(begin("1.9", NEW, "CT1", AT), StepSaid(state=StepState.DISCONTINUED), AT)
    assert [one.kind for one in evidence_of(step)] == [EvidenceKind.MPPS_DISCONTINUED] * 2


def test_of_an_unknown_step_counts_what_it_names_at_its_end() -> None:
    (stray,) = stray_evidence(StepSaid(state=StepState.COMPLETED, series=SERIES), "1.9", "CT1", AT)
    assert (stray.kind, stray.study_instance_uid, stray.series) == (EvidenceKind.MPPS_COMPLETED, "", SERIES)
    for said in (
        StepSaid(state=StepState.IN_PROGRESS, series=SERIES),
        StepSaid(series=SERIES),
        StepSaid(state=StepState.DISCONTINUED, series=()),
        StepSaid(state=StepState.DISCONTINUED),
    ):
        assert stray_evidence(said, "1.9", "CT1", AT) == []
