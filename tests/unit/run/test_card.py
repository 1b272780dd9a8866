"""Reading cards: closed, each fault with its key; what is left out is empty, what is not told says so."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.errors import ManifestError
from collega.model.card import NOT_DISCLOSED, NOT_MEASURED, Card, Disclosure, Kind, completeness
from collega.model.card_fields import FIELDS, SECTIONS
from collega.model.code import Text
from collega.run.card import BY_SECTION, card_problems, read_card

SCHEMA = {"schema": "collega/card/1"}
BOTH = {"en": "a", "nl": "b"}
# Something that fits into each kind of field, and something that does not.
FITS: dict[Kind, Any] = {
    Kind.TEXT: "a",
    Kind.BOTH: BOTH,
    Kind.WORDS: ["a"],
    Kind.DATE: date(2026, 11, 24),
    Kind.NUMBER: 3,
    Kind.FLAG: False,
    Kind.RANGE: [18, 120],
    Kind.ESTIMATE: [0.9, 0.8, 1.0],
}
ODD: tuple[Any, ...] = (None, "", [], {}, -1, float("nan"), float("inf"), [1], [3, 2], [0.9, 0.95, 1.0], {"en": "a"})


def full() -> dict[str, Any]:
    """Make a card with every field filled in."""
    data: dict[str, Any] = {**SCHEMA}
    for asked in FIELDS:
        value = FITS.get(asked.kind, asked.choices[-1] if asked.kind is Kind.CHOICE else list(asked.choices))
        place = data.setdefault("studies", [{}])[0] if asked.of_study else data.setdefault(asked.section, {})
        place[asked.name] = value
    return data


def written(folder: Path, text: str) -> Path:
    (folder / "card.toml").write_text(f'schema = "collega/card/1"\n{text}', encoding="utf-8")
    return folder


@pytest.mark.shows("R52", "R69")
def test_a_card_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    card = read_card(
        written(
            tmp_path,
            'simulator = true\n[training]\nscanners = "not disclosed"\nn = 12\n[mark]\nce_valid_until = 2026-01-01\n'
            '[[studies]]\nn = 3\n[plain.manager]\nen = "a"\nnl = "b"\n',
        )
    )
    assert card is not None
    assert card.is_simulator
    assert (card.said("training.n"), card.said("training.scanners"), card.said("training.source")) == (12, None, None)
    assert card.values["training.scanners"] == NOT_DISCLOSED
    assert card.said("mark.ce_valid_until") == date(2026, 1, 1)
    assert card.plain == {"manager": Text(en="a", nl="b")}
    assert [study["n"] for study in card.studies] == [3]


def test_an_app_without_a_card_has_none(tmp_path: Path) -> None:
    assert read_card(tmp_path) is None


def test_every_field_filled_in_is_a_whole_card() -> None:
    assert card_problems(full()) == []
    assert BY_SECTION.keys() == SECTIONS.keys()
    assert len({asked.key for asked in FIELDS}) == len(FIELDS)


@pytest.mark.parametrize("asked", FIELDS, ids=lambda asked: asked.key)
def test_each_field_takes_its_kind_and_not_disclosed_and_nothing_else(asked: Any) -> None:
    data = full()
    place = data["studies"][0] if asked.of_study else data[asked.section]
    place[asked.name] = NOT_DISCLOSED
    assert card_problems(data) == []
    place[asked.name] = NOT_MEASURED
    text = asked.kind in {Kind.TEXT, Kind.NUMBER, Kind.ESTIMATE}
    assert bool(card_problems(data)) is not text
    for value in ODD:
        place[asked.name] = value
        if value == [1] or asked.kind is Kind.RANGE or (asked.kind is Kind.ESTIMATE and len(str(value)) > 8):
            continue
        problems = card_problems(data)
        assert len(problems) == 1, (asked.key, value)
        assert asked.name in problems[0]
        assert "expected" in problems[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[maker]\nfax = 1", "maker: unknown key fax"),
        ("[makers]\nname = 'a'", "unknown key makers"),
        ("maker = 3", "maker: expected a table"),
        ("studies = 3", "studies: expected tables"),
        ("studies = [3]", "studies[0]: expected a table"),
        ("plain = 3", "plain: expected tables"),
        ("[plain]\nmanager = 'a'", "plain.manager: expected the texts en and nl"),
        ("simulator = 'yes'", "simulator: expected true or false"),
        ("[mark]\nce_issued = 2026-11-24T10:00:00", "mark.ce_issued: expected a date"),
        ("[mark]\nce_class = 'IV'", "mark.ce_class: expected one of none, I, IIa"),
        ("[intended_use]\nage_years = [120, 18]", "intended_use.age_years: expected [lowest, highest]"),
        ("[[studies]]\nauc = [0.9, 0.95, 1.0]", "studies[0].auc: expected [estimate, lower, upper]"),
        ("[[studies]]\nauc = [1.1, 0.9, 1.2]", "studies[0].auc: expected"),
        ("[price]\nmodels = ['barter']", "price.models: expected some of free"),
        ("not toml", "not readable as TOML"),
    ],
)
def test_a_wrong_card_names_file_key_and_what_was_expected(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ManifestError) as error:
        read_card(written(tmp_path, text))
    assert str(tmp_path / "card.toml") in str(error.value)
    assert told in str(error.value)


ANY_TOML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab é", max_size=3) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*SECTIONS, "plain", "name"]), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*SECTIONS, "schema", "plain", "simulator", "other"]), ANY_TOML))
def test_whatever_stands_in_a_card_is_told_in_words(data: dict[str, Any]) -> None:
    assert all(isinstance(problem, str) for problem in card_problems({**data, "schema": "collega/card/0"}))


# --------------------------------------------------------------------------- completeness


@pytest.mark.shows("R69")
def test_completeness_counts_not_disclosed_apart_and_leaves_out_what_does_not_apply() -> None:
    card = Card(
        values={"mark.ce_class": "none", "mark.fda_pathway": "none", "training.scanners": NOT_DISCLOSED},
        studies=({"name": "one", "n": 3}, {"name": "two", "n": NOT_DISCLOSED}),
    )
    filled = completeness(card, FIELDS)
    # Of a CE mark 7 further fields, of the FDA 2, of prices 2 that only some models have.
    assert filled.applicable == len(FIELDS) - 11
    assert set(filled.answered) == {"mark.ce_class", "mark.fda_pathway", "studies.name"}
    assert set(filled.not_disclosed) == {"training.scanners", "studies.n"}
    assert len(filled.missing) == filled.applicable - 5
    assert filled.share == 3 / filled.applicable


def test_a_card_without_studies_misses_each_of_their_fields() -> None:
    card = Card(values={})
    of_study = [asked for asked in FIELDS if asked.of_study]
    assert {card.disclosure(asked) for asked in of_study} == {Disclosure.MISSING}


@given(st.dictionaries(st.sampled_from([asked.key for asked in FIELDS]), st.sampled_from([NOT_DISCLOSED, "a"])))
def test_every_field_is_counted_once(values: dict[str, str]) -> None:
    filled = completeness(Card(values=values), FIELDS)
    counted = [*filled.answered, *filled.not_disclosed, *filled.missing]
    assert len(set(counted)) == len(counted) == filled.applicable
    assert 0 <= filled.share <= 1


# --------------------------------------------------------------------------- shipped cards

APPS = Path(__file__).parents[3] / "apps"


@pytest.mark.shows("R52", "R69")
@pytest.mark.parametrize("name", ["chest-pneumonia", "head-ct-bleed"])
def test_the_shipped_apps_have_a_whole_card_without_a_mark(name: str) -> None:
    card = read_card(APPS / name)
    assert card is not None
    filled = completeness(card, FIELDS)
    assert filled.missing == ()
    assert (card.said("mark.ce_class"), card.said("evaluation.level")) == ("none", "1")


def rounded(values: list[float]) -> tuple[float, ...]:
    return tuple(round(value, 3) for value in values[:3])


@pytest.mark.shows("R21", "R69")
def test_the_figures_of_the_chest_card_are_those_of_the_training_report() -> None:
    card = read_card(APPS / "chest-pneumonia")
    report = json.loads((APPS / "chest-pneumonia/training/report.json").read_text(encoding="utf-8"))
    assert card is not None
    assert card.said("training.n") == report["films_for_training"]
    for study, kind in zip(card.studies, ("test_list", "cross_validation"), strict=True):
        measured = report[f"at_threshold_{kind}"]
        for name in ("sensitivity", "specificity"):
            assert study[name] == rounded(measured[name])
        low, auc, high = report[f"auc_{kind}"]
        assert study["auc"] == rounded([auc, low, high])
        assert study["positives"] == measured["sensitivity"][3]
        assert study["n"] == measured["sensitivity"][3] + measured["specificity"][3]


@pytest.mark.shows("R21", "R69")
def test_the_figures_of_the_head_card_are_those_of_its_report() -> None:
    card = read_card(APPS / "head-ct-bleed")
    report = json.loads((APPS / "head-ct-bleed/measure/report.json").read_text(encoding="utf-8"))
    assert card is not None
    small, large, none = card.studies
    for study, volume_ml in ((small, 1.0), (large, 5.0)):
        (cell,) = [row for row in report["volumes"] if (row["place"], row["volume_ml"]) == ("inside", volume_ml)]
        assert (study["n"], study["sensitivity"]) == (cell["n"], rounded(cell["sensitivity"]))
    (cell,) = [row for row in report["negatives"] if row["noise_hu"] == 6.0 and row["calcifications"]]
    wrong, low, high = cell["false_positive"]
    assert (none["n"], none["specificity"]) == (cell["n"], rounded([1 - wrong, 1 - high, 1 - low]))
