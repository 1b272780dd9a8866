"""The pages of the catalogue in words: nothing is empty, every role has its say, both languages."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from collega.model.app import Stage
from collega.model.card import NOT_DISCLOSED, Card
from collega.model.card_fields import FIELDS, SECTIONS
from collega.model.code import Text
from collega.model.results import ResultsSpec
from collega.model.runtime import Use, Way
from collega.read.catalogue import Listed, line, page, rows, studies, text
from collega.read.catalogue_words import ROLES, Role
from collega.run.card import read_card
from collega.run.manifest import read_manifest
from collega.testing.records import manifest

APPS = Path(__file__).parents[3] / "apps"
LANGUAGES = ("en", "nl")
BY_ID = {role.id: role for role in ROLES}


def shipped(name: str = "chest-pneumonia") -> Listed:
    return Listed(manifest=read_manifest(APPS / name), stage=Stage.SHADOW, card=read_card(APPS / name))


@pytest.mark.shows("R85")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.id)
@pytest.mark.parametrize("card", [None, Card(values={}), shipped().card], ids=["no card", "empty", "whole"])
def test_a_page_says_what_it_does_where_it_is_weak_and_what_to_do(
    card: Card | None, role: object, language: str
) -> None:
    found = page(replace(shipped(), card=card), role, language)  # type: ignore[arg-type]
    for part in ("does", "weak", "advice"):
        assert found[part]
        for sentence in found[part]:
            assert sentence.strip()
            assert "{" not in sentence
            assert sentence[0].isupper() or sentence[0] == "'"
    assert all(row["text"] and row["label"] for section in found["sections"] for row in section["rows"])


@pytest.mark.shows("R69")
def test_what_is_not_told_reads_so_and_is_never_an_empty_place() -> None:
    card = Card(values={"training.n": NOT_DISCLOSED}, studies=({"name": "one", "auc": NOT_DISCLOSED},))
    told = {row["label"]: row["text"] for row in rows(card, "training", "en")}
    assert told["studies"] == "not disclosed"
    assert told["scanners"] == "not filled in"
    assert {row["text"] for row in studies(card, "nl")[0]} == {"one", "niet bekendgemaakt", "niet ingevuld"}


@pytest.mark.shows("R85")
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.id)
@pytest.mark.parametrize("name", ["chest-pneumonia", "head-ct-bleed"])
def test_a_dutch_page_has_decimal_commas_and_the_day_first(name: str, role: Role) -> None:
    dutch, english = (repr(page(shipped(name), role, language)) for language in ("nl", "en"))
    point, iso = r"(?<![\w.-])\d+\.\d+(?![\w.])", r"\d{4}-\d\d-\d\d"
    assert not re.findall(point, dutch.replace(repr(shipped(name).manifest.version), ""))
    assert not re.findall(iso, dutch)
    assert not re.findall(r"\d,\d", english)
    if "evaluation" in role.sections:
        assert re.findall(point, english)
        assert re.findall(r"\d,\d", dutch)


def test_a_date_of_a_card_stands_as_people_write_it() -> None:
    card = Card(values={"maker.released": date(2026, 3, 2), "training.agreement": 0.82})
    fields = {field.key: field for field in FIELDS}
    for key, dutch, english in (
        ("training.agreement", "0,82", "0.82"),
        ("maker.released", "02-03-2026", "2026-03-02"),
    ):
        assert (text(card, fields[key], "nl"), text(card, fields[key], "en")) == (dutch, english)


@pytest.mark.shows("R85")
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.id)
def test_a_score_that_is_made_from_a_word_is_said_to_be(role: Role) -> None:
    whole = shipped()
    worded = replace(whole, manifest=replace(whole.manifest, results=ResultsSpec(restates=True)))
    numbered = replace(whole, manifest=replace(whole.manifest, results=ResultsSpec(restates=False)))
    assert page(worded, role, "en")["score"].startswith("made from its word, present or absent")
    assert page(worded, role, "nl")["score"].startswith("gemaakt van haar woord, aanwezig of afwezig")
    assert "nothing of how sure the app is" in page(worded, role, "en")["weak"][0]
    assert "niets over hoe zeker de app is" in page(worded, role, "nl")["weak"][0]
    for other in (whole, numbered):
        assert page(other, role, "en")["score"] == ""
        assert "made from its word" not in str(page(other, role, "en"))


@pytest.mark.shows("R52")
def test_mark_and_evidence_stand_apart() -> None:
    card = Card(values={"mark.ce_class": "IIb", "mark.fda_pathway": "510(k)", "evaluation.level": "0"})
    found = line(replace(shipped(), card=card), "en")
    assert (found["mark"], found["level"]) == ("CE IIb, FDA 510(k)", "0")
    assert "Evidence level 0 of 6: no evidence." in page(replace(shipped(), card=card), BY_ID["manager"], "en")["weak"]


@pytest.mark.parametrize(("language", "words"), [("en", "it finds 96"), ("nl", "vindt zij er 96")])
def test_what_was_measured_is_said_in_cases_of_a_hundred_with_its_interval(language: str, words: str) -> None:
    weak = " ".join(page(shipped(), BY_ID["radiologist"], language)["weak"])
    assert words in weak
    assert ("it calls 30 wrongly (95% interval 17 to 46)" in weak) is (language == "en")


@pytest.mark.shows("R32", "R67")
def test_a_page_says_how_far_the_app_is_trusted_and_how_one_comes_to_its_word() -> None:
    use = Use(way=Way.ON_DEMAND, may_rule_out=False)
    listed = Listed(manifest=replace(manifest(), use=use), stage=Stage.SUSPENDED, card=None)
    does = page(listed, BY_ID["radiologist"], "en")["does"]
    assert "It has been silenced here." in does
    assert any("when a reader asks" in sentence for sentence in does)
    assert "It may not say that nothing was found." in does
    assert "It may not show where." not in does


def test_a_simulator_says_so_to_everybody() -> None:
    listed = replace(shipped(), card=Card(values={}, is_simulator=True))
    for role in ROLES:
        assert any("simulator" in sentence for sentence in page(listed, role, "nl")["does"])


def test_the_maker_has_a_word_for_each_role() -> None:
    listed = replace(shipped(), card=Card(values={}, plain={"manager": Text(en="Own word", nl="Eigen woord")}))
    assert page(listed, BY_ID["manager"], "nl")["advice"][-1] == "Eigen woord"
    assert "Own word" not in page(listed, BY_ID["patient"], "en")["advice"]


def test_an_app_of_many_findings_names_some() -> None:
    spec = shipped().manifest.findings[0]
    many = replace(shipped().manifest, findings=tuple(replace(spec, id=f"f{number}") for number in range(75)))
    does = page(replace(shipped(), manifest=many), BY_ID["patient"], "en")["does"]
    assert any("75 findings, among them" in sentence for sentence in does)


def test_every_section_of_a_role_is_one_of_the_card() -> None:
    assert {section for role in ROLES for section in role.sections} <= SECTIONS.keys()
    assert {asked.section for asked in FIELDS} == SECTIONS.keys()
