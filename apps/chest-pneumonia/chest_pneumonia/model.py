"""The network on onnxruntime, one thread."""

import math
from pathlib import Path

import onnxruntime

from chest_pneumonia.picture import Picture


class Model:
    """A trained model file.

    Parameters
    ----------
    file : Path
    """

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def score(self, picture: Picture) -> float:
        """Score of a picture from `picture.normalise`, 0 to 1; not a calibrated probability."""
        logit = float(self._session.run(["logit"], {"picture": picture[None, None]})[0])
        return 1 / (1 + math.exp(-logit))
