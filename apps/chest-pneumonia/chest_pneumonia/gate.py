"""Whether a picture looks like a frontal chest film at all.

A film is held against the films of training: how far it lies from the space that their principal
components span, how far out it lies within, and on which side of a border that parts upright frontal
films from the same films turned and from drawn silhouettes. The limits are such that hardly any real
frontal film exceeds them (``training/gate.py``).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from chest_pneumonia.picture import SIDE

SAMPLES = 32
# Spread of grey values below which there is no picture, on a scale from 0 to 1.
LEAST_SPREAD = 0.05

Values = npt.NDArray[np.float64]


MACHINE = ("mean", "turn", "vectors", "weights", "offset", "width")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A support vector machine with radial kernel over components; positive values speak for a film."""

    mean: Values
    turn: Values
    vectors: Values
    weights: Values
    offset: Values
    width: Values

    def values(self, films: Values) -> Values:
        """Decision value of each row."""
        places = (films - self.mean) @ self.turn
        squares = (places**2).sum(1, keepdims=True) + (self.vectors**2).sum(1) - 2 * places @ self.vectors.T
        found: Values = np.exp(-self.width * squares) @ self.weights + self.offset
        return found


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Mean, components (rows) with their variances, a support vector machine over them, three limits."""

    mean: Values
    components: Values
    variances: Values
    outside_limit: float
    inside_limit: float
    machine: Machine
    side_limit: float

    def refuses(self, picture: npt.NDArray[np.float32]) -> bool:
        """Whether a normalised picture is unlike the films of training."""
        if float(picture.std()) < LEAST_SPREAD:
            return True
        film = shrink(picture[None])
        outside, inside = distances(film, self.mean, self.components, self.variances)
        too_far = outside[0] > self.outside_limit or inside[0] > self.inside_limit
        return bool(too_far or self.machine.values(film)[0] < self.side_limit)


def read_gate(file: Path) -> Gate:
    """Read what training has written."""
    with np.load(file, allow_pickle=False) as kept:
        return Gate(
            mean=kept["mean"].astype(np.float64),
            components=kept["components"].astype(np.float64),
            variances=kept["variances"].astype(np.float64),
            outside_limit=float(kept["outside_limit"]),
            inside_limit=float(kept["inside_limit"]),
            machine=Machine(**{name: kept[f"machine_{name}"].astype(np.float64) for name in MACHINE}),
            side_limit=float(kept["side_limit"]),
        )


def shrink(pictures: npt.NDArray[np.float32]) -> Values:
    """Give each picture as `SAMPLES` x `SAMPLES` values of mean 0 and spread 1, shape (films, SAMPLES ** 2)."""
    step = SIDE // SAMPLES
    blocks = pictures.reshape(len(pictures), SAMPLES, step, SAMPLES, step).astype(np.float64).mean((2, 4))
    flat: Values = blocks.reshape(len(pictures), -1)
    spread = np.maximum(flat.std(1, keepdims=True), 1e-3)
    scaled: Values = (flat - flat.mean(1, keepdims=True)) / spread
    return scaled


def distances(films: Values, mean: Values, components: Values, variances: Values) -> tuple[Values, Values]:
    """Distance from the space of the components, and from its middle; both per film."""
    centred = films - mean
    places = centred @ components.T
    outside: Values = np.sqrt(((centred - places @ components) ** 2).mean(1))
    inside: Values = np.sqrt((places**2 / variances).mean(1))
    return outside, inside
