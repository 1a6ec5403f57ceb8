"""Draws training batches: pictures varied, sentences chosen, everything decided by seed, epoch and position.

Axis legend: B pictures, M sentences, `captions` of each captioned picture, T words, S pixels per side, K keywords.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import accumulate

import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader, Dataset

from captioning.network.sentence_batches import frame_ids, pad_ids
from captioning.text.keywords import keyword_targets
from captioning.training.augmentation import distort_pixels, draw_variation, mirror_words, vary_pixels
from captioning.training.datasets import CaptionedImage
from captioning.training.distributed import SINGLE_PROCESS, ProcessGroup
from captioning.training.pictures import read_picture
from captioning.vocabulary import END, Vocabulary, tokenize


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures with their sentences.

    Attributes:
        pixels: Shape (B, 3, S, S), uint8; (B, 0) until `with_pixels` adds what is held elsewhere.
        ids: Shape (M, T), int64: words without start and end, for the text encoder.
        framed: Shape (M, T + 2), int64: start, words the decoder can write, end.
        owner: Shape (M,), int64: the picture of each sentence.
        keywords: Shape (B, K), float32, 0 or 1.
        index: Shape (B,), int64: position of each picture among the training pictures.
        flipped: Shape (B,), bool: the picture is mirrored.
        caption: Shape (M,), int64: position of each sentence among the captions of all training pictures.
        weight: Shape (M,), float32: how much each pair of picture and sentence counts.
        borrowed: Shape (M,), bool: the sentence was not written of this very picture.
        variation: Shape (B, 7), float32: how each picture is varied, as `draw_variation` gives it.
        seed: Shape (B,), int64: of each picture's distortion.
    """

    pixels: Tensor
    ids: Tensor
    framed: Tensor
    owner: Tensor
    keywords: Tensor
    index: Tensor
    flipped: Tensor
    caption: Tensor
    weight: Tensor
    borrowed: Tensor
    variation: Tensor
    seed: Tensor

    def with_pixels(self, pixels: Tensor, *, distortion: int) -> Batch:
        """The batch with its pictures (B, 3, S, S), uint8, as they lie in their files, varied as it says.

        Args:
            pixels: On any device; the varied ones lie there too.
            distortion: Magnitude of RandAugment; 0 leaves it out.
        """
        device = pixels.device
        varied = vary_pixels(pixels, self.variation.to(device), flipped=self.flipped.to(device))
        if distortion:
            seeds = self.seed.tolist()
            distorted = [
                distort_pixels(x, magnitude=distortion, seed=seed) for x, seed in zip(varied, seeds, strict=True)
            ]
            varied = torch.stack(distorted)
        return replace(self, pixels=varied)

    def pin_memory(self) -> Batch:
        """The same in memory that a GPU fetches itself."""
        return Batch(*(getattr(self, field.name).pin_memory() for field in fields(self)))


@dataclass(frozen=True, slots=True)
class _Item:
    pixels: Tensor | None
    sentences: list[list[str]]
    keywords: list[int]
    index: int
    flipped: bool
    captions: list[int]
    weights: list[float]
    borrowed: bool
    variation: Tensor
    seed: int


class TrainingPictures(Dataset[_Item]):
    """Captioned pictures, each drawn with its own random numbers, so that any position can be drawn again."""

    def __init__(
        self,
        pictures: Sequence[CaptionedImage],
        *,
        side: int,
        captions: int,
        keywords: Sequence[str],
        weights: Sequence[float] | None = None,
        distortion: int = 0,
        max_length: int = 24,
        held: bool = False,
    ) -> None:
        """Takes the pictures, and how many captions are drawn of each.

        Args:
            pictures: With captions or without.
            side: Pixels per side of the square input.
            captions: Sentences drawn of each picture that has any.
            keywords: Words of the annotation.
            weights: How much each caption counts, in the order of pictures and captions; all 1 without it.
            distortion: Magnitude of RandAugment; 0 leaves it out.
            max_length: A sentence is cut to this many words.
            held: The pixels are held elsewhere, and `Batch.with_pixels` adds them.
        """
        self.pictures = pictures
        self.side = side
        self.captions = captions
        self.distortion = distortion
        self._weights = weights
        self._held = held
        self._first = [0, *accumulate(len(picture.captions) for picture in pictures)]
        known = {word: index for index, word in enumerate(keywords)}
        self._sentences = [[tokenize(caption)[:max_length] for caption in picture.captions] for picture in pictures]
        self._keywords = [keyword_targets(sentences, known) for sentences in self._sentences]

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, key: tuple[int, int]) -> _Item:
        """Draws the picture at `key[0]` with the random numbers of seed `key[1]`."""
        index, seed = key
        generator = Generator().manual_seed(seed)
        picture = self.pictures[index]
        flip = bool(torch.rand((), generator=generator) < 0.5)
        variation = draw_variation(generator)
        pixels = None if self._held else read_picture(picture.path, side=self.side)
        sentences = self._sentences[index]
        order = torch.randperm(len(sentences), generator=generator).tolist()
        # A picture with fewer sentences than asked for says one of them twice.
        drawn = [order[n % len(order)] for n in range(self.captions)] if sentences else []
        chosen = [sentences[n] for n in drawn]
        captions = [self._first[index] + n for n in drawn]
        weights = [self._weights[n] for n in captions] if self._weights else [1.0] * len(captions)
        if flip:
            chosen = [mirror_words(words) for words in chosen]
        return _Item(
            pixels,
            chosen,
            self._keywords[index],
            index,
            flip,
            captions,
            weights,
            picture.borrowed,
            variation,
            seed % 2**31,
        )


def draw_batches(
    pictures: TrainingPictures,
    vocabulary: Vocabulary,
    *,
    writable: int,
    keywords: int,
    batch: int,
    seed: int,
    epoch: int,
    skip: int = 0,
    always: int | None = None,
    extra: float = 1.0,
    process_group: ProcessGroup = SINGLE_PROCESS,
    workers: int = 1,
    pinned: bool = False,
) -> Iterator[Batch]:
    """Yields one epoch of batches, of each the part of this process; the last, incomplete one is left out.

    The first `always` pictures are all drawn, of the others the share `extra`, by chance. So many workers prepare
    batches ahead, `pinned` for a GPU; with none they are prepared here.

    The same seed, epoch and position give the same batch, so an interrupted epoch goes on with `skip`.
    """
    generator = Generator().manual_seed(seed * 1_000_003 + epoch)
    always = len(pictures) if always is None else always
    others = always + torch.randperm(len(pictures) - always, generator=generator)
    drawn = torch.cat([torch.arange(always), others[: round(extra * len(others))]])
    order = drawn[torch.randperm(len(drawn), generator=generator)].tolist()
    seeds = torch.randint(2**62, (len(order),), generator=generator).tolist()
    keys = list(zip(order, seeds, strict=True))
    steps = [keys[at : at + batch] for at in range(0, len(keys) - batch + 1, batch)][skip:]

    collate = partial(
        _collate, vocabulary=vocabulary, writable=writable, keywords=keywords, distortion=pictures.distortion
    )
    parts = [process_group.part(step) for step in steps]
    yield from DataLoader(pictures, batch_sampler=parts, collate_fn=collate, num_workers=workers, pin_memory=pinned)


def draw_text_batches(
    sentences: Sequence[str],
    vocabulary: Vocabulary,
    *,
    batch: int,
    seed: int,
    epoch: int,
    skip: int = 0,
    process_group: ProcessGroup = SINGLE_PROCESS,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yields an epoch of sentences alone, this process's part: positions (M,) and word ids (M, T), both int64."""
    generator = Generator().manual_seed(seed * 1_000_003 + epoch)
    order = torch.randperm(len(sentences), generator=generator).tolist()
    for at in range(0, len(order) - batch + 1, batch)[skip:]:
        chosen = process_group.part(order[at : at + batch])
        rows = [vocabulary.encode(tokenize(sentences[index])[:24]) or [END] for index in chosen]
        yield torch.tensor(chosen), pad_ids(rows)


def count_steps(pictures: int, batch: int) -> int:
    """Batches in an epoch of `draw_batches`."""
    return pictures // batch


def _collate(items: list[_Item], *, vocabulary: Vocabulary, writable: int, keywords: int, distortion: int) -> Batch:
    rows = [vocabulary.encode(words) or [END] for item in items for words in item.sentences]
    owner = [index for index, item in enumerate(items) for _ in item.sentences]
    targets = torch.zeros(len(items), keywords)
    for index, item in enumerate(items):
        targets[index, item.keywords] = 1.0
    batch = Batch(
        pixels=torch.empty(len(items), 0, dtype=torch.uint8),
        ids=pad_ids(rows),
        framed=frame_ids(rows, writable=writable),
        owner=torch.tensor(owner, dtype=torch.int64),
        keywords=targets,
        index=torch.tensor([item.index for item in items]),
        flipped=torch.tensor([item.flipped for item in items]),
        caption=torch.tensor([n for item in items for n in item.captions], dtype=torch.int64),
        weight=torch.tensor([value for item in items for value in item.weights]),
        borrowed=torch.tensor([item.borrowed for item in items for _ in item.sentences], dtype=torch.bool),
        variation=torch.stack([item.variation for item in items]),
        seed=torch.tensor([item.seed for item in items]),
    )
    read = [item.pixels for item in items if item.pixels is not None]
    return batch.with_pixels(torch.stack(read), distortion=distortion) if read else batch
