"""What a training goes on from: a model file, or the mean of the weights of several."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from captioning.errors import ModelFileError
from captioning.model_file import ModelFile, read_model_file
from captioning.network.model import build_network

Start = str | Mapping[str, float]
"""A model file, or several, each with the weight that it has in their mean."""


def read_start(start: Start) -> ModelFile:
    """Reads the header of the model to go on from; of several the first one's, with which the others agree.

    Raises:
        ModelFileError: A file is missing or damaged, or several differ in more than their weights.
    """
    first, *others = (read_model_file(Path(path)) for path in _weights(start))
    for other in others:
        if _shape(other) != _shape(first):
            raise ModelFileError(
                f"the models {first.path} and {other.path} have no mean: their configuration, vocabulary and keywords "
                "must be the same"
            )
    return first


def start_weights(start: Start) -> dict[str, Tensor]:
    """Gives the tensors to go on from, by name, float32: of several models their weighted mean.

    Models that went on from the same one lie so near to each other that the mean of their weights is a model too, often
    a better one (model soups, Wortsman et al. 2022, section 2).

    Raises:
        ModelFileError: A file is missing or damaged.
    """
    mean: dict[str, Tensor] = {}
    for path, weight in _weights(start).items():
        for name, value in build_network(read_model_file(Path(path))).state_dict().items():
            if not value.is_floating_point():
                mean.setdefault(name, value)
            else:
                mean[name] = weight * value + mean.get(name, 0.0)
    return mean


def _weights(start: Start) -> Mapping[str, float]:
    return {start: 1.0} if isinstance(start, str) else start


def _shape(file: ModelFile) -> tuple[Any, ...]:
    return file.config, file.vocabulary.words, file.keywords
