"""``collega validate report``: from a frozen plan to HTML, PDF, figures and their tables."""

import csv
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.test_evidence import cohort, write
from typer.testing import CliRunner

from collega.cli import build_app
from collega.errors import InputError
from collega.formats.reporting_items import ITEMS
from collega.formats.validation_view import validation_view
from collega.measure.study_plan import read_plan

pytestmark = pytest.mark.shows("R15", "R35", "R39", "R63", "R68")
PLAN = """title = "Bleeds on <two> scanners"
question = "How often is it right?"
app = "bleed"
version = "2"
reference = "a panel"
primary = "sensitivity"
threshold = 0.8
cases = 202
margin = 0.05
subgroups = ["scanner", "age", "sex"]
intended_use = "adults at night"
[items]
"6" = "every adult"
"""


def plan(folder: Path, text: str = PLAN) -> Path:
    return write(folder, "plan.toml", text)


def run(*words: object) -> Any:
    found = CliRunner().invoke(
        build_app(["validate"]), ["validate", "report", *map(str, words), "--json"], catch_exceptions=False
    )
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def with_oddities(folder: Path) -> tuple[Path, Path]:
    """Add to the cohort what happens: two that were excluded, one that nobody ran, one without a truth."""
    scores, reference = cohort(folder)
    lines = reference.read_text().splitlines()
    head, body = f"{lines[0]},excluded", [f"{line}," for line in lines[1:]]
    body[0], body[1] = f"{body[0]}lateral view", f"{body[1]}lateral view"
    body[2] = re.sub(r",[01],", ",,", body[2], count=1)
    kept = [line for line in scores.read_text().splitlines() if not line.startswith("c3,")]
    return write(folder, "s.csv", "\n".join(kept)), write(folder, "r.csv", "\n".join([head, *body]))


def test_a_report_answers_each_item_in_order_and_every_figure_has_its_table(tmp_path: Path) -> None:
    out = tmp_path / "out"
    file = plan(tmp_path)
    frozen = read_plan(PLAN, "plan").frozen()
    words = ("--plan-hash", frozen, "--second", tmp_path / "s.csv", "--prevalence", 0.02)
    told = run(file, *with_oddities(tmp_path), "--out", out, *words)
    flow = told["flow"]
    assert flow["excluded"] == {"lateral view": 2}
    assert [flow[name] for name in ("eligible", "not_run", "failed", "not_suitable", "reference_missing")] == [
        *(202, 1, 1, 1, 1),
    ]
    assert flow["analysed"] == 196 == sum(told["validation"]["table"].values())
    assert told["outcomes"]["failed"]["n"] == 200  # a result of all included, and no exclusion
    for language, hidden in (("en", "Not reported: "), ("nl", "Niet gerapporteerd: ")):
        page = (out / f"report-{language}.html").read_text()
        cited = re.findall(r"STARD ([\w.]+)", page.partition("</p><section")[2])
        assert cited == [item.number for item in ITEMS if item.number != "-"]
        assert hidden in page
        assert "&lt;two&gt;" in page
        assert "<two>" not in page
    for figure in (out / "figures").glob("*.svg"):  # that each can be read, the paper has shown
        assert (out / "tables" / f"{figure.stem}.csv").exists()
    assert {file.stem for file in (out / "figures").glob("*")} >= {"flow", "roc", "scores", "weakness-sensitivity"}
    with (out / "tables" / "weakness-ppv.csv").open() as table:
        lines = {row["Subgroup"]: row for row in csv.DictReader(table)}
    group = told["validation"]["subgroups"][0]
    assert lines["scanner: A"]["k / n"] == f"{group['ppv']['k']}/{group['ppv']['n']}"
    assert float(lines["scanner: A"]["Low"]) == round(group["ppv"]["low"], 3)
    assert float(lines["scanner: A"]["High, where 0.02 have it"]) == round(group["at_prevalence"]["ppv"]["high"], 3)
    assert (out / "tables" / "weakness-npv.csv").exists()
    with (out / "tables" / "figures.csv").open() as table:
        rows = {row["Figure"]: row for row in csv.DictReader(table)}
    assert float(rows["Sensitivity"]["Value"]) == round(told["validation"]["figures"]["sensitivity"]["value"], 3)


def test_paper_says_hash_weak_labels_and_what_is_not_shown(tmp_path: Path) -> None:
    scores, reference = cohort(tmp_path)
    text = PLAN.replace("[items]", 'labels = "weak"\n[items]')
    told = run(plan(tmp_path, text), scores, reference, "--out", tmp_path / "out", "--plan-hash", "0" * 64)
    assert [one["kind"] for one in told["deviations"]] == ["plan_changed", "nothing_stated"]
    for language, words in (
        ("en", ("weak", "The plan was changed after it was frozen", "Subgroup sex was planned", "Page 1 / ")),
        ("nl", ("zwak", "Het plan is gewijzigd nadat", "Deelgroep sex was gepland", "Pagina 1 / ")),
    ):
        paper = tmp_path / "out" / f"report-{language}.pdf"
        done = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, check=True)
        said = " ".join(done.stdout.decode().split())
        assert all(word in said for word in (*words, told["hash"])), said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("c0,1", "c0,0"), "diseased case"),
        (("c2,0", "c2,1"), "non-diseased case"),
        ((",0.9,", ",nan,"), "no finite number"),
        ((",0.9,", ",a lot,"), "no number"),
        (("c2,0", "c0,0"), "stands on line 2 already"),
        (("c0,1", "c0,maybe"), "no label"),
        ((",0.9,", ",,broken"), "none of analysed, failed, not_suitable"),
        (("c0,1", "x0,1"), "diseased case"),
        (("2026-02-01", "2025-12-31"), "it cannot speak of it"),
    ],
)
def test_tables_that_allow_no_report_are_refused_by_line(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    scores = "case,score,outcome\nc0,0.9,\nc2,0.2,\n"
    reference = "case,truth,study_at,reference_at\nc0,1,2026-01-01,2026-02-01\nc2,0,2026-01-01,2026-02-01\n"
    tables = [write(tmp_path, name, text.replace(*change)) for name, text in (("s", scores), ("r", reference))]
    with pytest.raises(InputError, match=words):
        run(plan(tmp_path), *tables, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_ties_constant_scores_and_two_cases_are_told_as_limits(tmp_path: Path) -> None:
    table = write(tmp_path, "both.csv", "case,score,truth\na,0.5,ja\nb,0.5,NEGATIEF\nc,0.5,1\n")
    told = run(plan(tmp_path), table, "--out", tmp_path / "out")
    assert "every score is the same: nothing is told apart" in told["validation"]["limits"]
    assert told["validation"]["auc"]["low"] is None
    page = (tmp_path / "out" / "report-nl.html").read_text()
    assert "elke score is gelijk: niets wordt onderscheiden" in page
    assert len(told["histogram"]) == 1
    assert len(told["roc"]) == 2


def test_a_comparison_stands_in_the_report_with_margin_and_flips(tmp_path: Path) -> None:
    scores, reference = cohort(tmp_path)
    lines = [line for line in scores.read_text().splitlines() if not line.startswith("c5,")]
    worse = [line if n % 9 else re.sub(r",-?[\d.]+,", ",-3,", line) for n, line in enumerate(lines)]
    second = write(tmp_path, "second.csv", "\n".join(worse))
    told = run(plan(tmp_path), scores, reference, "--out", tmp_path / "out", "--second", second)["comparison"]
    assert told["left_out"] == 1
    assert told["sensitivity"]["not_worse"] is False
    with (tmp_path / "out" / "tables" / "flips.csv").open() as table:
        assert len(list(csv.DictReader(table))) == len(told["flips"]) > 0
    page = (tmp_path / "out" / "report-en.html").read_text()
    assert "Not worse by more than 0.05" in page
    assert "no, or not certain" in page


def test_plans_frozen_before_there_were_more_keys_keep_their_hash() -> None:
    old = PLAN.partition("intended_use")[0]
    assert "items" not in read_plan(old, "plan").canonical()
    assert read_plan(old, "plan").frozen() != read_plan(PLAN, "plan").frozen()
    with pytest.raises(InputError, match="no guideline"):
        read_plan(PLAN.replace('"6"', '"66"'), "plan")
    with pytest.raises(InputError, match="weak or strong"):
        read_plan(PLAN.replace("[items]", 'labels = "fair"\n[items]'), "plan")


def test_a_report_reads_the_same_whatever_order_a_database_gives_its_keys(tmp_path: Path) -> None:
    told = run(plan(tmp_path), *with_oddities(tmp_path), "--out", tmp_path / "out", "--second", tmp_path / "s.csv")
    turned = json.loads(json.dumps(told, sort_keys=True))
    for language in ("en", "nl"):
        assert validation_view(turned, language) == validation_view(told, language)


def test_words_of_a_table_are_neither_markup_nor_a_formula(tmp_path: Path) -> None:
    table = write(
        tmp_path, "both.csv", 'case,score,truth\n=1+1,0.9,0\n<img src=x>,0.9,0\n-1,0.1,1\nd,0.95,1\n"@a",0,0\n'
    )
    run(plan(tmp_path), table, "--out", tmp_path / "out")
    errors = (tmp_path / "out" / "tables" / "errors.csv").read_text()
    assert "'=1+1" in errors
    assert ",-1," in errors
    page = (tmp_path / "out" / "report-en.html").read_text()
    assert "&lt;img src=x&gt;" in page
    assert "<img" not in page
