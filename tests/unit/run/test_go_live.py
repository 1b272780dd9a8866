"""What an app lacks before it may speak to readers is told, each by itself."""

from dataclasses import replace
from datetime import date

import pytest

from collega.model.app import Manifest
from collega.model.card import NOT_DISCLOSED, Card, Value
from collega.model.card_fields import FIELDS
from collega.run.go_live import NEEDED, before_go_live
from collega.testing.records import manifest

TODAY = date(2026, 11, 24)
MARK: dict[str, Value] = {"mark.ce_class": "IIa", "mark.ce_valid_until": TODAY, "mark.fda_pathway": "none"}
USE: dict[str, Value] = {
    "intended_use.modality": ("CR", "DX"),
    "intended_use.body_part": ("CHEST", "THORAX"),
    "intended_use.age_years": (18, 120),
    "intended_use.sex": ("F", "M", "O"),
}
GOOD: dict[str, Value] = {"name": "one", "independent": True, "peer_reviewed": True}


def app(**accepts: object) -> Manifest:
    rules = {"modality": ["CR"], "body_part": ["chest", ""], "age_years": {"at_least": 18}, **accepts}
    return replace(manifest(), clinical_use=True, accepts=rules)


def card(**more: Value) -> Card:
    filled = {asked.key: "a" for asked in FIELDS if not asked.of_study}
    values: dict[str, Value] = {**filled, "evaluation.level": "2", **MARK, **USE, **more}
    studies = ({asked.name: GOOD.get(asked.name, "a") for asked in FIELDS if asked.of_study},)
    return Card(values=values, studies=studies)


def lacking(found: Card | None, of: Manifest | None = None, today: date = TODAY) -> str:
    return "\n".join(before_go_live(of or app(), found, today))


@pytest.mark.shows("R52", "R64")
def test_nothing_is_lacking_of_a_marked_app_with_independent_evidence() -> None:
    assert lacking(card()) == ""


def test_without_a_card_that_is_what_is_missing() -> None:
    assert lacking(None).startswith("card.toml is missing")


@pytest.mark.shows("R52")
def test_a_mark_that_has_ended_or_is_not_there() -> None:
    assert "the CE mark ended on 2026-11-24" in lacking(card(), today=date(2026, 11, 25))
    assert "names no CE mark" in lacking(card(**{"mark.ce_class": "none"}))
    assert "names no CE mark" in lacking(card(**{"mark.ce_class": NOT_DISCLOSED}))
    assert "until when" in lacking(card(**{"mark.ce_valid_until": NOT_DISCLOSED}))
    assert "demonstration" in lacking(card(), replace(app(), clinical_use=False))
    assert "simulator" in lacking(replace(card(), is_simulator=True))


@pytest.mark.shows("R52")
def test_a_mark_is_no_evidence() -> None:
    assert "no evidence" in lacking(replace(card(), studies=()))
    assert "no evidence" in lacking(card(**{"evaluation.level": "0"}))
    own = {**card().studies[0], "independent": False}
    assert "none is independent" in lacking(replace(card(), studies=(own,)))
    unread = {**card().studies[0], "peer_reviewed": NOT_DISCLOSED}
    assert "evaluation.level is 2, and no study is peer-reviewed" in lacking(replace(card(), studies=(unread,)))


@pytest.mark.parametrize(
    ("accepts", "told"),
    [
        ({"modality": ["CR", "CT"]}, "accepts.modality takes CT"),
        ({"body_part": ["CHEST", "HAND", ""]}, "accepts.body_part takes HAND"),
        ({"age_years": {"at_least": 16}}, "takes patients below 18"),
        ({"age_years": {}}, "takes patients below 18"),
        ({"age_years": {"at_least": 18, "at_most": 130}}, "takes patients above 120"),
    ],
)
def test_what_an_app_takes_beside_its_intended_use_is_told(accepts: dict[str, object], told: str) -> None:
    assert told in lacking(card(), app(**accepts))


@pytest.mark.shows("R69")
@pytest.mark.parametrize("key", NEEDED)
def test_what_nobody_can_do_without_is_named_whether_left_out_or_not_disclosed(key: str) -> None:
    assert f"{key}: not disclosed" in lacking(card(**{key: NOT_DISCLOSED}))
    values = {name: value for name, value in card().values.items() if name != key}
    told = lacking(replace(card(), values=values))
    assert f"{key}: missing" in told
    assert "the card leaves 1 of" in told
