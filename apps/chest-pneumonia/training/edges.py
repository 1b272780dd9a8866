"""A second opinion from the directions of edges: histograms (Dalal and Triggs 2005), components, support vectors."""

import math

import numpy as np
import numpy.typing as npt
import torch
from films import Films
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import nn

CELL = 8
DIRECTIONS = 9
COMPONENTS = 100
SOFTENING = 0.05
PENALTY = 2.0

Values = npt.NDArray[np.float64]


class Edges(nn.Module):
    """Decision value of a support vector machine over histograms of edge directions.

    Parameters
    ----------
    parts : mapping of str to array
        ``mean``, ``spread`` and ``turn`` map a histogram to components; ``vectors``, ``weights``,
        ``offset`` and ``width`` are those of the machine.
    """

    def __init__(self, parts: dict[str, npt.NDArray[np.float32]]) -> None:
        super().__init__()
        for name, values in parts.items():
            self.register_buffer(name, torch.from_numpy(values))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Map (films, 1, SIDE, SIDE) to decision values, shape (films,)."""
        places = ((histograms(pictures) - self.mean) / self.spread) @ self.turn
        squares = (places**2).sum(1, keepdim=True) + (self.vectors**2).sum(1) - 2 * places @ self.vectors.T
        values: torch.Tensor = torch.exp(-self.width * squares) @ self.weights + self.offset
        return values


def histograms(pictures: torch.Tensor) -> torch.Tensor:
    """Directions of edges in cells of `CELL` pixels, each cell to length one; shape (films, features)."""
    inner = nn.functional.pad(pictures, (1, 1, 1, 1), mode="replicate")
    across = (inner[:, :, 1:-1, 2:] - inner[:, :, 1:-1, :-2]) / 2
    down = (inner[:, :, 2:, 1:-1] - inner[:, :, :-2, 1:-1]) / 2
    strength = torch.sqrt(across**2 + down**2)
    angle = torch.atan2(down, across)
    angle = torch.where(angle < 0, angle + math.pi, angle)
    sector = torch.clamp(torch.floor(angle * (DIRECTIONS / math.pi)), max=DIRECTIONS - 1)
    maps = torch.cat([strength * (sector == number).to(strength.dtype) for number in range(DIRECTIONS)], 1)
    cells = nn.functional.avg_pool2d(maps, CELL) * CELL**2
    cells = cells / (torch.sqrt((cells**2).sum(1, keepdim=True)) + SOFTENING)
    return cells.flatten(1)


def learn_edges(films: Films) -> Edges:
    """Fit components and support vectors on films and their mirror images."""
    with torch.no_grad():
        plain = torch.from_numpy(films.pictures).unsqueeze(1)
        seen = torch.cat([histograms(plain), histograms(plain.flip(3))]).double().numpy()
    labels = np.concatenate([films.labels, films.labels])
    scaler = StandardScaler().fit(seen)
    components = PCA(COMPONENTS, random_state=0).fit(scaler.transform(seen))
    width = 1 / seen.shape[1]
    machine = SVC(C=PENALTY, gamma=width).fit(components.transform(scaler.transform(seen)), labels)
    turn = components.components_.T
    parts = {
        "mean": scaler.mean_ + scaler.scale_ * components.mean_,
        "spread": scaler.scale_,
        "turn": turn,
        "vectors": machine.support_vectors_,
        "weights": machine.dual_coef_[0],
        "offset": machine.intercept_[0],
        "width": np.array(width),
    }
    return Edges({name: np.asarray(values, dtype=np.float32) for name, values in parts.items()}).eval()


@torch.no_grad()
def edge_values(edges: Edges, films: Films) -> Values:
    """Mean decision value of each film and its mirror image."""
    plain = torch.from_numpy(films.pictures).unsqueeze(1)
    values: Values = ((edges(plain) + edges(plain.flip(3))) / 2).double().numpy()
    return values
