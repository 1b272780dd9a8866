"""``collega validate`` and ``collega readers``: what they answer on tables, and what they refuse."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from collega.cli import build_app
from collega.errors import InputError

pytestmark = pytest.mark.shows("R8", "R15", "R35", "R39", "R63", "R68", "R69", "R70")
VAN_DYKE = Path(__file__).parents[1] / "stats" / "published" / "vandyke.csv"


def run(*words: object) -> Any:
    """Run the command and read its JSON; an error is raised as it is."""
    app = build_app(["readers", "validate"])
    found = CliRunner().invoke(app, [*map(str, words), "--json"], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def write(folder: Path, name: str, text: str) -> Path:
    """Write a table."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def cohort(folder: Path, *, shift: float = 1.5) -> tuple[Path, Path]:
    """Write scores and reference of 200 cases on two scanners."""
    rng = np.random.default_rng(4)
    truth = rng.random(200) < 0.3
    scores = rng.normal(size=200) + shift * truth
    lines = [f"c{index},{score:.6f}," for index, score in enumerate(scores)]
    lines += ["c200,,failed", "c201,,not_suitable"]
    reference = [
        f"c{index},{int(one)},{'A' if index % 3 else 'B'},{20 + index % 60}" for index, one in enumerate(truth)
    ]
    reference += ["c200,1,A,40", "c201,0,A,40"]
    return (
        write(folder, "scores.csv", "case,score,outcome\n" + "\n".join(lines) + "\n"),
        write(folder, "reference.csv", "case,truth,scanner,age\n" + "\n".join(reference) + "\n"),
    )


@pytest.mark.parametrize(
    ("method", "analysis", "f", "df2"),
    [
        ("delong", "random-random", 4.484854, 15.06611),
        ("jackknife", "random-random", 4.4563, 15.260),
        ("delong", "fixed-cases", 8.704, 4),
        ("unbiased", "fixed-readers", None, None),
    ],
)
def test_a_reader_study_as_published(method: str, analysis: str, f: float | None, df2: float | None) -> None:
    told = run("readers", "analyse", VAN_DYKE, "--covariance", method, "--analysis", analysis)
    assert told["auc"]["1"]["4"] == pytest.approx(0.97310789, abs=5e-9)
    assert told["difference"] == pytest.approx(-0.04380032, abs=5e-9)
    assert (told["ci"][0] + told["ci"][1]) / 2 == pytest.approx(told["difference"])
    if f is None:
        assert told["df2"] is None
    else:
        assert (told["f"], told["df2"]) == pytest.approx((f, df2), rel=3e-5)


def reads(*lines: str) -> str:
    """Give a table of readings."""
    return "\n".join(["reader,treatment,case,truth,rating", *lines]) + "\n"


SOUND = tuple(
    f"{reader},{treatment},{case},{truth},{case + reader * treatment * truth}"
    for reader in (1, 2) for treatment in (1, 2) for case, truth in ((1, 0), (2, 0), (3, 1), (4, 1))
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (reads(*SOUND[:-1], "2,2,4,1,nan"), "line 17, column rating: 'nan' is no finite number"),
        (reads(*SOUND[:-1], "2,2,4,1,high"), "line 17, column rating: 'high' is no number"),
        (reads(*SOUND[:-1], "2,2,4,perhaps,3"), "line 17, column truth: 'perhaps' is no label"),
        (reads(*SOUND[:-1], "2,2,4,0,3"), "column truth: case 4 has another truth on line 5"),
        (reads(*SOUND, SOUND[-1]), "line 18, column case: the same reader rated case 4"),
        (reads(*SOUND[:-1]), "case 4 was read by reader .* and not by reader 2 under treatment 2"),
        (reads(*(line for line in SOUND if line.split(",")[3] == "1")), "read no non-diseased case"),
        (reads(*(line for line in SOUND if line[2] == "1")), "two treatments are compared, and 1 were found"),
        (reads(*(line for line in SOUND if line[0] == "1")), "one reader is no sample"),
        (reads(*(line.rpartition(",")[0] + ",1" for line in SOUND)), "no variance"),
        (reads(*SOUND[:-1], "2,2,4,1"), "line 17: 4 cells, and the heading has 5"),
        ("reader,case\n1,1\n", "no column treatment, truth, rating"),
        (reads(), "no line below the heading"),
    ],
)
def test_readings_that_are_wrong_are_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        run("readers", "analyse", write(tmp_path, "reads.csv", text))


def test_labels_in_words_semicolons_and_decimal_commas_are_read(tmp_path: Path) -> None:
    text = VAN_DYKE.read_text(encoding="utf-8").splitlines()
    changed = [text[0].replace(",", ";")]
    for line in text[1:]:
        cells = line.split(",")
        cells[3] = "Ja" if cells[3] == "1" else "nee"
        cells[4] += ",5"
        changed.append(";".join(cells))
    told = run("readers", "analyse", write(tmp_path, "reads.csv", "\ufeff" + "\n".join(changed)))
    assert told["f"] == pytest.approx(4.484854, abs=5e-7)


def test_a_validation_tells_figures_subgroups_and_what_failed(tmp_path: Path) -> None:
    scores, reference = cohort(tmp_path)
    told = run(
        "validate", "scores", scores, reference, "--threshold", 0.8, "--subgroups", "scanner,age", "--prevalence", 0.02
    )
    table, figures = told["table"], told["figures"]
    assert sum(table.values()) == 200
    assert figures["sensitivity"]["value"] == table["tp"] / (table["tp"] + table["fn"])
    assert figures["sensitivity"]["low"] < figures["sensitivity"]["value"] < figures["sensitivity"]["high"]
    ratio = figures["sensitivity"]["value"] / (1 - figures["specificity"]["value"])
    assert figures["lr_positive"]["value"] == pytest.approx(ratio)
    assert told["at_prevalence"]["ppv"]["value"] == pytest.approx(ratio * (0.02 / 0.98) / (1 + ratio * 0.02 / 0.98))
    assert (told["outcomes"]["failed"]["k"], told["outcomes"]["failed"]["n"]) == (1, 202)
    assert told["worst_case"]["sensitivity"]["n"] == table["tp"] + table["fn"] + 1
    groups = {(one["column"], one["value"]): one for one in told["subgroups"]}
    assert groups["scanner", "A"]["n"] + groups["scanner", "B"]["n"] == 200
    assert sum(one["n"] for key, one in groups.items() if key[0] == "age") == 200
    rest = groups["scanner", "A"]["sensitivity"]["against_rest"]
    assert rest["p"] <= rest["p_adjusted"] <= 1
    assert told["multiplicity"].startswith("12 comparisons")


def test_predictive_values_of_each_subgroup_at_its_own_share_of_disease_and_at_that_of_the_plan(tmp_path: Path) -> None:
    # Scanner, truth, score, cases. Both scanners: sensitivity .9, specificity .8; half against a tenth are diseased.
    cells = [
        *(("A", 1, 1, 45), ("A", 1, 0, 5), ("A", 0, 1, 10), ("A", 0, 0, 40)),
        *(("B", 1, 1, 9), ("B", 1, 0, 1), ("B", 0, 1, 18), ("B", 0, 0, 72)),
        *(("C", 1, 1, 4), ("C", 0, 0, 4)),
    ]
    rows = [one[:3] for one in cells for _ in range(one[3])]
    scores = write(tmp_path, "s.csv", "\n".join(["case,score", *(f"k{n},{one[2]}" for n, one in enumerate(rows))]))
    lines = ["case,truth,scanner", *(f"k{n},{one[1]},{one[0]}" for n, one in enumerate(rows))]
    plan = write(tmp_path, "plan.toml", PLAN.replace("0.8", "0.5") + "prevalence = 0.05\n")
    tables = (scores, write(tmp_path, "r.csv", "\n".join(lines)))
    told = run("validate", "scores", *tables, "--plan", plan)
    a, b, c = told["subgroups"]
    assert [(one["ppv"]["k"], one["ppv"]["n"]) for one in (a, b, c)] == [(45, 55), (9, 27), (4, 4)]
    assert (b["npv"]["value"], b["prevalence"]["value"]) == (72 / 73, 0.1)
    assert b["ppv"]["low"] < 1 / 3 < b["ppv"]["high"]
    # By hand: .9 * .05 / (.9 * .05 + .2 * .95).
    for one in (a, b):
        found = one["at_prevalence"]
        assert (found["prevalence"], found["ppv"]["value"]) == (0.05, pytest.approx(0.045 / 0.235))
        assert found["ppv"]["low"] < found["ppv"]["value"] < found["ppv"]["high"]
    empty = c["at_prevalence"]["ppv"]
    assert (empty["value"], empty["high"], empty["low"] < 0.2) == (1, 1, True)
    assert "adjusted" in empty["limit"]
    with pytest.raises(InputError, match="the plan says the prevalence"):
        run("validate", "scores", *tables, "--plan", plan, "--prevalence", 0.1)
    with pytest.raises(InputError, match="prevalence lies between 0 and 1"):
        run("validate", "plan", write(tmp_path, "wrong.toml", PLAN + "prevalence = 1\n"))


def test_probabilities_are_held_against_what_came_true(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    logits = rng.normal(-1, 1.2, 4000)
    truth = rng.random(4000) < 1 / (1 + np.exp(-logits))
    # Twice the logit: too extreme, slope one half.
    lines = [f"{index},{1 / (1 + math.exp(-2 * logit)):.8f}" for index, logit in enumerate(logits)]
    scores = write(tmp_path, "scores.csv", "case,score\n" + "\n".join(lines))
    labels = [f"{index},{int(one)}" for index, one in enumerate(truth)]
    reference = write(tmp_path, "reference.csv", "case,truth\n" + "\n".join(labels))
    found = run("validate", "scores", scores, reference, "--threshold", 0.5, "--probabilities")["calibration"]
    assert found["slope"]["low"] < 0.5 < found["slope"]["high"] < 1
    assert sum(one["observed"]["n"] for one in found["bins"]) == 4000
    assert found["brier"]["low"] < found["brier"]["value"] < found["brier"]["high"]


@pytest.mark.parametrize(
    ("scores", "reference", "words"),
    [
        ("a,1\nb,2\nx,3", "a,1\nb,0", "line 4, column case: case x is not in reference.csv"),
        ("a,1\nb,2", "a,1\nb,0\ny,0", "line 4, column case: case y is not in scores.csv"),
        ("a,1\nb,2", "a,1\nb,1", "no non-diseased case has a score"),
        ("a,1\na,2", "a,1\nb,0", "line 3, column case: case a stands on line 2 already"),
        ("a,1\nb,", "a,1\nb,0", "line 3, column score: nothing is written"),
    ],
)
def test_tables_that_do_not_fit_are_refused(tmp_path: Path, scores: str, reference: str, words: str) -> None:
    first = write(tmp_path, "scores.csv", "case,score\n" + scores)
    second = write(tmp_path, "reference.csv", "case,truth\n" + reference)
    with pytest.raises(InputError, match=words):
        run("validate", "scores", first, second, "--threshold", 1)


def test_a_reference_older_than_its_study_is_refused(tmp_path: Path) -> None:
    first = write(tmp_path, "scores.csv", "case,score\na,1\nb,2\n")
    lines = "case,truth,study_at,reference_at\na,1,2026-03-02,2026-03-05\nb,0,2026-03-02,2026-03-01\n"
    with pytest.raises(InputError, match=r"line 3, column reference_at: .* is before the study"):
        run("validate", "scores", first, write(tmp_path, "reference.csv", lines), "--threshold", 1)


def test_constant_scores_get_no_interval_and_are_told(tmp_path: Path) -> None:
    first = write(tmp_path, "scores.csv", "case,score\n" + "\n".join(f"{index},3" for index in range(20)))
    second = write(tmp_path, "reference.csv", "case,truth\n" + "\n".join(f"{index},{index % 2}" for index in range(20)))
    told = run("validate", "scores", first, second, "--threshold", 1)
    assert (told["auc"]["auc"], told["auc"]["low"]) == (0.5, None)
    assert any("every score is the same" in limit for limit in told["limits"])


PLAN = """title = "Pneumonia"
question = "Is it right here?"
app = "chest-pneumonia"
version = "1.0"
reference = "three readers, majority"
primary = "sensitivity"
threshold = 0.8
cases = 400
subgroups = ["scanner"]
"""


def test_a_frozen_plan_says_how_and_a_changed_one_is_noticed(tmp_path: Path) -> None:
    scores, reference = cohort(tmp_path)
    plan = write(tmp_path, "plan.toml", PLAN)
    frozen = run("validate", "plan", plan)["hash"]
    other = write(tmp_path, "other.toml", "\n".join(reversed(PLAN.splitlines())).replace("0.8", "0.80"))
    assert run("validate", "plan", other)["hash"] == frozen
    told = run("validate", "scores", scores, reference, "--plan", plan, "--plan-hash", frozen)
    assert (told["plan"]["hash"], told["threshold"]) == (frozen, 0.8)
    assert "202 cases, and the plan asks for 400" in told["limits"]
    plan.write_text(PLAN.replace("0.8", "0.7"), encoding="utf-8")
    with pytest.raises(InputError, match="it was changed"):
        run("validate", "scores", scores, reference, "--plan", plan, "--plan-hash", frozen)
    plan.write_text(PLAN + "colour = 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="unknown key colour"):
        run("validate", "plan", plan)


def test_two_versions_are_compared_and_their_flips_listed(tmp_path: Path) -> None:
    truth = [1] * 60 + [0] * 60
    rng = np.random.default_rng(2)
    old = [one * 1.2 + rng.normal() for one in truth]
    new = [score + 0.5 * (1 if one else -1) for score, one in zip(old, truth, strict=True)]
    tables = [
        write(tmp_path, name, "\n".join([heading, *(f"k{index},{value:.6f}" for index, value in enumerate(values))]))
        for name, heading, values in (
            ("old.csv", "case,score", old), ("new.csv", "case,score", new), ("reference.csv", "case,truth", truth),
        )
    ]  # fmt: skip
    tables[2].write_text("\n".join(["case,truth", *(f"k{index},{one}" for index, one in enumerate(truth))]), "utf-8")
    told = run("validate", "versions", *tables, "--threshold", 0.6, "--margin", 0.05)
    sensitivity = told["sensitivity"]
    assert sensitivity["lost"] == 0
    assert sensitivity["difference"] == sensitivity["gained"] / 60
    assert sensitivity["not_worse"] is True
    assert told["auc"]["difference"] > 0
    assert told["auc"]["p"] < 0.001
    assert {flip["case"] for flip in told["flips"]} == set(told["reading_list"])
    assert told["reading_list"] != sorted(told["reading_list"])
    back = run("validate", "versions", tables[1], tables[0], tables[2], "--threshold", 0.6, "--margin", 0.05)
    assert back["sensitivity"]["not_worse"] is False
    assert back["sensitivity"]["ci"] == pytest.approx([-sensitivity["ci"][1], -sensitivity["ci"][0]], abs=1e-9)


def test_a_panel_agrees_and_what_is_open_is_listed(tmp_path: Path) -> None:
    lines = ["reader,case,label"]
    lines += [f"{reader},{case},{label}" for case, labels in (("a", "yyn"), ("b", "nnn"), ("c", "yn"), ("d", "yyy"))
              for reader, label in enumerate(labels)]  # fmt: skip
    told = run("readers", "agree", write(tmp_path, "labels.csv", "\n".join(lines)))
    assert (told["majority"], told["to_settle"]) == ({"a": "y", "b": "n", "d": "y"}, ["c"])
    assert told["missing"] == 1
    assert told["fleiss"] is None
    assert told["alpha"]["low"] < told["alpha"]["value"] < told["alpha"]["high"]


def test_sizes_and_partial_verification_by_command() -> None:
    told = run("validate", "size", "--sensitivity", 0.9, "--specificity", 0.85, "--prevalence", 0.2)
    assert (told["sensitivity"]["total"], told["specificity"]["total"], told["without_a_miss"]) == (692, 245, 299)
    counts = ("--n", 650, "--positive", 429, "--tp", 231, "--fp", 32, "--fn", 27, "--tn", 54)
    assert run("validate", "verification", *counts)["sensitivity"]["value"] == pytest.approx(0.8365, abs=5e-5)
