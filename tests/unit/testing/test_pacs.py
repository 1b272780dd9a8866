"""The simulated PACS: what it keeps, finds and commits."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pynetdicom import AE, evt
from tests.unit.testing.small_objects import (
    COMMITMENT,
    COMMITMENT_INSTANCE,
    COMPREHENSIVE_3D_SR,
    association,
    encoded,
    find,
    small_object,
    store,
)

from collega.model.ids import stable_uid
from collega.testing.pacs import KeepingPacs
from collega.testing.pacs_commitment import CommitmentRoutes

TRANSACTION = stable_uid("transaction")


@pytest.fixture
def pacs(tmp_path: Path) -> Iterator[KeepingPacs]:
    with KeepingPacs(tmp_path / "kept") as one:
        yield one


@pytest.mark.shows("R31")
def test_an_object_is_kept_as_it_came_and_known_by_its_place(pacs: KeepingPacs) -> None:
    sent = small_object(sop_class=COMPREHENSIVE_3D_SR)
    assert store(pacs.port, sent) == 0x0000
    (kept,) = pacs.objects()
    assert (kept.patient_id, kept.modality, kept.sop_instance_uid) == ("P1", "SR", sent.SOPInstanceUID)
    assert dcmread(kept.path) == sent


def test_an_object_sent_twice_is_one_object_with_two_receipts(pacs: KeepingPacs) -> None:
    sent = small_object()
    store(pacs.port, sent)
    store(pacs.port, sent)
    assert len(pacs.objects()) == 1
    assert pacs.receipts(sent.SOPInstanceUID) == 2
    assert pacs.count("C-STORE") == 2


def test_an_object_without_study_is_not_understood(pacs: KeepingPacs) -> None:
    sent = small_object()
    del sent.StudyInstanceUID
    assert store(pacs.port, sent) == 0xC000
    assert pacs.objects() == ()


def test_a_folder_that_cannot_be_written_is_answered_with_out_of_resources(pacs: KeepingPacs, tmp_path: Path) -> None:
    (tmp_path / "kept").rename(tmp_path / "elsewhere")
    assert store(pacs.port, small_object()) == 0xA700


def test_objects_outlive_a_stop_and_the_port_stays_the_same(tmp_path: Path) -> None:
    pacs = KeepingPacs(tmp_path)
    with pacs:
        port = pacs.port
        store(port, small_object("before"))
    assert store(port, small_object("meanwhile")) is None
    with pacs:
        assert pacs.port == port
        store(port, small_object("after"))
    with KeepingPacs(tmp_path) as another:
        assert len(another.objects()) == 2
        assert len(find(another.port, "STUDY", StudyInstanceUID="")[0]) == 1


def test_what_a_crash_left_unfinished_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / "half.part").write_bytes(b"DICM")
    with KeepingPacs(tmp_path) as pacs:
        assert pacs.objects() == ()
    assert list(tmp_path.iterdir()) == []


def test_an_object_that_changes_its_study_leaves_the_old_one(pacs: KeepingPacs) -> None:
    moved = small_object()
    store(pacs.port, moved)
    old = moved.StudyInstanceUID
    moved.StudyInstanceUID = stable_uid("another")
    store(pacs.port, moved)
    assert pacs.shelf.objects(old) == ()
    assert find(pacs.port, "STUDY", StudyInstanceUID=old) == ([], 0x0000)
    assert len(find(pacs.port, "STUDY", StudyInstanceUID=moved.StudyInstanceUID)[0]) == 1


def test_it_says_that_it_is_a_simulator(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="collega.testing"), KeepingPacs(tmp_path) as pacs:
        assert pacs.aet == "SIMPACS"
    assert "simulator SIMPACS (no archive) listens on 127.0.0.1" in caplog.text


def test_it_listens_on_the_loopback_interface_alone(pacs: KeepingPacs) -> None:
    # Every address of 127/8 is this machine's own: another one stands for another interface.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", pacs.port), timeout=2)


def test_explicit_types_survive_where_a_peer_proposes_implicit_first(pacs: KeepingPacs) -> None:
    entity = AE()
    entity.add_requested_context(COMPREHENSIVE_3D_SR, ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"])
    peer = entity.associate("127.0.0.1", pacs.port)
    (context,) = peer.accepted_contexts
    peer.release()
    assert context.transfer_syntax == ["1.2.840.10008.1.2.1"]


def test_compressed_images_are_taken_as_they_are(pacs: KeepingPacs) -> None:
    entity = AE()
    entity.add_requested_context("1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.1.2.4.50")
    peer = entity.associate("127.0.0.1", pacs.port)
    accepted = len(peer.accepted_contexts)
    peer.release()
    assert accepted == 1


def test_a_client_that_sends_in_small_pieces_does_not_wait_for_acknowledgements(pacs: KeepingPacs) -> None:
    times = []
    with association(pacs.port) as peer:
        assert peer.dul.socket is not None
        assert peer.dul.socket.socket is not None
        assert peer.dul.socket.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0
        for number in range(40):
            begin = time.perf_counter()
            peer.send_c_store(small_object(str(number)))
            times.append(time.perf_counter() - begin)
    # The first messages of a connection are acknowledged at once by any kernel; a delayed
    # acknowledgement costs 40 ms. The quickest of the later ones is not disturbed by a busy machine.
    assert min(times[20:]) < 0.035


# --------------------------------------------------------------------------- C-FIND


def test_a_study_is_found_with_its_modalities_and_numbers(pacs: KeepingPacs) -> None:
    for name in ("a", "b"):
        store(pacs.port, small_object(name))
    store(pacs.port, small_object("c", sop_class=COMPREHENSIVE_3D_SR))
    store(pacs.port, small_object(study="another"))
    study = small_object().StudyInstanceUID
    wanted = ("ModalitiesInStudy", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "InstitutionName")
    (found,), last = find(pacs.port, "STUDY", StudyInstanceUID=study, **dict.fromkeys(wanted, ""))
    assert last == 0x0000
    assert [found.get(keyword) for keyword in wanted] == [["CR", "SR"], 2, 3, ""]
    assert pacs.count("C-FIND STUDY") == 1


def test_series_and_images_are_found_below_their_study(pacs: KeepingPacs) -> None:
    one = small_object()
    for name in ("a", "b"):
        store(pacs.port, small_object(name))
    above = {"StudyInstanceUID": one.StudyInstanceUID}
    (series,), _ = find(pacs.port, "SERIES", **above, SeriesInstanceUID="", NumberOfSeriesRelatedInstances="")
    assert (series.SeriesInstanceUID, series.NumberOfSeriesRelatedInstances) == (one.SeriesInstanceUID, 2)
    above["SeriesInstanceUID"] = one.SeriesInstanceUID
    (image,), _ = find(pacs.port, "IMAGE", **above, SOPInstanceUID=one.SOPInstanceUID, SOPClassUID="")
    assert image.SOPClassUID == one.SOPClassUID
    assert find(pacs.port, "IMAGE", **above, SOPInstanceUID=stable_uid("unknown")) == ([], 0x0000)


def test_a_query_below_the_study_needs_the_keys_above(pacs: KeepingPacs) -> None:
    store(pacs.port, small_object())
    assert find(pacs.port, "IMAGE", SOPInstanceUID=small_object().SOPInstanceUID) == ([], 0xA900)
    assert find(pacs.port, "PATIENT", PatientID="P1") == ([], 0xA900)


# --------------------------------------------------------------------------- Storage Commitment


class Reports:
    """Commitment reports that came in, by a handler for pynetdicom."""

    def __init__(self) -> None:
        self.received: list[tuple[int, Dataset]] = []
        self.proposed_as_scp: list[bool | None] = []
        self.arrived = threading.Event()

    def note_role(self, event: evt.Event) -> None:
        self.proposed_as_scp.append(event.assoc.requestor.role_selection[COMMITMENT].scp_role)

    def take(self, event: evt.Event) -> tuple[int, None]:
        assert event.event_type is not None
        self.received.append((event.event_type, event.event_information))
        self.arrived.set()
        return 0x0000, None


def request_for(*objects: Dataset) -> Dataset:
    request = Dataset()
    request.TransactionUID = TRANSACTION
    request.ReferencedSOPSequence = []
    for one in objects:
        item = Dataset()
        item.ReferencedSOPClassUID = one.SOPClassUID
        item.ReferencedSOPInstanceUID = one.SOPInstanceUID
        request.ReferencedSOPSequence.append(item)
    return request


def ask(port: int, reports: Reports, *objects: Dataset, stay: bool) -> int:
    with association(port, COMMITMENT, handlers=[(evt.EVT_N_EVENT_REPORT, reports.take)]) as peer:
        status, _ = peer.send_n_action(request_for(*objects), 1, COMMITMENT, COMMITMENT_INSTANCE)
        if stay:
            assert reports.arrived.wait(10)
        return int(status.Status)


@pytest.mark.shows("R31")
def test_commitment_says_yes_for_what_is_kept_on_the_same_association(tmp_path: Path) -> None:
    reports = Reports()
    with KeepingPacs(tmp_path, routes=CommitmentRoutes(same_association=True)) as pacs:
        store(pacs.port, small_object())
        assert ask(pacs.port, reports, small_object(), stay=True) == 0x0000
    ((event_type, information),) = reports.received
    assert event_type == 1
    assert information.TransactionUID == TRANSACTION
    assert information.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == small_object().SOPInstanceUID
    assert "FailedSOPSequence" not in information


@pytest.mark.shows("R31")
def test_commitment_names_what_is_not_kept_on_an_association_of_its_own(tmp_path: Path) -> None:
    reports = Reports()
    listener = AE(ae_title="TESTER")
    listener.add_supported_context(COMMITMENT, scu_role=True, scp_role=True)
    handlers: list[evt.EventHandlerType] = [
        (evt.EVT_N_EVENT_REPORT, reports.take),
        (evt.EVT_REQUESTED, reports.note_role),
    ]
    server = listener.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    assert server is not None
    assert server.socket is not None
    routes = CommitmentRoutes(peers={"TESTER": server.socket.getsockname()[:2]})
    mistaken = small_object("mistaken")
    try:
        with KeepingPacs(tmp_path, routes=routes) as pacs:
            store(pacs.port, small_object())
            store(pacs.port, mistaken)
            mistaken.SOPClassUID = COMPREHENSIVE_3D_SR
            ask(pacs.port, reports, small_object(), small_object("never sent"), mistaken, stay=False)
            assert reports.arrived.wait(10)
    finally:
        server.shutdown()
    ((event_type, information),) = reports.received
    assert event_type == 2
    assert reports.proposed_as_scp == [True]
    assert [item.ReferencedSOPInstanceUID for item in information.ReferencedSOPSequence] == [
        small_object().SOPInstanceUID,
    ]
    assert [item.FailureReason for item in information.FailedSOPSequence] == [0x0112, 0x0119]


def test_commitment_is_refused_where_no_report_could_reach_the_caller(pacs: KeepingPacs) -> None:
    assert ask(pacs.port, Reports(), small_object(), stay=False) == 0x0110


def test_a_report_that_reaches_nobody_is_logged_and_the_pacs_goes_on(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        routes = CommitmentRoutes(peers={"TESTER": nobody.getsockname()[:2]})
        with KeepingPacs(tmp_path, routes=routes) as pacs:
            ask(pacs.port, Reports(), small_object(), stay=False)
            assert store(pacs.port, small_object()) == 0x0000
    assert "no association with TESTER" in caplog.text


def test_bytes_that_are_no_dicom_leave_it_standing(pacs: KeepingPacs) -> None:
    with socket.create_connection(("127.0.0.1", pacs.port), timeout=5) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert store(pacs.port, small_object()) == 0x0000
    assert encoded(small_object())[128:132] == b"DICM"
