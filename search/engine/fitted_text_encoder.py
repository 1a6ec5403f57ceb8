"""A text encoder and what was fitted to weigh the hits of its model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from captioning.outputs import ModelIdentity
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from search.engine.relevance import Relevance, read_relevance


@dataclass(frozen=True)
class FittedTextEncoder:
    """Reads the words of queries for one model, and knows how its hits are weighed."""

    encoder: NumpyTextEncoder

    @classmethod
    def load(cls, path: Path) -> FittedTextEncoder:
        """Loads the text encoder of a model file; what was fitted for it is read when it is first asked for.

        Raises:
            ModelFileError: The file is missing, damaged, or of another version.
        """
        return cls(NumpyTextEncoder.load(path))

    @property
    def identity(self) -> ModelIdentity:
        """The model."""
        return self.encoder.identity

    @cached_property
    def relevance(self) -> Relevance | None:
        """What makes probabilities of the model's scores; none where it was not fitted.

        Raises:
            ModelFileError: Its file is damaged, or of another version.
        """
        return read_relevance(self.encoder.file)
