"""A trained network compiled for a processor: pixels in, captions, keywords and embeddings out, without torch.

Axis legend: B pictures, S pixels per side, D joint size, T words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from captioning.compiled.choice import prefer_agreement, rerank
from captioning.compiled.encoder import PICTURES, build_encoder
from captioning.compiled.sentences import Sentences, beam_search
from captioning.compiled.text_tower import TextTower
from captioning.compiled.weights import Array, Weights
from captioning.compiled.writer import Beginnings, Memory, build_writer
from captioning.describer import unheard
from captioning.model_file import ModelFile
from captioning.outputs import Caption, Description, WordGuesses
from captioning.runtime.batching import ThreadedBatchRunner
from captioning.text.wording import captions_of, distinct_captions, keywords_of
from captioning.vocabulary import END, PAD, START, UNKNOWN, tokenize


class CompiledCaptioner:
    """Answers as `captioning.captioner.Captioner` does, on the cores of a processor."""

    def __init__(self, file: ModelFile, *, beam: int = 5, cores: int = 1) -> None:
        """Compiles the network, which `captioning.compiled.obstacles.obstacle` must have nothing against.

        Args:
            file: The model.
            beam: How many unfinished sentences are kept.
            cores: How many describe side by side, with one thread each.

        Raises:
            ModelFileError: The file was changed since it was written, or its tensors do not fit its configuration.
        """
        self._file, self._beam = file, beam
        config, words = file.config, len(file.vocabulary)
        self._writable = min(words, config.writable)
        weights = Weights(file)
        lower = weights.take_lstm("decoder.lower", config.word_size + config.hidden, config.hidden)
        self._encoder = build_encoder(weights, config, lower, keywords=len(file.keywords), threads=cores)
        self._writer = build_writer(weights, config, lower, words=self._writable, threads=cores)
        self._text_tower = TextTower(weights, config, words=words, writable=self._writable, threads=cores)
        # How sharply a training compared pictures with sentences: nothing that is said depends on it.
        weights.take("joint.log_scale")
        weights.finish()
        self._batches = ThreadedBatchRunner(cores)

    def describe(self, pixels: NDArray[np.uint8], *, looked: Callable[[int], None] = unheard) -> list[Description]:
        """Describes pictures of shape (B, S, S, 3), uint8, one description each.

        Args:
            pixels: The pictures.
            looked: Told, from any thread, how many more of them were looked at.

        Raises:
            DeviceError: The memory does not suffice.
        """
        return self._batches.run(partial(self._describe, looked=looked), pixels)

    def _describe(self, pixels: NDArray[np.uint8], *, looked: Callable[[int], None]) -> list[Description]:
        if not len(pixels):
            return []
        embeddings, probabilities, memory = self._look(pixels, looked)
        written, places = self._write(memory, embeddings, sentences=1)
        captions = captions_of(written.ids[:, 0], written.log_probs[:, 0], self._file.vocabulary)
        annotations = [keywords_of(row, self._file.keywords) for row in probabilities]
        return [Description(*parts) for parts in zip(captions, annotations, embeddings, places, strict=True)]

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Places pictures of shape (B, S, S, 3), uint8, in the joint space, where `describe` does, without words.

        Returns:
            Unit vectors (B, D), float32.

        Raises:
            DeviceError: The memory does not suffice.
        """
        rows = self._batches.run(lambda part: list(self._look(part)[0]) if len(part) else [], pixels)
        return np.array(rows, np.float32).reshape(len(rows), self._file.config.joint)

    def alternatives(self, pixels: NDArray[np.uint8], *, sentences: int) -> list[list[Caption]]:
        """Writes different sentences about each picture, best first.

        Args:
            pixels: Shape (B, S, S, 3), uint8.
            sentences: How many at most for each picture; up to the width of the beam, the first is the one that
                `describe` gives.

        Raises:
            DeviceError: The memory does not suffice.
        """
        return self._batches.run(lambda part: self._alternatives(part, sentences), pixels)

    def _alternatives(self, pixels: NDArray[np.uint8], sentences: int) -> list[list[Caption]]:
        if not len(pixels):
            return []
        embeddings, _, memory = self._look(pixels)
        written, _ = self._write(memory, embeddings, sentences=sentences)
        return distinct_captions(written.ids, written.log_probs, self._file.vocabulary, sentences=sentences)

    def attention(self, pixels: NDArray[np.uint8], sentences: Sequence[str]) -> list[NDArray[np.float32]]:
        """Tells where the writer looks for each word of a sentence.

        Args:
            pixels: Shape (B, S, S, 3), uint8.
            sentences: One for each picture, of any words.

        Returns:
            For each picture, shape (T, rows, columns), float32: for each of the sentence's T words the weights of
            the cells of the picture's grid, which sum to one; what it reads in the joint space lies nowhere in the
            picture, and is left out.

        Raises:
            DeviceError: The memory does not suffice.
        """
        words = [tokenize(sentence) for sentence in sentences]
        ids = self._framed(words)
        _, _, memory = self._look(pixels)
        beginnings, places = Beginnings(self._writer, memory, width=1), np.arange(len(pixels))
        steps = [beginnings.step(column, places, places).attention[:, 0].copy() for column in ids[:, :-1].T]
        weights = np.stack(steps, 1)
        weights = weights[..., : weights.shape[-1] - self._file.config.embedding_cells]
        weights /= np.maximum(weights.sum(-1, keepdims=True), 1e-9)
        cells = math.isqrt(weights.shape[-1])
        maps = weights.reshape(*weights.shape[:2], cells, cells)
        return [picture[: len(sentence)] for picture, sentence in zip(maps, words, strict=True)]

    def guess_words(self, pixels: NDArray[np.uint8], sentences: Sequence[Sequence[str]]) -> WordGuesses:
        """Guesses each word of sentences from the picture and the words before it.

        Args:
            pixels: Shape (B, S, S, 3), uint8.
            sentences: For each picture its sentences, any number; words that cannot be written count as one word,
                the unknown one.

        Raises:
            DeviceError: The memory does not suffice.
        """
        width = max((len(group) for group in sentences), default=0)
        ids = self._framed([tokenize(sentence) for group in sentences for sentence in group])
        places = np.array([at * width + n for at, group in enumerate(sentences) for n in range(len(group))], np.int64)
        _, _, memory = self._look(pixels)
        beginnings = Beginnings(self._writer, memory, width=width)
        own, confidence, correct = [], [], []
        for read, targets in zip(ids[:, :-1].T, ids[:, 1:].T, strict=True):
            step = beginnings.step(read, places, places)
            logits = step.logits.reshape(len(ids), -1)
            own.append(logits[np.arange(len(ids)), targets] - step.norm[:, 0])
            confidence.append(np.exp(step.peaks.max(1) - step.norm[:, 0]))
            correct.append(logits.argmax(1) == targets)
        is_word = ids[:, 1:] != PAD
        return WordGuesses(*(np.stack(parts, 1)[is_word] for parts in (own, confidence, correct)))

    def _look(self, pixels: NDArray[np.uint8], looked: Callable[[int], None] = unheard) -> tuple[Array, Array, Memory]:
        """Places (B, D) in the joint space, probabilities (B, K) of the keywords, and what the writer looks at."""
        whole: list[Array] = []
        for start in range(0, len(pixels), PICTURES):
            chunk = np.ascontiguousarray(pixels[start : start + PICTURES])
            # The last pictures come more than once where they do not fill the encoder.
            outputs = self._encoder(chunk if len(chunk) == PICTURES else np.resize(chunk, (PICTURES, *chunk.shape[1:])))
            whole = whole or [np.empty((len(pixels), *output.shape[1:]), np.float32) for output in outputs]
            for part, output in zip(whole, outputs, strict=True):
                part[start : start + PICTURES] = output[: len(chunk)]
            looked(len(chunk))
        embeddings, probabilities, *memory = whole
        return embeddings, probabilities, Memory(*memory)

    def _write(self, memory: Memory, embeddings: Array, *, sentences: int) -> tuple[Sentences, Array]:
        """The best sentences of a beam, chosen among it as the model asks for, and the places (B, D) of the first."""
        config = self._file.config
        chosen = bool(config.prior_weight or config.agreement_weight or config.nearness_weight)
        width = max(self._beam, sentences)
        written = beam_search(self._writer, memory, width=width, sentences=width if chosen else sentences)
        if config.prior_weight:
            written = rerank(self._writer, memory, written, weight=config.prior_weight)
        if config.agreement_weight:
            written = prefer_agreement(written, weight=config.agreement_weight)
        if not config.nearness_weight:
            return written, self._text_tower(written.ids[:, 0])
        places = self._text_tower(written.ids.reshape(-1, written.ids.shape[-1])).reshape(*written.scores.shape, -1)
        nearness = (places @ embeddings[..., None])[..., 0]
        scores = written.scores + np.float32(config.nearness_weight) * nearness
        return written.ordered(scores), places[np.arange(len(scores)), scores.argmax(1)]

    def _framed(self, sentences: Sequence[Sequence[str]]) -> NDArray[np.int64]:
        """Sentences of words as ids (sentences, T) between start and end, padded by `PAD`."""
        rows = [[START, *self._file.vocabulary.encode(words), END] for words in sentences]
        ids = np.full((len(rows), max((len(row) for row in rows), default=2)), PAD, np.int64)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
        return np.where(ids < self._writable, ids, UNKNOWN)
