"""Reads sentences by what a library keeps of the models that described it, without the models themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from captioning.text.numpy_text_encoder import NumpyTextEncoder

if TYPE_CHECKING:
    from index_data.library import Library


class TextEncoders:
    """Opens each model's text encoder when it is first asked."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._opened: dict[str, NumpyTextEncoder] = {}

    def encode(self, model: ModelIdentity, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Embeds sentences in the joint space of a model: unit vectors (sentences, D), float32.

        Raises:
            ModelFileError: What the library keeps of the model is missing or damaged.
        """
        if model.id not in self._opened:
            self._opened[model.id] = NumpyTextEncoder.load(self._library.text_encoder(model))
        return self._opened[model.id].encode_text(sentences)
