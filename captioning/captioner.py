"""A trained network ready for use: pixels in, captions, keywords and embeddings out.

Axis legend: B pictures, S pixels per side, D joint size, K keywords.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from captioning.backbones import fuse_norms
from captioning.beam import Sentences, beam_search
from captioning.describer import Caption, Description, Keyword, ModelIdentity
from captioning.model_file import ModelFile, read_model_file
from captioning.network import build_network
from captioning.validation import encode_sentences
from captioning.vocabulary import Vocabulary

KEYWORDS_SHOWN = 8
KEYWORD_FLOOR = 0.15
"""A word less probable than this is not part of an annotation."""


class Captioner:
    """Implements `captioning.describer.Describer` with a network on one device."""

    def __init__(self, file: ModelFile, *, device: torch.device, beam: int = 5) -> None:
        """Builds the network.

        Raises:
            ModelFileError: The tensors do not fit the configuration in the file.
        """
        self._file, self._device, self._beam = file, device, beam
        self._vocabulary: Vocabulary = file.vocabulary
        self.network = build_network(file).eval().to(device)
        fuse_norms(self.network.encoder.backbone)
        # Half precision pays where the processor multiplies it; elsewhere it is emulated, slower than float32.
        self.half = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()

    @classmethod
    def load(cls, path: Path | None = None, *, device: str = "cpu", beam: int = 5) -> Captioner:
        """Loads a model file, the shipped one without a path.

        Raises:
            ModelFileError: The file is missing, damaged, or of another version.
        """
        return cls(read_model_file(path), device=torch.device(device), beam=beam)

    @property
    def identity(self) -> ModelIdentity:
        """Which model answers."""
        return self._file.identity

    @property
    def side(self) -> int:
        """Pixels per side of the square input."""
        return self._file.config.side

    @torch.inference_mode()
    def describe(self, pixels: NDArray[np.uint8]) -> list[Description]:
        """Describes pictures of shape (B, S, S, 3), uint8, one description each."""
        if not len(pixels):
            return []
        batch = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(self._device)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self.half):
            features = self.network.encoder(batch)
        embeddings = self.network.encode_image(features).cpu().numpy()
        probabilities = self.network.keyword(features.pooled).sigmoid()
        written = beam_search(self.network.decoder, self.network.decoder.look(features), width=self._beam)
        captions = self._captions(written)
        caption_embeddings = self.encode_text([caption.text for caption in captions])
        annotations = [self._keywords(row) for row in probabilities]
        return [
            Description(*parts) for parts in zip(captions, annotations, embeddings, caption_embeddings, strict=True)
        ]

    def encode_text(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Places sentences in the joint space: unit vectors (sentences, D), float32."""
        from captioning.vocabulary import tokenize

        words = [tokenize(sentence) for sentence in sentences]
        embeddings: NDArray[np.float32] = encode_sentences(self.network, words, self._vocabulary).cpu().numpy()
        return embeddings

    def _captions(self, written: Sentences) -> list[Caption]:
        lengths = (written.ids != 0).sum(1).clamp(min=1)
        confidence = (written.log_probs.sum(1) / lengths).exp().tolist()
        texts = (" ".join(self._vocabulary.decode(row)) for row in written.ids.tolist())
        return [Caption(text, value) for text, value in zip(texts, confidence, strict=True)]

    def _keywords(self, probabilities: Tensor) -> tuple[Keyword, ...]:
        values, indices = probabilities.topk(min(KEYWORDS_SHOWN, len(probabilities)))
        return tuple(
            Keyword(self._file.keywords[index], value)
            for value, index in zip(values.tolist(), indices.tolist(), strict=True)
            if value >= KEYWORD_FLOOR
        )
