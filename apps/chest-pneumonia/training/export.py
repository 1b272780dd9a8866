"""Everything learnt as one ONNX model: a picture in, one logit out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from chest_pneumonia.picture import SIDE
from edges import Edges
from network import CROP, Network
from onnx import TensorProto, helper, numpy_helper
from torch import nn

MARGIN = (SIDE - CROP) // 2
# Weights above this count are kept with 16 bits and widened when the model is loaded.
SMALL = 256


@dataclass(frozen=True, kw_only=True)
class Blend:
    """Logit = offset + of_networks * mean logit of the networks + of_edges * value of the edges."""

    of_networks: float
    of_edges: float
    offset: float


class Together(nn.Module):
    """Several networks and the edges, each over a picture and its mirror image."""

    def __init__(self, networks: list[Network], edges: Edges, blend: Blend) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.edges = edges
        self.blend = blend

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Map (1, 1, SIDE, SIDE) to one logit."""
        both = torch.cat([picture, picture.flip(3)])
        middle = both[:, :, MARGIN : MARGIN + CROP, MARGIN : MARGIN + CROP]
        seen = torch.stack([network(middle).mean() for network in self.networks]).mean()
        blended: torch.Tensor = (
            self.blend.offset + self.blend.of_networks * seen + self.blend.of_edges * self.edges(both).mean()
        )
        return blended


def export(model: Together, file: Path) -> None:
    """Write the model."""
    example = torch.zeros(1, 1, SIDE, SIDE)
    torch.onnx.export(
        model.eval(),
        (example,),
        file,
        input_names=["picture"],
        output_names=["logit"],
        dynamo=False,
        opset_version=17,
    )
    kept = onnx.load(file)
    _halve(kept.graph)
    onnx.checker.check_model(kept)
    onnx.save(kept, file)


def _halve(graph: onnx.GraphProto) -> None:
    casts = []
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALL:
            continue
        graph.initializer.remove(tensor)
        half = f"{tensor.name}_half"
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), half))
        casts.append(helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
