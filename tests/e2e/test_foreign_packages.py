"""Packages of other platforms on the whole line: images that keep MONAI's or mercure's contract, in a whole site."""

import json
import os
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread

from collega.testing.vendor_answers import report, segmentation
from tests.e2e.films import Film, Held, held, scores, wait_over, write_film
from tests.e2e.manifests import write_manifest
from tests.e2e.peers import dcmsend, orthanc
from tests.e2e.site import site
from tests.images.build import images

RESULTS = """
[results]
score_from_evaluation = true
score = { code = { scheme = "99VENDORSIM", value = "score" } }

[results.json]
study = "study?"
status = { at = "state", values = { done = "analysed", error = "failed" }, reason = "message?" }

[[results.json.findings]]
at = "marks"
finding_at = "type"
ids = { PNEU = "pneumonia" }
score = "percent"
images = "image"
regions = [{ at = "box?", kind = "box", image = "image", sized = true }]
"""

HTML = b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>"
ERROR = b'{"state": "error", "message": "model file missing", "marks": []}'
FAILED = ("failed", "crashed"), ("failed", "no-result"), ("failed", "not-json"), ("failed", "vendor-failed")

# App: the contract that its image keeps, what is started in it, and how that must end.
APPS = {
    "map-report": ("monai", "/app give /given/report", ("found", "")),
    "map-mask": ("holoscan", "/app give /given/mask", ("found", "")),
    "map-score": ("holoscan", "/app give /given/score", ("found", "")),
    "map-clear": ("monai", "/app give /given/clear", ("nothing_found", "")),
    "map-broken": ("monai", "/app break", FAILED[0]),
    "map-silent": ("holoscan", "/app nothing", FAILED[1]),
    "map-html": ("monai", "/app give /given/html", FAILED[2]),
    "mercure-score": ("mercure", "/app mark", ("found", "")),
    "mercure-both": ("mercure", "/app give /given/both", ("found", "")),
    "mercure-report": ("mercure", "/app give /given/report", ("found", "")),
    "mercure-broken": ("mercure", "/app break", FAILED[0]),
    "mercure-silent": ("mercure", "/app nothing", FAILED[1]),
    "mercure-html": ("mercure", "/app give /given/html", FAILED[2]),
    "mercure-error": ("mercure", "/app give /given/error", FAILED[3]),
}
# What the board says of each end.
BOARD = {
    "found": "found: pneumonia-like opacity",
    "nothing_found": "nothing found: looked for pneumonia-like opacity",
    "crashed": "failed: the app stopped with an error",
    "no-result": "failed: the app&#39;s answer was not usable",
    "not-json": "failed: the app&#39;s answer was not usable",
    "vendor-failed": "failed: the app says: model file missing",
}
ANSWERED = sorted(app for app, (_, _, (outcome, _)) in APPS.items() if outcome != "failed")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was to be seen after one film had gone through the house."""

    film: Film
    told: dict[str, Any]
    shown: str
    held: Held
    board: str

    def job(self, app: str) -> dict[str, Any]:
        [found] = [job for job in self.told["jobs"] if job["app_id"] == app]
        return dict(found)

    def reports(self, app: str) -> list[Dataset]:
        return [one for one in self.held.reports if one.ManufacturerModelName == app]


def write_apps(folder: Path, names: dict[str, str]) -> None:
    for app, (kind, command, _) in APPS.items():
        package = "mercure" if kind == "mercure" else "monai"
        table = f'image = "{names[kind]}", package = "{package}", command = {json.dumps(command.split())}'
        run = f'runtime = "container"\ncontainer = {{ {table} }}'
        write_manifest(folder, app, run, RESULTS, name=f"Package {app}", seconds=60, output=8, most=100.0)


def write_answers(folder: Path, image: Dataset) -> None:
    """Lay down what the packages answer about one film."""
    mark = {"type": "PNEU", "percent": 77.5, "image": str(image.SOPInstanceUID)}
    score = json.dumps({"study": str(image.StudyInstanceUID), "state": "done", "marks": [mark]}).encode()
    answers: dict[str, dict[str, Dataset | bytes]] = {
        "report": {"report.dcm": report([image])},
        "mask": {"mask.dcm": segmentation([image])},
        "clear": {"report.dcm": report([image], present=False, score=12.5)},
        "both": {"result.json": score, "report.dcm": report([image], score=77.5)},
        "score": {"answer.json": score},
        "html": {"result.json": HTML},
        "error": {"result.json": ERROR},
    }
    for name, files in answers.items():
        (folder / name).mkdir(parents=True)
        for file, content in files.items():
            write(folder / name / file, content)


def write(file: Path, content: Dataset | bytes) -> None:
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        content.save_as(file, enforce_file_format=True)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Send one film to a site with all of these packages."""
    folder = tmp_path_factory.mktemp("foreign")
    film = write_film(folder / "films", "foreign")
    write_answers(folder / "given", dcmread(film.path))
    (folder / "build").mkdir()
    with (
        images(folder / "build", ("monai", "holoscan", "mercure"), given=folder / "given") as names,
        orthanc(folder / "orthanc") as pacs,
        site(folder / "site", pacs=(pacs.aet, pacs.dicom_port), apps=[folder / "apps"]) as house,
    ):
        write_apps(folder / "apps", dict(names))
        house.start()
        sent = dcmsend(house.dicom_port, film.path)
        assert "with status SUCCESS  : 1" in sent.text, sent.text
        told = wait_over(house, film.study, seconds=100)
        with urllib.request.urlopen(f"http://127.0.0.1:{house.web_port}/board/rows", timeout=30) as answer:
            board = answer.read().decode()
        shown = house.command("studies", "show", film.study)
        yield Seen(film=film, told=told, shown=shown, held=held(pacs, film.study), board=board)


@pytest.mark.shows("R25", "R42")
@pytest.mark.parametrize("app", APPS)
def test_a_foreign_package_ends_as_its_answer_says(seen: Seen, app: str) -> None:
    job = seen.job(app)
    assert job["state"] == "done"
    assert (job["outcome"], job["reason_code"]) == APPS[app][2], job
    [attempt] = job["attempts"]
    # Its own account, never that of the whole machine.
    assert attempt["cpu_s"] <= attempt["wall_s"] * (os.cpu_count() or 1)


@pytest.mark.shows("R25")
def test_what_was_found_stands_in_the_pacs_with_its_score(seen: Seen) -> None:
    said = {app: scores(one) for app in ANSWERED for one in seen.reports(app) if scores(one)}
    assert said == {
        "map-report": ["87.5000"],
        "map-mask": ["100.000"],
        "map-score": ["77.5000"],
        "map-clear": ["12.5000"],
        "mercure-score": ["62.5000"],
        "mercure-both": ["77.5000"],
        "mercure-report": ["87.5000"],
    }
    assert len(seen.reports("mercure-score")) == 2, "one that says where, too"
    delivered = {one["kind"] for one in seen.told["deliveries"]}
    assert delivered == {"findings_sr", "regions_sr", "segmentation", "status_page"}
    assert len(seen.held.pages) == 1


@pytest.mark.shows("R25")
def test_one_that_failed_is_never_one_that_found_nothing(seen: Seen) -> None:
    for app in sorted(APPS.keys() - set(ANSWERED)):
        assert not seen.reports(app), f"{app} says nothing of findings"
    apart = {item["code"] for item in seen.told["quarantine"]}
    assert apart == {"no-result", "not-json"}, "what was unusable is kept with its reason"
    assert "crashed" in seen.shown


@pytest.mark.shows("R25", "R66")
def test_the_board_shows_each_of_them(seen: Seen) -> None:
    text = " ".join(re.sub("<[^>]+>", " ", seen.board).split())
    for app, (_, _, (outcome, code)) in APPS.items():
        assert f"Package {app} demo {BOARD[code or outcome]}" in text, text
