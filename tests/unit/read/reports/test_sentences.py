"""What sentences say of findings, on sets of our own."""

import csv
import time
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

from collega.bootstrap.reports.report_labels import labeller
from collega.config import Settings
from collega.config.reports import Reports
from collega.errors import ConfigurationError
from collega.read.reports.labelling import Labeller
from collega.read.reports.parts import Section
from collega.read.reports.vocabulary import Part

DATA = Path(__file__).parents[3] / "data"


@cache
def ours(language: str) -> Labeller:
    return labeller(Settings(), language)


def said(reader: Labeller, text: str, part: Part = Part.FINDINGS) -> dict[str, str]:
    return {one.finding_id: one.word.value for one in reader.label([Section(part=part, text=text)]).labels}


def expected(language: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    with (DATA / f"report_sentences_{language}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["sentence"]][row["finding"]] = row["word"]
    return found


@pytest.mark.shows("R74")
@pytest.mark.parametrize(("language", "least"), [("nl", 400), ("en", 100)])
def test_words_on_findings_are_right_in_nineteen_of_twenty(language: str, least: int) -> None:
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    sentences = expected(language)
    for sentence, words in sentences.items():
        got = said(ours(language), sentence)
        for finding in {*got, *words}:
            wanted, word = words.get(finding, ""), got.get(finding, "")
            if wanted == word:
                right[word] += 1
            else:
                wrong[wanted] += 1
                wrong[word] += 1
    f1 = {word: 2 * right[word] / (2 * right[word] + wrong[word]) for word in ("present", "absent", "uncertain")}
    assert len(sentences) >= least
    assert min(f1.values()) >= 0.95, f1


def test_a_label_has_the_sentence_that_says_so() -> None:
    report = "Hart niet vergroot.\nGeen pneumothorax, wel een infiltraat\nrechts basaal (ca. 3 cm). Geen pleuravocht."
    (label,) = [
        one
        for one in ours("nl").label([Section(part=Part.FINDINGS, text=report)]).labels
        if one.finding_id == "pneumonia"
    ]
    assert label.sentence == "Geen pneumothorax, wel een infiltraat rechts basaal (ca. 3 cm)."


@pytest.mark.parametrize(
    ("report", "word"),
    [
        ("Bevindingen: verdichting, mogelijk infiltraat.\nConclusie: geen pneumonie.", "absent"),
        ("Bevindingen: geen infiltraat.\nConclusie: pneumonie niet uitgesloten.", "uncertain"),
        ("Infiltraat rechts. Geen infiltraat links.", "present"),
        ("Status na pneumonie. Nu geen infiltraat.", "absent"),
        ("Klinische gegevens\nPneumonie? Koorts.\nVerslag\nGeen afwijkingen.", None),
    ],
)
def test_several_sentences_on_one_finding_give_one_word(report: str, word: str | None) -> None:
    assert said(ours("nl"), report).get("pneumonia") == word


def test_a_site_corrects_our_words(tmp_path: Path) -> None:
    text = (
        '[findings.pneumonia]\nterms = ["haardje*"]\nremove = ["infiltraat"]\n[triggers.negated]\nremove = ["geen"]\n'
    )
    (tmp_path / "nl.toml").write_text(text, encoding="utf-8")
    reader = labeller(Settings(reports=Reports(folder=str(tmp_path))), "nl")
    assert said(reader, "Haardjes rechts.") == {"pneumonia": "present"}
    assert said(reader, "Infiltraat rechts.") == {}
    assert said(reader, "Geen pneumothorax.") == {"pneumothorax": "present"}
    assert reader.name != ours("nl").name, "labels say by which words they were made"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("findings = [", "not readable as TOML"),
        ("terms = []", "unknown key terms"),
        ('[findings.x]\nterms = "a"', "findings.x: terms: a list of phrases"),
        ('[triggers.perhaps]\nforward = ["a"]', "unknown key perhaps"),
        ('[triggers.negated]\nsideways = ["a"]', "unknown key sideways"),
        ('[findings.x]\nterms = ["~ a"]', "a phrase begins with a word"),
        ('findings = ["a"]', "findings: a table for each"),
    ],
)
def test_a_file_of_words_that_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "nl.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=why) as caught:
        labeller(Settings(reports=Reports(folder=str(tmp_path))), "nl")
    assert "nl.toml" in str(caught.value)


def test_time_grows_with_the_length_of_a_report_and_no_faster() -> None:
    endless = "geen infiltraat en mogelijk pleuravocht " * 5000
    begin = time.process_time()
    assert said(ours("nl"), endless).keys() == {"pneumonia", "effusion"}
    assert time.process_time() - begin < 20
