"""A library of the pictures of a collection, thrown away at the end, for measuring and fitting."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

import numpy as np

from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.training.datasets import CaptionedImage
from index_data import catalogue
from index_data.catalogue.records import ImageRecord
from index_data.columns.stems import stems_of
from index_data.library import Library
from search.engine.features import Photographs, read_photographs
from search.engine.relevance import Relevance
from search.errors import EvaluationError


def link_pictures(pictures: Sequence[CaptionedImage], folder: Path) -> None:
    """Makes a folder that holds just these pictures, named by their number.

    Raises:
        EvaluationError: A picture has no caption.
    """
    if bare := [picture.path.name for picture in pictures if not picture.captions]:
        raise EvaluationError(f"{len(bare)} pictures have no caption, the first is {bare[0]}")
    folder.mkdir()
    for number, picture in enumerate(pictures):
        target = folder / f"{number:06d}{picture.path.suffix}"
        try:
            target.symlink_to(picture.path.resolve())
        except OSError:
            # Some systems let only administrators make links.
            target.write_bytes(picture.path.read_bytes())


def images_by_picture(library: Library, pictures: Sequence[CaptionedImage]) -> list[ImageRecord]:
    """The library's image of each picture, in the pictures' order.

    Raises:
        EvaluationError: Two are the same picture, or one cannot be decoded.
    """
    images: dict[int, ImageRecord] = {}
    for record in library.read(catalogue.images, library.read(catalogue.shown_images)).values():
        for path in record.paths:
            images[int(PurePath(os.fsdecode(path)).stem)] = record
    for number, picture in enumerate(pictures):
        if number not in images:
            raise EvaluationError(f"the picture {picture.path} could not be decoded, so the split cannot be measured")
    if len({record.image_id for record in images.values()}) < len(pictures):
        raise EvaluationError("the same picture stands twice in the split, so ranks would have no meaning")
    return [images[number] for number in range(len(pictures))]


def photographs_by_picture(library: Library, pictures: Sequence[CaptionedImage], relevance: Relevance) -> Photographs:
    """The library's photographs as they were described, in the pictures' order.

    Raises:
        EvaluationError: Two are the same picture, or one cannot be decoded.
    """
    ids = [record.image_id for record in images_by_picture(library, pictures)]
    model = library.read(catalogue.answering_models)[0]
    with library.transaction() as session:
        read = read_photographs(session, ids, model=model, relevance=relevance)
    rows = np.searchsorted(read.ids, ids)
    return Photographs(
        read.ids[rows],
        read.vectors[rows],
        read.hubness[rows],
        [read.terms[row] for row in rows],
        [None] * len(rows),
    )


def captioned(photographs: Photographs, reader: NumpyTextEncoder, captions: Sequence[Sequence[str]]) -> Photographs:
    """The photographs as if a person had written the first caption of each."""
    first = [texts[0] for texts in captions]
    terms = [
        replace(document, proposed=frozenset(), confirmed=stems_of([text]))
        for document, text in zip(photographs.terms, first, strict=True)
    ]
    return replace(photographs, terms=terms, confirmed=list(reader.encode_text(first)[:, None]))
