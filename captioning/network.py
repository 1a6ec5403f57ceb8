"""The whole network: picture encoder, sentence encoder, joint space, sentence writer and keyword head."""

from __future__ import annotations

from torch import Tensor, nn

from captioning.backbones import Backbone
from captioning.config import ModelConfig
from captioning.decoder import CaptionDecoder
from captioning.encoder import ImageEncoder, ImageFeatures
from captioning.joint import JointSpace
from captioning.plain_decoder import PlainDecoder
from captioning.text_encoder import TextEncoder


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
        self.decoder = writer(
            min(words, config.writable),
            channels=backbone.channels,
            word_size=config.word_size,
            hidden=config.hidden,
            dropout=config.dropout,
        )
        self.keyword = nn.Sequential(nn.Dropout(config.dropout), nn.Linear(pooled, keywords))

    def encode_image(self, features: ImageFeatures) -> Tensor:
        """Places features of B pictures in the joint space: unit vectors (B, D), float32."""
        embedding: Tensor = self.joint.image(features.pooled)
        return embedding

    def encode_text(self, ids: Tensor) -> Tensor:
        """Places sentences (B, T), int64, in the joint space: unit vectors (B, D), float32."""
        embedding: Tensor = self.joint.text(self.text_encoder(ids))
        return embedding
