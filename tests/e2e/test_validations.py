"""Kept validations: list, report with tables beside plots, map of weaknesses, comparison, CSV and paper, by right."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from collega.bootstrap.site import Asked
from collega.bootstrap.upkeep.auditing import read_audit
from collega.model.access import PersonRole
from tests.contract.test_accuracy import fill
from tests.e2e.browser import NARROW, WIDE, browser, overflow, page, violations
from tests.e2e.people import Tab, asked, enter
from tests.e2e.site import Site, site
from tests.unit.cli.test_evidence import write
from tests.unit.cli.test_validation_report import PLAN, plan, with_oddities

pytestmark = pytest.mark.shows("R15", "R35", "R39", "R63", "R68")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A site with one kept validation, and a case that its report names."""

    site: Site
    path: str
    case: str


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder: Path = tmp_path_factory.mktemp("validations")
    with site(folder / "site", pacs=None, apps=[]) as one:
        one.start()
        scores, reference = with_oddities(folder)
        # Scanner B is where the app is blind: every diseased case of it gets a low score.
        lines = [line.split(",") for line in reference.read_text().splitlines()]
        blind = {cells[0] for cells in lines if cells[1] == "1" and cells[2] == "B"}
        changed = [line.split(",") for line in scores.read_text().splitlines()]
        weak = [",".join([cells[0], "-4", *cells[2:]]) if cells[0] in blind else ",".join(cells) for cells in changed]
        first = write(folder, "weak.csv", "\n".join(weak))
        frozen = plan(folder, PLAN.replace("[items]", 'labels = "weak"\n[items]'))
        words = ("validate", "report", frozen, first, reference, "--second", scores, "--out", folder / "out")
        told = one.json(*map(str, words), "--keep", "--by", "Physicist")
        with browser() as chromium, page(chromium) as tab:
            tab.goto(f"http://127.0.0.1:{one.web_port}/validations?lang=en")
            tab.locator("#validations a").focus()
            tab.keyboard.press("Enter")
            tab.wait_for_url(re.compile(r"/validations/[0-9a-f-]{36}$"))
            path = re.sub(r"^http://[^/]+", "", tab.url)
        yield Kept(site=one, path=path, case=told["wrong"]["false_negatives"][0]["case"])


def test_the_pages_show_figures_weak_spots_and_flips_in_both_themes_and_on_a_phone(kept: Kept) -> None:
    address = f"http://127.0.0.1:{kept.site.web_port}"
    with browser() as chromium:
        for theme, size, language in (("dark", WIDE, "en"), ("light", NARROW, "nl")):
            with page(chromium, size=size, theme=theme) as tab:
                tab.goto(f"{address}/validations?lang={language}")
                expect(tab.locator("#weak tbody th").first).to_contain_text("scanner: B")
                assert overflow(tab) <= 0
                assert theme == "dark" or violations(tab) == []
                tab.goto(f"{address}{kept.path}?lang={language}")
                expect(tab.locator(".warning").first).to_contain_text("weak" if language == "en" else "zwak")
                for name in ("flow", "roc", "scores", "weakness-sensitivity"):
                    beside = tab.locator(".beside", has=tab.locator(f"#{name}"))
                    expect(beside.locator("svg.plot")).to_be_visible()
                expect(tab.locator("#flips tbody")).to_contain_text(kept.case)
                assert violations(tab) == []
                assert overflow(tab) <= 0
        with page(chromium) as tab:
            tab.goto(f"{address}{kept.path}?lang=en")
            with tab.expect_download() as download:
                tab.get_by_role("link", name="CSV ROC curve").click()
            assert Path(download.value.path()).read_text().startswith("Positive from,1 - specificity,Sensitivity")


def test_accuracy_by_version_leads_to_weak_spots_and_to_the_studies_that_need_reading(kept: Kept) -> None:
    asked(kept.site, fill)
    address = f"http://127.0.0.1:{kept.site.web_port}"
    with browser() as chromium:
        for theme, size, language in (("dark", WIDE, "en"), ("light", NARROW, "nl")):
            with page(chromium, size=size, theme=theme) as tab:
                tab.goto(f"{address}/accuracy?lang={language}")
                assert violations(tab) == []
                tab.get_by_role("link", name="finder").click()
                rows = tab.locator("#figures-0 tbody tr")
                expect(rows).to_have_count(2)
                expect(rows.first).to_contain_text("panel, AI not in sight" if language == "en" else "AI niet in zicht")
                assert violations(tab) == []
                assert overflow(tab) <= 0
                tab.goto(f"{address}/accuracy/finder/weak?lang={language}")
                expect(tab.locator("#weak-0-0-weakness-sensitivity")).to_contain_text("scanner: B")
                assert violations(tab) == []
                tab.goto(f"{address}/accuracy/finder/against?lang={language}")
                expect(tab.locator("#against-0-0-flips tbody tr")).to_have_count(12)
                assert violations(tab) == []
                assert overflow(tab) <= 0
        with page(chromium) as tab:
            tab.goto(f"{address}/accuracy/finder/against?lang=en")
            with tab.expect_download() as download:
                tab.get_by_role("link", name="CSV To be read").click()
            assert len(Path(download.value.path()).read_text().splitlines()) == 1 + 12


def test_each_role_sees_what_it_may_and_views_are_logged(kept: Kept) -> None:
    roles = (PersonRole.AI_LEAD, PersonRole.PHYSICIST, PersonRole.MANAGER, PersonRole.RADIOLOGIST)
    tokens = enter(kept.site, {str(role).replace("_", "-"): (role,) for role in roles})
    tabs = {role: Tab(site=kept.site, token=tokens[str(role).replace("_", "-")]) for role in roles}
    assert tabs[PersonRole.RADIOLOGIST].get(kept.path).status == 403
    for role in roles[:2]:
        assert kept.case in tabs[role].get(kept.path).text
        assert kept.case in tabs[role].get(f"{kept.path}/tables/errors").text
    manager = tabs[PersonRole.MANAGER]
    report = manager.get(kept.path)
    assert report.status == 200
    assert f">{kept.case}<" not in report.text  # who may not see patients sees no case
    assert manager.get(f"{kept.path}/tables/errors").status == 404
    assert manager.get(f"{kept.path}/tables/comparison").text.startswith("Figure,")
    paper = manager.ask("GET", f"{kept.path}/report.pdf")
    assert paper.headers["content-type"] == "application/pdf"
    assert tabs[PersonRole.RADIOLOGIST].get("/accuracy/finder").status == 403
    assert manager.get("/accuracy/finder/against/against-0-0-flips").status == 404  # it names studies
    assert manager.get("/accuracy/finder/against/against-0-0").text.startswith("Figure,")
    for path in ("/accuracy/nobody", "/accuracy/finder/nothing"):
        assert manager.get(path).status == 404
    for path in ("/validations/none", "/validations/none/report.pdf", f"{kept.path}/tables/..%2Freport"):
        assert manager.get(path).status == 404

    events = [line["event"] for line in asked(kept.site, _lines)]
    assert events.count("validation kept") == 1
    assert events.count("validation viewed") >= 7


async def _lines(transaction: Asked) -> list[dict[str, Any]]:
    return await read_audit(transaction, patient="", actor="", since=None, limit=1000)
