"""A vendor's box on the real line: the study goes to it by C-STORE, its answer comes back into our receiver."""

import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread

from collega.testing.vendor_answers import capture, everything, evidence, report
from collega.testing.vendor_node import POLITE, VendorNode
from tests.e2e.boxes import BoxedSite, boxed_site, write_app
from tests.e2e.films import PROBE, Film, account, held, kinds, wait_noticed, wait_over, wait_told, write_film
from tests.e2e.peers import Orthanc, dcmsend, orthanc

MANY = 20


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as one:
        yield one


@pytest.fixture(scope="module")
def whole_house(pacs: Orthanc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoxedSite]:
    """Run a site with a box that is given time, and an app of another kind."""
    folder = tmp_path_factory.mktemp("boxed")
    with boxed_site(folder, everything, pacs, apps=[PROBE], words=["X-thorax"], settle=0.5) as one:
        yield one


@pytest.fixture(scope="module")
def hasty(whole_house: BoxedSite) -> Iterator[VendorNode]:
    """Run another box, which is given two seconds; its app is added to the running site."""
    destination = ("COLLEGA", whole_house.site.dicom_port)
    with VendorNode(everything, to=destination, aet="HASTY") as node:
        apps = whole_house.folder / "apps"
        write_app(apps, "hasty", port=node.port, aet=node.aet, limit=2, words=["in haste"])
        wait_noticed(whole_house.site, "hasty")
        yield node


@pytest.fixture
def house(whole_house: BoxedSite) -> Iterator[BoxedSite]:
    """Give the site, whose box behaves again after each test."""
    yield whole_house
    whole_house.box.answer_with(everything)
    whole_house.box.manners = POLITE
    whole_house.box.account.clear()


def send(house: BoxedSite, folder: Path, name: str, *, image: int = 1, words: str = "X-thorax") -> Film:
    film = write_film(folder / "films", name, image=image, StudyDescription=words)
    sent = dcmsend(house.site.dicom_port, film.path)
    assert "with status SUCCESS  : 1" in sent.text, sent.text
    return film


def outcomes(job: dict[str, Any]) -> list[str]:
    return [attempt["outcome"] for attempt in job["attempts"]]


def last(told: dict[str, Any], app: str = "box") -> dict[str, Any]:
    found: dict[str, Any] = [job for job in told["jobs"] if job["app_id"] == app][-1]
    return found


def alter(**values: object) -> Callable[[Dataset], None]:
    def change(dataset: Dataset) -> None:
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return change


# --------------------------------------------------------------------------- the way there and back


@pytest.mark.shows("R5", "R66")
def test_a_study_goes_to_the_box_and_its_answer_comes_back(house: BoxedSite, pacs: Orthanc, tmp_path: Path) -> None:
    film = send(house, tmp_path, "boxed")
    told = wait_over(house.site, film.study)
    ((image,),) = house.box.account.studies
    assert image.SOPInstanceUID == film.uid
    assert image.PixelData == dcmread(film.path).PixelData
    job = last(told)
    assert outcomes(job) == ["answered"]
    assert (job["outcome"], job["reason"]) == ("found", "")
    assert len(house.answered(job)) == len(everything([image]))
    assert set(house.box.account.statuses) == {0}
    assert told["revision"] == 1, "what a box answers opens no revision"
    assert "handed_over" in kinds(told)
    (page,) = held(pacs, film.study).pages
    assert page.SeriesDescription.startswith("AI status: ")
    assert "box" in {str(found.ManufacturerModelName) for found in held(pacs, film.study).reports}
    check_kept(house, film)


def check_kept(house: BoxedSite, film: Film) -> None:
    """Look at what the box sent besides its findings, as a reader does from the board."""
    with urllib.request.urlopen(f"http://127.0.0.1:{house.site.web_port}/board/rows", timeout=30) as answer:
        links = re.findall(rf'href="(/studies/{re.escape(film.study)}/apps/box/kept/\d+)"', answer.read().decode())
    found: Counter[str] = Counter()
    for link in links:
        with urllib.request.urlopen(f"http://127.0.0.1:{house.site.web_port}{link}", timeout=30) as answer:
            begin, kind = answer.read(8), answer.headers["content-type"]
            assert begin.startswith({"image/png": b"\x89PNG", "application/pdf": b"%PDF-"}.get(kind, b""))
            found[kind] += 1
    assert len(links) == len(everything(house.box.account.studies[0]))
    assert (found["image/png"], found["application/pdf"]) == (1, 1)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{house.site.web_port}/studies/{film.study}/apps/box/kept/99")


@pytest.mark.shows("R5")
def test_an_answer_of_many_objects_over_many_associations_is_one(house: BoxedSite, tmp_path: Path) -> None:
    house.box.answer_with(lambda images: [*everything(images), *(numbered(images, count) for count in range(MANY))])
    house.box.behave(each_alone=True)
    film = send(house, tmp_path, "many")
    job = last(wait_over(house.site, film.study))
    assert len(house.answered(job)) == MANY + len(everything(house.box.account.studies[0]))
    assert "answered_again" not in kinds(account(house.site, film.study))


def numbered(images: Sequence[Dataset], number: int) -> Dataset:
    picture = capture(images)
    picture.SeriesDescription = f"Simulated picture {number}"
    return picture


@pytest.mark.shows("R5")
def test_a_study_that_grows_gets_the_answer_to_all_of_it(house: BoxedSite, tmp_path: Path) -> None:
    house.box.behave(delay_s=4.0)
    first = send(house, tmp_path, "grows")
    wait_told(house.site, first.study, lambda told: "handed_over" in kinds(told), "the box has the first image")
    send(house, tmp_path, "grows", image=2)
    told = wait_over(house.site, first.study)
    assert [len(images) for images in house.box.account.studies] == [1, 2]
    jobs = [job for job in told["jobs"] if job["app_id"] == "box"]
    assert [job["state"] for job in jobs] == ["superseded", "done"]
    assert "answered_late" in kinds(told), "the answer to the first image alone is kept and told"
    named = {
        str(item.ReferencedSOPInstanceUID)
        for path in house.answered(jobs[-1])
        for series in dcmread(path)
        .get("CurrentRequestedProcedureEvidenceSequence", [Dataset()])[0]
        .get("ReferencedSeriesSequence", [])
        for item in series.ReferencedSOPSequence
    }
    assert len(named) == 2


# --------------------------------------------------------------------------- what boxes do wrong


@pytest.mark.shows("R8", "R25")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"PatientID": "SOMEBODY-ELSE"}, "changed-identity"),
        ({"AccessionNumber": "ANOTHER"}, "changed-identity"),
        ({"StudyInstanceUID": "1.2.3.4.5"}, "wrong-study"),
    ],
)
def test_an_answer_about_somebody_else_is_shown_as_failed(
    house: BoxedSite, tmp_path: Path, changes: dict[str, str], code: str
) -> None:
    house.box.answer_with(lambda images: [report(images)])
    house.box.behave(alter=alter(**changes))
    film = send(house, tmp_path, f"changed {next(iter(changes))}")
    told = wait_over(house.site, film.study)
    job = last(told)
    assert (job["outcome"], job["reason_code"]) == ("failed", code)
    assert house.box.account.statuses != [0], "the box is told that its object was not taken"
    assert account(house.site, "1.2.3.4.5")["state"] == "unknown", "no study was made of it"
    assert {series["modality"] for series in told["series"]} == {"CR"}, "nor was it filed with this one"
    assert last(told, "probe")["outcome"] in {"found", "nothing_found"}, last(told, "probe")


@pytest.mark.shows("R8")
def test_an_image_that_was_not_sent_is_named(house: BoxedSite, tmp_path: Path) -> None:
    def invent(images: Sequence[Dataset]) -> list[Dataset]:
        made = report(images)
        other = Dataset()
        other.update(images[0])
        other.SOPInstanceUID = "1.2.3.4.6"
        made.CurrentRequestedProcedureEvidenceSequence = evidence([other])
        return [made]

    house.box.answer_with(invent)
    film = send(house, tmp_path, "invents")
    job = last(wait_over(house.site, film.study))
    assert (job["outcome"], job["reason_code"]) == ("failed", "unknown-image")


@pytest.mark.shows("R5")
def test_a_second_answer_changes_nothing(house: BoxedSite, tmp_path: Path) -> None:
    house.box.behave(times=2)
    film = send(house, tmp_path, "twice")
    told = wait_over(house.site, film.study)
    wait_told(house.site, film.study, lambda one: "answered_again" in kinds(one), "the second answer is told")
    job = last(told)
    assert outcomes(job) == ["answered"]
    assert len(house.answered(job)) == len(everything(house.box.account.studies[0]))


@pytest.mark.shows("R25")
def test_an_answer_after_its_time_is_kept_and_the_app_has_failed(
    house: BoxedSite, hasty: VendorNode, tmp_path: Path
) -> None:
    hasty.behave(delay_s=3.5)
    film = send(house, tmp_path, "late", words="in haste")
    told = wait_told(house.site, film.study, lambda one: "answered_late" in kinds(one), "the late answer is told")
    job = last(told, "hasty")
    assert outcomes(job) == ["timed_out"]
    assert (job["outcome"], job["reason_code"]) == ("failed", "timed_out")
    assert "SR" in {series["modality"] for series in told["series"]}, "it is kept with its study"
    assert "answered_late" in house.site.command("studies", "show", film.study)


@pytest.mark.shows("R8", "R58")
def test_what_a_box_sends_unasked_is_kept_and_shown_nowhere(house: BoxedSite, tmp_path: Path) -> None:
    film = send(house, tmp_path, "unasked", words="of no app")
    wait_over(house.site, film.study, page=False)
    before = {path: seen(house, path) for path in places(film)}
    (tmp_path / "unasked").mkdir()
    made = everything([dcmread(film.path)])
    for number, one in enumerate(made):
        one.save_as(tmp_path / "unasked" / f"{number}.dcm", enforce_file_format=True)
    sent = dcmsend(house.site.dicom_port, tmp_path / "unasked", calling=house.box.aet, options=["-nh"])
    assert f"with status SUCCESS  : {len(made)}" in sent.text, sent.text
    told = account(house.site, film.study)
    assert kinds(told).count("sent_unasked") == len(made)
    assert sum(series["instances"] for series in told["series"]) == 1 + len(made), "all of it is kept"
    assert told["revision"] == 1
    assert {path: seen(house, path) for path in places(film)} == before
    token = house.site.json("tokens", "new", "judge", "--may", "read,shadow")["token"]
    shown = seen(house, f"/dicom-web/studies/{film.study}/instances", token)
    assert all(one.SOPInstanceUID in shown for one in made), "who may see apps in shadow sees it"


def places(film: Film) -> list[str]:
    """Name where a reader or another system looks for what there is of a study."""
    study = f"/dicom-web/studies/{film.study}"
    return [
        f"/dicom-web/studies?StudyInstanceUID={film.study}",
        *(f"{study}/{part}" for part in ("series", "instances", "metadata")),
        f"/fhir/ImagingStudy?identifier=urn:oid:{film.study}",
        f"/studies/{film.study}/images",
        f"/studies/{film.study}/overlays",
    ]


def seen(house: BoxedSite, path: str, token: str = "") -> str:
    """Read what stands at an address, without the moments that change."""
    address = f"http://127.0.0.1:{house.site.web_port}{path}"
    asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - ours
        text: str = answer.read().decode()
    return re.sub(r'"(lastUpdated|timestamp|id)": ?"[^"]*"', "", text)


# --------------------------------------------------------------------------- a box that is away


@pytest.mark.shows("R25", "R31")
def test_a_box_that_is_away_keeps_nobody_waiting_and_is_tried_again(house: BoxedSite, tmp_path: Path) -> None:
    house.box.stop()
    try:
        film = send(house, tmp_path, "away")
        told = wait_told(
            house.site,
            film.study,
            lambda one: one["jobs"] and last(one, "probe")["state"] == "done" and any(outcomes(last(one))),
            "the other app has answered",
        )
        assert set(outcomes(last(told))) <= {"unreachable", None}  # None: the next one is under way
    finally:
        house.box.start()
    job = last(wait_over(house.site, film.study))
    assert outcomes(job)[-1] == "answered"
    assert set(outcomes(job)[:-1]) == {"unreachable"}
