"""A network that describes pictures from kept features: a model as it is, or as it learnt.

Axis legend: B pictures, M sentences, D joint size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from captioning.adaptation.kept_features import KeptFeatures
from captioning.adaptation.new_words import Words, grown_config, grown_network, words_with
from captioning.config import ModelConfig
from captioning.decoding.choice import write_sentences
from captioning.model_file import ModelFile, write_model_file
from captioning.network.model import CaptionNetwork
from captioning.network.sentence_batches import encode_sentences
from captioning.outputs import Caption, Keyword
from captioning.text.wording import captions_of, keywords_of
from captioning.vocabulary import tokenize

BEAM = 5
"""Unfinished sentences that are kept, as where a library is described."""

AT_ONCE = 32
"""Pictures that are described together."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a network says of one picture.

    Attributes:
        caption: The sentence.
        keywords: The annotation, most probable first.
    """

    caption: Caption
    keywords: tuple[Keyword, ...]


@dataclass(frozen=True)
class AdaptedModel:
    """A network in evaluation mode, with its words.

    Attributes:
        network: The network.
        config: Its sizes, and how it chooses among sentences.
        words: What it reads, writes and annotates with.
    """

    network: CaptionNetwork
    config: ModelConfig
    words: Words

    @classmethod
    def start(cls, file: ModelFile, sentences: Sequence[str] = ()) -> AdaptedModel:
        """The network of a model file, with room for the new words of sentences; it says what the model says.

        Raises:
            ModelFileError: The file was changed since it was written, or its tensors do not fit its configuration.
        """
        words = words_with(file, sentences)
        return cls(grown_network(file, words).eval(), grown_config(file, words), words)

    @torch.inference_mode()
    def describe(self, kept: KeptFeatures) -> list[Said]:
        """Says of pictures what the compiled network will."""
        said: list[Said] = []
        for at in range(0, len(kept), AT_ONCE):
            features = kept.take(slice(at, at + AT_ONCE))
            embeddings = self.network.encode_image(features)
            memory = self.network.decoder.encode_memory(features, embeddings)
            written = write_sentences(self.network, memory, embeddings, self.config, beam=BEAM, sentences=1)
            captions = captions_of(written.ids[:, 0].numpy(), written.log_probs[:, 0].numpy(), self.words.vocabulary)
            probabilities = self.network.keyword_logits(features).sigmoid().numpy()
            said += [
                Said(caption, keywords_of(row, self.words.keywords))
                for caption, row in zip(captions, probabilities, strict=True)
            ]
        return said

    @torch.inference_mode()
    def embed(self, kept: KeptFeatures) -> NDArray[np.float32]:
        """Places pictures in the joint space: unit vectors (B, D), float32."""
        embeddings: NDArray[np.float32] = self.network.joint.image(kept.pooled.float()).numpy()
        return embeddings

    def embed_text(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Places sentences in the joint space: unit vectors (M, D), float32."""
        words = [tokenize(sentence) for sentence in sentences]
        embeddings: NDArray[np.float32] = encode_sentences(self.network, words, self.words.vocabulary).numpy()
        return embeddings

    def save(self, path: Path, *, name: str, card: Mapping[str, Any]) -> None:
        """Writes a model file that only its owner may read.

        Raises:
            OSError: The disk is full, or the folder is missing or takes no files.
        """
        write_model_file(
            path,
            self.network.state_dict(),
            name=name,
            config=self.config,
            vocabulary=self.words.vocabulary,
            keywords=self.words.keywords,
            card=card,
            private=True,
        )
