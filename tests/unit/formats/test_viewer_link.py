"""The link to the viewer: what a header holds stays a value in it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.config import Settings, load
from collega.errors import ConfigurationError
from collega.formats.viewer_link import check_template, viewer_link

HTTPS = "https://viewer.example/open?accession={accession}&from=collega"


@pytest.mark.shows("R31")
@given(st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable()))
def test_no_accession_number_breaks_out_of_its_place(accession: str) -> None:
    parts = urlsplit(viewer_link(HTTPS, accession, "1.2.3"))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "viewer.example", "/open")
    assert parse_qs(parts.query) == {"accession": [accession], "from": ["collega"]}


@pytest.mark.parametrize(
    ("template", "accession", "link"),
    [
        ("", "A1", ""),
        (HTTPS, "", ""),
        ("viewer:{study_uid}", "", "viewer:1.2.3"),
        ("pacs://open/{accession}/{study_uid}", "A 1/2", "pacs://open/A%201%2F2/1.2.3"),
        ("https://v/{accession}", "{study_uid}", "https://v/%7Bstudy_uid%7D"),
    ],
)
def test_the_link(template: str, accession: str, link: str) -> None:
    check_template(template)
    assert viewer_link(template, accession, "1.2.3") == link


@pytest.mark.parametrize(
    "template",
    [
        "viewer/{accession}",
        "//viewer/{accession}",
        "javascript:alert({accession})",
        "JavaScript:alert({accession})",
        "data:text/html,{accession}",
        "file:///{accession}",
        "https://viewer/open",
        "https://viewer/{patient}",
        "https://viewer/{accession}/{",
        "https://viewer/{accession} now",
        "https://viewer/{accession}\n",
    ],
)
def test_a_template_that_opens_no_study_or_could_run_in_the_page_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="an address"):
        check_template(template)
    with pytest.raises(ConfigurationError, match="COLLEGA_WEB__VIEWER_URL: an address"):
        load(environment={"COLLEGA_WEB__VIEWER_URL": template})


def test_no_viewer_by_default() -> None:
    assert Settings().web.viewer_url == ""
