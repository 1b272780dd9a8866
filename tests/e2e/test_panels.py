"""A panel of two readers with adjudication, and a label check, each walked through by keyboard in a browser."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from collega.model.access import PersonRole
from collega.testing.synthetic import ct_series
from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.films import PROBE, Film, wait_over, write_film
from tests.e2e.peers import LOOPBACK, dcmsend
from tests.e2e.people import Tab, enter
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R69", "R35")
FILMS = 3
REPORTS = {
    "0": "Infiltraat rechts basaal. Geen pleuravocht.",
    "1": "Geen afwijkingen aan hart en longen.",
    "2": "Hart niet vergroot. Geen infiltraat.",
}


@dataclass(frozen=True, kw_only=True)
class House:
    site: Site
    films: list[Film]
    tokens: dict[str, str]
    chromium: Browser

    @property
    def root(self) -> str:
        return f"http://{LOOPBACK}:{self.site.web_port}"

    @contextmanager
    def tab(self, who: str, size: tuple[int, int] = WIDE, theme: str = "dark") -> Iterator[Page]:
        with page(self.chromium, size=size, theme=theme) as one:
            one.context.add_cookies([{"name": "collega", "value": self.tokens[who], "url": self.root}])
            yield one

    def asks(self, who: str) -> Tab:
        return Tab(site=self.site, token=self.tokens[who])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("panels")
    films = [write_film(folder / "films", name, AccessionNumber=f"A-{name}", PatientID=f"P-{name}") for name in REPORTS]
    settings = {"COLLEGA_DEFAULT_STAGE": "pilot", "COLLEGA_REPORTS__LANGUAGE": "nl"}
    with site(folder / "site", pacs=None, apps=[PROBE], settings=settings, hl7=True) as one, browser() as chromium:
        one.start()
        dcmsend(one.dicom_port, *(film.path for film in films))
        for film in films:
            wait_over(one, film.study, page=False)
        people: dict[str, tuple[PersonRole, ...]] = {
            "anna": (PersonRole.RADIOLOGIST,),
            "bert": (PersonRole.RESIDENT,),
            "carla": (PersonRole.RADIOLOGIST,),
            "lead": (PersonRole.AI_LEAD,),
        }
        yield House(site=one, films=films, tokens=enter(one, people), chromium=chromium)


def read(tab: Page, keys: str, then: str) -> None:
    """Answer by keys, send by Enter, and wait for what comes then."""
    expect(tab.locator("#quick-view[data-shown]")).to_have_count(1)
    expect(tab.locator("body[data-keys]")).to_have_count(1)
    for key in keys:
        tab.keyboard.press(key)
    tab.keyboard.press("Enter")
    tab.wait_for_url(then)


def made_panel(house: House, folder: Path) -> str:
    """Make a panel of all films by the command; its key."""
    (folder / "studies.txt").write_text("A-0\nA-1\nA-2\n", encoding="utf-8")
    of_panel = ("--finding", "pneumonia", "--reader", "anna", "--reader", "bert", "--adjudicator", "carla")
    mistyped = (name if name != "bert" else "bart" for name in of_panel)
    house.site.command("panel", "create", "chest", *mistyped, "--studies", str(folder / "studies.txt"), code=1)
    made = house.site.json("panel", "create", "chest", *of_panel, "--studies", str(folder / "studies.txt"))
    return str(made["key"])


def read_all(house: House, who: str, key: str, keys: str) -> list[str]:
    """Read three cases by keyboard, one key each; gives the addresses that the browser asked for."""
    base, asked = f"{house.root}/panels/{key}", list[str]()
    size, theme = (NARROW, "light") if who == "bert" else (WIDE, "dark")
    with house.tab(who, size, theme) as tab:
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(f"{house.root}/panels?lang=nl")
        assert violations(tab) == []
        assert overflow(tab) == 0
        tab.locator("#mine a").press("Enter")
        tab.wait_for_url(f"{base}/cases/1")
        expect(tab.locator("#quick-view[data-shown]")).to_have_count(1)
        assert violations(tab) == []
        assert overflow(tab) == 0
        for word in ("Proef", "Probe", "A-0", house.films[0].study):
            assert word not in tab.content()
        read(tab, keys[0], f"{base}/cases/2")
        read(tab, keys[1], f"{base}/cases/3")
        read(tab, keys[2], base)
        assert tab.locator("#result").count() == 0, "the others' words are not shown before all is read"
    return asked


def test_two_readers_blind_to_ai_and_to_each_other_and_a_third_who_settles(house: House, tmp_path: Path) -> None:
    key = made_panel(house, tmp_path)
    base = f"{house.root}/panels/{key}"
    # Bert has looked at the first study where AI's word stands, before he reads it.
    assert house.asks("bert").get(f"/studies/{house.films[0].study}").status == 200
    assert house.asks("carla").get(f"/panels/{key}/cases/1").status == 404, "nothing is to be settled yet"
    assert house.asks("lead").get(f"/panels/{key}/cases/1").status == 404, "who is not named reads nothing"
    asked = read_all(house, "anna", key, "112") + read_all(house, "bert", key, "121")
    assert not [url for url in asked if "overlays" in url or "/studies/" in url]
    listed = house.asks("anna").get(f"/panels/{key}/cases/1/images").json()
    assert {image["uid"] for series in listed for image in series["images"]} == {""}
    assert house.asks("lead").post(f"/panels/{key}/close").status == 409, "two cases wait to be settled"
    assert house.asks("carla").get(f"/panels/{key}/tables/reads").status == 404, "a panel's reader waits for its end"
    with house.tab("carla") as tab:
        tab.goto(f"{house.root}/panels?lang=en")
        tab.locator("#mine a").press("Enter")
        tab.wait_for_url(f"{base}/cases/2")
        expect(tab.locator(".answers")).to_contain_text("Reader 1 present, Reader 2 absent")
        read(tab, "1", f"{base}/cases/3")
        read(tab, "2", base)
    with house.tab("lead", NARROW) as tab:
        tab.goto(f"{base}?lang=nl")
        assert violations(tab) == []
        assert overflow(tab) == 0
        expect(tab.locator("#agreement")).to_contain_text("1 van 3")
        with tab.expect_download() as download:
            tab.locator("#tables a").last.click()
        truth = Path(download.value.path()).read_text()
        assert [line.split(",")[3:5] for line in truth.splitlines()[1:]] == [
            ["present", "agreed"], ["present", "settled"], ["absent", "settled"],
        ]  # fmt: skip
        tab.get_by_role("button", name="Sluit").press("Enter")
        expect(tab.locator("#state")).to_contain_text("gesloten")
    told = house.site.json("panel", "show", "chest")
    written = house.site.json("panel", "export", "chest", str(tmp_path / "tables"))
    assert written["files"] == ["reads.csv", "agreement.csv", "truth.csv"]
    assert (tmp_path / "tables" / "truth.csv").read_text() == truth
    agree = house.site.json("readers", "agree", str(tmp_path / "tables" / "reads.csv"))
    assert agree["alpha"]["value"] is not None
    assert [one["outcome"]["pneumonia"] for one in told["list"]] == ["present", "present", "absent"]
    assert told["agreement"]["pneumonia"]["alpha"]["value"] < 0.1
    labels = [one for one in house.site.json("reference", "list") if one["source"] == "panel"]
    assert {one["study_instance_uid"]: (one["word"], one["strength"], one["ai_visible"]) for one in labels} == {
        house.films[0].study: ("present", "strong", "yes"),
        house.films[1].study: ("present", "strong", "no"),
        house.films[2].study: ("absent", "strong", "no"),
    }


def test_a_ct_is_read_slice_by_slice_without_a_word_of_ai(house: House, tmp_path: Path) -> None:
    slices = ct_series(7, slices=5, size=64, run="panel")
    for number, image in enumerate(slices):
        image.AccessionNumber = "CT-7"
        image.save_as(tmp_path / f"{number}.dcm", enforce_file_format=True)
    dcmsend(house.site.dicom_port, *tmp_path.glob("*.dcm"))
    study = str(slices[0].StudyInstanceUID)

    def came() -> bool:
        return bool(house.site.json("studies", "show", study)["series"][0]["instances"] == len(slices))

    wait_for(came, "all slices are recorded", 30)
    (tmp_path / "studies.txt").write_text("CT-7\n", encoding="utf-8")
    named = ("--finding", "nodule", "--reader", "anna", "--reader", "bert", "--adjudicator", "carla")
    key = house.site.json("panel", "create", "lungs", *named, "--studies", str(tmp_path / "studies.txt"))["key"]
    base = f"{house.root}/panels/{key}"
    with house.tab("anna") as tab:
        tab.goto(f"{base}/cases/1?lang=en")
        told, stage = tab.locator("#quick-view .told"), tab.locator("#quick-view .stage")
        expect(told).to_have_text(re.compile("^image 3 / 5"))  # it begins in the middle
        stage.focus()
        tab.keyboard.press("Home")
        for number in range(1, 6):
            expect(told).to_have_text(re.compile(rf"^image {number} / 5"))
            tab.keyboard.press("ArrowDown")
        assert study not in tab.content()
        assert violations(tab) == []
        tab.locator("body").focus()
        read(tab, "2", base)


def test_an_app_is_held_against_each_source_apart_and_pooled_by_name_alone(house: House, tmp_path: Path) -> None:
    table = tmp_path / "follow-up.csv"
    table.write_text(
        f"study,finding,label,date\nA-0,pneumonia,ja,2099-01-01\n{house.films[1].study},pneumonia,nee,2020-01-01\n",
        encoding="utf-8",
    )
    adding = ("reference", "add", str(table), "--source", "follow_up", "--strength", "strong")
    house.site.command(*adding, code=1)
    today = datetime.now(UTC).isoformat()
    lines = [
        f"{film.study},pneumonia,{word},{today}"
        for film, word in zip(house.films, ("ja", "nee", "onzeker"), strict=True)
    ]
    table.write_text("study,finding,label,date\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert house.site.json(*adding, "--ai-visible", "no")["labels"] == FILMS
    assert house.site.json(*adding, "--origin", "again")["labels"] == FILMS
    asked = ("reference", "accuracy", "probe", "--finding", "pneumonia")
    told = house.site.json(*asked)
    groups = {one["group"]: (one["studies"], one["left_out"]["uncertain"]) for one in told["groups"]}
    # Anybody may have seen AI by now; nobody is on record who has opened any but the first.
    assert groups["follow_up/no"] == (2, 1)
    assert groups["follow_up/unknown"][0] >= 1
    assert told["pooled"] is None
    pooled = house.site.json(*asked, "--pool", "follow_up/no", "--pool", "follow_up/unknown")["pooled"]
    assert (pooled["studies"], pooled["ai_visible"], pooled["strength"]) == (2, "mixed", "strong")
    house.site.command(*asked, "--pool", "report/maybe", code=1)
    out = tmp_path / "out.csv"
    assert house.site.json("reference", "export", str(out), "--finding", "pneumonia")["labels"] >= 2 * FILMS
    assert "follow_up" in out.read_text(encoding="utf-8")


def test_reports_are_checked_by_keyboard_and_their_error_is_carried(house: House, tmp_path: Path) -> None:
    table = tmp_path / "reports.csv"
    lines = [f'P-{name},A-{name},2026-11-28T08:00:00+01:00,"{text}"' for name, text in REPORTS.items()]
    table.write_text("patient_id,accession_number,signed_at,verslag\n" + "\n".join(lines) + "\n", encoding="utf-8")
    house.site.json("reports", "add", str(table), "--text", "verslag")
    wait_for(lambda: house.site.json("reports", "check")["reports"] == FILMS, "every report is labelled", 60)
    accuracy = ("reference", "accuracy", "probe", "--finding", "pneumonia")
    before = [one for one in house.site.json(*accuracy)["groups"] if one["source"] == "report"]
    assert all("label error unknown" in one["label_error"] for one in before)
    assert before
    with house.tab("bert", NARROW) as tab:
        tab.goto(f"{house.root}/label-check?lang=nl")
        expect(tab.locator("#known")).to_contain_text("onbekend")
        assert violations(tab) == []
        tab.get_by_role("button", name="Trek").press("Enter")
        tab.wait_for_url("**/label-check/*/*")
        assert violations(tab) == []
        assert overflow(tab) == 0
    # Another day, where it was left off.
    with house.tab("anna", theme="light") as tab:
        tab.goto(f"{house.root}/label-check?lang=nl")
        tab.get_by_role("link", name="Lees verder").press("Enter")
        for number in range(1, FILMS + 1):
            expect(tab.locator("h1")).to_have_text(f"Verslag {number} van {FILMS}")
            expect(tab.locator("body[data-keys]")).to_have_count(1)
            if "Infiltraat rechts" in tab.inner_text("#text"):
                tab.keyboard.press("1")  # pneumonia
                tab.keyboard.press("c")  # anything abnormal
                expect(tab.locator('input[name="w-pneumonia"][value="present"]')).to_be_checked()
                expect(tab.locator('input[name="w-abnormal"][value="present"]')).to_be_checked()
            tab.keyboard.press("Enter")
        expect(tab.locator("#known")).to_contain_text("bekend")
        expect(tab.locator("table.error")).to_have_count(1)
        assert violations(tab) == []
    told = house.site.json("reports", "check")
    (check,) = told["checks"]
    assert (told["is_known"], check["done"], check["readers"]) == (True, FILMS, ["anna"])
    assert check["error"]["pneumonia"]["sensitivity"]["value"] == 1
    after = [one for one in house.site.json(*accuracy)["groups"] if one["source"] == "report"]
    assert all(one["corrected"]["sensitivity"] for one in after)
    assert "Infiltraat" not in json.dumps(told), "the state of a check holds no text of a report"
