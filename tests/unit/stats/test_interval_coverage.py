"""How often intervals hold the truth, by simulation: within Monte Carlo limits of what they say."""

from collections.abc import Callable
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from collega.stats import accuracy, kappa, krippendorff, proportion, roc
from collega.stats.calibration import calibration
from collega.stats.icc import Form, icc
from collega.stats.mrmc import Analysis, analyse
from collega.stats.mrmc_covariance import Covariance, ReaderTest
from collega.stats.paired import tango
from collega.stats.partial_verification import Verified, begg_greenes

pytestmark = pytest.mark.shows("R35", "R63", "R68")
Rng = np.random.Generator
RUNS = 2000
# One sample: the interval, and what it should hold; None where the sample gives no interval.
Sample = tuple[float | None, float | None, float]
NORMAL = NormalDist()
BOTH = ("1", "2")


def area(rng: Rng, scale: roc.Scale) -> Sample:
    truth = np.arange(120) < 40
    found = roc.auc(truth, rng.normal(size=120) + 1.5 * truth, scale=scale)
    return found.low, found.high, NORMAL.cdf(1.5 / sqrt(2))


def paired_areas(rng: Rng) -> Sample:
    truth, shared = np.arange(150) < 50, rng.normal(size=150)
    scores = [(shared + rng.normal(size=150)) / sqrt(2) + gain * truth for gain in (1.2, 0.9)]
    found = roc.compare_aucs(truth, scores[0], scores[1])
    return found.low, found.high, NORMAL.cdf(1.2 / sqrt(2)) - NORMAL.cdf(0.9 / sqrt(2))


def study(rng: Rng, method: Covariance, analysis: Analysis) -> Sample:
    """Draw a study after C. A. Roe and C. E. Metz, Acad. Radiol. 4 (1997) 298-303, without a true difference."""
    truth, fixed = np.arange(100) < 50, analysis is Analysis.FIXED_READERS
    case, of_reader = rng.normal(size=100) * sqrt(0.3), 0.0 if fixed else 0.1
    tests = []
    for reader in "12345":
        skill, reader_case = rng.normal(size=2) * of_reader, rng.normal(size=100) * sqrt(0.2)
        for name in BOTH:
            own = rng.normal(size=2) * of_reader
            noise = case + reader_case + rng.normal(size=100) * sqrt(0.5)
            ratings = noise + np.where(truth, 1.3 + skill[1] + own[1], skill[0] + own[0])
            cases = tuple(f"{number:03}" for number in range(100))
            tests.append(ReaderTest(reader=reader, treatment=name, cases=cases, truth=truth, ratings=ratings))
    found = analyse(tests, treatments=BOTH, method=method, analysis=analysis)
    return found.low, found.high, 0.0


def share(rng: Rng, interval: Callable[[int, int], tuple[float, float]]) -> Sample:
    p = float(rng.uniform(0.05, 0.95))
    return *interval(int(rng.binomial(60, p)), 60), p


def difference(rng: Rng) -> Sample:
    p, q = rng.uniform(0.1, 0.9, 2)
    found = proportion.newcombe((int(rng.binomial(40, p)), 40), (int(rng.binomial(60, q)), 60))
    return *found, float(p - q)


def paired_shares(rng: Rng) -> Sample:
    counts = rng.multinomial(80, [0.15, 0.08, 0.77])
    return *tango(int(counts[0]), int(counts[1]), 80), 0.07


def ratio(rng: Rng) -> Sample:
    tp, fp = int(rng.binomial(80, 0.8)), int(rng.binomial(120, 0.2))
    found = accuracy.figures(accuracy.Table(tp=tp, fp=fp, fn=80 - tp, tn=120 - fp))["lr_positive"]
    return found.low, found.high, 4.0


def predictive(rng: Rng) -> Sample:
    tp, fp = int(rng.binomial(80, 0.8)), int(rng.binomial(120, 0.2))
    table = accuracy.Table(tp=tp, fp=fp, fn=80 - tp, tn=120 - fp)
    found = accuracy.predictive_values(table, 0.1)["ppv"]
    return found.low, found.high, 0.08 / (0.08 + 0.18)


def scarce(rng: Rng) -> Sample:
    """Draw a subgroup in which a cell of the table is empty in half of the samples."""
    tn, fn = int(rng.binomial(30, 0.8)), int(rng.binomial(15, 0.05))
    table = accuracy.Table(tp=15 - fn, fp=30 - tn, fn=fn, tn=tn)
    found = accuracy.predictive_values(table, 0.1)["npv"]
    return found.low, found.high, 0.9 * 0.8 / (0.9 * 0.8 + 0.1 * 0.05)


def corrected(rng: Rng) -> Sample:
    diseased = rng.random(600) < 0.3
    positive = rng.random(600) < np.where(diseased, 0.8, 0.15)
    verified = rng.random(600) < np.where(positive, 0.9, 0.3)
    cells = {
        name: int((verified & (positive == is_positive) & (diseased == is_diseased)).sum())
        for name, is_positive, is_diseased in (
            ("tp", True, True), ("fp", True, False), ("fn", False, True), ("tn", False, False),
        )
    }  # fmt: skip
    found = begg_greenes(Verified(n=600, positive=int(positive.sum()), **cells)).sensitivity
    return found.low, found.high, 0.8


def two_raters(rng: Rng) -> Sample:
    counts = rng.multinomial(150, [0.35, 0.1, 0.15, 0.4]).reshape(2, 2)
    found = kappa.cohen(counts)
    return found.low, found.high, (0.75 - 0.5) / 0.5


def correlated(rng: Rng, form: Form) -> Sample:
    own, raters = rng.normal(size=(30, 1)), rng.normal(size=(1, 4)) * 0.3
    found = icc(own + (raters if form is Form.TWO_SINGLE else 0) + rng.normal(size=(30, 4)) * 0.7, form)
    noise = 0.49 + (0.09 if form is Form.TWO_SINGLE else 0)
    return found.low, found.high, 1 / (1 + noise)


def binary_panel(rng: Rng, method: str) -> Sample:
    # Two classes, each rater right in .85: agreement by pairs .745, by chance .5.
    truth = rng.random(80) < 0.5
    labels = np.where(rng.random((3, 80)) < 0.85, truth, ~truth).astype(np.float64)
    if method == "fleiss":
        found = kappa.fleiss(np.stack([(labels == 0).sum(axis=0), (labels == 1).sum(axis=0)], axis=1))
    else:
        found = krippendorff.alpha(labels, krippendorff.Level.NOMINAL)
    return found.low, found.high, 0.49


def slope(rng: Rng) -> Sample:
    logits = rng.normal(-0.5, 1, 400)
    truth = rng.random(400) < 1 / (1 + np.exp(-logits))
    found = calibration(truth, 1 / (1 + np.exp(-1.5 * logits))).slope
    return found.low, found.high, 1 / 1.5


def odds(rng: Rng) -> Sample:
    """Calibration in the large: probabilities too high by half a logit."""
    logits = rng.normal(-0.5, 1, 400)
    truth = rng.random(400) < 1 / (1 + np.exp(-logits))
    found = calibration(truth, 1 / (1 + np.exp(-logits - 0.5))).intercept
    return found.low, found.high, -0.5


CASES: list[tuple[str, Callable[[Rng], Sample], float, float]] = [
    ("area, wald", lambda rng: area(rng, roc.Scale.WALD), 0.92, 0.96),
    ("area, logit", lambda rng: area(rng, roc.Scale.LOGIT), 0.94, 0.97),
    ("paired areas", paired_areas, 0.935, 0.96),
    ("wilson", lambda rng: share(rng, proportion.wilson), 0.94, 0.96),
    ("clopper-pearson", lambda rng: share(rng, proportion.clopper_pearson), 0.95, 0.985),
    ("newcombe", difference, 0.94, 0.965),
    ("tango", paired_shares, 0.94, 0.965),
    ("likelihood ratio", ratio, 0.94, 0.97),
    ("predictive value", predictive, 0.94, 0.97),
    ("predictive value, scarce", scarce, 0.94, 1.0),
    ("begg-greenes", corrected, 0.935, 0.97),
    ("cohen", two_raters, 0.935, 0.96),
    ("icc 1,1", lambda rng: correlated(rng, Form.ONE_SINGLE), 0.94, 0.96),
    ("icc 2,1", lambda rng: correlated(rng, Form.TWO_SINGLE), 0.935, 0.975),
    ("icc 3,1", lambda rng: correlated(rng, Form.THREE_SINGLE), 0.94, 0.96),
    ("fleiss", lambda rng: binary_panel(rng, "fleiss"), 0.93, 0.965),
    ("krippendorff", lambda rng: binary_panel(rng, "alpha"), 0.93, 0.965),
    ("slope", slope, 0.935, 0.965),
    ("intercept", odds, 0.935, 0.965),
    *(
        (f"study, {method}, {analysis}", lambda rng, m=method, a=analysis: study(rng, m, a), low, high)
        for method, analysis, low, high in (
            (Covariance.DELONG, Analysis.RANDOM_RANDOM, 0.94, 0.985),
            (Covariance.JACKKNIFE, Analysis.RANDOM_RANDOM, 0.94, 0.985),
            (Covariance.UNBIASED, Analysis.RANDOM_RANDOM, 0.94, 0.985),
            (Covariance.DELONG, Analysis.FIXED_READERS, 0.935, 0.975),
        )
    ),
]


def check(draw: Callable[[Rng], Sample], least: float, most: float, runs: int) -> None:
    """Draw so often and count."""
    rng = np.random.default_rng(20261128)
    samples = [draw(rng) for _ in range(runs)]
    told = [(low, high, truth) for low, high, truth in samples if low is not None and high is not None]
    held = sum(low - 1e-12 <= truth <= high + 1e-12 for low, high, truth in told) / len(told)
    # Bounds are those of the method at this size of sample; three standard errors of the simulation on top.
    error = 3 * sqrt(0.05 * 0.95 / len(told))
    assert len(told) > 0.98 * runs
    assert least - error <= held <= most + error


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("draw", "least", "most"), [pytest.param(*rest, id=name) for name, *rest in CASES])
def test_an_interval_of_95_percent_holds_the_truth_as_often(
    draw: Callable[[Rng], Sample], least: float, most: float
) -> None:
    check(draw, least, most, RUNS)


@pytest.mark.parametrize(("draw", "least", "most"), [pytest.param(*rest, id=name) for name, *rest in CASES])
def test_no_interval_is_far_from_what_it_says(draw: Callable[[Rng], Sample], least: float, most: float) -> None:
    check(draw, least, most, 100)


@pytest.mark.slow
def test_the_bound_of_separated_classes_is_never_too_narrow() -> None:
    # Of areas this high, samples of eight and twelve often do not overlap.
    rng = np.random.default_rng(6)
    truth, shift = np.arange(20) < 8, 2.2
    expected, held = NORMAL.cdf(shift / sqrt(2)), 0
    for _ in range(RUNS):
        found = roc.auc(truth, rng.normal(size=20) + shift * truth)
        held += found.auc < 1 or (found.low is not None and found.low <= expected)
    assert exp(log(0.025) / 8) < expected
    assert held / RUNS >= 0.95
