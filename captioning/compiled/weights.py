"""The tensors of a model file, handed out by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captioning.errors import ModelFileError
from captioning.model_file import ModelFile

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LSTMWeights:
    """One direction of an LSTM layer, float32, for I inputs and H states; its gates are enter, forget, new, leave.

    Attributes:
        inputs: Shape (4H, I).
        recurrent: Shape (4H, H).
        bias: Shape (4H,): both of torch's together.
    """

    inputs: Array
    recurrent: Array
    bias: Array


class Weights:
    """Tensors of which each is taken once, in the shape that the configuration asks for."""

    def __init__(self, file: ModelFile) -> None:
        """Reads them all.

        Raises:
            ModelFileError: The file was changed since it was written, or cannot be read.
        """
        self._tensors = file.verified_tensors("np")
        self._path = file.path

    def take(self, name: str, *shape: int) -> Array:
        """Gives a tensor of this shape, float32.

        Raises:
            ModelFileError: There is none of this name, or it has another shape.
        """
        tensor = self._tensors.pop(name, None)
        if tensor is None:
            raise ModelFileError(f"the model {self._path} lacks tensors or has too many, such as {name}")
        if tensor.shape != shape:
            raise ModelFileError(
                f"the tensors in {self._path} do not fit its configuration: {name} has the shape {tensor.shape}, "
                f"not {shape}"
            )
        widened: Array = tensor.astype(np.float32)
        return widened

    def take_lstm(self, name: str, inputs: int, hidden: int, *, direction: str = "l0") -> LSTMWeights:
        """Gives one direction of an LSTM layer.

        Raises:
            ModelFileError: A tensor is missing, or has another shape.
        """
        return LSTMWeights(
            self.take(f"{name}.weight_ih_{direction}", 4 * hidden, inputs),
            self.take(f"{name}.weight_hh_{direction}", 4 * hidden, hidden),
            self.take(f"{name}.bias_ih_{direction}", 4 * hidden) + self.take(f"{name}.bias_hh_{direction}", 4 * hidden),
        )

    def finish(self) -> None:
        """Proves that all were taken.

        Raises:
            ModelFileError: Some were not.
        """
        if self._tensors:
            wrong = ", ".join(sorted(self._tensors)[:3])
            raise ModelFileError(f"the model {self._path} lacks tensors or has too many, such as {wrong}")
