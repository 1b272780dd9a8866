"""Bad input to the commands of evidence is a clear error or a stated limit; nested reader studies are analysed."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.test_evidence import PLAN, VAN_DYKE, run, write

from collega.errors import InputError

pytestmark = pytest.mark.shows("R8", "R35", "R63")
SCORES, TRUTH = "a,2\nb,0\nc,2\nd,0", "a,1\nb,0\nc,1\nd,0"
DATED = "case,truth,study_at,reference_at\na,1,2026-03-02,2026-03-01\nb,0,,\nc,1,,\nd,0,,"


def versions(folder: Path, second: str, truth: str = TRUTH, first: str = SCORES) -> dict[str, Any]:
    """Compare two versions at the command line."""
    tables = [write(folder, name, f"case,score\n{text}") for name, text in (("old.csv", first), ("new.csv", second))]
    reference = write(folder, "truth.csv", truth if truth.startswith("case") else f"case,truth\n{truth}")
    told: dict[str, Any] = run("validate", "versions", *tables, reference, "--threshold", 1)
    return told


@pytest.mark.parametrize(
    ("second", "truth", "words"),
    [
        (SCORES.replace("a,2", "a,nan"), TRUTH, "new.csv, line 2, column score: 'nan' is no finite number"),
        (SCORES.replace("a,2", "a,-inf"), TRUTH, "'-inf' is no finite number"),
        (SCORES, "a,1\nb,1\nc,1\nd,1", "no non-diseased case has a score; both classes are needed"),
        (SCORES, "a,0\nb,0\nc,0\nd,0", "no diseased case has a score; both classes are needed"),
        (f"{SCORES}\ne,1", TRUTH, "new.csv, line 6, column case: case e is not in truth.csv"),
        (SCORES[:11], TRUTH, "case d is not in new.csv"),
        (SCORES, TRUTH.replace("a,1", "a,perhaps"), "column truth: 'perhaps' is no label: write 1"),
        (SCORES, DATED, "line 2, column reference_at: .* is before the study"),
    ],
)
def test_versions_that_cannot_be_compared_are_refused_by_line(
    tmp_path: Path, second: str, truth: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        versions(tmp_path, second, truth)


@pytest.mark.parametrize("number", ["nan", "inf"])
def test_a_threshold_that_is_no_number_gives_no_figure(tmp_path: Path, number: str) -> None:
    scores = write(tmp_path, "s.csv", f"case,score\n{SCORES}")
    truth = write(tmp_path, "t.csv", f"case,truth\n{TRUTH}")
    for options in (("--threshold", number), ("--threshold", 1, "--second-threshold", number)):
        with pytest.raises(InputError, match=f"threshold is a number, got {number}"):
            run("validate", "versions", scores, scores, truth, *options)
    plan = write(tmp_path, "plan.toml", PLAN)
    out = tmp_path / "out"
    with pytest.raises(InputError, match="the second threshold is a number"):
        run("validate", "report", plan, scores, truth, "--out", out, "--second", scores, "--second-threshold", number)
    assert not out.exists()
    with pytest.raises(InputError, match="threshold is no float"):
        run("validate", "plan", write(tmp_path, "odd.toml", PLAN.replace("threshold = 0.8", f"threshold = {number}")))


def test_constant_scores_and_ties_of_two_versions_are_a_stated_limit(tmp_path: Path) -> None:
    told = versions(tmp_path, "a,1\nb,1\nc,1\nd,1", first="a,1\nb,1\nc,1\nd,1")
    assert (told["auc"]["difference"], told["auc"]["ci"], told["auc"]["p"]) == (0, None, None)
    assert told["auc"]["limit"] == "both order the cases alike: the difference has no variance"
    assert told["flips"] == []


@pytest.mark.parametrize(
    ("scores", "truth", "words"),
    [
        ("a,nan\nb,0", "a,1\nb,0", "scores.csv, line 2, column score: 'nan' is no finite number"),
        ("a,2\nb,0", "a,perhaps\nb,0", "truth.csv, line 2, column truth: 'perhaps' is no label"),
        ("a,2\nb,0", "a,0\nb,0", "no diseased case has a score"),
    ],
)
def test_scores_and_truths_that_are_none_are_refused_by_line(
    tmp_path: Path, scores: str, truth: str, words: str
) -> None:
    tables = (
        write(tmp_path, "scores.csv", f"case,score\n{scores}"),
        write(tmp_path, "truth.csv", f"case,truth\n{truth}"),
    )
    with pytest.raises(InputError, match=words):
        run("validate", "scores", *tables, "--threshold", 1)


def test_labels_in_other_spellings_are_read_and_ties_count_half(tmp_path: Path) -> None:
    first = write(tmp_path, "scores.csv", "case,score\na,1\nb,1\nc,2\nd,1\n")
    second = write(tmp_path, "truth.csv", "case;truth\na;JA\nb;Neg\nc;aanwezig\nd;Afwezig\n")
    told = run("validate", "scores", first, second, "--threshold", 1)
    assert told["table"] == {"tp": 2, "fp": 2, "fn": 0, "tn": 0}
    # By hand: of four pairs two are won, two tied.
    assert told["auc"]["auc"] == 0.75
    assert "npv: no case of that kind" in told["limits"]


@pytest.mark.parametrize(
    ("lines", "level", "words"),
    [
        ("x,a,y\nx,b,n", "nominal", "fewer than two units have two ratings"),
        ("x,a,y\ny,b,n", "nominal", "fewer than two units have two ratings"),
        ("x,a,y\ny,a,y\nx,b,y\ny,b,y", "nominal", "all ratings are equal: there is no variation"),
        ("x,a,y\nx,a,n\ny,a,n", "nominal", "line 3, column case: reader x labels it twice"),
        ("x,a,nan\ny,a,1\nx,b,2\ny,b,2", "interval", "line 2, column label: 'nan' is no finite number"),
        ("x,a,high\ny,a,1", "interval", "line 2, column label: 'high' is no number"),
    ],
)
def test_a_panel_of_one_reader_or_one_word_has_no_agreement(tmp_path: Path, lines: str, level: str, words: str) -> None:
    table = write(tmp_path, "labels.csv", f"reader,case,label\n{lines}")
    with pytest.raises(InputError, match=words):
        run("readers", "agree", table, "--level", level)


HEADING, *READ = [line.split(",")[:5] for line in VAN_DYKE.read_text(encoding="utf-8").splitlines()]
# Reader, treatment, case: who reads what in each design.
DESIGNS = {
    "cases nested in readers": [one for one in READ if int(one[2]) % 5 == int(one[0]) - 1],
    "cases nested in treatments": [one for one in READ if (int(one[2]) % 2 == 0) is (one[1] == "1")],
    "readers nested in treatments": [
        one for one in READ if int(one[0]) < 5 and (int(one[0]) < 3) is (one[1] == "1")
    ],
    "crossed": READ,
}  # fmt: skip


@pytest.mark.parametrize("design", DESIGNS)
def test_a_nested_reader_study_is_known_by_who_read_what(tmp_path: Path, design: str) -> None:
    table = write(tmp_path, "reads.csv", "\n".join(",".join(one) for one in (HEADING, *DESIGNS[design])))
    found = {name: run("readers", "analyse", table, "--covariance", name) for name in ("delong", "jackknife")}
    for told in found.values():
        assert told["design"] == design
        assert told["ci"][0] < told["difference"] < told["ci"][1]
    # Two routes to the variance: close, and not the same number.
    assert found["delong"]["se"] == pytest.approx(found["jackknife"]["se"], rel=0.05)
    by_moments = found["delong"]["one_shot"]
    assert (by_moments is not None) is (design == "crossed")
    if by_moments is not None:
        assert by_moments["se"] == pytest.approx(found["delong"]["se"], rel=0.01)
        assert len(by_moments["moments"]) == 8


def test_one_reader_speaks_for_no_others(tmp_path: Path) -> None:
    table = write(
        tmp_path, "reads.csv", "\n".join(",".join(one) for one in (HEADING, *READ) if one[0] in {"reader", "1"})
    )
    with pytest.raises(InputError, match="one reader is no sample of readers"):
        run("readers", "analyse", table)
    told = run("readers", "analyse", table, "--analysis", "fixed-readers")
    assert (told["readers"], told["df2"], told["one_shot"]) == (1, None, None)
