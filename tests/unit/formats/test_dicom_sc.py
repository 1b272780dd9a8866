from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from collega.errors import InputError
from collega.formats.dicom_concept import concept
from collega.formats.dicom_sc import status_page
from collega.formats.dicom_write import encode
from collega.formats.status_drawing import load_fonts
from collega.formats.status_layout import COLUMN, MARGIN, STYLES, lay_out, wrap
from collega.formats.status_text import ADVICE, WORDS, Role, page
from collega.formats.together import said_of, together
from collega.model.code import Text
from collega.model.finding import Evaluation, Outcome
from collega.model.result import NoAnswer, ObjectIdentity, StatusLine
from collega.testing import records

SAID = [
    said_of(records.manifest(name), Outcome.FOUND, [records.finding(["1"], word)])
    for name, word in (("one", Evaluation.PRESENT), ("other", Evaluation.ABSENT))
]
(SHARED,) = together(SAID, concept)


def _words(page_object: Dataset) -> str:
    return str(page_object.ImageComments)


@pytest.mark.shows("R25")
@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("outcome", [*Outcome, *NoAnswer])
def test_every_outcome_has_words_of_its_own(
    film: Dataset, identity: ObjectIdentity, status_line: StatusLine, outcome: Outcome | NoAnswer, language: str
) -> None:
    line = replace(status_line, outcome=outcome)
    words = _words(status_page([line], replace(identity, language=language), [film], replaces=None))
    assert WORDS[outcome].in_language(language) in words.split("\r\n")
    others = {WORDS[other].in_language(language) for other in WORDS} - {WORDS[outcome].in_language(language)}
    assert not others & set(words.split("\r\n"))
    assert f"{line.app_name.in_language(language)} (chest-pneumonia 1.2.0), 09:30" in words
    assert ("run on this study" if language == "en" else "op dit onderzoek uitgevoerd") in words


@pytest.mark.shows("R25")
@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.NOT_SUITABLE, Outcome.UNDETERMINED, *NoAnswer])
def test_without_an_answer_the_reader_is_told_to_read_as_without_ai(outcome: Outcome | NoAnswer) -> None:
    advice = ADVICE[outcome]
    assert advice is not None
    assert "read as without AI" in advice.en
    assert "zonder AI" in advice.nl


@pytest.mark.shows("R25")
def test_every_outcome_has_a_shape_of_its_own(film: Dataset, identity: ObjectIdentity, status_line: StatusLine) -> None:
    shapes = [
        status_page([replace(status_line, outcome=outcome)], identity, [film], replaces=None).pixel_array[60:260, :110]
        for outcome in (*Outcome, *NoAnswer)
    ]
    for number, shape in enumerate(shapes):
        assert shape.any()
        assert not any(np.array_equal(shape, other) for other in shapes[:number])


@pytest.mark.shows("R25")
def test_nothing_found_must_say_what_was_looked_for(
    film: Dataset, identity: ObjectIdentity, status_line: StatusLine
) -> None:
    with pytest.raises(InputError, match="looked for"):
        status_page([replace(status_line, text=Text(en="", nl=""))], identity, [film], replaces=None)


def test_a_page_without_apps_is_refused(film: Dataset, identity: ObjectIdentity) -> None:
    with pytest.raises(InputError):
        status_page([], identity, [film], replaces=None)


def test_a_demonstration_says_so(film: Dataset, identity: ObjectIdentity, status_line: StatusLine) -> None:
    shown = status_page([replace(status_line, clinical_use=False)], identity, [film], replaces=None)
    assert "Demonstratie, niet voor klinisch gebruik" in _words(shown)
    assert "Demonstratie" not in _words(status_page([status_line], identity, [film], replaces=None))


def test_what_it_replaces_and_when_it_was_made(
    film: Dataset, identity: ObjectIdentity, status_line: StatusLine
) -> None:
    replaces = Text(en="REPLACES result of 10:42", nl="VERVANGT uitslag van 10:42")
    words = _words(status_page([status_line], identity, [film], replaces=replaces)).split("\r\n")
    assert words[1] == "Gemaakt 02-03-2026 09:31 (Europe/Amsterdam, CET)"
    assert words[2] == replaces.nl


def test_an_answer_of_another_day_carries_its_date(
    film: Dataset, identity: ObjectIdentity, status_line: StatusLine
) -> None:
    line = replace(status_line, at=datetime(2026, 2, 27, 23, 30, tzinfo=UTC))
    assert "28-02-2026 00:30" in _words(status_page([line], identity, [film], replaces=None))


@pytest.mark.parametrize("shared", [0, 30])
@pytest.mark.parametrize("apps", [1, 4, 12, 40])
def test_all_apps_are_on_the_page_within_its_edges(
    identity: ObjectIdentity, status_line: StatusLine, apps: int, shared: int
) -> None:
    lines = [replace(status_line, app_id=f"app-{number}", outcome=list(Outcome)[number % 5]) for number in range(apps)]
    paragraphs = page(lines, identity, None, [SHARED] * shared)
    fonts = load_fonts()
    sheet = lay_out(paragraphs, fonts)
    drawn = " ".join(row.words for row in sheet.rows).split()
    assert sorted(drawn) == sorted(word for paragraph in paragraphs for word in paragraph.words.split())
    assert sum(row.outcome is not None for row in sheet.rows) == apps
    assert sheet.height <= 2 * sheet.width
    taken: set[tuple[int, int]] = set()
    for row in sheet.rows:
        assert row.top + STYLES[row.role].line_height <= sheet.height
        column, start = divmod(row.left, COLUMN)
        assert start + fonts[row.role].getlength(row.words) <= COLUMN - MARGIN // 2
        assert (column, row.top) not in taken
        taken.add((column, row.top))


def test_a_word_wider_than_the_page_is_broken_not_cut() -> None:
    font = load_fonts()[Role.TEXT]
    rows = wrap("short " + "x" * 200 + " end", font, 300)
    assert "".join(rows).replace(" ", "") == "short" + "x" * 200 + "end"
    assert all(font.getlength(row) <= 300 for row in rows)


@pytest.mark.parametrize("weight", [Role.TEXT, Role.OUTCOME])
def test_the_typeface_carries_the_letters_of_clinicians(weight: Role) -> None:
    font = load_fonts()[weight]
    missing = font.getmask("\ufffe").getbbox(), bytes(font.getmask("\ufffe"))
    for letter in "éëïöüçàáèóúñÉË≥≤µ±–’“”•€°½":  # noqa: RUF001
        assert (font.getmask(letter).getbbox(), bytes(font.getmask(letter))) != missing, letter


def test_the_object_is_plain_and_declares_no_identity(
    film: Dataset, identity: ObjectIdentity, status_line: StatusLine
) -> None:
    written = encode(status_page([status_line], identity, [film], replaces=None))
    assert written == encode(status_page([status_line], identity, [film], replaces=None))
    assert len(written) < 500_000
    read = dcmread(BytesIO(written))
    assert (read.BurnedInAnnotation, read.PhotometricInterpretation, read.BitsStored) == ("NO", "MONOCHROME2", 8)
    assert read.ManufacturerModelName == "collega"
    assert str(film.PatientName) not in _words(read)
    assert read.pixel_array.max() == 255
