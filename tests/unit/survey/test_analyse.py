"""``collega survey``: published counts, a simulated wave, groups, trends, weights, and what is not told."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from collega.cli import build_app
from collega.errors import ConfigurationError, InputError

QUESTIONS = """
id = "q"
version = "1"
title = { en = "T", nl = "T" }
source = { en = "S", nl = "S" }
[[question]]
id = "level"
kind = "single"
group = true
en = "Level?"
nl = "Niveau?"
options = [ { id = "s", en = "Second", nl = "Tweede" }, { id = "t", en = "Third", nl = "Derde" } ]
[[question]]
id = "likes"
kind = "single"
en = "Likes?"
nl = "Leuk?"
options = [ { id = "yes", en = "Yes", nl = "Ja" }, { id = "no", en = "No", nl = "Nee" } ]
[[question]]
id = "years"
kind = "number"
low = 0
high = 60
en = "Years?"
nl = "Jaren?"
[[question]]
id = "remark"
kind = "open"
en = "What else?"
nl = "Wat nog?"
[[action]]
question = "likes"
option = "no"
step = "sandbox"
owner = "A champion"
by = 2027-03-01
en = "Try it."
nl = "Probeer het."
"""


def run(*words: object) -> Any:
    """Run the command; an error is raised as it is."""
    found = CliRunner().invoke(build_app(["survey"]), ["survey", *map(str, words)], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout) if "--json" in words else found.stdout


def analysed(folder: Path, lines: Iterable[str], *options: object) -> Any:
    """Analyse lines of answers to the questions above; the first is the heading."""
    (folder / "q.toml").write_text(QUESTIONS, encoding="utf-8")
    (folder / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return run("analyse", folder / "a.csv", "--questionnaire", folder / "q.toml", "--json", *options)


def option(told: Mapping[str, Any], item: str, name: str) -> Mapping[str, Any]:
    """Find the share of an answer."""
    found = next(one for one in told["items"] if one["id"] == item)
    return next(one for one in found["options"] if one["id"] == name)


@pytest.mark.shows("R77", "R78", "R79", "R80", "R81", "R83", "R84")
def test_a_simulated_wave_has_the_published_shares_each_with_its_interval(tmp_path: Path) -> None:
    run("simulate", tmp_path / "w.csv")
    told = run("analyse", tmp_path / "w.csv", "--questionnaire", "readiness", "--csv", tmp_path / "out.csv", "--json")
    assert told["n"] == 400
    for item, name, share in [
        ("when", "up_to:within_5", 2 / 3),
        ("when", "up_to:within_10", 0.95),
        ("vision", "not_clear", 0.5),
        ("willing", "agree", 0.85),
        ("sees_barriers", "yes", 0.9),
    ]:
        found = option(told, item, name)
        assert found["share"] == pytest.approx(share, abs=0.005)
        assert found["low"] < share < found["high"]
    assert option(told, "barriers", "support")["n"] == 360
    support = next(ratio for one in told["groups"] for ratio in one["ratios"] if ratio["option"] == "support")
    assert support["groups"] == ["secondary", "tertiary"]
    assert support["ratio"] == pytest.approx(5)
    assert 1 < support["low"] < 5 < support["high"]
    assert support["fisher_p"] < 0.001
    assert told["readiness"][0]["step"] == "training per role"
    places = next(one for one in told["items"] if one["id"] == "opportunities")["places"]
    assert [one["id"] for one in sorted(places, key=lambda one: one["mean_place"])][:2] == ["diagnostics", "treatment"]
    fear = next(one for one in told["groups"] if one["by"] == "care_level" and one["item"] == "fear")
    assert fear["mann_whitney"]["superiority"] > 0.5
    assert told["scales"][0]["n"] == 400
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        table = [line for line in csv.DictReader(file) if line["part"] == "ratio" and line["answer"] == "support"]
    assert float(table[0]["value"]) == pytest.approx(5)
    assert "5.00 (" in run("analyse", tmp_path / "w.csv", "--questionnaire", "readiness")


@pytest.mark.shows("R79", "R82")
def test_every_share_keeps_its_own_number_of_answers_and_a_trend_is_as_published(tmp_path: Path) -> None:
    """EuroAIM 2018, 138 of 675; ESR 2022, 274 of 572; in between 118 of 690 people do not answer."""
    lines = ["wave,likes", *["1,no"] * (675 - 138), *["1,yes"] * 138]
    lines += [*["2,yes"] * 274, *["2,nee"] * (572 - 274), *["2,"] * 118]
    told = analysed(tmp_path, lines)
    found = option(told, "likes", "yes")
    assert (told["n"], found["count"], found["n"]) == (690, 274, 572)
    assert (found["low"], found["high"]) == pytest.approx((0.438, 0.520), abs=0.001)
    trend = next(one for one in told["trends"] if one["option"] == "yes")
    assert (trend["z"], trend["chi_squared"]) == pytest.approx((10.27, 105.5), abs=0.05)
    action = told["readiness"][0]
    assert (action["owner"], action["by"], action["worked"]) == ("A champion", "2027-03-01", "yes")


@pytest.mark.shows("R82")
@pytest.mark.parametrize(
    ("count", "n", "percent"),
    [(375, 675, 56), (218, 375, 58), (157, 375, 42), (140, 185, 75.7), (26, 111, 23.4), (276, 690, 40)],
)
def test_published_shares(tmp_path: Path, count: int, n: int, percent: float) -> None:
    told = analysed(tmp_path, ["likes", *["yes"] * count, *["no"] * (n - count)])
    assert option(told, "likes", "yes")["share"] * 100 == pytest.approx(
        percent, abs=0.5 if percent == int(percent) else 0.05
    )


@pytest.mark.shows("R82")
def test_a_share_is_of_those_who_answered_and_not_of_those_who_took_part(tmp_path: Path) -> None:
    """Huisman 2021 (n = 1041) prints 630 as 62 %: of 1041 it would be 61, so some did not answer."""
    told = analysed(tmp_path, ["level,likes", *["s,yes"] * 630, *["s,no"] * 386, *["s,"] * 25])
    found = option(told, "likes", "yes")
    assert (told["n"], found["count"], found["n"]) == (1041, 630, 1016)
    assert (round(100 * found["share"]), round(100 * 630 / told["n"])) == (62, 61)
    assert found["low"] < 0.62 < found["high"]


@pytest.mark.shows("R82")
def test_few_people_are_never_told_apart(tmp_path: Path) -> None:
    lines = ["level,likes,years,remark", *["s,yes,3,"] * 20, *["s,no,5,"] * 12, *["t,yes,9,"] * 3]
    told = analysed(tmp_path, lines)
    by_level = next(one for one in told["groups"] if one["item"] == "likes")
    assert [one["n"] for one in by_level["groups"]] == [None, None]
    assert by_level["ratios"] == []
    assert by_level["chi_squared"] is None
    few = analysed(tmp_path, ["level,likes,years,remark", *["s,yes,3,nobody else wrote this"] * 4])
    assert "nobody else" not in json.dumps(few)
    assert not [one for item in few["items"] for one in item["options"] if one["share"] is not None]
    assert all("mean" not in item for item in few["items"])


@pytest.mark.shows("R82")
def test_no_mean_rank_or_weight_tells_a_hidden_count(tmp_path: Path) -> None:
    (tmp_path / "q.toml").write_text(run("show", "trust"), encoding="utf-8")
    (tmp_path / "m.toml").write_text("role = { radiology = 0.5, other = 0.5 }\n", encoding="utf-8")
    points = [*[1] * 6, *[2] * 7, *[3] * 8, *[4] * 9, *[5] * 5]
    whole = [f"{role},{point}" for role in ("radiology", "other") for point in points]
    for lines, told in ((whole, True), ([*whole[:-4], *["other,4"] * 4], False)):
        (tmp_path / "a.csv").write_text("\n".join(["role,calm", *lines]) + "\n", encoding="utf-8")
        options = ("--questionnaire", tmp_path / "q.toml", "--margins", tmp_path / "m.toml", "--json")
        found = run("analyse", tmp_path / "a.csv", *options)
        ranks = next(one for one in found["groups"] if one["item"] == "calm")
        assert (ranks["mann_whitney"] is not None) is told
        assert ("weighted" in option(found, "calm", "5")) is told
    few = ["role,calm", *["radiology,1"] * 10, *["radiology,5"] * 2]
    (tmp_path / "a.csv").write_text("\n".join(few) + "\n", encoding="utf-8")
    found = run("analyse", tmp_path / "a.csv", "--questionnaire", tmp_path / "q.toml", "--json")
    assert "mean" not in next(one for one in found["items"] if one["id"] == "calm")


@pytest.mark.shows("R82")
def test_open_answers_stand_by_themselves_and_not_in_the_order_of_people(tmp_path: Path) -> None:
    words = ["zebra", "apple", "moon", "Berlin", "kite"]
    told = analysed(tmp_path, ["level,remark", *(f"s,{word}" for word in words)])
    item = next(one for one in told["items"] if one["id"] == "remark")
    assert item["answers"] == ["apple", "Berlin", "kite", "moon", "zebra"]


@pytest.mark.shows("R83")
def test_weights_give_groups_their_known_shares(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("level = { s = 0.5, t = 0.5 }\n", encoding="utf-8")
    lines = ["level,likes", *["s,yes"] * 60, *["s,no"] * 20, *["t,yes"] * 10, *["t,no"] * 10]
    told = analysed(tmp_path, lines, "--margins", tmp_path / "m.toml")
    weighted = option(told, "likes", "yes")["weighted"]
    assert weighted["share"] == pytest.approx((0.75 + 0.5) / 2)
    assert weighted["low"] < weighted["share"] < weighted["high"]
    assert weighted["effective_n"] == pytest.approx(64)
    (tmp_path / "m.toml").write_text("level = { s = 0.5, t = 0.6 }\n", encoding="utf-8")
    with pytest.raises(InputError, match="level do not add to 1"):
        analysed(tmp_path, lines, "--margins", tmp_path / "m.toml")
    (tmp_path / "m.toml").write_text("level = { x = 1.0 }\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"m.toml: level\.x"):
        analysed(tmp_path, lines, "--margins", tmp_path / "m.toml")


@pytest.mark.shows("R82")
@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["level,likes", "s,perhaps"], r"a.csv, line 2, column likes: 'perhaps' is none of yes, no"),
        (["years", "61"], r"line 2, column years: 61 is outside 0 to 60"),
        (["years", "many"], r"line 2, column years: 'many' is no number"),
        (["colour", "red"], r"a.csv: no column is a question"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_by_line_and_column(
    tmp_path: Path, lines: list[str], complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        analysed(tmp_path, lines)


@pytest.mark.shows("R85")
def test_questionnaires_can_be_checked_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(run("show", "trust"), encoding="utf-8")
    assert run("check", path, "--json")["questions"] == ["role", "uses", "trust", "false_alarms", "calm"]
    with pytest.raises(ConfigurationError, match="no questionnaire 'nowhere'"):
        run("check", "nowhere")
