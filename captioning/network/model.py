"""The whole network: image encoder, text encoder, joint space, caption decoder and keyword head.

Axis legend: B pictures or sentences, S pixels per side, T words, D joint size, K keywords.
"""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch import Tensor, nn

from captioning.config import ModelConfig
from captioning.errors import ConfigurationError, ModelFileError
from captioning.model_file import ModelFile
from captioning.network.attention_decoder import CaptionDecoder, Memory
from captioning.network.backbones import Backbone, build_backbone
from captioning.network.image_encoder import ImageEncoder, ImageFeatures
from captioning.network.joint import JointSpace
from captioning.network.plain_decoder import PlainDecoder
from captioning.network.text_encoder import TextEncoder


class CaptionNetwork(nn.Module):
    """One network with two text products and one joint space; it chooses no device and holds no loss."""

    def __init__(self, config: ModelConfig, backbone: Backbone, *, words: int, keywords: int) -> None:
        """Takes the sizes, a built backbone, and the numbers of vocabulary words and keywords."""
        super().__init__()
        self.encoder = ImageEncoder(backbone, rows=config.encoder == "crnn")
        self.text_encoder = TextEncoder(
            words, word_size=config.word_size, hidden=config.text_hidden, dropout=config.dropout
        )
        pooled = 2 * backbone.channels
        self.joint = JointSpace(pooled, self.text_encoder.size, joint=config.joint, dropout=config.dropout)
        writer = CaptionDecoder if config.decoder == "attention" else PlainDecoder
        reading = {"joint": config.joint, "embedding_cells": config.embedding_cells} if config.embedding_cells else {}
        self.decoder = writer(
            min(words, config.writable),
            channels=backbone.channels,
            word_size=config.word_size,
            hidden=config.hidden,
            dropout=config.dropout,
            **reading,
        )
        self.keyword = nn.Sequential(nn.Dropout(config.dropout), nn.Linear(pooled, keywords))

    def encode_features(self, pixels: Tensor, *, half: torch.dtype | None = None) -> ImageFeatures:
        """Looks at pixels (B, 3, S, S), uint8, once, for more than one of the methods below.

        Args:
            pixels: The pictures.
            half: The half precision in which the backbone multiplies; without it, it takes what holds around the call.
        """
        with torch.autocast(pixels.device.type, half) if half else nullcontext():
            features: ImageFeatures = self.encoder(pixels)
        return features

    def encode_image(self, image: Tensor | ImageFeatures) -> Tensor:
        """Places pictures, pixels (B, 3, S, S), uint8, or their features, in the joint space.

        Returns:
            Unit vectors (B, D), float32.
        """
        embedding: Tensor = self.joint.image(self._features(image).pooled)
        return embedding

    def encode_memory(self, image: Tensor | ImageFeatures) -> Memory:
        """Prepares pictures, pixels (B, 3, S, S), uint8, or their features, for the sentence writer.

        What is written teaches nothing about where pictures lie in the joint space.
        """
        features = self._features(image)
        with torch.no_grad():
            embeddings = self.encode_image(features)
        return self.decoder.encode_memory(features, embeddings)

    def keyword_logits(self, image: Tensor | ImageFeatures) -> Tensor:
        """The log-odds (B, K) of each word of the annotation for pixels (B, 3, S, S), uint8, or their features."""
        logits: Tensor = self.keyword(self._features(image).pooled)
        return logits

    def _features(self, image: Tensor | ImageFeatures) -> ImageFeatures:
        return image if isinstance(image, ImageFeatures) else self.encode_features(image)

    def encode_text(self, ids: Tensor) -> Tensor:
        """Places sentences (B, T), int64, in the joint space: unit vectors (B, D), float32."""
        embedding: Tensor = self.joint.text(self.text_encoder(ids))
        return embedding


def build_network(file: ModelFile) -> CaptionNetwork:
    """Builds the network of a model file and fills it with the file's weights, in float32.

    Raises:
        ModelFileError: The file was changed since it was written, or its tensors do not fit its configuration.
    """
    try:
        network = CaptionNetwork(
            file.config,
            build_backbone(file.config.backbone),
            words=len(file.vocabulary),
            keywords=len(file.keywords),
        )
    except ConfigurationError as error:
        raise ModelFileError(f"the network of the model {file.path} cannot be built: {error}") from error
    try:
        missing = network.load_state_dict(file.verified_tensors("pt"), strict=False)
    except RuntimeError as error:
        raise ModelFileError(f"the tensors in {file.path} do not fit its configuration: {error}") from error
    lacking = [name for name in missing.missing_keys if not name.endswith("num_batches_tracked")]
    if lacking or missing.unexpected_keys:
        wrong = ", ".join([*lacking, *missing.unexpected_keys][:3])
        raise ModelFileError(f"the model {file.path} lacks tensors or has too many, such as {wrong}")
    return network.float()
