"""Feedback to makers on the whole line: an opinion becomes a case, leaves about nobody once approved, is answered."""

import getpass
import hashlib
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pydicom import dcmread

from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.films import PROBE, Film, save, wait_over, write_film
from tests.e2e.peers import LOOPBACK, orthanc, storescu
from tests.e2e.site import Site, site
from tests.unit.outside.planted import Plants, left

pytestmark = pytest.mark.shows("R13", "R14")
VENDOR = "collega tests"
READER, LEAD = "dr. Åsa Quibble", "A. Lead"
NAMES = ["Quaxelmann", "Zebulonia", "Q-PATIENT-7", "Q-ISSUER", "QACC-4711", "QSTUDY", "Quibble"]


@dataclass(kw_only=True)
class World:
    """A site with two films that an app has judged, and a reader who was of another opinion."""

    house: Site
    films: list[Film]
    marks: list[str]
    folder: Path

    def post(self, path: str, **sent: str) -> bytes:
        """Send a form as a page does."""
        body = urllib.parse.urlencode(sent).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
        address = f"http://{LOOPBACK}:{self.house.web_port}{path}"
        with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=60) as answer:
            return bytes(answer.read())

    def judge(self, film: Film, remark: str) -> None:
        """Disagree with the app, as a reader."""
        said = {"app": "probe", "finding": "pneumonia", "opinion": "disagree", "cause": "artefact", "ai_seen": "yes"}
        self.post(f"/studies/{film.study}/opinions", reader=READER, remark=remark, **said)

    def lose(self, film: Film) -> None:
        """Remove an image, as the rule of retention does."""
        for path in (self.house.data / "studies").rglob("*.dcm"):
            if dcmread(path, stop_before_pixels=True).SOPInstanceUID == film.uid:
                path.unlink()

    def pack(self, *arguments: str) -> Any:
        """Ask a command about packs."""
        return self.house.json("feedback", "pack", *arguments)

    def key(self, state: str) -> str:
        """Key of the pack that stands so."""
        (found,) = (one["key"] for one in self.pack("list")["packs"] if one["state"] == state)
        return str(found)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("feedback")
    plants = Plants()
    settings = {"COLLEGA_FEEDBACK__APPROVERS": f"{getpass.getuser()},{LEAD}", "COLLEGA_FEEDBACK__EVERY_DAYS": "0"}
    with orthanc(folder / "pacs") as pacs:
        peer = (pacs.aet, pacs.dicom_port)
        with site(folder / "site", apps=[PROBE], pacs=peer, settings=settings) as house:
            house.start()
            planted = plants.film(1, run="a")
            planted.StudyDescription = "X-thorax"
            films = [save(folder / "films", planted), write_film(folder / "films", "plain")]
            made = World(house=house, films=films, marks=[*plants.marks, *NAMES], folder=folder)
            for film in films:
                assert storescu(house.dicom_port, film.path, options=("-R", "-xy")).code == 0
                wait_over(house, film.study)
                made.judge(film, f"Mrs {plants.marks[0]} had this before")
            made.marks += [uid for film in films for uid in (film.study, film.uid)]
            yield made


@pytest.mark.timeout(180)
def test_an_opinion_leaves_about_nobody_once_it_is_approved_and_not_before(world: World) -> None:
    house = world.house
    (pack,) = world.pack("prepare")
    assert (pack["cases"], pack["causes"], pack["state"]) == (2, {"artefact": 2}, "prepared")
    assert world.pack("prepare") == [], "a case is in one pack only"
    out = world.folder / "out"
    house.command("feedback", "pack", "export", pack["key"], "--to", str(out), code=1)
    assert not out.exists()
    house.command("feedback", "pack", "approve", pack["key"])
    told = world.pack("export", pack["key"], "--to", str(out))
    (path,) = out.iterdir()
    assert (str(path), told["cases"], told["left_out"]) == (told["file"], 2, {})
    content = path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == told["sha256"]
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sums = dict(line.split("  ")[::-1] for line in parts.pop("SHA256SUMS").decode().splitlines())
    assert {name: hashlib.sha256(part).hexdigest() for name, part in parts.items()} == sums
    assert list(left(world.marks, b"\n".join([*parts.values(), *map(str.encode, parts)]))) == []
    cases = json.loads(parts["cases.json"])
    assert [(one["case"], one["text"], one["causes"]) for one in cases] == [
        (label, "", ["artefact"]) for label in ("1-001", "1-002")
    ]
    image = dcmread(BytesIO(parts["cases/1-001/images/00001.dcm"]))
    report = dcmread(BytesIO(parts["cases/1-001/ai/00001.dcm"]))
    assert image.PatientID == report.PatientID != ""
    assert (image.PatientIdentityRemoved, image.StudyInstanceUID) == ("YES", report.StudyInstanceUID)
    assert cases[0]["ai"]["findings"][0]["images"] == [image.SOPInstanceUID]
    assert '<th scope="row">artefact</th><td class="number">2</td>' in parts["letter.nl.html"].decode()
    assert world.pack("export", pack["key"], "--to", str(out))["sha256"] == told["sha256"], "the same bytes again"
    house.environment["COLLEGA_CLOUD__REIDENTIFY"] = getpass.getuser()
    (found,) = house.json("reidentify", image.PatientID, "--reason", "the maker asks")
    assert found["patient_id"] == "Q-PATIENT-7"


@pytest.mark.timeout(120)
def test_a_patient_who_objects_is_in_no_file_from_then_on_and_the_rest_is(world: World) -> None:
    house, key = world.house, world.key("taken")
    house.command("objections", "add", "--patient", "Q-PATIENT-7", "--reason", "form")
    (objection,) = house.json("objections", "list")
    assert {(item["app_id"], item["to"]) for item in objection["gone"]} == {("probe", VENDOR)}, "what had left"
    told = world.pack("export", key, "--to", str(world.folder / "again"))
    assert (told["cases"], told["left_out"]) == (1, {"1": "objection"})
    with zipfile.ZipFile(told["file"]) as archive:
        assert not [name for name in archive.namelist() if "1-001" in name]
        assert "the patient objects" in archive.read("letter.en.html").decode()


@pytest.mark.timeout(120)
def test_words_of_readers_go_along_where_the_approver_has_ticked_them_and_a_lost_image_is_told(world: World) -> None:
    house, film = world.house, write_film(world.folder / "films", "third")
    assert storescu(house.dicom_port, film.path, options=("-R", "-xy")).code == 0
    wait_over(house, film.study)
    world.judge(film, "the nipple, as in every film of this maker")
    world.judge(world.films[1], "on second thoughts: a fold")
    world.post("/feedback-packs", by="P. Reparer")
    key = world.key("prepared")
    with pytest.raises(urllib.error.HTTPError, match="422"):
        world.post(f"/feedback-packs/{key}/decision", by="somebody else", decision="approve")
    with pytest.raises(urllib.error.HTTPError, match="422"):
        world.post(f"/feedback-packs/{key}/file", by=LEAD)
    numbers = {one["study_instance_uid"]: one["number"] for one in world.pack("show", key)["list"]}
    assert numbers.keys() == {film.study, world.films[1].study}, "what was changed after it was packed comes again"
    world.post(f"/feedback-packs/{key}/decision", by=LEAD, decision="approve", **{f"t{numbers[film.study]}": "1"})
    world.lose(world.films[1])
    with zipfile.ZipFile(BytesIO(world.post(f"/feedback-packs/{key}/file", by=LEAD))) as archive:
        (case,) = json.loads(archive.read("cases.json"))
    assert case["text"] == "the nipple, as in every film of this maker"
    assert world.pack("show", key)["left_out"] == {f"2-{numbers[world.films[1].study]:03d}": "images_removed"}
    assert not list((house.data / "packs").glob("out-*")), "what was sent to the page is not kept"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_at_any_moment_the_file_under_its_name_is_whole_or_not_there(world: World) -> None:
    house, key, out = world.house, frozen(world), world.folder / "killed"
    command = [sys.executable, "-m", "collega", "feedback", "pack", "export", key, "--to", str(out)]
    whole = 0
    for step in range(10):
        shutil.rmtree(out, ignore_errors=True)
        process = subprocess.Popen(command, env=house.environment, stdout=subprocess.DEVNULL, start_new_session=True)
        # Most of the time goes by before it writes: it is killed ever later after the first file is seen.
        while process.poll() is None and not (out.exists() and list(out.iterdir())):
            time.sleep(0.002)
        time.sleep(0.006 * step)
        process.kill()
        process.wait(10)
        for path in out.glob("*.zip"):
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                assert "SHA256SUMS" in archive.namelist()
            whole += 1
    assert world.pack("export", key, "--to", str(out))["file"] in map(str, out.iterdir())
    assert [path.suffix for path in out.iterdir()] == [".zip"]
    assert 0 < whole < 10, "some were killed before their file had its name, some after"


def frozen(world: World) -> str:
    (first,) = (one["key"] for one in world.pack("list")["packs"] if one["number"] == 1)
    return str(first)


@pytest.mark.timeout(120)
def test_an_answer_is_noted_on_the_page_by_keyboard_and_its_time_is_a_figure(world: World) -> None:
    key = frozen(world)
    with browser() as chromium, page(chromium, size=WIDE) as tab:
        tab.goto(f"http://{LOOPBACK}:{world.house.web_port}/feedback-packs?lang=en")
        assert violations(tab) == []
        tab.focus(f"#pack-{key} a")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#case-2")
        assert violations(tab) == []
        tab.focus("#case-2 summary")
        tab.keyboard.press("Enter")
        tab.select_option("#case-2 select[name=status]", "fixed")
        tab.fill("#case-2 input[name=fixed_in]", "2.1.0")
        tab.fill("#case-2 input[name=writer]", "M. Aker")
        tab.fill("#case-2 input[name=by]", LEAD)
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#case-2 .answer:has-text('fixed in version 2.1.0')")
        expect(tab.locator("#case-2")).to_contain_text("M. Aker")
        assert READER not in tab.content()
    (figure,) = world.pack("list")["figures"]
    assert (figure["answered"], figure["median_days"], figure["statuses"]["fixed"]) == (1, 0.0, 1)


@pytest.mark.timeout(120)
def test_the_pages_are_clean_on_a_phone_in_both_themes_and_languages(world: World) -> None:
    address = f"http://{LOOPBACK}:{world.house.web_port}/feedback-packs"
    world.judge(world.films[0], "again")
    world.pack("prepare")
    words = {"en": "Feedback to makers", "nl": "Terugkoppeling aan makers"}
    with browser() as chromium:
        for theme, language in (("dark", "nl"), ("light", "en")):
            with page(chromium, size=NARROW, theme=theme) as tab:
                for path in ("", f"/{frozen(world)}", f"/{world.key('prepared')}"):
                    tab.goto(f"{address}{path}?lang={language}")
                    clean(tab, path)
                tab.goto(f"{address}?lang={language}")
                assert words[language] in tab.inner_text("h1")


def clean(tab: Page, path: str) -> None:
    assert violations(tab) == [], path
    assert overflow(tab) <= 0, path
