"""Learns what a picture shows from sentences without pictures: those nearest to its embedding, and what they agree on.

Axis legend: P pictures, C sentences of the bank, K sentences near a picture, D joint size.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from captioning.config import TrainConfig
from captioning.files import replacing
from captioning.metrics.cider import SCALE, SIGMA
from captioning.metrics.ngrams import MAX_ORDER, NGram, count_ngrams
from captioning.model_file import read_model_file
from captioning.network.model import CaptionNetwork, build_network
from captioning.network.sentence_batches import encode_sentences
from captioning.runtime.precision import half_pays, half_type
from captioning.training.datasets import CaptionedImage
from captioning.training.pictures import DecodedPictures
from captioning.vocabulary import tokenize

FEWEST = 12
"""A label that fewer sentences of the bank say is put into a plain sentence instead."""

CHOSEN, REFERENCES = 5, 40
"""Sentences that are taught as a picture's captions, and those that rewards compare with."""

COPY = 0.7
"""A sentence that shares this part of its words with a picture's own caption may be that very caption."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What the bank says of one picture.

    Attributes:
        agreed: Positions (at most 5,) of the sentences that the others near the picture agree with most, best first.
        nearest: Positions (at most `REFERENCES`,) of the nearest sentences, nearest first.
    """

    agreed: tuple[int, ...]
    nearest: tuple[int, ...]


class SentenceBank:
    """Sentences with their embeddings, and how far any of them agree."""

    def __init__(self, sentences: Sequence[str], embeddings: Tensor) -> None:
        """Takes C sentences and their embeddings (C, D), unit vectors on any device."""
        words = self._words = [tokenize(sentence) for sentence in sentences]
        self._embeddings = embeddings.float()
        self._lengths = np.array([len(said) for said in words])
        self._weigh_runs(words)
        self._saying: defaultdict[str, set[int]] = defaultdict(set)
        for position, said in enumerate(words):
            for word in said:
                self._saying[_singular(word)].add(position)

    def _weigh_runs(self, words: Sequence[Sequence[str]]) -> None:
        """Lays the sentences' word runs end to end, each weighed as in CIDEr-D, each order a vector of norm 1/2."""
        known: dict[NGram, int] = {}
        counted = [count_ngrams(said) for said in words]
        ids = [[known.setdefault(run, len(known)) for run in counts] for counts in counted]
        self._starts = np.cumsum([0, *(len(row) for row in ids)])
        self._runs = np.fromiter((run for row in ids for run in row), np.int64, self._starts[-1])
        counts = np.fromiter((n for row in counted for n in row.values()), np.float32, len(self._runs))
        order = np.fromiter((len(run) - 1 for run in known), np.int64, len(known))[self._runs]
        rarity = np.log(len(words) / np.bincount(self._runs, minlength=len(known)))
        weights = counts * rarity[self._runs].astype(np.float32)
        owner = np.repeat(np.arange(len(words)), np.diff(self._starts))
        squares = np.zeros((len(words), MAX_ORDER), np.float32)
        np.add.at(squares, (owner, order), weights**2)
        norms = np.sqrt(np.maximum(squares[owner, order], 1e-9))
        self._weights: NDArray[np.float32] = (weights / norms / np.sqrt(MAX_ORDER)).astype(np.float32)

    def agreement(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Mean CIDEr-D, without its clipping, of each of K sentences against the others: (K,), float32."""
        rows = [slice(self._starts[position], self._starts[position + 1]) for position in positions]
        runs, columns = np.unique(np.concatenate([self._runs[row] for row in rows]), return_inverse=True)
        table = np.zeros((len(rows), len(runs)), np.float32)
        owner = np.repeat(np.arange(len(rows)), [row.stop - row.start for row in rows])
        table[owner, columns] = np.concatenate([self._weights[row] for row in rows])
        lengths = self._lengths[positions]
        cosines = torch.from_numpy(table)
        similarity = (cosines @ cosines.T).numpy() * np.exp(-((lengths[:, None] - lengths[None]) ** 2) / (2 * SIGMA**2))
        np.fill_diagonal(similarity, 0.0)
        mean: NDArray[np.float32] = (SCALE * similarity.sum(1) / max(1, len(rows) - 1)).astype(np.float32)
        return mean

    def neighbours(self, embedding: Tensor, *, count: int, label: str = "", without: Sequence[str] = ()) -> Neighbours:
        """Finds what the bank says near an embedding.

        Args:
            embedding: A unit vector (D,), on the same device.
            count: How many sentences near it are asked.
            label: With one, only sentences that say all its words speak; none where fewer than `FEWEST` do.
            without: Sentences with which none of the nearest may share as much as `COPY` of its words.
        """
        similarity = self._embeddings @ embedding.float()
        saying = self._saying_all(label) if label else range(len(similarity))
        if label and len(saying) < FEWEST:
            return Neighbours((), ())
        if label:
            said = torch.tensor(saying, device=similarity.device)
            similarity = torch.full_like(similarity, -torch.inf).index_copy(0, said, similarity[said])
        near = similarity.topk(min(count, len(saying))).indices.cpu().numpy()
        best = np.argsort(-self.agreement(near), kind="stable")[:CHOSEN]
        nearest = [position for position in near.tolist() if not self._copies(position, without)]
        return Neighbours(tuple(near[best].tolist()), tuple(nearest[:REFERENCES]))

    def _copies(self, position: int, sentences: Sequence[str]) -> bool:
        """Whether a sentence of the bank shares as much as `COPY` of its words (Dice) with one of the others."""
        words = set(self._words[position])
        others = [set(tokenize(sentence)) for sentence in sentences]
        return any(2 * len(words & other) >= COPY * (len(words) + len(other)) for other in others)

    def _saying_all(self, label: str) -> list[int]:
        words = [self._saying.get(_singular(word), set()) for word in tokenize(label)]
        return sorted(set.intersection(*words)) if words else []


def plain_sentences(label: str) -> tuple[str, ...]:
    """Sentences that say a label of which the bank says too little."""
    article = "an" if label[:1] in "aeiou" else "a"
    return (f"a picture of {label}", f"a close up of {article} {label}")


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def speak_for(
    pictures: Sequence[CaptionedImage],
    pixels: DecodedPictures,
    *,
    captioned: int,
    text: Sequence[str],
    config: TrainConfig,
    folder: Path,
) -> tuple[list[CaptionedImage], list[tuple[str, ...]]]:
    """Gives pictures that nobody captioned what sentences near them agree on; a label is said where there is one.

    Where a stage borrows, the sentences near those that people captioned are asked for as well, without copies of their
    own captions, which the text may hold.

    Args:
        pictures: Those that people captioned first.
        pixels: Of these pictures, on the device where the model shall run.
        captioned: How many they are.
        text: The bank's sentences.
        config: Names the model that knows what is near, and how many neighbours are asked.
        folder: Keeps what was found, and gives it back when asked the same again.

    Returns:
        The pictures, now all with captions, and for each of those behind the captioned ones, or for each one where a
        stage borrows, the near sentences that rewards compare with.

    Raises:
        ModelFileError: The model is missing or damaged.
    """
    first = 0 if any(stage.borrow for stage in config.stages) else captioned
    neighbours_of = _stored(pictures, pixels, text, config, folder, first=first, captioned=captioned)
    taught, references = list(pictures[:first]), []
    for picture, neighbours in zip(pictures[first:], neighbours_of, strict=True):
        agreed = tuple(text[position] for position in neighbours.agreed)
        nearest = tuple(text[position] for position in neighbours.nearest)
        if picture.label and not (agreed or picture.captions):
            agreed = nearest = plain_sentences(picture.label)
        taught.append(picture if picture.captions else replace(picture, captions=agreed, borrowed=True))
        references.append(nearest)
    return taught, references


def _stored(
    pictures: Sequence[CaptionedImage],
    pixels: DecodedPictures,
    text: Sequence[str],
    config: TrainConfig,
    folder: Path,
    *,
    first: int,
    captioned: int,
) -> list[Neighbours]:
    """What the bank says of the pictures from `first` on; of the first `captioned` it leaves out their own captions."""
    assert isinstance(config.start, str)
    model = read_model_file(Path(config.start))
    asked = pictures[first:]
    own = [picture.captions if first + n < captioned else () for n, picture in enumerate(asked)]
    names = [f"{picture.path.parent.parent.name}/{picture.path.name} {picture.label}" for picture in asked]
    inputs = json.dumps([model.digest, config.neighbours, names, own, list(text)])
    file = folder / f"neighbours-{hashlib.sha256(inputs.encode()).hexdigest()[:16]}.json"
    if not file.is_file():
        network = build_network(model).to(pixels.device).eval()
        bank = SentenceBank(text, encode_sentences(network, [tokenize(line) for line in text], model.vocabulary))
        embeddings = embed_pictures(network, pixels, start=first)

        def ask(position: int) -> Neighbours:
            return bank.neighbours(
                embeddings[position], count=config.neighbours, label=asked[position].label, without=own[position]
            )

        with ThreadPoolExecutor(os.cpu_count()) as threads:
            rows = [asdict(said) for said in threads.map(ask, range(len(asked)))]
        with replacing(file, private=False) as fresh:
            fresh.write_text(json.dumps(rows))
    return [Neighbours(tuple(row["agreed"]), tuple(row["nearest"])) for row in json.loads(file.read_text())]


@torch.inference_mode()
def embed_pictures(network: CaptionNetwork, pixels: DecodedPictures, *, start: int = 0, batch: int = 64) -> Tensor:
    """Embeds the pictures from `start` on in the joint space: (any, D), float32, on the network's device."""
    half = half_type(pixels.device) if half_pays(pixels.device) else None
    rows = [torch.empty(0, network.joint.text.straight.out_features, device=pixels.device)]
    for squares in pixels.batches(batch, start=start):
        rows.append(network.encode_image(network.encode_features(squares, half=half)))
    return torch.cat(rows)
