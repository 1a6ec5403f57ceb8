"""A model with random weights and few words, made in a moment: it knows nothing, and everything runs through it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from captioning.config import ModelConfig
from captioning.model_file import write_model_file
from captioning.network.backbones import build_backbone
from captioning.network.model import CaptionNetwork
from captioning.vocabulary import Vocabulary

WORDS = (
    *("a", "dog", "cat", "on", "the", "beach", "red", "blue", "green"),
    *("picture", "of", "colour", "two", "runs", "sits"),
)
KEYWORDS = ("dog", "cat", "beach", "colour")


def tiny_config(**changes: object) -> ModelConfig:
    """Sizes that fit a test."""
    sizes = {"side": 32, "word_size": 12, "hidden": 16, "text_hidden": 10, "joint": 8, "writable": 15, "dropout": 0.1}
    return ModelConfig(**{**sizes, **changes})  # type: ignore[arg-type]


def tiny_network(config: ModelConfig, *, seed: int = 0) -> CaptionNetwork:
    """A network for `WORDS` and `KEYWORDS` with weights of a seed."""
    weights, chance = _weights(config, seed)
    network = _blank_network(config)
    network.load_state_dict(weights)
    # What a test draws by chance afterwards does not hang on whether this was the first such network.
    torch.set_rng_state(chance)
    return network.eval()


def _blank_network(config: ModelConfig) -> CaptionNetwork:
    words = len(Vocabulary(WORDS))
    network = CaptionNetwork(config, build_backbone(config.backbone), words=words, keywords=len(KEYWORDS))
    for module in network.encoder.backbone.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # The mean of all batches, not mostly of what was there before them.
    return network


@cache
def _weights(config: ModelConfig, seed: int) -> tuple[dict[str, Tensor], Tensor]:
    """The weights, which many tests want, and the state of torch's chance once they are made."""
    torch.manual_seed(seed)
    network = _blank_network(config)
    # Norms that know nothing of their inputs would pass on so little that all pictures look alike but for rounding.
    network.encoder.backbone.train()
    with torch.no_grad():
        for _ in range(3):
            network.encoder(torch.randint(0, 256, (16, 3, config.side, config.side), dtype=torch.uint8))
    return network.state_dict(), torch.get_rng_state()


def write_tiny_model(
    path: Path, *, name: str = "tiny", seed: int = 0, card: Mapping[str, Any] | None = None, **changes: object
) -> Path:
    """Writes such a model to a file."""
    config = tiny_config(**changes)
    weights, chance = _weights(config, seed)
    torch.set_rng_state(chance)
    write_model_file(
        path,
        weights,
        name=name,
        config=config,
        vocabulary=Vocabulary(WORDS),
        keywords=KEYWORDS,
        card=card or {"recipe": "none"},
    )
    return path
