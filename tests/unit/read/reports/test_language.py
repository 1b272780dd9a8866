"""A report in another language than reports are read in is noticed, and one in its own is not."""

import csv
from pathlib import Path

import pytest

from collega.read.reports.language import other_language

pytestmark = pytest.mark.shows("R74")
SETS = Path(__file__).parents[3] / "data"
GERMAN = "Kein Infiltrat, keine Ergüsse. Herz nicht vergrößert."


@pytest.mark.parametrize(
    ("text", "language", "other"),
    [
        (GERMAN, "nl", "de"),
        ("Le coeur est de taille normale, sans épanchement.", "nl", "fr"),
        ("No hay infiltrados. Silueta cardiaca normal, sin derrame en el lado derecho.", "en", "es"),
        ("No focal consolidation and no effusion.", "nl", "en"),
        ("Geen infiltraat, geen pleuravocht.", "en", "nl"),
        ("Pneumothorax of huidplooi?", "nl", ""),
        ("Infiltraat rechts.", "en", ""),
        ("", "nl", ""),
        ("Pluca bez zmian ogniskowych. " * 8, "nl", "und"),
        ("Infiltraat links. " * 20, "nl", ""),
    ],
)
def test_small_words_tell_the_language_and_too_few_tell_nothing(text: str, language: str, other: str) -> None:
    assert other_language(text, language) == other


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_sentence_of_our_sets_is_taken_for_another_language(language: str) -> None:
    with (SETS / f"report_sentences_{language}.csv").open(encoding="utf-8") as table:
        assert [row["sentence"] for row in csv.DictReader(table) if other_language(row["sentence"], language)] == []
