"""What the second app was measured at: the report adds up, can be made again, and is what the card prints."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.apps.conftest import HEAD_CT_BLEED

Part = Callable[[str], Any]
MEASURE = HEAD_CT_BLEED / "measure"
# Cells that are measured again, and how many of their heads.
AGAIN, HEADS = (0, 1, 2, 6, 10, 16, 21, 26, 33, 40, 44), 2


def read(name: str) -> Any:
    return json.loads((MEASURE / name).read_text(encoding="utf-8"))


def manifest() -> Any:
    return tomllib.loads((HEAD_CT_BLEED / "app.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def report() -> Any:
    return read("report.json")


@pytest.mark.shows("R69")
def test_no_head_was_used_for_tuning_and_for_measuring(part: Part) -> None:
    phantoms = part("phantoms")
    used = {
        base: {seed for cell in phantoms.cells(base) for seed in range(cell.first_seed, cell.first_seed + cell.count)}
        for base in (phantoms.TUNING, phantoms.MEASURING)
    }
    assert used[phantoms.TUNING].isdisjoint(used[phantoms.MEASURING])
    for base, seeds in used.items():
        assert len(seeds) == sum(cell.count for cell in phantoms.cells(base)), "no head counts twice"


@pytest.mark.shows("R69")
def test_the_threshold_follows_from_the_tuning_heads(part: Part, report: Any) -> None:
    tuning, tune = read("tuning.json"), part("tune")
    chosen = tune.choose(tuning["scores"])
    assert chosen == {"threshold": tuning["threshold"], "undecided": tuning["undecided"]}
    assert manifest()["findings"][0]["threshold"] == chosen["threshold"] == report["threshold"]
    assert part("head_ct_bleed.verdict").UNDECIDED == chosen["undecided"] == report["undecided"]
    first = tune.negatives()[0]
    assert tune.scored(first, HEADS) == tuning["scores"][:HEADS]
    assert len(tuning["scores"]) == tuning["n"] == sum(cell.count for cell in tune.negatives())


@pytest.mark.shows("R69")
@pytest.mark.parametrize("number", AGAIN)
def test_heads_measured_again_give_what_the_report_says(part: Part, report: Any, number: int) -> None:
    phantoms, measure = part("phantoms"), part("measure")
    cell = phantoms.cells(phantoms.MEASURING)[number]
    kept = report["cells"][number]
    assert kept["first_seed"] == cell.first_seed
    again = [measure.examine(head, report["threshold"]) for head in cell.heads(HEADS)]
    assert measure.row(cell, again)["studies"] == kept["studies"][:HEADS]


def test_the_sums_follow_from_the_studies(part: Part, report: Any) -> None:
    phantoms, measure = part("phantoms"), part("measure")
    cells = phantoms.cells(phantoms.MEASURING)
    assert len(cells) == len(report["cells"])
    measured = [
        (cell, [measure.Study(**dict(zip(measure.FIELDS, study, strict=True))) for study in kept["studies"]])
        for cell, kept in zip(cells, report["cells"], strict=True)
    ]
    for (cell, studies), kept in zip(measured, report["cells"], strict=True):
        assert len(studies) == cell.count == kept["n"]
        assert json.loads(json.dumps(measure.row(cell, studies))) == kept
    sums = json.loads(json.dumps(measure.sums(measured)))
    assert sums == {key: report[key] for key in sums}


def test_the_report_is_of_this_version(report: Any) -> None:
    assert report["version"] == manifest()["app"]["version"]


@pytest.mark.shows("R21", "R39", "R52")
def test_the_card_prints_what_was_measured(part: Part, report: Any) -> None:
    card = (HEAD_CT_BLEED / "card.md").read_text(encoding="utf-8").splitlines()
    printed = [line for line in part("tables").lines(report) if line]
    assert [line for line in card if line in set(printed)] == printed
    tables = [line for line in card if line.startswith("|") and ("%" in line or " mL |" in line)]
    assert set(tables) <= set(printed), "a figure stands in the card that the report does not hold"


@pytest.mark.shows("R69", "R85")
def test_the_card_says_what_it_rests_on(report: Any) -> None:
    card = (HEAD_CT_BLEED / "card.md").read_text(encoding="utf-8")
    readme = (HEAD_CT_BLEED / "README.md").read_text(encoding="utf-8")
    for text in (card, readme):
        assert "not for clinical use" in text
        assert "no patient" in text
    assert f"{report['threshold']:g}" in card
    counts = sum(cell["n"] for cell in report["cells"]), len(read("tuning.json")["scores"])
    assert f"{counts[0]} drawn heads" in card
    assert f"{counts[1]} other drawn heads" in card
    assert Path(MEASURE / "README.md").is_file()
