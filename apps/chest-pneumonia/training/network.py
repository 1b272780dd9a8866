"""The network: a few convolutions, averaged over the picture."""

from itertools import pairwise

import torch
from torch import nn

CHANNELS = (16, 32, 64, 128)
CROP = 112


class Block(nn.Module):
    """Two convolutions with a shortcut, then half the size."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(after, after, 3, padding=1, bias=False), nn.BatchNorm2d(after))
        self.shrink = nn.MaxPool2d(2)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Map (films, before, rows, columns) to (films, after, rows / 2, columns / 2)."""
        found = self.first(picture)
        shrunk: torch.Tensor = self.shrink(torch.relu(found + self.second(found)))
        return shrunk


class Network(nn.Module):
    """Logit of a pneumonia-like opacity for pictures of shape (films, 1, CROP, CROP) from 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, CHANNELS[0], 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(CHANNELS[0]), nn.ReLU()
        )
        self.blocks = nn.Sequential(*(Block(before, after) for before, after in pairwise(CHANNELS)))
        self.drop = nn.Dropout(0.4)
        self.head = nn.Linear(CHANNELS[-1], 1)

    def features(self, picture: torch.Tensor) -> torch.Tensor:
        """Mean of the last maps, shape (films, CHANNELS[-1])."""
        pooled: torch.Tensor = self.blocks(self.stem((picture - 0.5) * 4)).mean((2, 3))
        return pooled

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Logits, shape (films,)."""
        logits: torch.Tensor = self.head(self.drop(self.features(picture))).squeeze(1)
        return logits
