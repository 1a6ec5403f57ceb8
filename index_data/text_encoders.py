"""Reads sentences by what a library keeps of the models that described it, without the models themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from index_data.locations import LibraryPaths


class TextEncoders:
    """Opens each model's text encoder when it is first asked."""

    def __init__(self, paths: LibraryPaths) -> None:
        self._paths = paths
        self._opened: dict[str, NumpyTextEncoder] = {}

    def encode(self, model: ModelIdentity, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Embeds sentences in the joint space of a model: unit vectors (sentences, D), float32.

        Raises:
            ModelFileError: What the library keeps of the model is missing or damaged.
        """
        if model.id not in self._opened:
            self._opened[model.id] = NumpyTextEncoder.load(self._paths.text_encoder(model.id))
        return self._opened[model.id].encode_text(sentences)
