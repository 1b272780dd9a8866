"""Fitting the gate: components of the training films, a border, limits from films that a fit has not seen."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from chest_pneumonia.gate import MACHINE, Machine, Values, distances, shrink
from chest_pneumonia.picture import SIDE, Picture
from sklearn.decomposition import PCA
from sklearn.svm import SVC

COMPONENTS = 30
MACHINE_COMPONENTS = 40
PENALTY = 10.0
# To refuse a real film is the worse error of the two.
FILMS_COUNT_MORE = 20.0
# Distances may be this much larger than any that a film had which the fit had not seen.
ROOM = 1.05
# One film of training stands upside down. The border need not lie below where a fit without it sees it,
# but below where the fit that knows it does: every film of the data set is scored.
EXCUSED = 1
MARGIN = 0.1
SILHOUETTES = 300
HANDS = 200
PATTERNS = 200
MOST_SHIFT = 16
SEED = 1


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What is learnt from one set of films."""

    mean: Values
    components: Values
    variances: Values
    machine: Machine


def fit_gate(pictures: Picture, fold: npt.NDArray[np.int64], file: Path) -> float:
    """Write the gate; returns the share of films that a gate fitted without them would refuse."""
    films = shrink(pictures)
    outside, inside, side = np.zeros(len(films)), np.zeros(len(films)), np.zeros(len(films))
    for number in range(int(fold.max()) + 1):
        aside = fold == number
        fit = _fit(pictures[~aside])
        outside[aside], inside[aside] = distances(films[aside], fit.mean, fit.components, fit.variances)
        side[aside] = fit.machine.values(films[aside])
    limits = [float(values.max()) * ROOM for values in (outside, inside)]
    fit = _fit(pictures)
    seen = float(fit.machine.values(films).min())
    side_limit = min(float(np.sort(side)[EXCUSED]), seen) - MARGIN
    np.savez_compressed(
        file,
        mean=fit.mean.astype(np.float32),
        components=fit.components.astype(np.float32),
        variances=fit.variances.astype(np.float32),
        outside_limit=limits[0],
        inside_limit=limits[1],
        side_limit=side_limit,
        **{f"machine_{name}": getattr(fit.machine, name).astype(np.float32) for name in MACHINE},
    )
    return float(((outside > limits[0]) | (inside > limits[1]) | (side < side_limit)).mean())


def _fit(pictures: Picture) -> Fit:
    films = shrink(pictures)
    mean: Values = films.mean(0)
    _, lengths, components = np.linalg.svd(films - mean, full_matrices=False)
    variances: Values = lengths[:COMPONENTS] ** 2 / (len(films) - 1)
    return Fit(mean=mean, components=components[:COMPONENTS], variances=variances, machine=_machine(pictures))


def _machine(pictures: Picture) -> Machine:
    """Part upright films, shifted and mirrored ones too, from turned ones and drawn silhouettes."""
    random = np.random.default_rng(SEED)
    upright = np.concatenate([pictures, _shifted(pictures, random)])
    upright = np.concatenate([upright, upright[:, :, ::-1]])
    turned = [np.rot90(upright[::2], turns, (1, 2)) for turns in (1, 2, 3)]
    drawn = [silhouettes(random), hands(random), patterns(random)]
    others = np.concatenate([*turned, upright[1::2, ::-1], *drawn])
    rows = np.concatenate([shrink(upright), shrink(others)])
    wanted = np.repeat([1, 0], [len(upright), len(others)])
    components = PCA(MACHINE_COMPONENTS, random_state=0).fit(rows)
    width = 0.5 / rows.shape[1]
    machine = SVC(C=PENALTY, gamma=width, class_weight={1: FILMS_COUNT_MORE}).fit(components.transform(rows), wanted)
    return Machine(
        mean=components.mean_,
        turn=components.components_.T,
        vectors=machine.support_vectors_,
        weights=machine.dual_coef_[0],
        offset=machine.intercept_[0],
        width=np.array(width),
    )


def _shifted(pictures: Picture, random: np.random.Generator) -> Picture:
    """Move films, and give some a bright or dark band at the top, as an open collimator leaves it."""
    moved = pictures.copy()
    for picture in moved:
        shift = random.integers(-MOST_SHIFT, MOST_SHIFT + 1, 2)
        picture[:] = np.roll(picture, tuple(shift), (0, 1))
        if random.random() < 0.3:  # noqa: PLR2004 - not every film
            picture[: random.integers(8, 30)] = random.random()
    return moved


def silhouettes(random: np.random.Generator) -> Picture:
    """Draw upright bodies seen from the side, and limbs: bands of varied place, width and brightness."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    pictures = np.zeros((SILHOUETTES, SIDE, SIDE), dtype=np.float32)
    for picture in pictures:
        middle, width = random.uniform(0.3, 0.7), random.uniform(0.1, 0.25)
        lean = random.uniform(-0.2, 0.2) * (rows - 0.5)
        picture[:] = np.exp(-(((columns - middle - lean) / width) ** 2)) * random.uniform(0.6, 1)
        if random.random() < 0.5:  # noqa: PLR2004 - every other one has a darker hollow, as lungs from the side
            hollow = ((columns - middle) / (0.6 * width)) ** 2 + ((rows - 0.4) / 0.25) ** 2
            picture[:] = picture * (1 - 0.6 * np.exp(-hollow))
        picture[:] = picture + random.normal(0, 0.02, picture.shape)
    return pictures


def hands(random: np.random.Generator) -> Picture:
    """Draw a palm with five fingers, upright or hanging."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    pictures = np.zeros((HANDS, SIDE, SIDE), dtype=np.float32)
    for picture in pictures:
        middle, wrist = random.uniform(0.4, 0.6), random.uniform(0.6, 0.8)
        wide, high = random.uniform(0.13, 0.22), random.uniform(0.16, 0.26)
        picture[((rows - wrist) / high) ** 2 + ((columns - middle) / wide) ** 2 < 1] = random.uniform(0.6, 1)
        for finger in range(5):
            place = middle + (finger - 2) * wide * random.uniform(0.45, 0.65)
            top = 0.08 + 0.09 * abs(finger - 2) + random.uniform(-0.04, 0.06)
            along = (np.abs(columns - place) < random.uniform(0.025, 0.045)) & (rows > top) & (rows < wrist)
            picture[along] = random.uniform(0.5, 0.95)
        if random.random() < 0.5:  # noqa: PLR2004 - every other one hangs
            picture[:] = picture[::-1].copy()
        picture[:] = picture + random.normal(0, 0.02, picture.shape)
    return pictures


def patterns(random: np.random.Generator) -> Picture:
    """Draw ramps and gratings, as test pictures have them."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    pictures = np.zeros((PATTERNS, SIDE, SIDE), dtype=np.float32)
    for picture in pictures:
        angle = random.uniform(0, 2 * np.pi)
        along = np.cos(angle) * columns + np.sin(angle) * rows
        if random.random() < 0.5:  # noqa: PLR2004 - every other one is a grating
            along = np.sin(2 * np.pi * random.uniform(1, 12) * along)
        picture[:] = (along - along.min()) / np.ptp(along) + random.normal(0, 0.02, along.shape)
    return pictures
