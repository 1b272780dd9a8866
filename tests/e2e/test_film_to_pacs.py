"""The main job: a film goes in by dcmsend, a finding and a status page stand in a real Orthanc."""

import importlib.util
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from tests.e2e.films import (
    APPS,
    PROBE,
    Film,
    account,
    complaints,
    contents,
    delivered_complaints,
    held,
    kinds,
    scores,
    wait_over,
    wait_told,
    write_film,
)
from tests.e2e.peers import Orthanc, dcmsend, orthanc
from tests.e2e.site import Site, site

COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
WITNESS_PERCENT = 25.125


def _score_of(uid: str) -> float:
    """Load the app's own function: it is no package."""
    spec = importlib.util.spec_from_file_location("probe", PROBE / "probe.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return float(module.score_of(uid))


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as one:
        yield one


@pytest.fixture(scope="module")
def house(pacs: Orthanc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a site with two apps, both live."""
    settings = {"COLLEGA_RUN__RETRY_WAIT_S": "0.2"}
    with site(
        tmp_path_factory.mktemp("site"), pacs=(pacs.aet, pacs.dicom_port), apps=[APPS], settings=settings, cold=True
    ) as one:
        one.start()
        yield one


def send(house: Site, *films: Film) -> None:
    sent = dcmsend(house.dicom_port, *(film.path for film in films))
    assert f"with status SUCCESS  : {len(films)}" in sent.text, sent.text


def by_app(reports: Sequence[Dataset], app: str) -> list[Dataset]:
    return [one for one in reports if one.ManufacturerModelName == app]


@pytest.fixture(scope="module")
def plain(house: Site, tmp_path_factory: pytest.TempPathFactory) -> Film:
    """One film that both apps have looked at."""
    film = write_film(tmp_path_factory.mktemp("films"), "plain")
    send(house, film)
    wait_over(house, film.study)
    return film


# --------------------------------------------------------------------------- the main job


@pytest.mark.shows("R25", "R31", "R66")
def test_one_film_becomes_a_report_per_app_and_one_page(house: Site, pacs: Orthanc, plain: Film) -> None:
    found = held(pacs, plain.study)
    assert sorted(str(one.ManufacturerModelName) for one in found.reports) == ["probe", "witness"]
    assert {one.SOPClassUID for one in found.reports} == {COMPREHENSIVE_3D_SR}
    assert [one.SOPClassUID for one in found.pages] == [SECONDARY_CAPTURE]
    assert not found.images, "collega is no archive: the film itself is not sent on"
    delivered = account(house, plain.study)["deliveries"]
    assert [one["state"] for one in delivered] == ["visible"] * 3
    assert [one["attempt"] for one in delivered] == [1] * 3


@pytest.mark.shows("R25")
def test_a_report_says_who_looked_and_what_it_found(pacs: Orthanc, plain: Film) -> None:
    score = 100 * _score_of(plain.uid)
    for app, expected in (("probe", score), ("witness", WITNESS_PERCENT)):
        (report,) = by_app(held(pacs, plain.study).reports, app)
        assert {item.TextValue for item in contents(report, "111001")} == {app}
        (text,) = scores(report)
        assert float(text) == pytest.approx(expected, rel=1e-4)
        assert len(text.replace(".", "").lstrip("0")) >= 4, f"fewer than four significant digits: {text}"
        (number,) = contents(report, "presence-score")
        assert number.ConceptNameCodeSequence[0].CodingSchemeDesignator == "99COLLEGA"
        assert number.ConceptNameCodeSequence[0].CodeMeaning == "Score for presence (0-100)"
        assert f"AI {app}: " in report.SeriesDescription
        assert f"({expected:.1f}/100)" in report.SeriesDescription
        word = "found" if expected >= 50 else "nothing found"
        assert f": {word} (" in report.SeriesDescription
        assert int(report.SeriesNumber) > 1, "after the images"
        assert report.CompletionFlag == "COMPLETE" or report.get("PreliminaryFlag") == "PRELIMINARY"


@pytest.mark.shows("R25")
def test_the_page_counts_what_both_said(pacs: Orthanc, plain: Film) -> None:
    (page,) = held(pacs, plain.study).pages
    assert page.SeriesDescription.startswith("AI status: ")
    said = "nothing found 2" if _score_of(plain.uid) < 0.5 else "found 1, nothing found 1"
    assert said in page.SeriesDescription
    assert page.PatientID == "P-plain"
    assert int(page.SeriesNumber) > 1


@pytest.mark.shows("R31")
def test_validators_find_nothing_in_what_was_delivered(pacs: Orthanc, plain: Film, tmp_path: Path) -> None:
    assert delivered_complaints(pacs, {plain.study: plain.path}, tmp_path) == []
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.shows("R31")
def test_the_validators_would_have_spoken(plain: Film, tmp_path: Path) -> None:
    wrong = write_film(tmp_path, "plain", image=9, PatientName="Somebody^Else", Rows=None)
    assert complaints(plain.path, wrong.path)


# --------------------------------------------------------------------------- not suitable, failed, set apart


@pytest.mark.parametrize(
    ("description", "outcome", "code", "words"),
    [
        ("not suitable", "not_suitable", "no-chest", "AI status: not suitable"),
        ("crash", "failed", "crashed", "AI status: failed"),
        ("other study", "failed", "wrong-study", "AI status: failed"),
        ("other image", "failed", "unknown-image", "AI status: failed"),
    ],
)
@pytest.mark.shows("R25")
def test_no_answer_never_looks_like_absent(
    house: Site, pacs: Orthanc, tmp_path: Path, description: str, outcome: str, code: str, words: str
) -> None:
    film = write_film(tmp_path, f"no answer {description}", StudyDescription=description)
    send(house, film)
    told = wait_over(house, film.study)
    (job,) = told["jobs"]
    assert (job["app_id"], job["outcome"], job["reason_code"]) == ("probe", outcome, code)
    found = held(pacs, film.study)
    assert not found.reports
    assert [str(one.SeriesDescription) for one in found.pages] == [words]
    assert delivered_complaints(pacs, {film.study: film.path}, tmp_path) == []
    tries = {"crash": ["crashed", "crashed"]}.get(description, ["answered"])
    assert [attempt["outcome"] for attempt in job["attempts"]] == tries
    apart = [one["code"] for one in told["quarantine"]]
    assert apart == ([code] if description.startswith("other") else [])


# --------------------------------------------------------------------------- what comes back, what comes late


@pytest.mark.shows("R31")
def test_our_own_results_sent_back_open_no_revision(house: Site, pacs: Orthanc, plain: Film, tmp_path: Path) -> None:
    before = account(house, plain.study)
    files = []
    for number, one in enumerate(pacs.find_by_study(plain.study)):
        files.append(tmp_path / f"{number}.dcm")
        files[-1].write_bytes(pacs.instance_file(one["ID"]))
    sent = dcmsend(house.dicom_port, *files)
    assert "with status SUCCESS  : 3" in sent.text
    after = account(house, plain.study)
    assert (after["revision"], after["state"]) == (before["revision"], "routed")
    assert kinds(after).count("returned") == 3
    assert len(after["jobs"]) == len(before["jobs"])
    assert all(series["role"] == "image" for series in after["series"]), "results are not kept a second time"


@pytest.mark.shows("R25", "R31")
def test_a_late_image_makes_a_revision_that_replaces(house: Site, pacs: Orthanc, tmp_path: Path) -> None:
    first = write_film(tmp_path, "late")
    send(house, first)
    wait_over(house, first.study)
    early = held(pacs, first.study)
    # The witness takes frontal films only: its input stays the same, the probe's does not.
    second = write_film(tmp_path, "late", image=2, ViewPosition="LL")
    send(house, second)
    told = wait_told(house, first.study, lambda one: one.get("revision") == 2, "a second revision")
    told = wait_over(house, first.study)
    jobs = [(job["app_id"], job["revision"], job["state"]) for job in told["jobs"]]
    assert sorted(jobs) == [("probe", 1, "superseded"), ("probe", 2, "done"), ("witness", 1, "done")]
    late = held(pacs, first.study)
    old, new = by_app(late.reports, "probe")
    assert len(by_app(late.reports, "witness")) == 1
    assert "REPLACES result of " in new.SeriesDescription
    assert "REPLACES" not in old.SeriesDescription
    reference = new.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert reference.ReferencedSOPInstanceUID == old.SOPInstanceUID
    assert len(late.pages) == len(early.pages) + 1 == 2
    assert delivered_complaints(pacs, {first.study: first.path}, tmp_path) == []
    assert "REPLACES" in late.pages[-1].SeriesDescription
    by_uid = {one["sop_instance_uid"]: one["replaces"] for one in told["deliveries"]}
    assert by_uid[str(new.SOPInstanceUID)] == old.SOPInstanceUID


@pytest.mark.shows("R31")
def test_the_same_film_again_changes_nothing(house: Site, pacs: Orthanc, tmp_path: Path) -> None:
    film = write_film(tmp_path, "again")
    send(house, film)
    before = wait_over(house, film.study)
    send(house, film)
    send(house, write_film(tmp_path, "after again"))
    wait_over(house, write_film(tmp_path, "after again").study)
    after = account(house, film.study)
    assert after["revision"] == 1
    assert len(after["jobs"]) == len(before["jobs"])
    assert len(held(pacs, film.study).reports) == 2


# --------------------------------------------------------------------------- stages


@pytest.mark.shows("R32")
def test_shadow_is_the_default_and_delivers_nothing(
    pacs: Orthanc, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    film = write_film(tmp_path, "shadow")
    with site(tmp_path_factory.mktemp("shadow"), pacs=(pacs.aet, pacs.dicom_port), apps=[PROBE]) as quiet:
        del quiet.environment["COLLEGA_DEFAULT_STAGE"]
        quiet.start()
        send(quiet, film)
        told = wait_told(
            quiet, film.study, lambda one: [job["state"] for job in one["jobs"]] == ["done"], "the app has run"
        )
        assert quiet.json("apps", "list")[0]["stage"] == "shadow"
        assert told["jobs"][0]["outcome"] is None, "no page tells what it said"
        (job,) = quiet.json("studies", "show", film.study)["jobs"]
        assert job["outcome"] in {"found", "nothing_found"}
        # A stage that is raised reaches the next study, not the ones before it.
        quiet.command("apps", "stage", "probe", "live", "--reason", "test", "--by", "tester")
        later = write_film(tmp_path, "no longer shadow")
        send(quiet, later)
        wait_over(quiet, later.study)
        assert account(quiet, film.study)["deliveries"] == []
    assert pacs.find_by_study(film.study) == []
    assert len(held(pacs, later.study).reports) == 1


# --------------------------------------------------------------------------- commands


@pytest.mark.shows("R25")
def test_the_worklist_says_what_each_app_says(house: Site, plain: Film) -> None:
    rows = house.json("worklist")
    (row,) = [one for one in rows if one["study_instance_uid"] == plain.study]
    assert (row["patient_id"], row["revision"]) == ("P-plain", 1)
    assert {(app["app"], app["state"]) for app in row["apps"]} == {("probe", "done"), ("witness", "done")}
    assert {app["outcome"] for app in row["apps"]} <= {"found", "nothing_found"}
    assert len(house.json("worklist", "--limit", "1")) == 1


@pytest.mark.shows("R25", "R26")
def test_studies_show_tells_the_whole_way(house: Site, plain: Film) -> None:
    told = house.json("studies", "show", plain.study)
    keys = {"study_instance_uid", "accession_number", "revision", "state", "series", "jobs", "deliveries", "events"}
    assert keys <= set(told)
    # Both in UTC; one writes it as Z, the other as +00:00.
    command, web = (json.dumps(said).replace("+00:00", "Z") for said in (told, account(house, plain.study)))
    assert command == web
    way = ["received", "complete", "queued", "routed", "started", "ended", "normalised", "planned", "delivered"]
    assert [kind for kind in dict.fromkeys(kinds(told)) if kind in way] == way
    (finding,) = next(job for job in told["jobs"] if job["app_id"] == "probe")["findings"]
    assert finding["score"] == pytest.approx(_score_of(plain.uid))
    assert "P-plain" not in house.command("studies", "show", plain.study), "the table shows no patient"


@pytest.mark.shows("R31")
def test_route_explain_gives_a_reason_per_app(house: Site, plain: Film, tmp_path: Path) -> None:
    verdicts = {one["app"]: one for one in house.json("route", "explain", plain.study)}
    assert verdicts["probe"]["accepted"]
    assert verdicts["witness"]["accepted"]
    lateral = write_film(tmp_path, "lateral", ViewPosition="LL")
    send(house, lateral)
    wait_over(house, lateral.study)
    verdicts = {one["app"]: one for one in house.json("route", "explain", lateral.study)}
    assert verdicts["probe"]["accepted"]
    assert not verdicts["witness"]["accepted"]
    assert any("view" in reason and "LL" in reason for reason in verdicts["witness"]["reasons"])


@pytest.mark.shows("R25")
def test_jobs_are_listed_and_retried(house: Site, pacs: Orthanc, tmp_path: Path) -> None:
    film = write_film(tmp_path, "retried", StudyDescription="crash")
    send(house, film)
    wait_over(house, film.study)
    (job,) = [one for one in house.json("jobs", "list") if one["study_instance_uid"] == film.study]
    assert (job["state"], job["outcome"], job["reason_code"]) == ("done", "failed", "crashed")
    house.command("jobs", "retry", job["job_key"], "--by", "tester")
    wait_told(house, film.study, lambda one: len(one["jobs"][0]["attempts"]) >= 3, "a third attempt")
    wait_over(house, film.study)
    assert "retried" in kinds(account(house, film.study))
    assert not held(pacs, film.study).reports
    house.command("jobs", "discard", job["job_key"], code=1)
    house.command("jobs", "retry", "no-such-job", code=1)


@pytest.mark.shows("R31", "R42")
def test_apps_are_listed_checked_and_run_without_a_server(house: Site, plain: Film) -> None:
    assert {(one["id"], one["stage"]) for one in house.json("apps", "list")} == {("probe", "live"), ("witness", "live")}
    assert house.json("apps", "check", "probe")["ok"]
    answer = house.json("apps", "run", "probe", str(plain.path))
    assert answer["status"] == "analysed"
    assert answer["findings"][0]["score"]["value"] == pytest.approx(_score_of(plain.uid))
    assert {"network", "mount", "process"} <= set(answer["attempt"]["isolation"])


@pytest.mark.parametrize("command", [("studies", "show"), ("route", "explain")])
def test_an_unknown_study_is_said_to_be_unknown(house: Site, command: tuple[str, str]) -> None:
    assert house.command(*command, "1.2.3", "--json", code=1) == ""


def test_send_says_what_was_taken(house: Site, tmp_path: Path) -> None:
    film = write_film(tmp_path, "by send")
    said = house.json("send", str(film.path), "--to", f"127.0.0.1:{house.dicom_port}", "--aet", "COLLEGA")
    assert said == {"sent": 1, "failed": {}}
    assert account(house, film.study)["state"] != "unknown"
