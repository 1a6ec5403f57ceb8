"""Gathers what speaks for photographs as answers to a question: vectors, captions, tags, keywords and paths.

Axis legend: N photographs, D joint size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from captioning.outputs import ModelIdentity
from index_data import catalogue
from search.engine.document_terms import QuestionWord, Said, said_of, share_of_keywords, share_said
from search.engine.relevance import Evidence, Relevance

Array = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Photographs:
    """Some photographs as one model sees them, and what is said of them; all in one order.

    Attributes:
        ids: Their numbers (N,), int64, rising.
        vectors: Unit vectors (N, D), float32.
        crowdedness: By the model's relevance (N,), float32.
        said: Of each.
        kept: Vectors of the captions of each that a person stands behind, none where there are no such.
    """

    ids: Ids
    vectors: Array
    crowdedness: Array
    said: Sequence[Said]
    kept: Sequence[Array | None]


def read_photographs(
    session: Session, ids: Sequence[int], *, model: ModelIdentity, relevance: Relevance
) -> Photographs:
    """Reads photographs from the catalogue; those that the model has not described are left out."""
    rows = catalogue.ImageVectors(session, model.id).read(ids)
    order = np.argsort(rows.ids)
    # Of no rows the catalogue cannot tell how long they are.
    found, vectors = rows.ids[order], rows.vectors[order].reshape(-1, model.dimension)
    words = catalogue.words_of(session, found.tolist())
    kept = _kept_vectors(session, [image for image, one in words.items() if one.kept], model)
    return Photographs(
        found,
        vectors,
        relevance.crowdedness(vectors),
        [said_of(words[image]) for image in found.tolist()],
        [kept.get(image) for image in found.tolist()],
    )


def _kept_vectors(session: Session, images: Sequence[int], model: ModelIdentity) -> Mapping[int, Array]:
    owners = catalogue.kept_captions(session, images)
    captions = catalogue.CaptionVectors(session, model.id).read(list(owners))
    found: dict[int, list[Array]] = {}
    for caption, vector in zip(captions.ids.tolist(), captions.vectors, strict=True):
        found.setdefault(owners[caption], []).append(vector)
    return {image: np.stack(vectors) for image, vectors in found.items()}


def weigh(photographs: Photographs, question: Array, words: Sequence[QuestionWord], relevance: Relevance) -> Evidence:
    """What speaks for each photograph, given a question's unit vector (D,), float32, and its words."""
    said, kept = photographs.said, photographs.kept
    return Evidence(
        likeness=photographs.vectors @ question - np.float32(relevance.crowding) * photographs.crowdedness,
        caption_likeness=_column([0.0 if one is None else float((one @ question).max()) for one in kept]),
        kept=_column([float(one is not None) for one in kept]),
        proposed_words=_column([share_said(words, one.proposed) for one in said]),
        kept_words=_column([share_said(words, one.kept) for one in said]),
        keyword_words=_column([share_of_keywords(words, one.keywords) for one in said]),
        path_words=_column([share_said(words, one.paths) for one in said]),
        words=max(1, len(words)),
    )


def says_all(photographs: Photographs, words: Sequence[QuestionWord]) -> NDArray[np.bool_]:
    """Whether all of the words are said of each photograph (N,), by captions, tags or paths."""
    said = ((one.proposed | one.kept | one.paths) for one in photographs.said)
    return np.array([bool(words) and all(not w.stems.isdisjoint(stems) for w in words) for stems in said], bool)


def _column(values: Sequence[float]) -> Array:
    return np.asarray(values, np.float32)
