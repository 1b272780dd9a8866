"""What a vendor's box or a scanner writes into its objects is text on every page: nothing of it runs.

The browser is told to pass over the pages' own policy of content, so that a script which got into a page would run.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page
from pydicom import Dataset
from pydicom.dataelem import DataElement

from collega.testing.vendor_answers import code, everything
from tests.e2e.boxes import BoxedSite, boxed_site
from tests.e2e.browser import browser
from tests.e2e.differing import found
from tests.e2e.films import Film, wait_over, write_film
from tests.e2e.peers import dcmsend

pytestmark = pytest.mark.shows("R17", "R59")
PLANTED = '"><img src=x onerror=planted=1><script>planted=1</script>'  # as long as a short text may be
SHORT = "<b onclick=x>'\""
WORDS = frozenset({"LO", "ST", "LT", "UT", "UC"})
# Else the box would answer about somebody else.
IDENTITY = frozenset({"PatientName", "PatientID", "IssuerOfPatientID", "CodingSchemeDesignator", "AccessionNumber"})


def plant(_: Dataset, element: DataElement) -> None:
    """Put a script into every text of an object."""
    if element.keyword in IDENTITY or element.VR not in WORDS | {"SH"} or element.keyword == "CodeValue":
        return
    element.value = PLANTED if element.VR in WORDS else SHORT


def planted(images: Sequence[Dataset]) -> list[Dataset]:
    """Answer with one object of each kind, with scripts in all that they say."""
    made = everything(images)
    text = Dataset()
    text.RelationshipType, text.ValueType = "CONTAINS", "TEXT"
    text.ConceptNameCodeSequence, text.TextValue = [code("121106", "DCM", "Comment")], "said"
    made[0].ContentSequence[0].ContentSequence.append(text)
    picture = made[3].GraphicAnnotationSequence[0]
    note = Dataset()
    note.BoundingBoxAnnotationUnits, note.UnformattedTextValue = "PIXEL", "said"
    note.BoundingBoxTopLeftHandCorner, note.BoundingBoxBottomRightHandCorner = [40.0, 200.0], [120.0, 215.0]
    note.BoundingBoxTextHorizontalJustification = "LEFT"
    picture.TextObjectSequence = [note]
    for one in made:
        one.walk(plant)
    return made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BoxedSite, Film]]:
    folder = tmp_path_factory.mktemp("planted")
    with boxed_site(folder, planted, None, settle=0.5) as one:
        values: dict[str, Any] = {"SeriesDescription": PLANTED, "PatientName": PLANTED, "AccessionNumber": SHORT}
        film = write_film(folder / "films", "planted", StudyDescription=f"X-thorax {PLANTED[:50]}", **values)
        sent = dcmsend(one.site.dicom_port, film.path)
        assert "with status SUCCESS  : 1" in sent.text, sent.text
        told = wait_over(one.site, film.study, page=False)
        assert told["jobs"][-1]["outcome"] == "found", told["jobs"]
        yield one, film


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def check(tab: Page, where: str) -> None:
    """No script ran, and none of it is an element."""
    tab.wait_for_load_state("load")
    assert tab.evaluate("typeof planted") == "undefined", where
    assert tab.locator("img[src='x'], [onclick], [onerror]").count() == 0, where


def settle(tab: Page, place: str, key: str) -> None:
    """Take a discrepancy and close it by the forms of its page, with scripts in all that is typed."""
    tab.goto(place)
    for form, texts in (("form.take", ("owner", "reader")), (".closing form", ("remark", "reader"))):
        tab.wait_for_selector("body.is-live")
        within = tab.locator(f"#d-{key} {form}")
        if "closing" in form:
            tab.locator(f"#d-{key} .closing summary").click()
            within.locator("select[name=verdict]").select_option("ai_right")
        for name in texts:
            field = within.locator(f"[name={name}]")
            if field.get_attribute("type") != "hidden":
                field.fill(PLANTED[:64])
        within.locator("button").click()
        tab.wait_for_selector(f"#d-{key}.{'closed' if 'closing' in form else 'taken'}")
        check(tab, form)


@pytest.mark.shows("R74")
def test_no_row_of_the_inbox_runs_what_an_object_a_report_or_a_person_says(
    house: tuple[BoxedSite, Film], chromium: Browser
) -> None:
    one, film = house
    key = found(one.site, film, app="box", sentence=PLANTED)
    base = f"http://127.0.0.1:{one.site.web_port}"
    own = f"/studies/{film.study}/discrepancies/{key}"
    with chromium.new_context(bypass_csp=True) as profile:
        tab = profile.new_page()
        for path in ("/discrepancies?lang=en", own, f"/studies/{film.study}"):
            tab.goto(base + path)
            check(tab, path)
            assert PLANTED in tab.inner_text("main"), path
        settle(tab, base + own, key)
        told = tab.inner_text(f"#d-{key}") + tab.inner_text("#history")
        assert told.count(PLANTED[:64]) >= len(("sentence", "owner", "remark")), (
            "they are shown as the text that they are"
        )
        tab.goto(f"{base}/discrepancies?state=all")
        check(tab, "what is closed")


def test_no_page_runs_what_is_written_in_an_object(house: tuple[BoxedSite, Film], chromium: Browser) -> None:
    one, film = house
    base = f"http://127.0.0.1:{one.site.web_port}"
    with chromium.new_context(bypass_csp=True) as profile:
        tab = profile.new_page()
        said: list[str] = []

        def note(dialog: Dialog) -> None:
            said.append(dialog.message)
            dialog.dismiss()

        tab.on("dialog", note)
        tab.set_content(PLANTED)
        tab.wait_for_function("typeof planted !== 'undefined'")  # here it runs, where nothing takes care
        study = f"/studies/{film.study}"
        for path in ("/", study, f"{study}/timeline", "/timeline", "/night", "/discrepancies", "/stages"):
            tab.goto(base + path)
            check(tab, path)
        tab.goto(base)
        tab.wait_for_selector("body.is-live")
        assert "<script>" in tab.inner_text("main"), "it is shown as the text that it is"
        check(tab, "board")
        tab.goto(base + study)
        tab.wait_for_selector("#quick-view[data-drawn]")
        tab.wait_for_selector("#quick-view .aside li")
        assert "<script>" in tab.inner_text("#quick-view")
        check(tab, "quick view")
        for link in tab.eval_on_selector_all("a[href*='/kept/']", "all => all.map((one) => one.href)"):
            kept = profile.request.get(link)
            assert "html" not in kept.headers["content-type"], link
        assert said == []
