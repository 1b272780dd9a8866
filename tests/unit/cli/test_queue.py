"""``collega queue``: the keys that others rely on, files, and what it refuses by the name of the option."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from collega.cli import build_app
from collega.errors import InputError
from collega.simulate.expected import KEYS
from collega.testing.reading_times import write_cases

pytestmark = pytest.mark.shows("R65")
BOOK = ("--load", 0.8, "--readers", 1, "--sensitivity", 0.9, "--fpf", 0.1, "--prevalence", 0.1)
APP = "bleed,prevalence=.1,sensitivity=.9,fpf=.05,minutes=4,failures=.02,exam=CT"


def run(*words: object) -> str:
    """Run the command and give what it says; an error is raised as it is."""
    found = CliRunner().invoke(build_app(["queue"]), ["queue", *map(str, words)], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def answer(*words: object) -> Any:
    """Run the command and read its JSON."""
    return json.loads(run(*words, "--json"))


def test_the_answer_has_its_keys_and_theory_beside_simulation(tmp_path: Path) -> None:
    times = ("--minutes-diseased", 10, "--minutes-other", 10, "--interrupting", 0.1, "--interrupting-minutes", 5)
    files = ("--csv", tmp_path / "w.csv", "--plot", tmp_path / "w.svg")
    told = answer(*BOOK, *times, "--patients", 20_000, "--seed", 3, *files)
    assert list(told) == ["theory", "simulation", "approximation", "patients_per_second"]
    assert list(told["theory"]) == list(told["simulation"]) == list(KEYS)
    assert all(set(one) == {"mean", "se"} for one in told["simulation"].values())
    assert told["theory"]["gain"] == pytest.approx(told["theory"]["diseased"] - told["theory"]["no_ai"])
    assert (tmp_path / "w.csv").read_text().splitlines()[0] == "cases,theory,simulated,standard_error,approximation"
    picture = (tmp_path / "w.svg").read_text()
    assert picture.startswith("<svg")
    assert 'role="img"' in picture
    again = answer(*BOOK, *times, "--patients", 20_000, "--seed", 3)
    assert again["simulation"] == told["simulation"]


def test_where_no_theory_is_known_or_no_such_case_there_is_null() -> None:
    unknown = answer("--readers", 2, "--minutes-diseased", 20, "--patients", 1000)
    assert (unknown["theory"], unknown["approximation"]) == (None, None)
    nobody = answer("--prevalence", 0, "--fpf", 0, "--patients", 1000)
    assert nobody["theory"]["diseased"] is None
    assert nobody["simulation"]["ai_positive"] == {"mean": None, "se": None}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--load", 1),
        ("--readers", 0),
        ("--prevalence", 12),
        ("--minutes-other", -1),
        ("--interrupting", 1),
        ("--patients", 10),
        ("--patients", 10**12),
        ("--seed", -1),
    ],
)
def test_what_makes_no_sense_is_named_by_its_option(option: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"^{option} is"):
        run(option, value)


def test_a_department_is_fitted_and_asked_and_files_are_written(tmp_path: Path) -> None:
    cases, department = tmp_path / "cases.csv", tmp_path / "d.json"
    count = write_cases(cases, 12)
    told = answer("fit", cases, "--out", department)
    assert (told["cases"], told["fits"], told["problems"]) == (count, True, [])
    files = ("--csv", tmp_path / "w.csv", "--plot", tmp_path / "w.svg")
    asked = answer("what-if", department, "--app", APP, "--weeks", 80, *files)
    bleed = asked["groups"]["bleed: diseased"]
    assert bleed["with_ai"]["mean"] < bleed["no_ai"]["mean"]
    assert len(asked["hourly"]["no_ai"]) == 24
    assert (tmp_path / "w.csv").read_text().count("bleed: missed") == 7
    assert "bleed: missed" in (tmp_path / "w.svg").read_text()
    assert "bleed: missed" in run("what-if", department, "--app", APP, "--weeks", 4)


@pytest.mark.parametrize(
    ("app", "complaint"),
    [
        ("bleed", "prevalence, sensitivity, fpf missing"),
        ("bleed,prevalence=.1,sensitivity=.9,fpf=much", "fpf is a number"),
        ("bleed,prevalence=.1,sensitivity=.9,fpf=.1,colour=1", "'colour' is unknown"),
        ("bleed,prevalence=.1,sensitivity=1.9,fpf=.1", "sensitivity is a share"),
        ("bleed,prevalence=.1,sensitivity=.9,fpf=.1,exam=MR", "no exam MR"),
    ],
)
def test_an_app_that_makes_no_sense_is_refused(tmp_path: Path, app: str, complaint: str) -> None:
    cases, department = tmp_path / "cases.csv", tmp_path / "d.json"
    write_cases(cases, 3)
    run("fit", cases, "--out", department)
    with pytest.raises(InputError, match=complaint):
        run("what-if", department, "--anyway", "--app", app)
    with pytest.raises(InputError, match=r"no department|no JSON"):
        run("what-if", cases)


def test_the_server_and_the_help_load_nothing_of_it() -> None:
    code = (
        "import sys, collega.cli.serve, collega.web.role, collega.cli as c; c.build_app([]);"
        "print(sorted({'numba', 'matplotlib', 'scipy', 'collega.simulate.kernel'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"
