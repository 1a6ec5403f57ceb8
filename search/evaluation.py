"""Measures a model on captioned pictures through the engine that answers people: index them, then ask their captions.

Axis legend: I pictures, C captions of all pictures.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captioning import metrics
from captioning.datasets import CaptionedImage, read_captions, select_split
from captioning.keywords import keyword_targets
from captioning.loading import LazyCaptioner
from captioning.vocabulary import tokenize
from index_data.events import Event
from index_data.library import Library
from index_data.pipeline import index_folders
from index_data.records import ImageRecord
from search.engine import Engine
from search.errors import EvaluationError


@dataclass(frozen=True, slots=True)
class EvaluationFinished:
    """The figures, by name: fractions in [0, 1], CIDEr-D in [0, 10], rsum in [0, 6], ranks counted from 0."""

    report: dict[str, Any]


def evaluate(data: Path, split: str, *, model: Path | None) -> Iterator[Event | EvaluationFinished]:
    """Indexes the pictures of a split into a library that is thrown away, and measures captions and retrieval.

    Yields the events of the indexing, then `EvaluationFinished`.

    Raises:
        CaptionsFileError: The captions file is missing or malformed, or the split is empty.
        ModelFileError: The model file is missing, damaged, or of another version.
        EvaluationError: A picture has no caption, two are the same picture, or one cannot be decoded.
    """
    pictures = select_split(read_captions(data), split)
    if bare := [picture.path.name for picture in pictures if not picture.captions]:
        raise EvaluationError(f"{len(bare)} pictures of the split {split!r} have no caption, the first is {bare[0]}")
    describer = LazyCaptioner.open(model)
    with tempfile.TemporaryDirectory(prefix="imgsearch-eval-") as scratch:
        folder = Path(scratch) / "pictures"
        _lay_out(pictures, folder)
        with Library.open(Path(scratch) / "library", create=True) as library:
            yield from index_folders(library, [folder], describer)
            engine = Engine(library, model=model)
            images = _by_picture(library, pictures)
            report = {
                "model": describer.identity.id,
                "data": data.name,
                "split": split,
                "images": len(pictures),
                "captions": sum(len(picture.captions) for picture in pictures),
                **_retrieval(engine, pictures, [image.image_id for image in images]),
                **_captions(pictures, images),
                "keywords": _keywords(pictures, images, describer.file.keywords),
            }
    yield EvaluationFinished(report)


def _lay_out(pictures: Sequence[CaptionedImage], folder: Path) -> None:
    """Makes a folder that holds just these pictures, named by their number."""
    folder.mkdir()
    for number, picture in enumerate(pictures):
        target = folder / f"{number:06d}{picture.path.suffix}"
        try:
            target.symlink_to(picture.path.resolve())
        except OSError:
            # Some systems let only administrators make links.
            target.write_bytes(picture.path.read_bytes())


def _by_picture(library: Library, pictures: Sequence[CaptionedImage]) -> list[ImageRecord]:
    """The library's image of each picture, in the pictures' order."""
    images: dict[int, ImageRecord] = {}
    for record in library.images(library.shown_images()).values():
        for path in record.paths:
            images[int(PurePath(os.fsdecode(path)).stem)] = record
    for number, picture in enumerate(pictures):
        if number not in images:
            raise EvaluationError(f"the picture {picture.path} could not be decoded, so the split cannot be measured")
    if len({record.image_id for record in images.values()}) < len(pictures):
        raise EvaluationError("the same picture stands twice in the split, so ranks would have no meaning")
    return [images[number] for number in range(len(pictures))]


def _retrieval(engine: Engine, pictures: Sequence[CaptionedImage], ids: Sequence[int]) -> dict[str, Any]:
    sentences = [caption for picture in pictures for caption in picture.captions]
    owner = np.repeat(np.arange(len(pictures)), [len(picture.captions) for picture in pictures])
    ranked, found = engine.rank_images(engine.encode_text(sentences), count=len(pictures))
    position = {image_id: number for number, image_id in enumerate(ids)}
    columns = np.vectorize(position.__getitem__, otypes=[np.int64])(found)
    scores: NDArray[np.float32] = np.empty_like(ranked)
    np.put_along_axis(scores, columns, ranked, axis=1)
    image, caption = metrics.image_retrieval(scores, owner), metrics.caption_retrieval(scores, owner)
    return {
        "image_retrieval": asdict(image),
        "caption_retrieval": asdict(caption),
        "rsum": metrics.rsum(image, caption),
    }


def _captions(pictures: Sequence[CaptionedImage], images: Sequence[ImageRecord]) -> dict[str, Any]:
    candidates = [tokenize(image.caption) for image in images]
    references = [[tokenize(caption) for caption in picture.captions] for picture in pictures]
    bleu = metrics.corpus_bleu(candidates, references)
    return {
        **{f"bleu_{order}": value for order, value in enumerate(bleu, start=1)},
        "rouge_l": metrics.rouge_l(candidates, references),
        "cider_d": metrics.cider_d(candidates, references)[0],
        "meteor_exact": metrics.meteor_exact(candidates, references)[0],
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
