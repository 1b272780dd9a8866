"""What is said of a finding, the same words on every page and in both languages."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.sr._concepts_dict import concepts

from collega.formats import wording
from collega.formats.wording import finding_words, measured
from collega.model.code import Code, Text
from collega.model.finding import Direction, Evaluation, Finding, Measurement, Score

VOLUME = Code(scheme="SCT", value="118565006", meaning="Volume")
BLEED = Text(en="intracranial haemorrhage", nl="intracraniële bloeding")


def of_volume(value: float) -> Measurement:
    return Measurement(name=VOLUME, value=value, unit="ml")


def finding(*measurements: Measurement, evaluation: Evaluation = Evaluation.PRESENT) -> Finding:
    return Finding(
        id="haemorrhage",
        code=Code(scheme="SCT", value="1386000", meaning="Intracranial hemorrhage"),
        site=None,
        evaluation=evaluation,
        score=Score(value=0.912, low=0, high=1, direction=Direction.HIGHER_IS_PRESENT, calibrated=False),
        threshold=0.5,
        images=("1",),
        measurements=measurements,
    )


@pytest.mark.shows("R25")
def test_a_finding_is_said_with_its_measurements() -> None:
    assert finding_words(BLEED, finding(of_volume(12.43))) == Text(
        en="intracranial haemorrhage: present, score 91.2/100, volume 12.4 mL",
        nl="intracraniële bloeding: aanwezig, score 91,2/100, volume 12,4 mL",
    )
    length = Measurement(name=Code(scheme="SCT", value="410668003", meaning="Length"), value=42.5, unit="mm")
    said = finding_words(BLEED, finding(of_volume(12.43), length))
    assert said.nl.endswith("volume 12,4 mL, lengte 42,5 mm")


@pytest.mark.shows("R25")
def test_without_measurements_nothing_is_added() -> None:
    assert finding_words(BLEED, finding(evaluation=Evaluation.ABSENT)) == Text(
        en="intracranial haemorrhage: not seen, score 91.2/100",
        nl="intracraniële bloeding: niet gezien, score 91,2/100",
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0.0"), (0.042, "0.042"), (0.456, "0.46"), (1.24, "1.2"), (12.44, "12.4"), (99.94, "99.9"), (143.2, "143")],
)
def test_numbers_have_the_digits_that_a_reader_needs(value: float, words: str) -> None:
    assert measured(of_volume(value), "en") == f"volume {words} mL"
    assert measured(of_volume(value), "nl") == f"volume {words.replace('.', ',')} mL"


@given(st.floats(min_value=1e-6, max_value=1e6))
def test_what_is_not_nought_is_never_said_to_be(value: float) -> None:
    number = float(measured(of_volume(value), "en").split()[1])
    assert number == pytest.approx(value, rel=0.05)
    assert number > 0


def test_what_is_not_known_is_said_in_the_words_of_the_app() -> None:
    other = Measurement(name=Code(scheme="99X", value="118565006", meaning="Something"), value=3.0, unit="{count}")
    assert measured(other, "nl") == "Something 3,0 {count}"


def test_the_codes_of_measurements_are_the_published_ones() -> None:
    snomed: Mapping[str, Any] = concepts["SCT"]
    for value, text in wording.MEASURED.items():
        assert text.en in {names[value][0].lower() for names in snomed.values() if value in names}
