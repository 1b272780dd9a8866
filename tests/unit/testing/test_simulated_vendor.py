"""A simulated vendor is as often right as it is set to be, says the same each time, and never guesses."""

import json
import shutil
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.bootstrap.demo.show import SIMULATED_APPS
from collega.normalise.outputs import read_result
from collega.run.card import read_card
from collega.run.manifest import read_manifest
from collega.testing.simulated_vendor import (
    TRUTH,
    Played,
    Vendor,
    is_called,
    note_truth,
    play,
    read_vendor,
    recorded_truth,
    score,
    uniform,
    word_of,
)

SIMULATORS = sorted(path.parent for path in SIMULATED_APPS.glob("sim-*/app.toml"))
N = 20_000
SHARES = st.floats(0, 1)


def played(**values: Any) -> Played:
    fixed: dict[str, Any] = {"id": "one", "code": {}, "low": 0.0, "high": 1.0, "higher_is_present": True}
    fixed |= {"calibrated": False, "threshold": 0.5, "sensitivity": 0.9, "specificity": 0.8}
    return Played(**{**fixed, **values})


@pytest.mark.shows("R5", "R10")
@pytest.mark.parametrize("sensitivity", [0.0, 0.62, 1.0])
@pytest.mark.parametrize("specificity", [0.0, 0.9, 1.0])
@pytest.mark.parametrize("scale", [(0.0, 1.0, 0.3, True), (1.0, 10.0, 8.0, True), (0.0, 1.0, 0.7, False)])
def test_the_threshold_gives_the_set_sensitivity_and_specificity(
    sensitivity: float, specificity: float, scale: tuple[float, float, float, bool]
) -> None:
    low, high, threshold, higher = scale
    one = played(
        low=low,
        high=high,
        threshold=threshold,
        higher_is_present=higher,
        sensitivity=sensitivity,
        specificity=specificity,
    )
    vendor = Vendor(findings=(one,), seed=7, delay_s=0, failure_rate=0)
    for present, expected in (({"one"}, sensitivity), (set[str](), 1 - specificity)):
        scores = [word_of(vendor, f"1.2.{number}", present).scores["one"] for number in range(N // 20)]
        called = sum(is_called(one, value) for value in scores)
        n = len(scores)
        # Five standard deviations of a binomial count: one run in a million would fall outside.
        assert abs(called - n * expected) <= 5 * sqrt(n * expected * (1 - expected)) + 1e-9
        assert all(low <= value <= high for value in scores)


@given(SHARES, SHARES, st.floats(0.01, 0.99), SHARES.filter(lambda share: share < 1), st.booleans(), st.booleans())
def test_a_score_stays_on_its_scale_and_on_its_side(
    sensitivity: float, specificity: float, threshold: float, share: float, higher: bool, is_there: bool
) -> None:
    one = played(
        threshold=threshold, sensitivity=sensitivity, specificity=specificity, higher_is_present=higher, low=-1.0
    )
    value = score(one, share, is_there=is_there)
    assert -1 <= value <= 1
    called = sensitivity if is_there else 1 - specificity
    if abs(share - called) > 1e-9:
        assert is_called(one, value) is (share < called)


def test_a_lower_threshold_finds_more_and_warns_more() -> None:
    vendor = Vendor(findings=(played(),), seed=1, delay_s=0, failure_rate=0)
    for present in ({"one"}, set[str]()):
        scores = [word_of(vendor, str(number), present).scores["one"] for number in range(2000)]
        called = [sum(value >= threshold for value in scores) for threshold in (0.2, 0.5, 0.8)]
        assert called[0] > called[1] > called[2]


@given(st.integers(), st.text("0123456789.", min_size=1), st.text("abc", min_size=1))
def test_the_same_seed_study_and_finding_give_the_same_word(seed: int, study: str, finding: str) -> None:
    assert uniform(seed, study, finding) == uniform(seed, study, finding)
    assert 0 <= uniform(seed, study, finding) < 1
    assert uniform(seed, study, finding) != uniform(seed + 1, study, finding)


def test_shares_are_spread_evenly() -> None:
    shares = sorted(uniform(3, number, "x") for number in range(N))
    # Kolmogorov and Smirnov at one in a hundred thousand: 2.42 / sqrt(n).
    distance = max(abs(share - (rank + 0.5) / N) for rank, share in enumerate(shares))
    assert distance < 2.42 / sqrt(N)


def test_failures_and_delays_come_as_often_as_they_are_set() -> None:
    vendor = Vendor(findings=(), seed=5, delay_s=2.0, failure_rate=0.1)
    words = [word_of(vendor, str(number), ()) for number in range(4000)]
    assert abs(sum(word.fails for word in words) - 400) < 5 * sqrt(4000 * 0.1 * 0.9)
    assert all(1.0 <= word.delay_s < 3.0 for word in words)


# --------------------------------------------------------------------------- recorded truth


def test_truth_is_found_by_uid_or_accession_the_latest_first(tmp_path: Path) -> None:
    file = tmp_path / TRUTH
    assert recorded_truth(file, "1.2") is None
    note_truth(file, "1.2", "A1", ["b", "a"])
    note_truth(file, "1.3", "", [])
    note_truth(file, "1.2", "A1", ["c"])
    assert recorded_truth(file, "1.2") == recorded_truth(file, "", "A1") == frozenset({"c"})
    assert recorded_truth(file, "1.3") == frozenset()
    assert recorded_truth(file, "1.4") is recorded_truth(file, "") is None
    with file.open("a", encoding="utf-8") as lines:
        lines.write('{"study_instance_uid": "1.4"')
    assert recorded_truth(file, "1.4") is None, "a line that is being written is not there yet"


# --------------------------------------------------------------------------- the shipped simulators


def given_to(folder: Path, inputs: Path, study: str) -> None:
    manifest = read_manifest(folder)
    thresholds = {spec.id: spec.threshold for spec in manifest.findings}
    value = {
        "app": {"id": manifest.id, "version": manifest.version},
        "study": {"study_instance_uid": study},
        "images": [{"sop_instance_uid": f"{study}.1"}],
        "config": {"thresholds": thresholds},
    }
    (inputs / "study.json").write_text(json.dumps(value), encoding="utf-8")


@pytest.mark.shows("R5", "R42", "R48", "R66", "R67", "R72")
def test_there_is_one_for_every_use_case() -> None:
    assert [folder.name for folder in SIMULATORS] == [
        "sim-chest-filter",
        "sim-lung-ct",
        "sim-mammography",
        "sim-myeloma",
        "sim-night-bleed",
        "sim-night-cspine",
        "sim-night-embolism",
        "sim-own-screen",
    ]
    assert len(read_manifest(SIMULATED_APPS / "sim-chest-filter").findings) == 75
    assert {spec.id for spec in read_manifest(SIMULATED_APPS / "sim-lung-ct").findings} == {"nodule", "diffuse-disease"}


@pytest.mark.shows("R21", "R85")
@pytest.mark.parametrize("folder", SIMULATORS, ids=lambda folder: folder.name)
def test_it_is_called_a_simulator_wherever_it_is_named(folder: Path) -> None:
    manifest, card = read_manifest(folder), read_card(folder)
    assert card is not None
    assert card.is_simulator
    assert not manifest.clinical_use
    assert (card.said("mark.ce_class"), card.said("evaluation.level"), card.studies) == ("none", "0", ())
    for text in (manifest.name.en, manifest.name.nl, manifest.vendor, manifest.purpose.en, manifest.purpose.nl):
        assert text.startswith("Simulat")


@pytest.mark.parametrize("folder", SIMULATORS, ids=lambda folder: folder.name)
def test_an_unknown_study_is_not_suitable_and_never_guessed(folder: Path, tmp_path: Path) -> None:
    given_to(folder, tmp_path, "1.2.3")
    play(folder, tmp_path, tmp_path)
    result = read_result(tmp_path)
    assert (result.status, result.reason_code, result.findings) == ("not_suitable", "no-recorded-truth", ())


@pytest.mark.parametrize("folder", SIMULATORS, ids=lambda folder: folder.name)
def test_a_recorded_study_is_played_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    settings = (copy / "simulator.toml").read_text(encoding="utf-8")
    (copy / "simulator.toml").write_text(settings.replace("delay_s = 0.", "delay_s = 0.00"), encoding="utf-8")
    vendor = replace(read_vendor(copy), failure_rate=0.0)
    study = next(uid for uid in (f"1.2.{n}" for n in range(99)) if not word_of(read_vendor(copy), uid, ()).fails)
    present = {vendor.findings[0].id}
    note_truth(copy / TRUTH, study, "", present)
    given_to(copy, tmp_path, study)
    answers = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        play(copy, tmp_path, tmp_path / name)
        answers.append((tmp_path / name / "result.json").read_bytes())
    assert answers[0] == answers[1]
    result = read_result(tmp_path / "first")
    assert [finding.id for finding in result.findings] == [one.id for one in vendor.findings]
    said = word_of(vendor, study, present).scores
    assert {finding.id: finding.score.value for finding in result.findings} == said


def test_a_study_on_which_it_fails_ends_in_an_exception(tmp_path: Path) -> None:
    folder = tmp_path / "sim-night-bleed"
    shutil.copytree(SIMULATED_APPS / "sim-night-bleed", folder)
    settings = "seed = 1\nsensitivity = 1.0\nspecificity = 1.0\ndelay_s = 0.0\nfailure_rate = 1.0\n"
    (folder / "simulator.toml").write_text(settings, encoding="utf-8")
    note_truth(folder / TRUTH, "1.2", "", ())
    given_to(folder, tmp_path, "1.2")
    with pytest.raises(ConnectionError, match="simulated"):
        play(folder, tmp_path, tmp_path)
    (folder / "simulator.toml").write_text(f"{settings}colour = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unknown key colour"):
        read_vendor(folder)
    (folder / "simulator.toml").write_text(settings.replace("1.0", "1.1"), encoding="utf-8")
    with pytest.raises(ValueError, match="share from 0 to 1"):
        read_vendor(folder)
