"""Each difficulty of the simulated PACS, met by a plain pynetdicom client."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydicom import dcmread
from tests.unit.testing.small_objects import (
    COMPREHENSIVE_3D_SR,
    COMPREHENSIVE_SR,
    STUDY_ROOT_FIND,
    association,
    find,
    small_object,
    status_of,
    store,
)

from collega.testing.difficult_pacs import Difficulties, DifficultPacs

pytestmark = pytest.mark.shows("R31")
SR = frozenset({COMPREHENSIVE_3D_SR})


class Clock:
    """A clock whose hands the test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextmanager
def pacs_with(folder: Path, clock: Clock | None = None, **difficulties: object) -> Iterator[DifficultPacs]:
    record = Difficulties(**difficulties)  # type: ignore[arg-type]
    with DifficultPacs(folder, record, clock=clock or time.monotonic) as pacs:
        yield pacs


def test_without_difficulties_it_is_a_pacs_as_any_other(tmp_path: Path) -> None:
    with pacs_with(tmp_path) as pacs:
        assert store(pacs.port, small_object()) == 0x0000
        assert len(find(pacs.port, "STUDY", StudyInstanceUID="")[0]) == 1


def test_a_rejected_class_has_no_presentation_context(tmp_path: Path) -> None:
    with pacs_with(tmp_path, rejected_classes=SR) as pacs:
        with association(pacs.port, COMPREHENSIVE_3D_SR, COMPREHENSIVE_SR) as peer:
            accepted = [str(context.abstract_syntax) for context in peer.accepted_contexts]
        assert accepted == [COMPREHENSIVE_SR]
        assert store(pacs.port, small_object(sop_class=COMPREHENSIVE_SR)) == 0x0000


def test_a_refused_class_is_answered_with_0122(tmp_path: Path) -> None:
    with pacs_with(tmp_path, refused_classes=SR) as pacs:
        assert store(pacs.port, small_object(sop_class=COMPREHENSIVE_3D_SR)) == 0x0122
        assert store(pacs.port, small_object()) == 0x0000
        assert [one.modality for one in pacs.objects()] == ["CR"]


def test_dropped_objects_are_answered_with_success_and_are_nowhere(tmp_path: Path) -> None:
    with pacs_with(tmp_path, dropped_classes=SR) as pacs:
        sent = small_object(sop_class=COMPREHENSIVE_3D_SR)
        assert store(pacs.port, sent) == 0x0000
        assert pacs.objects() == ()
        assert find(pacs.port, "STUDY", StudyInstanceUID=sent.StudyInstanceUID)[0] == []


def test_a_signed_study_takes_nothing_more(tmp_path: Path) -> None:
    signed = small_object(study="signed")
    with pacs_with(tmp_path, signed_studies=frozenset({signed.StudyInstanceUID})) as pacs:
        status = store(pacs.port, signed)
        assert status is not None
        assert 0xC000 <= status <= 0xCFFF
        assert store(pacs.port, small_object(study="open")) == 0x0000


def test_coerced_attributes_are_announced_and_kept_as_coerced(tmp_path: Path) -> None:
    with pacs_with(tmp_path, coerced={"PatientID": "OTHER", "SeriesNumber": "99"}) as pacs:
        sent = small_object()
        with association(pacs.port, sent.SOPClassUID) as peer:
            answer = peer.send_c_store(sent)
        assert answer.Status == 0xB000
        assert answer.ErrorComment == "coerced PatientID, SeriesNumber"
        (kept,) = pacs.objects()
        assert (kept.patient_id, dcmread(kept.path).SeriesNumber) == ("OTHER", 99)


def test_objects_are_shown_only_after_a_while(tmp_path: Path, clock: Clock) -> None:
    with pacs_with(tmp_path, clock, visible_after_s=60) as pacs:
        study = small_object().StudyInstanceUID
        store(pacs.port, small_object())
        clock.now += 59
        assert find(pacs.port, "STUDY", StudyInstanceUID=study) == ([], 0x0000)
        clock.now += 1
        assert len(find(pacs.port, "STUDY", StudyInstanceUID=study)[0]) == 1


def test_without_an_image_level_the_others_still_answer(tmp_path: Path) -> None:
    with pacs_with(tmp_path, query_levels=frozenset({"STUDY", "SERIES"})) as pacs:
        sent = small_object()
        store(pacs.port, sent)
        above = {"StudyInstanceUID": sent.StudyInstanceUID, "SeriesInstanceUID": sent.SeriesInstanceUID}
        assert find(pacs.port, "IMAGE", **above, SOPInstanceUID="") == ([], 0xA900)
        assert len(find(pacs.port, "SERIES", **above)[0]) == 1


def test_without_any_query_the_context_is_rejected(tmp_path: Path) -> None:
    with pacs_with(tmp_path, query_levels=frozenset()) as pacs, association(pacs.port) as peer:
        assert STUDY_ROOT_FIND in [context.abstract_syntax for context in peer.rejected_contexts]


def test_a_second_association_is_rejected_for_now(tmp_path: Path) -> None:
    with pacs_with(tmp_path, one_association=True) as pacs:
        with association(pacs.port) as first, association(pacs.port) as second:
            assert first.is_established
            assert not second.is_established  # pynetdicom calls a quick rejection an abort
            rejection = second.acceptor.primitive
            assert rejection is not None
            # Transient, by the provider, local limit exceeded (PS3.8 table 9-21).
            assert (rejection.result, rejection.result_source, rejection.diagnostic) == (2, 3, 2)
        assert eventually_stores(pacs.port)


def eventually_stores(port: int) -> bool:
    """Whether an object is taken within five seconds: an ended association is cleared away soon, not at once."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if store(port, small_object()) == 0x0000:
            return True
        time.sleep(0.05)
    return False


def test_a_full_pacs_answers_a700_for_a_while(tmp_path: Path, clock: Clock) -> None:
    with pacs_with(tmp_path, clock, full_for_s=30) as pacs:
        assert store(pacs.port, small_object()) == 0xA700
        clock.now += 30
        assert store(pacs.port, small_object()) == 0x0000


def test_an_abort_in_the_middle_leaves_an_object_kept_and_unanswered(tmp_path: Path) -> None:
    with pacs_with(tmp_path, abort_at_store=2) as pacs:
        with association(pacs.port) as peer:
            assert status_of(peer.send_c_store(small_object("a"))) == 0x0000
            assert status_of(peer.send_c_store(small_object("b"))) is None
            peer.join(5)  # the client's own thread notes the abort a moment later
            assert peer.is_aborted
        assert len(pacs.objects()) == 2
        assert store(pacs.port, small_object("b")) == 0x0000
        assert pacs.receipts(small_object("b").SOPInstanceUID) == 2


def test_a_slow_pacs_answers_in_the_end(tmp_path: Path) -> None:
    with pacs_with(tmp_path, answers_after_s=0.4) as pacs:
        begin = time.monotonic()
        assert store(pacs.port, small_object()) == 0x0000
        assert time.monotonic() - begin >= 0.4


def test_a_slow_pacs_that_is_stopped_leaves_no_thread_waiting(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with pacs_with(tmp_path, answers_after_s=300) as pacs, association(pacs.port) as peer:
        peer.dimse_timeout = 0.2
        assert status_of(peer.send_c_store(small_object())) is None
        pacs.stop()
        for thread in set(threading.enumerate()) - before:
            thread.join(5)
        assert set(threading.enumerate()) <= before


def test_it_goes_down_and_comes_back_on_the_same_port(tmp_path: Path) -> None:
    with pacs_with(tmp_path) as pacs:
        pacs.stop()
        assert store(pacs.port, small_object()) is None
        pacs.start()
        assert store(pacs.port, small_object()) == 0x0000
