"""What a vendor draws goes on to Orthanc as it is: byte for byte, through our gates, and once."""

import signal
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import JPEGBaseline8Bit

from collega.formats.dicom_write import encode
from collega.testing.vendor_answers import capture, contours, everything
from collega.testing.vendor_node import POLITE
from tests.e2e.boxes import BoxedSite, boxed_site, write_app
from tests.e2e.crashes import crash, is_listening
from tests.e2e.films import Film, kinds, wait_noticed, wait_over, wait_told, write_film
from tests.e2e.peers import Orthanc, dcmsend, orthanc
from tests.e2e.site import wait_for

FORWARD = ["secondary-capture", "document", "presentation-state", "segmentation", "contours"]
IMPATIENT = {"COLLEGA_PACS__RETRY_FIRST_S": "0.5", "COLLEGA_PACS__RETRY_MOST_S": "5", "COLLEGA_PACS__TIMEOUT_S": "4"}


def compressed(images: Sequence[Dataset]) -> Dataset:
    """Make a picture in JPEG: nobody may write it anew on its way."""
    made = capture(images)
    source = images[0]
    for keyword in ("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation"):
        setattr(made, keyword, source[keyword].value)
    made.PixelData = source.PixelData
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = True
    made.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    return made


class Box:
    """Remembers what was answered."""

    def __init__(self) -> None:
        self.made: dict[str, bytes] = {}

    def answer(self, images: Sequence[Dataset]) -> list[Dataset]:
        made = [*everything(images), contours(images), compressed(images)]
        self.made |= {str(one.SOPInstanceUID): data_set(encode(one)) for one in made if one.Modality != "SR"}
        return made


def data_set(file: bytes) -> bytes:
    """Cut off preamble, prefix and file meta information (PS3.10 7.1)."""
    return file[144 + int.from_bytes(file[140:144], "little") :]


def stands(pacs: Orthanc, film: Film) -> dict[str, bytes]:
    """Read the data sets of what Orthanc holds of a study and the vendor made."""
    files = [pacs.instance_file(one["ID"]) for one in pacs.find_by_study(film.study)]
    found = [(str(one.SOPInstanceUID), file) for file in files if is_vendors(one := dcmread(BytesIO(file)))]
    assert len(dict(found)) == len(found), "each stands there once"
    return {uid: data_set(file) for uid, file in found}


def is_vendors(one: Dataset) -> bool:
    return str(one.get("Manufacturer", "")) == "Vendor simulator"


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as one:
        yield one


@pytest.fixture(scope="module")
def maker() -> Box:
    return Box()


@pytest.fixture(scope="module")
def house(pacs: Orthanc, maker: Box, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoxedSite]:
    folder = tmp_path_factory.mktemp("forward")
    with boxed_site(folder, maker.answer, pacs, forward=FORWARD, settings=IMPATIENT) as one:
        yield one
        one.box.manners = POLITE


def send(house: BoxedSite, folder: Path, name: str, words: str = "X-thorax") -> Film:
    film = write_film(folder / "films", name, StudyDescription=words)
    sent = dcmsend(house.site.dicom_port, film.path)
    assert "with status SUCCESS  : 1" in sent.text, sent.text
    return film


@pytest.mark.shows("R24", "R31")
def test_what_a_vendor_drew_stands_in_the_pacs_unchanged(
    house: BoxedSite, pacs: Orthanc, maker: Box, tmp_path: Path
) -> None:
    maker.made.clear()
    film = send(house, tmp_path, "forwarded")
    told = wait_over(house.site, film.study, seconds=30)
    assert stands(pacs, film) == maker.made
    assert len(maker.made) == 6
    sent_on = [one for one in told["deliveries"] if one["kind"] == "forwarded"]
    assert [one["state"] for one in sent_on] == ["visible"] * 6
    assert {one["kind"] for one in told["deliveries"]} >= {"findings_sr", "status_page", "forwarded"}
    shown = house.site.command("studies", "show", film.study)
    assert shown.count("forwarded") >= 6
    assert told["revision"] == 1
    # The PACS routes back what it holds: it is known, and starts nothing.
    back = tmp_path / "back"
    back.mkdir()
    for number, one in enumerate(pacs.find_by_study(film.study)):
        (back / f"{number}.dcm").write_bytes(pacs.instance_file(one["ID"]))
    assert "with status SUCCESS" in dcmsend(house.site.dicom_port, *sorted(back.iterdir())).text
    again = wait_over(house.site, film.study)
    assert again["revision"] == 1
    assert len(again["jobs"]) == 1
    assert not again["quarantine"]


@pytest.mark.shows("R32")
def test_nothing_of_an_app_in_shadow_is_sent_on(house: BoxedSite, pacs: Orthanc, tmp_path: Path) -> None:
    apps = house.folder / "apps"
    write_app(apps, "silent", port=house.box.port, aet="SILENT", settle=0.5, words=["in shadow"], forward=FORWARD)
    wait_noticed(house.site, "silent")
    house.site.command("apps", "stage", "silent", "shadow", "--reason", "a test", "--by", "AI lead")
    house.box.behave(calling_aet="SILENT")
    film = send(house, tmp_path, "shadowed", "in shadow")
    told = wait_told(house.site, film.study, lambda one: [job for job in one["jobs"] if job["state"] == "done"], "done")
    house.box.behave(calling_aet="")
    assert told["jobs"][0]["attempts"][-1]["outcome"] == "answered"
    assert told["deliveries"] == []
    assert pacs.find_by_study(film.study) == []


@pytest.mark.shows("R31")
def test_an_object_that_the_pacs_chokes_on_keeps_nothing_else_back(
    house: BoxedSite, pacs: Orthanc, maker: Box, tmp_path: Path
) -> None:
    """Compressed pixels that are not encapsulated: Orthanc gives no answer at all."""
    maker.made.clear()

    def broken(images: Sequence[Dataset]) -> list[Dataset]:
        made = compressed(images)
        made["PixelData"].is_undefined_length = False
        made.SeriesDescription = "not encapsulated"
        return [everything(images)[0], made, *maker.answer(images)[1:]]

    house.box.answer_with(broken)
    film = send(house, tmp_path, "choking")
    told = wait_told(
        house.site,
        film.study,
        lambda one: (
            {item["kind"] for item in one["deliveries"]} >= {"status_page", "forwarded"}
            and [item["state"] for item in one["deliveries"] if item["state"] != "visible"] == ["planned"]
        ),
        "all but one are there",
        seconds=50,
    )
    house.box.answer_with(maker.answer)
    (stuck,) = [item for item in told["deliveries"] if item["state"] != "visible"]
    assert (stuck["kind"], stuck["state"]) == ("forwarded", "planned")
    assert {item["kind"] for item in told["deliveries"] if item["state"] == "visible"} >= {"findings_sr", "status_page"}
    assert stands(pacs, film) == maker.made


# In plan the second transaction holds the objects against what is known, the third records what goes; in deliver the
# second records what was sent.
POINTS = [("plan", 3, "before"), ("plan", 3, "after"), ("deliver", 2, "before"), ("deliver", 2, "after")]


@pytest.mark.shows("R31")
def test_what_is_sent_on_stands_once_wherever_a_worker_dies(pacs: Orthanc, maker: Box, tmp_path: Path) -> None:
    with boxed_site(
        tmp_path, maker.answer, pacs, forward=FORWARD, settle=1.5, settings=IMPATIENT, starts=False
    ) as house:
        for role in ("receiver", "web"):
            house.site.start("--role", role, ready=False)
        wait_for(lambda: is_listening(house.site), "the receiver listens", 30)
        made = {}
        for point in POINTS:
            maker.made.clear()
            film = send(house, tmp_path, f"dies {point[0]} {point[1]} {point[2]}")
            assert crash(house.site, film.study, point) == -signal.SIGKILL
            made[film] = dict(maker.made)
        house.site.start("--role", "worker", ready=False)
        for film, wanted in made.items():
            told = wait_over(house.site, film.study, seconds=30)
            assert len(wanted) == 6
            assert stands(pacs, film) == wanted
            assert [one["state"] for one in told["deliveries"] if one["kind"] == "forwarded"] == ["visible"] * 6
            assert kinds(told).count("planned") == 1
