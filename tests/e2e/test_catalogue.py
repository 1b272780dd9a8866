"""The catalogue in a real browser: every app and role, both languages, on a phone, on paper, at once after a change."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from collega.bootstrap.demo.show import SIMULATED_APPS
from collega.read.catalogue_words import ROLES
from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.conftest import ROOT
from tests.e2e.films import PROBE, wait_told, write_film
from tests.e2e.peers import LOOPBACK, dcmsend
from tests.e2e.site import Site, site

pytestmark = pytest.mark.shows("R85")
APPS = [ROOT / "apps" / "chest-pneumonia", SIMULATED_APPS / "sim-chest-filter"]


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy an app whose card may be changed."""
    folder = tmp_path_factory.mktemp("apps") / "probe"
    folder.mkdir()
    for item in PROBE.glob("*.*"):
        (folder / item.name).write_bytes(item.read_bytes())
    return folder


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, probe: Path) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site"), pacs=None, apps=[*APPS, probe]) as one:
        one.start()
        yield one
        one.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def address(house: Site, path: str) -> str:
    return f"http://{LOOPBACK}:{house.web_port}{path}"


@pytest.mark.shows("R52", "R67", "R69")
def test_the_list_names_maker_stage_mark_evidence_and_how_much_the_card_tells(house: Site, chromium: Browser) -> None:
    with page(chromium) as one:
        one.goto(address(house, "/catalogue?lang=en"))
        expect(one.locator("#apps > li")).to_have_count(3)
        expect(one.locator("#app-chest-pneumonia")).to_contain_text("97 % answered, 2 not disclosed")
        expect(one.locator("#app-sim-chest-filter h2")).to_contain_text("Simulator")
        expect(one.locator("#app-probe")).to_contain_text("no card")
        one.locator("#app-chest-pneumonia a").click()
        expect(one.locator(".roles a[aria-current]")).to_have_text("Radiologist")
        one.locator(".roles a", has_text="Patient").click()
        expect(one.locator(".explained")).to_contain_text("A doctor looks at all of them and decides.")
        one.emulate_media(media="print")
        expect(one.locator(".top")).to_be_hidden()
        expect(one.locator(".explained h2").first).to_be_visible()


@pytest.mark.parametrize(
    ("language", "size", "theme"), [("nl", NARROW, "dark"), ("en", WIDE, "light")], ids=["nl", "en"]
)
def test_pages_are_readable_for_everybody(
    house: Site, chromium: Browser, language: str, size: tuple[int, int], theme: str
) -> None:
    with page(chromium, size=size, theme=theme) as one:
        for path in (
            "/catalogue",
            "/catalogue/chest-pneumonia/manager",
            "/catalogue/sim-chest-filter",
            "/catalogue/probe",
        ):
            one.goto(address(house, f"{path}?lang={language}"))
            assert one.locator("html").get_attribute("lang") == language
            assert violations(one) == [], path
            assert overflow(one) <= 0, path


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.id)
def test_each_role_has_its_page_in_its_language(house: Site, chromium: Browser, role: object) -> None:
    with page(chromium, javascript=False) as one:
        for language, weak in (("en", "Where it is weak"), ("nl", "Waar zij zwak is")):
            one.goto(address(house, f"/catalogue/chest-pneumonia/{role.id}?lang={language}"))  # type: ignore[attr-defined]
            article = one.locator(".explained")
            expect(article).to_contain_text(role.name.in_language(language))  # type: ignore[attr-defined]
            expect(article).to_contain_text(weak)
            expect(article.locator("ul").nth(1)).to_contain_text(
                {"en": "One hospital", "nl": "Eén ziekenhuis"}[language]
            )


def test_an_unknown_app_or_role_is_not_there(house: Site, chromium: Browser) -> None:
    with page(chromium) as one:
        for path in ("/catalogue/nobody", "/catalogue/probe/pope"):
            answer = one.goto(address(house, path))
            assert answer is not None
            assert answer.status == 404


@pytest.mark.shows("R69")
def test_a_card_is_read_anew_and_a_broken_one_says_what_is_wrong(house: Site, chromium: Browser, probe: Path) -> None:
    file = probe / "card.toml"
    hostile = "<script>document.title=1</script>"
    with page(chromium) as one:
        file.write_text(f'schema = "collega/card/1"\n[maker]\nname = "{hostile}"\ncontact = "not disclosed"\n')
        one.goto(address(house, "/catalogue/probe/manager?lang=en"))
        expect(one.locator(".explained")).to_contain_text(hostile)
        expect(one.locator(".not-disclosed dd").first).to_have_text("not disclosed")
        expect(one.locator(".missing dd").first).to_have_text("not filled in")
        file.write_text('schema = "collega/card/1"\n[maker]\nfax = 1\n')
        one.goto(address(house, "/catalogue/probe/manager?lang=en"))
        expect(one.locator(".problem")).to_contain_text("unknown key fax")
        file.unlink()


def test_the_board_leads_to_what_an_app_is(house: Site, chromium: Browser, tmp_path: Path) -> None:
    film = write_film(tmp_path / "film", "catalogue", image=1, AccessionNumber="catalogue")
    dcmsend(house.dicom_port, film.path)
    wait_told(house, film.study, lambda told: told["state"] == "routed", "it is routed")
    with page(chromium) as one:
        one.goto(address(house, "/?lang=en"))
        row = one.locator(f'#rows > li[data-uid="{film.study}"]')
        row.locator("summary").click()
        row.locator('a[href="/catalogue/probe"]').click()
        expect(one.locator("h1")).to_contain_text("Probe")


@pytest.mark.shows("R85")
def test_page_and_commands_say_that_a_score_is_made_from_a_word(house: Site, chromium: Browser, probe: Path) -> None:
    manifest = probe / "app.toml"
    before = manifest.read_text(encoding="utf-8")
    made = "made from its word, present or absent"
    assert made not in house.command("apps", "check", "probe")
    manifest.write_text(f"{before}\n[results]\nscore_from_evaluation = true\n", encoding="utf-8")
    try:
        with page(chromium) as one:
            one.goto(address(house, "/catalogue/probe/radiologist?lang=nl"))
            expect(one.locator(".score")).to_contain_text("gemaakt van haar woord")
            expect(one.locator(".explained")).to_contain_text("niets over hoe zeker de app is")
            assert violations(one) == []
            one.goto(address(house, "/catalogue?lang=en"))
            expect(one.locator("#app-probe")).to_contain_text(made)
            expect(one.locator("#app-chest-pneumonia")).not_to_contain_text(made)
        assert made in house.command("apps", "check", "probe")
        assert made in " ".join(house.command("apps", "card", "probe").split())
        assert house.json("apps", "card", "probe")["score_from_evaluation"] is True
        assert house.json("apps", "card", "chest-pneumonia")["score_from_evaluation"] is False
    finally:
        manifest.write_text(before, encoding="utf-8")
