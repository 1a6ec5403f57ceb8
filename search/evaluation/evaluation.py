"""Measures a model on captioned pictures through the engine that answers people: index them, then ask their captions.

Axis legend: I pictures, C captions of all pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captioning import metrics
from captioning.images import load_pixels
from captioning.lazy_captioner import LazyCaptioner
from captioning.outputs import WordGuesses
from captioning.runtime.devices import CPU, Device
from captioning.text.keywords import keyword_targets
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.training.datasets import CaptionedImage, read_captions, select_split
from captioning.vocabulary import tokenize
from index_data.catalogue.records import ImageRecord
from index_data.library import Library
from index_data.scan.events import Event
from index_data.scan.pipeline import index_folders
from search.engine.engine import Engine
from search.engine.relevance import read_relevance
from search.evaluation.judgements import make_judgements, sentence_model_is_here
from search.evaluation.relevance_measures import MeasuredRelevance, measure_relevance
from search.evaluation.scratch import scratch_folder
from search.evaluation.temporary_library import images_by_picture, link_pictures, photographs_by_picture

GUESSED_AT_ONCE = 32
"""Pictures whose captions are guessed together."""

JUDGED = 500
"""Queries of each kind by which probabilities are measured."""


@dataclass(frozen=True, slots=True)
class Example:
    """One measured picture.

    Attributes:
        path: Its file.
        caption: What the model wrote.
        keywords: Its annotation, most probable first.
        references: What people wrote.
        cider_d: CIDEr-D of the caption, in [0, 10].
        caption_rank: Rank of the first of its own captions among all captions, 0-based.
    """

    path: Path
    caption: str
    keywords: tuple[str, ...]
    references: tuple[str, ...]
    cider_d: float
    caption_rank: int


@dataclass(frozen=True, slots=True)
class EvaluationFinished:
    """What was measured.

    Attributes:
        report: The figures, by name: fractions in [0, 1], CIDEr-D in [0, 10], rsum in [0, 6], perplexity from 1 on,
            median ranks from 1 on.
        next_words: How sure the writer is of each next word, and how often it is right.
        examples: All pictures, that of the highest CIDEr-D first.
        relevance: How far probabilities of hits can be believed; none where they cannot be measured.
    """

    report: dict[str, Any]
    next_words: metrics.Reliability
    examples: tuple[Example, ...]
    relevance: metrics.Reliability | None = None


def evaluate(
    data: Path, split: str, *, model: Path | None, device: Device = CPU, gpu: int | None = None
) -> Iterator[Event | EvaluationFinished]:
    """Indexes the pictures of a split into a library that is thrown away, and measures captions and retrieval.

    Yields the events of the indexing, then `EvaluationFinished`.

    Args:
        data: A folder with `captions.json`, or a captions file.
        split: Which part of it.
        model: The model file, the shipped one without a path.
        device: Where the network runs.
        gpu: The GPU on which the vectors are searched; none for the processor.

    Raises:
        CaptionsFileError: The captions file is missing or malformed, or the split is empty.
        ModelFileError: The model file is missing, damaged, or of another version.
        EvaluationError: A picture has no caption, two are the same picture, or one cannot be decoded.
    """
    pictures = select_split(read_captions(data), split)
    describer = LazyCaptioner.open(model, device=device)
    with scratch_folder("eval") as scratch:
        folder = scratch / "pictures"
        link_pictures(pictures, folder)
        with Library.open(scratch / "library", create=True, gpu=gpu) as library:
            yield from index_folders(library, [folder], describer, batch=device.batch)
            engine = Engine(library, model=model, device=device)
            images = images_by_picture(library, pictures)
            scores, owner = _rank(engine, pictures, [image.image_id for image in images])
            captions, consensus = _captions(pictures, images)
            guesses = _guess_words(describer, pictures)
            report = {
                "model": describer.identity.id,
                "data": data.name,
                "split": split,
                "images": len(pictures),
                "captions": sum(len(picture.captions) for picture in pictures),
                **_retrieval(scores, owner),
                **captions,
                "keywords": _keywords(pictures, images, describer.file.keywords),
                "next_word": _next_word(guesses),
            }
            relevance = _relevance(engine, library, pictures, read_captions(data), model=model)
            report["relevance"] = relevance.report if relevance else None
    ranks = metrics.caption_ranks(scores, owner)
    examples = [
        Example(picture.path, image.caption, image.keywords, tuple(picture.captions), cider, int(rank))
        for picture, image, cider, rank in zip(pictures, images, consensus, ranks, strict=True)
    ]
    examples.sort(key=lambda example: -example.cider_d)
    yield EvaluationFinished(
        report,
        metrics.reliability(guesses.confidence, guesses.correct),
        tuple(examples),
        relevance.reliability if relevance else None,
    )


def _relevance(
    engine: Engine,
    library: Library,
    pictures: Sequence[CaptionedImage],
    collection: Sequence[CaptionedImage],
    *,
    model: Path | None,
) -> MeasuredRelevance | None:
    """Measures probabilities; none where nothing was fitted for the model, or nothing can judge sentences."""
    reader = NumpyTextEncoder.load(model)
    relevance = read_relevance(reader.file)
    if relevance is None or not sentence_model_is_here():
        return None
    others = [text for picture in collection if picture.split == "train" for text in picture.captions]
    queries = make_judgements(
        [picture.captions for picture in pictures],
        other_sentences=others,
        count=JUDGED,
        generator=np.random.default_rng(0),
    )
    photographs = photographs_by_picture(library, pictures, relevance)
    return measure_relevance(engine, reader, photographs, queries, relevance)


def _rank(
    engine: Engine, pictures: Sequence[CaptionedImage], ids: Sequence[int]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Asks every caption: scores (C, I), float32, and the picture (C,), int64, that each caption belongs to."""
    sentences = [caption for picture in pictures for caption in picture.captions]
    owner = np.repeat(np.arange(len(pictures)), [len(picture.captions) for picture in pictures])
    ranked, ranked_ids = engine.rank_images(engine.encode_text(sentences), count=len(pictures))
    position = {image_id: number for number, image_id in enumerate(ids)}
    columns = np.vectorize(position.__getitem__, otypes=[np.int64])(ranked_ids)
    scores: NDArray[np.float32] = np.empty_like(ranked)
    np.put_along_axis(scores, columns, ranked, axis=1)
    return scores, owner


def _retrieval(scores: NDArray[np.float32], owner: NDArray[np.int64]) -> dict[str, Any]:
    image, caption = metrics.image_retrieval(scores, owner), metrics.caption_retrieval(scores, owner)
    return {
        "image_retrieval": asdict(image),
        "caption_retrieval": asdict(caption),
        "rsum": metrics.rsum(image, caption),
    }


def _captions(
    pictures: Sequence[CaptionedImage], images: Sequence[ImageRecord]
) -> tuple[dict[str, float], Sequence[float]]:
    """The measures of all captions, and the CIDEr-D of each."""
    candidates = [tokenize(image.caption) for image in images]
    references = [[tokenize(caption) for caption in picture.captions] for picture in pictures]
    bleu = metrics.corpus_bleu(candidates, references)
    cider_d, consensus = metrics.cider_d(candidates, references)
    figures = {
        **{f"bleu_{order}": value for order, value in enumerate(bleu, start=1)},
        "rouge_l": metrics.rouge_l(candidates, references),
        "cider_d": cider_d,
        "meteor_exact": metrics.meteor_exact(candidates, references)[0],
    }
    return figures, consensus


def _guess_words(describer: LazyCaptioner, pictures: Sequence[CaptionedImage]) -> WordGuesses:
    """Lets the writer guess every word of every caption."""
    guesses = [
        describer.guess_words(
            np.stack([load_pixels(picture.path, side=describer.side) for picture in part]),
            [picture.captions for picture in part],
        )
        for part in (pictures[at : at + GUESSED_AT_ONCE] for at in range(0, len(pictures), GUESSED_AT_ONCE))
    ]
    return WordGuesses(*(np.concatenate([getattr(part, f.name) for part in guesses]) for f in fields(WordGuesses)))


def _next_word(guesses: WordGuesses) -> dict[str, float]:
    return {
        "words": len(guesses.log_probs),
        "perplexity": metrics.perplexity(guesses.log_probs),
        "accuracy": float(guesses.correct.mean()),
        "expected_calibration_error": metrics.expected_calibration_error(guesses.confidence, guesses.correct),
    }


def _keywords(
    pictures: Sequence[CaptionedImage], images: Sequence[ImageRecord], keywords: Sequence[str]
) -> dict[str, float]:
    known = {word: index for index, word in enumerate(keywords)}
    expected = [
        {keywords[index] for index in keyword_targets([tokenize(c) for c in picture.captions], known)}
        for picture in pictures
    ]
    return asdict(metrics.keyword_scores([set(image.keywords) for image in images], expected))
