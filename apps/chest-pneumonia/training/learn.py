"""Teaching one network: augmentation, mixing, averaged weights."""

import copy
import math

import numpy as np
import numpy.typing as npt
import torch
from films import Films
from network import CROP, Network
from torch.nn import functional

EPOCHS = 45
BATCH = 32
PEAK_RATE = 2e-3
WEIGHT_DECAY = 2e-2
SMOOTHING = 0.05
MIXING = 0.3
MEMORY = 0.99
HALF = 0.5


def learn(films: Films, seed: int, epochs: int = EPOCHS) -> Network:
    """Teach one network; returns the running mean of its weights."""
    torch.manual_seed(seed)
    pictures = torch.from_numpy(films.pictures).unsqueeze(1)
    labels = torch.from_numpy(films.labels).float()
    network = Network()
    averaged = copy.deepcopy(network).requires_grad_(requires_grad=False)
    optimiser = torch.optim.AdamW(network.parameters(), lr=PEAK_RATE, weight_decay=WEIGHT_DECAY)
    batches = len(labels) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=PEAK_RATE, total_steps=epochs * batches, pct_start=0.15
    )
    for _ in range(epochs):
        order = torch.randperm(len(labels))
        for start in range(0, batches * BATCH, BATCH):
            chosen = order[start : start + BATCH]
            _step(network, optimiser, augment(pictures[chosen]), labels[chosen])
            schedule.step()
            _remember(averaged, network)
    return averaged.eval()


def _step(network: Network, optimiser: torch.optim.Optimizer, pictures: torch.Tensor, labels: torch.Tensor) -> None:
    share = float(np.random.default_rng(int(torch.randint(2**31, (1,)))).beta(MIXING, MIXING))
    other = torch.randperm(len(labels))
    mixed = share * pictures + (1 - share) * pictures[other]
    wanted = share * labels + (1 - share) * labels[other]
    wanted = wanted * (1 - 2 * SMOOTHING) + SMOOTHING
    optimiser.zero_grad()
    functional.binary_cross_entropy_with_logits(network(mixed), wanted).backward()  # type: ignore[no-untyped-call]
    optimiser.step()


@torch.no_grad()
def _remember(averaged: Network, network: Network) -> None:
    for mean, new in zip(averaged.parameters(), network.parameters(), strict=True):
        mean.lerp_(new, 1 - MEMORY)
    for mean, new in zip(averaged.buffers(), network.buffers(), strict=True):
        mean.copy_(new)


def augment(pictures: torch.Tensor) -> torch.Tensor:
    """Turn, scale, shift, flip, change contrast, add noise, cover a patch; gives (films, 1, CROP, CROP)."""
    count = len(pictures)
    angle = (torch.rand(count) - 0.5) * 2 * math.radians(12)
    scale = CROP / pictures.shape[-1] * (0.88 + 0.3 * torch.rand(count))
    flip = (torch.rand(count) < HALF).float() * 2 - 1
    cosine, sine = scale * torch.cos(angle), scale * torch.sin(angle)
    shift = (torch.rand(count, 2) - 0.5) * 0.22
    rows = (torch.stack([flip * cosine, -sine, shift[:, 0]], 1), torch.stack([flip * sine, cosine, shift[:, 1]], 1))
    grid = functional.affine_grid(torch.stack(rows, 1), [count, 1, CROP, CROP], align_corners=False)
    turned = functional.grid_sample(pictures, grid, align_corners=False)
    gamma = torch.exp((torch.rand(count, 1, 1, 1) - 0.5) * 0.9)
    gain = 0.8 + 0.4 * torch.rand(count, 1, 1, 1)
    offset = (torch.rand(count, 1, 1, 1) - 0.5) * 0.2
    changed = turned.clamp(0, 1) ** gamma * gain + offset
    changed = changed + torch.randn_like(changed) * 0.04 * torch.rand(count, 1, 1, 1)
    return _cover(changed)


def _cover(pictures: torch.Tensor) -> torch.Tensor:
    for picture in pictures:
        if torch.rand(()) < HALF:
            height, width = (int(value) for value in torch.randint(12, 36, (2,)))
            top, left = int(torch.randint(CROP - height, ())), int(torch.randint(CROP - width, ()))
            picture[:, top : top + height, left : left + width] = picture.mean()
    return pictures


def centre(pictures: npt.NDArray[np.float32]) -> torch.Tensor:
    """Cut the middle out of pictures, as inference does; gives (films, 1, CROP, CROP)."""
    margin = (pictures.shape[-1] - CROP) // 2
    return torch.from_numpy(pictures[:, margin : margin + CROP, margin : margin + CROP]).unsqueeze(1)


@torch.no_grad()
def logits(network: Network, pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Mean logit of each picture and its mirror image."""
    middle = centre(pictures)
    both = (network(middle) + network(middle.flip(3))) / 2
    return both.double().numpy()
