"""A model that answers queries: its text encoder, and the relevance that was fitted for its scores."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from captioning.model_file import ModelFile, read_model_file
from captioning.outputs import ModelIdentity
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from search.engine.relevance import Relevance, read_relevance


class AnsweringModel:
    """Pairs a text encoder with the relevance that lies beside its file."""

    def __init__(self, file: ModelFile) -> None:
        """Takes an opened model file.

        Raises:
            ModelFileError: Its tensors do not fit its header.
        """
        self._file = file
        self.text_encoder = NumpyTextEncoder(file)

    @classmethod
    def load(cls, path: Path) -> AnsweringModel:
        """Opens a model file, or what a library keeps of one.

        Raises:
            ModelFileError: The file is missing, damaged, or of another version.
        """
        return cls(read_model_file(path))

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""
        return self._file.identity

    @cached_property
    def relevance(self) -> Relevance | None:
        """What makes probabilities of the model's scores; none where nothing was fitted.

        Raises:
            ModelFileError: Its file is damaged.
        """
        return read_relevance(self._file)
