"""A PACS that takes results: the fake, simulators and Orthanc, over DICOM and over DICOMweb, behave alike."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread

from collega.adapters.dimse.sender import PacsAddress, PacsSender
from collega.adapters.rest.line import WebServer
from collega.adapters.rest.sender import WebProof, WebSender
from collega.adapters.rest.server import Server
from collega.errors import PeerError
from collega.model.delivery import Parcel, SendOutcome
from collega.model.result import ObjectReference
from collega.ports.peers import ResultSink
from collega.testing.difficult_pacs import Difficulties, DifficultPacs
from collega.testing.fakes import FakeSink
from collega.testing.ports import reserved_ports
from collega.testing.web_pacs import web_pacs
from tests.e2e.peers import orthanc
from tests.unit.testing.small_objects import COMPREHENSIVE_3D_SR, COMPUTED_RADIOGRAPHY, encoded, small_object

pytestmark = pytest.mark.shows("R31", "R59")


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A PACS, what it has of an object, and how it is made difficult."""

    sink: ResultSink
    kept: Callable[[str], bytes | None]
    refuse: Callable[[str], None]
    fill: Callable[[], None]
    hide: Callable[[], None]


def by_dicom(port: int, aet: str, confirm: str = "visible") -> PacsSender:
    return PacsSender(
        PacsAddress(
            host="127.0.0.1",
            port=port,
            aet=aet,
            calling_aet="COLLEGA",
            timeout_s=10,
            confirm=confirm,
            query_level="image",
        )
    )


def by_web(url: str, confirm: str = "visible") -> WebSender:
    server = Server(url=url, timeout_s=10, setting="pacs.dicomweb_url", section="pacs")
    return WebSender(WebServer(server), WebProof(confirm=confirm, query_level="image"))


def parcel(folder: Path, name: str, sop_class: str = COMPREHENSIVE_3D_SR, *, verbatim: bool = False) -> Parcel:
    made = small_object(name, study=name, sop_class=sop_class)
    path = folder / f"{name}.dcm"
    path.write_bytes(encoded(made))
    reference = ObjectReference(
        study_instance_uid=str(made.StudyInstanceUID),
        series_instance_uid=str(made.SeriesInstanceUID),
        sop_class_uid=str(made.SOPClassUID),
        sop_instance_uid=str(made.SOPInstanceUID),
    )
    return Parcel(reference=reference, file=path, verbatim=verbatim)


def uid(item: Parcel) -> str:
    return item.reference.sop_instance_uid


def fake(_: Path, __: ExitStack) -> Peer:
    one = FakeSink()
    return Peer(
        sink=one,
        kept=one.kept.get,
        refuse=lambda sop_class: one.answers.update({sop_class: SendOutcome.REFUSED}),
        fill=lambda: one.answers.update(dict.fromkeys((COMPREHENSIVE_3D_SR, COMPUTED_RADIOGRAPHY), SendOutcome.LATER)),
        hide=lambda: setattr(one, "hides", True),
    )


def dicom(folder: Path, stack: ExitStack) -> Peer:
    one = stack.enter_context(DifficultPacs(folder, Difficulties()))

    def kept(sop_instance_uid: str) -> bytes | None:
        found = one.shelf.get(sop_instance_uid)
        return found.path.read_bytes() if found else None

    def become(difficulties: Difficulties) -> None:
        one.difficulties = difficulties

    return Peer(
        sink=by_dicom(one.port, one.aet),
        kept=kept,
        refuse=lambda sop_class: become(Difficulties(refused_classes=frozenset({sop_class}))),
        fill=lambda: become(Difficulties(full_for_s=1e9)),
        hide=lambda: become(Difficulties(visible_after_s=1e9)),
    )


def web(folder: Path, stack: ExitStack) -> Peer:
    one = stack.enter_context(web_pacs(folder))

    def kept(sop_instance_uid: str) -> bytes | None:
        found = one.shelf.get(sop_instance_uid)
        return found.path.read_bytes() if found else None

    return Peer(
        sink=by_web(one.url),
        kept=kept,
        refuse=lambda sop_class: setattr(one.moods, "refused_classes", frozenset({sop_class})),
        fill=lambda: setattr(one.moods, "no_room", True),
        hide=lambda: setattr(one.moods, "hides", True),
    )


PEERS = {"fake": fake, "DICOM": dicom, "DICOMweb": web}


@pytest.fixture(params=PEERS)
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    with ExitStack() as stack:
        yield PEERS[request.param](tmp_path / "pacs", stack)


def test_what_is_sent_is_accepted_and_shown(peer: Peer, tmp_path: Path) -> None:
    items = [parcel(tmp_path, "report"), parcel(tmp_path, "page", COMPUTED_RADIOGRAPHY, verbatim=True)]
    found = peer.sink.exchange(items, [])
    assert {report.outcome for report in found.reports.values()} == {SendOutcome.ACCEPTED}
    assert found.visible == {uid(item) for item in items} == set(found.reports)
    assert (found.note, found.committed) == ("", frozenset())
    for item in items:
        assert dcmread(BytesIO(peer.kept(uid(item)) or b"")) == dcmread(item.file)
    again = peer.sink.exchange([], [items[0].reference, parcel(tmp_path, "never sent").reference])
    assert (again.visible, len(again.reports)) == (frozenset({uid(items[0])}), 0)


def test_one_that_is_refused_keeps_no_other_back(peer: Peer, tmp_path: Path) -> None:
    peer.refuse(COMPREHENSIVE_3D_SR)
    report, page = parcel(tmp_path, "report"), parcel(tmp_path, "page", COMPUTED_RADIOGRAPHY)
    found = peer.sink.exchange([report, page], [])
    assert found.reports[uid(report)].outcome is SendOutcome.REFUSED
    assert found.reports[uid(page)].outcome is SendOutcome.ACCEPTED
    assert found.visible == {uid(page)}
    assert peer.kept(uid(report)) is None


def test_without_room_it_is_told_to_come_again(peer: Peer, tmp_path: Path) -> None:
    peer.fill()
    item = parcel(tmp_path, "report")
    found = peer.sink.exchange([item], [])
    assert (found.reports[uid(item)].outcome, found.visible) == (SendOutcome.LATER, frozenset())


def test_what_is_not_shown_is_accepted_and_no_more(peer: Peer, tmp_path: Path) -> None:
    peer.hide()
    item = parcel(tmp_path, "report")
    found = peer.sink.exchange([item], [])
    assert (found.reports[uid(item)].outcome, found.visible) == (SendOutcome.ACCEPTED, frozenset())


def test_a_pacs_that_is_away_is_an_error(tmp_path: Path) -> None:
    away = FakeSink()
    away.away = True
    with reserved_ports() as (nobody,):
        sinks: tuple[ResultSink, ...] = (
            away,
            by_dicom(nobody, "NOBODY"),
            by_web(f"http://127.0.0.1:{nobody}/dicom-web"),
        )
        for sink in sinks:
            for items in ([parcel(tmp_path, "report")], []):
                with pytest.raises(PeerError):
                    sink.exchange(items, [parcel(tmp_path, "earlier").reference])


def test_orthanc_has_the_same_objects_by_either_way(tmp_path: Path) -> None:
    with orthanc(tmp_path / "orthanc") as pacs:
        ways: dict[str, ResultSink] = {
            "DICOM": by_dicom(pacs.dicom_port, pacs.aet),
            "DICOMweb": by_web(f"http://127.0.0.1:{pacs.http_port}/dicom-web"),
        }
        for name, sink in ways.items():
            items = [parcel(tmp_path, f"{name} 1"), parcel(tmp_path, f"{name} 2", COMPUTED_RADIOGRAPHY)]
            found = sink.exchange(items, [])
            assert {(report.outcome, report.status) for report in found.reports.values()} == {(SendOutcome.ACCEPTED, 0)}
            assert found.visible == {uid(item) for item in items}
            for item in items:
                (one,) = pacs.find_by_study(item.reference.study_instance_uid)
                there = pacs.instance_file(one["ID"])
                assert dcmread(BytesIO(there)) == dcmread(item.file)
                assert name == "DICOM" or there == item.file.read_bytes(), "byte for byte"
            assert sink.exchange([], [parcel(tmp_path, "never sent").reference]).visible == frozenset()
            assert len(pacs.instances()) == 2 * (1 + list(ways).index(name)), "nothing stands there twice"
        broken = tmp_path / "broken.dcm"
        broken.write_bytes(b"no DICOM" * 99)
        good = parcel(tmp_path, "beside")
        bad = Parcel(reference=parcel(tmp_path, "unread").reference, file=broken)
        found = ways["DICOMweb"].exchange([good, bad], [])
        assert found.reports[uid(good)].outcome is SendOutcome.ACCEPTED
        assert (found.reports[uid(bad)].outcome, found.reports[uid(bad)].detail) == (SendOutcome.REFUSED, "HTTP 400")
        assert found.visible == {uid(good)}
