"""All networks as one ONNX model: a picture in, the mean logit of the networks and mirror images out."""

from pathlib import Path

import torch
from chest_pneumonia.picture import SIDE
from network import CROP, Network
from torch import nn

MARGIN = (SIDE - CROP) // 2


class Together(nn.Module):
    """Mean logit of several networks over a picture and its mirror image."""

    def __init__(self, networks: list[Network]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Map (1, 1, SIDE, SIDE) to one logit."""
        middle = picture[:, :, MARGIN : MARGIN + CROP, MARGIN : MARGIN + CROP]
        both = torch.cat([middle, middle.flip(3)])
        return torch.stack([network(both).mean() for network in self.networks]).mean()


def export(networks: list[Network], file: Path) -> None:
    """Write the model."""
    model = Together([network.eval() for network in networks]).eval()
    example = torch.zeros(1, 1, SIDE, SIDE)
    torch.onnx.export(
        model, (example,), file, input_names=["picture"], output_names=["logit"], dynamo=False, opset_version=17
    )
