"""The report says on paper and on the page what was found, in the site's language, and reads nothing as markup."""

import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.accept.reports import AT, report

from collega.formats.acceptance_pdf import acceptance_pdf
from collega.formats.acceptance_view import view
from collega.model.acceptance import AcceptanceReport, Answer, PersonAnswer, StepOutcome
from collega.web.acceptance import acceptance_html

pytestmark = pytest.mark.shows("R31", "R71")
EVERY = list(StepOutcome)
HOSTILE = '#panic("x") *a* $x^2$ @b <c> \\ // `r` #import "@preview/x:1.0.0" <script>alert(1)</script> {{ 7 * 7 }}'


def on_paper(one: AcceptanceReport, folder: Path) -> str:
    file = folder / "report.pdf"
    file.write_bytes(acceptance_pdf(one))
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True)
    return done.stdout.decode()


class Words(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words(html: str) -> str:
    return " ".join(Words(html).words)


def answered(remark: str = "", answer: Answer = Answer.YES) -> tuple[PersonAnswer, ...]:
    return (PersonAnswer(step="removed", answer=answer, by="J. de Vries", at=AT, remark=remark),)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Acceptance report", "Not accepted", "passed", "warning", "failed", "not offered", "Signatures"]),
        ("nl", ["Acceptatierapport", "Niet geaccepteerd", "geslaagd", "let op", "mislukt", "niet", "Handtekeningen"]),
    ],
)
def test_both_say_everything(language: str, expected: list[str], tmp_path: Path) -> None:
    one = report(EVERY, answered(), language=language)
    paper, page = on_paper(one, tmp_path), words(acceptance_html(one))
    facts = ["Test hospital", "server", "0.1.0", "COLLEGA", "PACS", "10.1.2.3:104", "TEST0302093000", "J. de Vries"]
    for said in [*expected[:-1], *facts]:
        assert said in paper, said
        assert said in page, said
    assert expected[-1] in paper, "paper is signed"


def test_the_moment_is_the_sites(tmp_path: Path) -> None:
    assert "02-03-2026 09:30" in on_paper(report([], language="nl"), tmp_path)
    assert "2026-03-02 09:30" in on_paper(report([], language="en"), tmp_path)


def test_measured_seconds_have_the_sites_decimal_sign() -> None:
    one = report([StepOutcome.PASSED], language="nl")
    (step,) = one.steps
    one = replace(one, steps=(replace(step, measured="3 / 3, 0.5 s"),))
    shown = {language: view(one, language)["parts"] for language in ("nl", "en")}
    assert "3 / 3, 0,5 s" in str(shown["nl"])
    assert "3 / 3, 0.5 s" in str(shown["en"])


def test_nothing_is_read_as_markup(tmp_path: Path) -> None:
    one = report(EVERY[:2], answered(HOSTILE), site=HOSTILE, said=HOSTILE)
    paper = on_paper(one, tmp_path)
    assert not [word for word in HOSTILE.split() if word not in paper], "each piece stands there as it was written"
    html = acceptance_html(one)
    assert "<script" not in html
    assert HOSTILE in "".join(Words(html).words)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=25, deadline=None)
def test_any_text_is_set(text: str) -> None:
    one = report(EVERY[:1], answered(text), said=text or "-")
    assert acceptance_pdf(one).startswith(b"%PDF-")
    assert "script" not in Words(acceptance_html(one)).tags


def test_the_same_report_gives_the_same_bytes() -> None:
    one = report(EVERY, answered())
    assert acceptance_pdf(one) == acceptance_pdf(one)


def test_the_file_has_no_forms() -> None:
    assert "form" not in Words(acceptance_html(report(EVERY, answered()))).tags


def test_the_page_needs_nothing_from_elsewhere() -> None:
    html = acceptance_html(report(EVERY))
    assert not re.search(r"(src|href)=\"?https?:|@import|url\(", html)
    assert "script" not in Words(html).tags


def test_an_earlier_answer_stays_readable(tmp_path: Path) -> None:
    later = PersonAnswer(
        step="removed", answer=Answer.YES, by="B. Bakker", at=datetime(2026, 3, 3, 9, 0, tzinfo=UTC), remark=""
    )
    one = report([], (*answered(answer=Answer.NO), later))
    assert "no, J. de Vries, 2026-03-02 09:30" in on_paper(one, tmp_path)
    assert "no, J. de Vries, 2026-03-02 09:30" in words(acceptance_html(one))


def test_each_outcome_has_a_word_of_its_own() -> None:
    for language in ("en", "nl"):
        said = [step["word"] for part in view(report(EVERY), language)["parts"] for step in part["steps"]]
        assert len(set(said)) == len(EVERY)


def test_the_view_is_plain_json() -> None:
    assert json.loads(json.dumps(view(report(EVERY), "nl"))) == view(report(EVERY), "nl")
