"""A simulated vendor's app: it looks at no image, and plays back recorded truth with errors put in on purpose.

What it says of a study follows from (seed, study, finding) alone, so that replays agree. Of a study of which no truth
is recorded it says nothing: it never guesses.
"""

import hashlib
import json
import time
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collega.testing.simulated_inputs import used

MANIFEST, SETTINGS, TRUTH = "app.toml", "simulator.toml", "truth.jsonl"
BITS = 53  # of a float's mantissa: every share between 0 and 1 that a float can hold
SETTING_KEYS = frozenset({"seed", "sensitivity", "specificity", "delay_s", "failure_rate", "findings", "bounds"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """One finding that is played, as the manifest has it, and how often it is right."""

    id: str
    code: Mapping[str, str]
    low: float
    high: float
    higher_is_present: bool
    calibrated: bool
    threshold: float
    sensitivity: float
    specificity: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Vendor:
    """A vendor's app as it is set; ``delay_s``: mean seconds for a study; ``failure_rate``: share that fails."""

    findings: tuple[Played, ...]
    seed: int
    delay_s: float
    failure_rate: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What the simulator says of one study: a score for each finding, or that it fails; after so many seconds."""

    scores: Mapping[str, float]
    fails: bool
    delay_s: float


def read_vendor(folder: Path) -> Vendor:
    """Read manifest and settings of a simulator.

    Raises
    ------
    ValueError
        A setting is unknown, a share is none, or a finding has no threshold.
    """
    app = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    settings = tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    if unknown := settings.keys() - SETTING_KEYS:
        message = f"{folder / SETTINGS}: unknown key {', '.join(sorted(unknown))}"
        raise ValueError(message)
    return Vendor(
        findings=tuple(_played(finding, settings) for finding in app["findings"]),
        seed=settings["seed"],
        delay_s=settings["delay_s"],
        failure_rate=_share(settings["failure_rate"]),
    )


def _played(finding: Mapping[str, Any], settings: Mapping[str, Any]) -> Played:
    own = {**settings, **settings.get("findings", {}).get(finding["id"], {})}
    if "threshold" not in finding:
        message = f"finding {finding['id']}: a simulator needs a threshold to be right or wrong"
        raise ValueError(message)
    low, high = finding["scale"]
    return Played(
        id=finding["id"],
        code=finding["code"],
        low=float(low),
        high=float(high),
        higher_is_present=finding["direction"] == "higher-is-present",
        calibrated=finding["calibrated"],
        threshold=float(finding["threshold"]),
        sensitivity=_share(own["sensitivity"]),
        specificity=_share(own["specificity"]),
    )


def _share(value: float) -> float:
    if not 0 <= value <= 1:
        message = f"expected a share from 0 to 1, got {value}"
        raise ValueError(message)
    return float(value)


def word_of(vendor: Vendor, study: str, present: Iterable[str]) -> Word:
    """Say what the vendor's app says of a study, given what is really there."""
    there = frozenset(present)
    return Word(
        scores={
            one.id: score(one, uniform(vendor.seed, study, one.id), is_there=one.id in there) for one in vendor.findings
        },
        fails=uniform(vendor.seed, study, "failure rate") < vendor.failure_rate,
        delay_s=vendor.delay_s * (0.5 + uniform(vendor.seed, study, "delay")),
    )


def uniform(*parts: object) -> float:
    """Give a share from 0 to below 1 that follows from its arguments and is spread evenly over them."""
    digest = hashlib.sha256("\n".join(map(str, parts)).encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> (64 - BITS)) / float(1 << BITS)


def score(played: Played, share: float, *, is_there: bool) -> float:
    """Draw a score, so that the threshold of the manifest gives exactly the set sensitivity and specificity.

    The share of cases called present is the sensitivity where the finding is there, else one less the specificity.
    Scores of either side are spread evenly up to the ends of the scale: another threshold gives other shares, as
    it would with a real app.

    Parameters
    ----------
    played : Played
    share : float
        From 0 to below 1, spread evenly over studies.
    is_there : bool
        The truth.
    """
    called = played.sensitivity if is_there else 1 - played.specificity
    span = played.high - played.low
    threshold = (played.threshold - played.low) / span
    threshold = threshold if played.higher_is_present else 1 - threshold
    if share < called:
        strength = threshold + (1 - threshold) * (1 - share / called)
    else:
        # From just below the threshold down to the end: at the threshold itself it would be called present.
        strength = threshold * (1 - share) / (1 - called) * (1 - 2.0**-40)
    return played.low + span * strength if played.higher_is_present else played.high - span * strength


def is_called(played: Played, value: float, threshold: float | None = None) -> bool:
    """Whether a score is called present, at the threshold of the manifest or another one."""
    bound = played.threshold if threshold is None else threshold
    return value >= bound if played.higher_is_present else value <= bound


# --------------------------------------------------------------------------- recorded truth


def note_truth(file: Path, study: str, accession: str, present: Iterable[str]) -> None:
    """Record what is really there in a study; one line, so that a reader finds it whole or not at all."""
    row = {"study_instance_uid": study, "accession_number": accession, "present": sorted(present)}
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(row) + "\n")


def recorded_truth(file: Path, *names: str) -> frozenset[str] | None:
    """Find what is really there in a study by its UID or accession number; None where nobody has recorded it."""
    if not file.exists():
        return None
    wanted = {name for name in names if name}
    for line in reversed(file.read_text(encoding="utf-8").splitlines(keepends=True)):
        if not line.endswith("\n"):
            continue
        row = json.loads(line)
        if wanted & {row["study_instance_uid"], row["accession_number"]}:
            return frozenset(row["present"])
    return None


# --------------------------------------------------------------------------- as an app in Python


def play(folder: Path, inputs: Path, outputs: Path) -> None:
    """Answer as the app in ``folder`` would.

    Raises
    ------
    ConnectionError
        The simulator fails on this study.
    """
    given = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
    answer = answered(folder, given)
    if answer["status"] == "analysed" and (notes := used(given, inputs, _bounds(folder))):
        answer["notes"] = notes
    (outputs / "result.json").write_text(json.dumps(answer), encoding="utf-8")


def _bounds(folder: Path) -> Mapping[str, Mapping[str, float]]:
    settings = tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    bounds: Mapping[str, Mapping[str, float]] = settings.get("bounds", {})
    return bounds


def answered(folder: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the answer of the simulator in ``folder`` to what an app is told of a study, after its delay.

    Raises
    ------
    ConnectionError
        The simulator fails on this study.
    """
    study = given["study"]["study_instance_uid"]
    present = recorded_truth(folder / TRUTH, study)
    if present is None:
        return not_recorded(given)
    vendor = read_vendor(folder)
    word = word_of(vendor, study, present)
    time.sleep(word.delay_s)
    if word.fails:
        message = "simulated: the app has failed on this study"
        raise ConnectionError(message)
    return _answer(given, vendor, word)


def not_recorded(given: Mapping[str, Any]) -> dict[str, Any]:
    """Say that this study cannot be played."""
    text = {
        "en": "simulator: no truth is recorded of this study, and it does not guess",
        "nl": "simulator: van dit onderzoek is geen waarheid vastgelegd, en zij raadt niet",
    }
    return {
        **_head(given),
        "status": "not_suitable",
        "reason": {"code": "no-recorded-truth", "text": text},
        "findings": [],
    }


def _head(given: Mapping[str, Any]) -> dict[str, Any]:
    study = given["study"]["study_instance_uid"]
    return {"schema": "collega/result/1", "app": given["app"], "study_instance_uid": study}


def _answer(given: Mapping[str, Any], vendor: Vendor, word: Word) -> dict[str, Any]:
    images = [image["sop_instance_uid"] for image in given["images"]]
    thresholds = given["config"]["thresholds"]
    found = [
        _finding(one, word.scores[one.id], thresholds.get(one.id, one.threshold), images) for one in vendor.findings
    ]
    return {**_head(given), "status": "analysed", "findings": found}


def _finding(played: Played, value: float, threshold: float, images: list[str]) -> dict[str, Any]:
    return {
        "id": played.id,
        "code": played.code,
        "evaluation": "present" if is_called(played, value, threshold) else "absent",
        "score": {
            "value": value,
            "scale": [played.low, played.high],
            "direction": "higher-is-present" if played.higher_is_present else "lower-is-present",
            "calibrated": played.calibrated,
        },
        "threshold": threshold,
        "images": images,
    }
