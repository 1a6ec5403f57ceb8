"""A trained network ready for use: pixels in, captions, keywords and embeddings out.

Axis legend: B pictures, S pixels per side, D joint size, K keywords, T words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from captioning.decoding.beam_search import Sentences
from captioning.decoding.choice import write_sentences
from captioning.describer import unheard
from captioning.model_file import ModelFile, read_model_file
from captioning.network.attention_decoder import Memory
from captioning.network.backbones import fuse_norms
from captioning.network.image_encoder import ImageFeatures
from captioning.network.model import build_network
from captioning.network.sentence_batches import encode_sentences, frame_ids
from captioning.outputs import Caption, Description, ModelIdentity, WordGuesses
from captioning.runtime.batching import MemorySafeBatchRunner, ThreadedBatchRunner, short_memory_told
from captioning.runtime.precision import half_pays, half_type
from captioning.text.wording import captions_of, distinct_captions, keywords_of
from captioning.vocabulary import PAD, Vocabulary, tokenize


class Captioner:
    """A network on one device: what `captioning.lazy_captioner.LazyCaptioner` asks about pictures."""

    def __init__(self, file: ModelFile, *, device: torch.device, beam: int = 5, cores: int | None = None) -> None:
        """Builds the network.

        Args:
            file: The model.
            device: Where it runs.
            beam: How many unfinished sentences are kept.
            cores: On a processor, how many cores describe side by side, with one thread each in the whole process;
                unless told, torch keeps its threads and describes a batch as a whole.

        Raises:
            ModelFileError: The tensors do not fit the configuration in the file.
        """
        self._file, self._device, self._beam = file, device, beam
        self._vocabulary: Vocabulary = file.vocabulary
        self.network = build_network(file).eval()
        fuse_norms(self.network.encoder.backbone)
        self.network.to(device)
        if device.type == "cuda":
            self.network.encoder.backbone.to(memory_format=torch.channels_last)
        self.batches: ThreadedBatchRunner | MemorySafeBatchRunner = MemorySafeBatchRunner()
        if cores is not None and device.type == "cpu":
            torch.set_num_threads(1)
            self.batches = ThreadedBatchRunner(cores)
        self.half = half_pays(device)
        self.half_type = half_type(device)

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

    def describe(self, pixels: NDArray[np.uint8], *, looked: Callable[[int], None] = unheard) -> list[Description]:
        """Describes pictures of shape (B, S, S, 3), uint8, one description each.

        Args:
            pixels: The pictures.
            looked: Told, from any thread, how many more of them were looked at.

        Raises:
            DeviceMemoryError: The device has too little memory for one picture.
        """
        return self.batches.run(partial(self._describe, looked=looked), pixels)

    @torch.inference_mode()
    def _describe(self, pixels: NDArray[np.uint8], *, looked: Callable[[int], None]) -> list[Description]:
        features = self._features(pixels)
        embeddings = self.network.encode_image(features)
        probabilities = self.network.keyword_logits(features).sigmoid()
        memory = self.network.decoder.encode_memory(features, embeddings)
        written = self.write(memory, embeddings, sentences=1)
        ids, log_probs = written.ids[:, 0].cpu().numpy(), written.log_probs[:, 0].cpu().numpy()
        captions = captions_of(ids, log_probs, self._vocabulary)
        caption_embeddings = self.encode_text([caption.text for caption in captions])
        annotations = [keywords_of(row, self._file.keywords) for row in probabilities.float().cpu().numpy()]
        # At the end: for a part for which the memory does not suffice, it is done again.
        looked(len(pixels))
        return [
            Description(*parts)
            for parts in zip(captions, annotations, embeddings.cpu().numpy(), caption_embeddings, strict=True)
        ]

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Places pictures of shape (B, S, S, 3), uint8, in the joint space, where `describe` does, without words.

        Returns:
            Unit vectors (B, D), float32.

        Raises:
            DeviceMemoryError: The device has too little memory for one picture.
        """
        rows = self.batches.run(self._embeddings, pixels)
        return np.array(rows, np.float32).reshape(len(rows), self._file.config.joint)

    @torch.inference_mode()
    def _embeddings(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        return list(self.network.encode_image(self._features(pixels)).cpu().numpy())

    def alternatives(self, pixels: NDArray[np.uint8], *, sentences: int) -> list[list[Caption]]:
        """Writes different sentences about each picture, best first.

        Args:
            pixels: Shape (B, S, S, 3), uint8.
            sentences: How many at most for each picture; up to the width of the beam, the first is the one that
                `describe` gives.

        Raises:
            DeviceMemoryError: The device has too little memory for one picture.
        """
        return self.batches.run(lambda part: self._alternatives(part, sentences), pixels)

    @torch.inference_mode()
    def _alternatives(self, pixels: NDArray[np.uint8], sentences: int) -> list[list[Caption]]:
        features = self._features(pixels)
        embeddings = self.network.encode_image(features)
        memory = self.network.decoder.encode_memory(features, embeddings)
        written = self.write(memory, embeddings, sentences=sentences)
        ids, log_probs = written.ids.cpu().numpy(), written.log_probs.cpu().numpy()
        return distinct_captions(ids, log_probs, self._vocabulary, sentences=sentences)

    def encode_text(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Encodes sentences to unit vectors (sentences, D), float32, of the joint space."""
        words = [tokenize(sentence) for sentence in sentences]
        embeddings: NDArray[np.float32] = encode_sentences(self.network, words, self._vocabulary).cpu().numpy()
        return embeddings

    @short_memory_told()
    @torch.inference_mode()
    def attention(self, pixels: NDArray[np.uint8], sentences: Sequence[str]) -> list[NDArray[np.float32]]:
        """Tells where the writer looks for each word of a sentence.

        Args:
            pixels: Shape (B, S, S, 3), uint8.
            sentences: One for each picture, of any words.

        Returns:
            For each picture, shape (T, rows, columns), float32: for each of the sentence's T words the weights of
            the cells of the picture's grid, which sum to one; what it reads in the joint space lies nowhere in the
            picture, and is left out. A plain writer has one cell, the whole picture.

        Raises:
            DeviceMemoryError: The device has too little memory for so many.
        """
        words = [tokenize(sentence) for sentence in sentences]
        ids = self._framed(words)
        memory = self.network.encode_memory(self._features(pixels))
        _, _, weights = self.network.decoder.step(ids[:, :-1], memory, self.network.decoder.start(memory))
        weights = weights[..., : weights.shape[-1] - self._file.config.embedding_cells]
        weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)
        cells = math.isqrt(weights.shape[-1])
        maps = weights.view(*weights.shape[:2], cells, cells).cpu().numpy()
        return [picture[: len(sentence)] for picture, sentence in zip(maps, words, strict=True)]

    @short_memory_told()
    @torch.inference_mode()
    def guess_words(self, pixels: NDArray[np.uint8], sentences: Sequence[Sequence[str]]) -> WordGuesses:
        """Guesses each word of sentences from the picture and the words before it.

        Args:
            pixels: Shape (B, S, S, 3), uint8.
            sentences: For each picture its sentences, any number; words that cannot be written count as one word,
                the unknown one.

        Raises:
            DeviceMemoryError: The device has too little memory for so many.
        """
        words = [tokenize(sentence) for group in sentences for sentence in group]
        owner = [index for index, group in enumerate(sentences) for _ in group]
        ids = self._framed(words)
        memory = self.network.encode_memory(self._features(pixels))
        memory = Memory(*(part[owner] for part in memory))
        log_probs = self.network.decoder(ids[:, :-1], memory).log_softmax(-1)
        targets = ids[:, 1:]
        confidence, guess = log_probs.max(-1)
        is_word = targets != PAD
        own = log_probs.gather(2, targets.unsqueeze(2)).squeeze(2)
        return WordGuesses(
            own[is_word].cpu().numpy(),
            confidence.exp()[is_word].cpu().numpy(),
            (guess == targets)[is_word].cpu().numpy(),
        )

    def _framed(self, sentences: Sequence[Sequence[str]]) -> Tensor:
        rows = [self._vocabulary.encode(words) for words in sentences]
        return frame_ids(rows, writable=self.network.decoder.embed.num_embeddings).to(self._device)

    def _features(self, pixels: NDArray[np.uint8]) -> ImageFeatures:
        batch = torch.from_numpy(pixels)
        if self._device.type == "cuda":
            # The GPU fetches pinned memory itself, while the processor goes on.
            batch = batch.pin_memory().to(self._device, non_blocking=True)
        return self.network.encode_features(batch.permute(0, 3, 1, 2), half=self.half_type if self.half else None)

    def write(self, memory: Memory, embeddings: Tensor, *, sentences: int) -> Sentences:
        """The best sentences of a beam, chosen among it as the model asks for.

        Args:
            memory: Of B pictures.
            embeddings: Theirs, unit vectors (B, D).
            sentences: How many are wanted of each.
        """
        return write_sentences(
            self.network,
            memory,
            embeddings,
            self._file.config,
            beam=self._beam,
            sentences=sentences,
            dtype=self.half_type if self.half else torch.float32,
        )
