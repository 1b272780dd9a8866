"""The first meeting with a PACS: what the steps rely on, of the fake as of real associations."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from collega.accept.meeting import PROPOSED, STORAGE_COMMITMENT, STUDY_ROOT_FIND
from collega.accept.study import CLASSES, build, name, take_back
from collega.adapters.dimse.probe import DimseProbe, ProbeAddress
from collega.adapters.dimse.provided import reporting
from collega.adapters.dimse.receiver import DicomReceiver
from collega.errors import PeerError
from collega.model.caller import PeerRule
from collega.model.delivery import SendOutcome
from collega.model.peer import Fault
from collega.model.result import ObjectReference
from collega.model.transfer import Transfer
from collega.ports.peers import PacsProbe
from collega.testing.difficult_pacs import Difficulties, DifficultPacs
from collega.testing.fake_probe import FakeProbe
from collega.testing.pacs_commitment import CommitmentRoutes
from collega.testing.ports import reserved_ports
from tests.unit.testing.small_objects import association

pytestmark = pytest.mark.shows("R31")
NAMES = name("contract", datetime(2026, 3, 2, 8, 30, tzinfo=UTC), "Europe/Amsterdam", "en")
PIECES = build(NAMES)
IMAGE, PAGE = PIECES["image"], PIECES["page"]
KEYS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


class Bench(Protocol):
    """A probe of a PACS whose moods a test can choose."""

    probe: PacsProbe

    def be(self, difficulties: Difficulties) -> None: ...


class FakeBench:
    def __init__(self) -> None:
        self.fake = FakeProbe()
        self.probe: PacsProbe = self.fake

    def be(self, difficulties: Difficulties) -> None:
        self.fake.rejected_classes = set(difficulties.rejected_classes)
        self.fake.refused_classes = set(difficulties.refused_classes)
        self.fake.levels = set(difficulties.query_levels)
        self.fake.coerced = dict(difficulties.coerced)
        self.fake.honours_rejection = difficulties.honours_rejection


class RealBench:
    def __init__(self, pacs: DifficultPacs) -> None:
        self.pacs = pacs
        self.probe: PacsProbe = DimseProbe(address(pacs.port, pacs.aet))

    def be(self, difficulties: Difficulties) -> None:
        self.pacs.difficulties = difficulties


def address(port: int, aet: str = "PACS", host: str = "127.0.0.1") -> ProbeAddress:
    return ProbeAddress(host=host, port=port, aet=aet, calling_aet="COLLEGA", timeout_s=2.0)


@pytest.fixture(params=["fake", "real"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "fake":
        yield FakeBench()
        return
    with DifficultPacs(tmp_path, Difficulties(), routes=CommitmentRoutes(same_association=True)) as pacs:
        yield RealBench(pacs)


def keys(reference: ObjectReference, count: int) -> dict[str, str]:
    values = (reference.study_instance_uid, reference.series_instance_uid, reference.sop_instance_uid)
    return dict(zip(KEYS[:count], values, strict=False))


def nothing_heard() -> bool:
    return False


def test_a_greeting_names_what_is_taken(bench: Bench) -> None:
    greeting = bench.probe.greet(PROPOSED)
    assert (greeting.fault, greeting.echo_status) == (None, 0)
    assert set(PROPOSED) <= set(greeting.accepted)
    assert all(seconds is not None for seconds in (greeting.connect_s, greeting.associate_s, greeting.echo_s))


def test_a_greeting_without_what_is_not_taken(bench: Bench) -> None:
    bench.be(Difficulties(rejected_classes=frozenset({CLASSES["sr"]})))
    greeting = bench.probe.greet(PROPOSED)
    assert greeting.fault is None
    assert CLASSES["sr"] not in greeting.accepted
    assert CLASSES["sr_2d"] in greeting.accepted


def test_both_plain_syntaxes_are_told_apart(bench: Bench) -> None:
    accepted = bench.probe.greet(PROPOSED).accepted
    assert set(accepted[CLASSES["page"]]) == {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1"}


def test_every_object_is_taken_and_shown(bench: Bench) -> None:
    reports = bench.probe.store([piece.content for piece in PIECES.values()])
    assert [report.outcome for report in reports] == [SendOutcome.ACCEPTED] * len(PIECES)
    for piece in PIECES.values():
        for count, level in enumerate(("STUDY", "SERIES", "IMAGE"), start=1):
            wanted = keys(piece.reference, count)
            rows = bench.probe.find(level, wanted, ())
            assert rows is not None
            assert wanted in [dict(row) for row in rows]


def test_nothing_is_shown_of_what_is_not_there(bench: Bench) -> None:
    assert bench.probe.find("STUDY", keys(IMAGE.reference, 1), ()) == []


@pytest.mark.parametrize(
    "difficulties",
    [
        Difficulties(rejected_classes=frozenset({CLASSES["sr"]})),
        Difficulties(refused_classes=frozenset({CLASSES["sr"]})),
    ],
    ids=["no presentation context", "status 0122"],
)
def test_a_class_that_is_not_taken(bench: Bench, difficulties: Difficulties) -> None:
    bench.be(difficulties)
    reports = bench.probe.store([IMAGE.content, PIECES["sr"].content, PAGE.content])
    assert [report.outcome for report in reports] == [
        SendOutcome.ACCEPTED,
        SendOutcome.REFUSED,
        SendOutcome.ACCEPTED,
    ]


def test_a_name_beyond_ascii_comes_back_as_it_went(bench: Bench) -> None:
    bench.probe.store([IMAGE.content])
    asked = ("PatientName", "AccessionNumber")
    (row,) = bench.probe.find("STUDY", keys(IMAGE.reference, 1), asked) or ()
    assert row["PatientName"] == "Test^Collega^Acceptance Zoë"
    assert row["AccessionNumber"] == "TEST0302093000"


def test_coercion_is_said_and_seen(bench: Bench) -> None:
    bench.be(Difficulties(coerced={"PatientID": "999"}))
    (report,) = bench.probe.store([IMAGE.content])
    assert (report.outcome, report.status) == (SendOutcome.ACCEPTED, 0xB000)
    (row,) = bench.probe.find("STUDY", keys(IMAGE.reference, 1), ("PatientID",)) or ()
    assert row["PatientID"] == "999"


@pytest.mark.parametrize("levels", [frozenset(), frozenset({"STUDY"})])
def test_a_level_without_query(bench: Bench, levels: frozenset[str]) -> None:
    bench.be(Difficulties(query_levels=levels))
    assert bench.probe.find("IMAGE", keys(IMAGE.reference, 3), ()) is None


def test_a_commitment_on_the_same_association(bench: Bench) -> None:
    bench.probe.store([IMAGE.content])
    answer = bench.probe.ask_commitment([IMAGE.reference, PAGE.reference], keep_open_s=3.0, heard=nothing_heard)
    assert (answer.offered, answer.status) == (True, 0)
    assert answer.done == {IMAGE.reference.sop_instance_uid}
    assert answer.failed == {PAGE.reference.sop_instance_uid}


def test_no_commitment(bench: Bench) -> None:
    bench.be(Difficulties(rejected_classes=frozenset({STORAGE_COMMITMENT})))
    assert not bench.probe.ask_commitment([IMAGE.reference], keep_open_s=1.0, heard=nothing_heard).offered


def test_what_a_note_names_is_hidden(bench: Bench) -> None:
    bench.be(Difficulties(honours_rejection=True))
    bench.probe.store([IMAGE.content, PAGE.content])
    bench.probe.store([take_back(NAMES, [IMAGE.reference, PAGE.reference]).content])
    assert bench.probe.find("IMAGE", keys(IMAGE.reference, 3), ()) == []


# --------------------------------------------------------------------------- faults of real associations


def test_nobody_listens() -> None:
    with reserved_ports() as (port,):
        probe = DimseProbe(address(port))
        assert probe.greet(PROPOSED).fault is Fault.NO_CONNECTION
        with pytest.raises(PeerError, match=f"PACS at 127.0.0.1:{port}"):
            probe.find("STUDY", {}, ())


def test_a_host_that_has_no_address() -> None:
    probe = DimseProbe(address(104, host="no-such-host.invalid"))
    assert probe.greet(()).fault is Fault.UNKNOWN_HOST
    with pytest.raises(PeerError, match=r"no-such-host\.invalid"):
        probe.find("STUDY", {}, ())


def test_a_service_that_is_no_dicom() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        greeting = DimseProbe(address(silent.getsockname()[1])).greet(PROPOSED)
    assert greeting.fault is Fault.ABORTED


def test_a_refusal_that_was_lost_with_its_line_is_asked_for_again() -> None:
    """What pynetdicom misses of a quick peer: the line ends, and what stood on it was never read."""
    refusal = bytes(
        [3, 0, 0, 0, 0, 4, 0, 1, 1, 7]
    )  # PS3.8 9.3.4: permanent, by the user, called AE title not recognised
    with socket.create_server(("127.0.0.1", 0)) as peer:
        peer.settimeout(20)

        def answer() -> None:
            for last_words in (b"", refusal):
                line, _ = peer.accept()
                with line:
                    line.recv(1 << 16)
                    line.sendall(last_words)
                    line.shutdown(socket.SHUT_WR)
                    line.recv(1)

        answering = threading.Thread(target=answer)
        answering.start()
        greeting = DimseProbe(address(peer.getsockname()[1])).greet(PROPOSED)
        answering.join()
    assert greeting.fault is Fault.CALLED_AET


def test_a_peer_that_takes_one_association_at_a_time(tmp_path: Path) -> None:
    with (
        DifficultPacs(tmp_path, Difficulties(one_association=True)) as pacs,
        association(pacs.port) as other,
    ):
        assert other.is_established
        greeting = DimseProbe(address(pacs.port, pacs.aet)).greet(PROPOSED)
    assert greeting.fault is Fault.BUSY


class Nobody:
    """Owner of a receiver that never gets anything."""

    def begin(self, transfer: Transfer) -> None:
        message = f"{transfer.sop_instance_uid} came from {transfer.source} by {transfer.association}"
        raise AssertionError(message)

    def ended(self, association: str, *, released: bool = True) -> None: ...


def test_a_peer_that_does_not_know_us() -> None:
    receiver = DicomReceiver(
        Nobody(),  # type: ignore[arg-type] # it never answers
        reporting(lambda _done, _failed: None),
        host="127.0.0.1",
        port=0,
        peers=[PeerRule(aet="SOMEBODY")],
        max_associations=5,
        idle_timeout_s=5,
    )
    port = receiver.start()
    try:
        greeting = DimseProbe(address(port, "OTHER")).greet(PROPOSED)
    finally:
        receiver.stop()
    assert greeting.fault is Fault.CALLING_AET
    assert "alling" in greeting.detail


def test_an_association_that_breaks_at_the_first_object(tmp_path: Path) -> None:
    with DifficultPacs(tmp_path, Difficulties(abort_at_store=1)) as pacs:
        reports = DimseProbe(address(pacs.port, pacs.aet)).store([IMAGE.content, PAGE.content])
    assert [report.outcome for report in reports] == [SendOutcome.LATER, SendOutcome.LATER]


def test_a_query_that_is_not_offered_is_no_error(tmp_path: Path) -> None:
    with DifficultPacs(tmp_path, Difficulties(query_levels=frozenset())) as pacs:
        probe = DimseProbe(address(pacs.port, pacs.aet))
        assert STUDY_ROOT_FIND not in probe.greet(PROPOSED).accepted
        assert probe.find("STUDY", {}, ()) is None
