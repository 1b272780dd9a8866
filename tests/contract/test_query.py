"""A PACS is asked what it has and told to send it: Orthanc, a simulator, and the fake answer alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydicom import dcmread

from collega.adapters.dimse.query import PacsReader, QueryAddress
from collega.adapters.dimse.scu import send_files
from collega.adapters.rest.dicomweb import WebPriors
from collega.adapters.rest.line import WebServer
from collega.adapters.rest.query import WebReader
from collega.adapters.rest.server import Server
from collega.errors import PeerError
from collega.model.coverage import PacsCount
from collega.ports.peers import PacsQuery
from collega.testing.difficult_pacs import Difficulties, DifficultPacs
from collega.testing.fake_coverage import FakeQuery
from collega.testing.pacs import KeepingPacs
from collega.testing.ports import reserved_ports
from collega.testing.web_pacs import web_pacs
from tests.e2e.films import Film, write_film
from tests.e2e.peers import orthanc, storescp

pytestmark = pytest.mark.shows("R31")
ZONE = ZoneInfo("Europe/Amsterdam")
DAYS = (date(2026, 3, 1), date(2026, 3, 2))


def film(folder: Path, name: str, *, image: int = 1, day: str = "20260302") -> Film:
    made = write_film(folder, name, image=image, StudyDate=day, StudyTime="093000", BodyPartExamined="CHEST")
    dataset = dcmread(made.path)
    dataset.StudyDescription = "X-thorax"
    dataset.decompress()  # dcmtk's receiver takes no JPEG unless it is told to
    dataset.save_as(made.path)
    return made


def reader(port: int, aet: str = "TESTPACS", seconds: float = 30) -> PacsReader:
    return PacsReader(
        QueryAddress(host="127.0.0.1", port=port, aet=aet, calling_aet="COLLEGA", timeout_s=seconds, zone=ZONE)
    )


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A PACS with a study of two images, one of yesterday and one that is too old."""

    query: PacsQuery
    films: dict[str, Film]
    came: Path


def web_reader(url: str, scratch: Path, came: int = 0) -> WebReader:
    """Ask over DICOMweb; what is fetched goes to whom listens on port ``came``."""
    server = Server(url=url, timeout_s=10, setting="pacs.dicomweb_url", section="pacs")
    getter = WebPriors(WebServer(server), ZONE, most_images=100, most_mb=10)

    def hand_over(files: Sequence[Path]) -> list[str]:
        return [why for _, why in send_files(files, ("127.0.0.1", came), "COLLEGA", "TESTPACS")]

    return WebReader(WebServer(server), ZONE, getter, scratch, hand_over)


@pytest.fixture(params=["orthanc", "simulator", "orthanc by web", "simulator by web"])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    folder = tmp_path / "films"
    films = {
        "two": film(folder, "two"),
        "second": film(folder, "two", image=2),
        "before": film(folder, "before", day="20260301"),
        "old": film(folder, "old", day="20260228"),
    }
    with storescp(tmp_path / "collega", aet="COLLEGA") as receiver:
        files = [item.path for item in films.values()]
        if request.param == "simulator by web":
            with web_pacs(tmp_path / "pacs") as web:
                web.moods.most = 1  # so that there is more than one page of everything
                for made in files:
                    web.shelf.keep(made.read_bytes())
                yield Peer(
                    query=web_reader(web.url, tmp_path / "scratch", receiver.port), films=films, came=receiver.folder
                )
        elif request.param.startswith("orthanc"):
            peers = {"collega": ("COLLEGA", "127.0.0.1", receiver.port)}
            with orthanc(tmp_path / "pacs", peers=peers) as pacs:
                assert not [
                    why for _, why in send_files(files, ("127.0.0.1", pacs.dicom_port), "TESTPACS", "CT") if why
                ]
                query: PacsQuery = reader(pacs.dicom_port)
                if request.param == "orthanc by web":
                    query = web_reader(
                        f"http://127.0.0.1:{pacs.http_port}/dicom-web", tmp_path / "scratch", receiver.port
                    )
                yield Peer(query=query, films=films, came=receiver.folder)
        else:
            with KeepingPacs(tmp_path / "pacs", destinations={"COLLEGA": receiver.port}) as simulator:
                assert not [why for _, why in send_files(files, ("127.0.0.1", simulator.port), "SIMPACS", "CT") if why]
                yield Peer(query=reader(simulator.port, "SIMPACS"), films=films, came=receiver.folder)


def test_studies_of_some_days(peer: Peer) -> None:
    found = {study.study_instance_uid: study for study in peer.query.studies(*DAYS)}
    assert set(found) == {peer.films["two"].study, peer.films["before"].study}
    two = found[peer.films["two"].study]
    assert (two.instances, two.modalities, two.study_date) == (2, ("CR",), "20260302")
    assert two.study_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert two.attributes["study_description"] == "X-thorax"
    assert two.attributes["age_years"] is not None


def test_series_of_studies(peer: Peer) -> None:
    found = peer.query.series([peer.films["two"].study, "1.2.3.4.5"])
    ((series,),) = found.values()
    assert list(found) == [peer.films["two"].study]
    assert series.instances == 2
    assert (series.attributes["modality"], series.attributes["body_part"]) == ("CR", "CHEST")
    assert peer.query.series([]) == {}


def test_counts_of_studies(peer: Peer) -> None:
    two = peer.films["two"]
    found = peer.query.counts([two.study, "1.2.3.4.5"])
    assert found == {
        two.study: PacsCount(
            images={str(dcmread(two.path).SeriesInstanceUID): 2},
            all_series=1,
            all_instances=2,
            said_series=1,
            said_instances=2,
        )
    }
    assert found[two.study].is_whole


def test_a_study_is_sent_to_whom_the_pacs_knows(peer: Peer) -> None:
    moved = peer.query.move(peer.films["two"].study, "COLLEGA")
    assert (moved.completed, moved.failed, moved.problem) == (2, 0, "")
    assert len(list(peer.came.iterdir())) == 2


def test_a_destination_that_the_pacs_does_not_know_is_told(peer: Peer) -> None:
    if isinstance(peer.query, WebReader):
        return  # what is fetched goes to ourselves
    moved = peer.query.move(peer.films["two"].study, "NOBODY")
    assert moved.completed == 0
    assert moved.problem.startswith("the PACS")


def test_a_pacs_that_is_away(tmp_path: Path) -> None:
    fake = FakeQuery()
    fake.away = True
    with reserved_ports() as (nobody,):
        peers: tuple[PacsQuery, ...] = (fake, reader(nobody), web_reader(f"http://127.0.0.1:{nobody}", tmp_path))
        for query in peers:
            with pytest.raises(PeerError):
                query.studies(*DAYS)
            with pytest.raises(PeerError):
                query.series(["1.2"])
            with pytest.raises(PeerError):
                query.counts(["1.2"])
            with pytest.raises(PeerError):
                query.move("1.2", "COLLEGA")
    with storescp(tmp_path) as receiver, pytest.raises(PeerError, match="it offers no"):
        reader(receiver.port, "STORESCP").studies(*DAYS)


def test_a_pacs_that_refuses_the_query_gives_no_short_list(tmp_path: Path) -> None:
    made = film(tmp_path / "films", "one")
    for levels, days_work in ((frozenset({"SERIES"}), False), (frozenset({"STUDY"}), True)):
        difficulties = Difficulties(query_levels=levels)
        with DifficultPacs(tmp_path / "pacs", difficulties) as pacs:
            list(send_files([made.path], ("127.0.0.1", pacs.port), "SIMPACS", "CT"))
            query = reader(pacs.port, "SIMPACS")
            with pytest.raises(PeerError, match="status"):
                query.counts([made.study])
            if days_work:
                assert len(query.studies(*DAYS)) == 1
                assert query.series([made.study]) == {}, "what it does not tell is in doubt, and the round goes on"
            else:
                with pytest.raises(PeerError, match="status"):
                    query.studies(*DAYS)


def test_a_short_list_of_dicomweb_is_none(tmp_path: Path) -> None:
    made = [film(tmp_path / "films", name) for name in ("one", "two")]
    with web_pacs(tmp_path / "pacs") as pacs:
        for one in made:
            pacs.shelf.keep(one.path.read_bytes())
        query = web_reader(pacs.url, tmp_path / "scratch")
        assert len(query.studies(*DAYS)) == 2
        moods: tuple[dict[str, object], ...] = ({"most": 0}, {"html": True}, {"half": True}, {"status": 503})
        for mood in moods:
            before = {name: getattr(pacs.moods, name) for name in mood}
            vars(pacs.moods).update(mood)
            with pytest.raises(PeerError):
                query.studies(*DAYS)
            with pytest.raises(PeerError):
                query.counts([made[0].study])
            vars(pacs.moods).update(before)


def test_what_cannot_be_fetched_over_dicomweb_is_told(tmp_path: Path) -> None:
    made = film(tmp_path / "films", "one")
    with web_pacs(tmp_path / "pacs") as pacs, reserved_ports() as (nobody,):
        pacs.shelf.keep(made.path.read_bytes())
        moved = web_reader(pacs.url, tmp_path / "scratch", nobody).move(made.study, "COLLEGA")
        assert (moved.completed, moved.failed) == (0, 1)
        assert "gives no association" in moved.problem
        assert list((tmp_path / "scratch").iterdir()) == [], "nothing is left behind"
        assert (
            web_reader(pacs.url, tmp_path / "scratch", nobody).move("1.2.3", "COLLEGA").problem
            == "the archive names no objects of it"
        )
