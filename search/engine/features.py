"""Gathers what speaks for photographs as answers to a query: vectors, captions, tags, keywords and paths.

Axis legend: N photographs, K captions of one photograph, D joint size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from index_data import catalogue
from search.engine.document_terms import (
    DocumentTerms,
    QueryTerm,
    document_terms,
    matched_keyword_share,
    matched_share,
    says_all,
)
from search.engine.relevance import Relevance, RelevanceFeatures

if TYPE_CHECKING:
    from index_data.catalogue import Session

Array = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Photographs:
    """Photographs as one model sees them, and the terms of their texts; all in one order.

    Attributes:
        ids: Their numbers (N,), int64, rising.
        vectors: Unit vectors (N, D), float32.
        hubness: By the model's relevance (N,), float32, in [-1, 1].
        terms: Of each.
        confirmed: Unit vectors (K, D), float32, of the captions of each that a person confirmed; none where there are
            no such captions.
    """

    ids: Ids
    vectors: Array
    hubness: Array
    terms: Sequence[DocumentTerms]
    confirmed: Sequence[Array | None]


def read_photographs(
    session: Session, ids: Sequence[int], *, model: ModelIdentity, relevance: Relevance
) -> Photographs:
    """Reads photographs from the catalogue; those that the model has not described are left out."""
    rows = catalogue.ImageVectors(session, model.id).read(ids)
    order = np.argsort(rows.ids)
    # Of no rows the catalogue cannot tell how long they are.
    described, vectors = rows.ids[order], rows.vectors[order].reshape(-1, model.dimension)
    words = catalogue.words_of(session, described.tolist())
    confirmed = _confirmed_vectors(session, [image for image, texts in words.items() if texts.confirmed], model)
    return Photographs(
        described,
        vectors,
        relevance.hubness(vectors),
        [document_terms(words[image]) for image in described.tolist()],
        [confirmed.get(image) for image in described.tolist()],
    )


def _confirmed_vectors(session: Session, images: Sequence[int], model: ModelIdentity) -> Mapping[int, Array]:
    owners = catalogue.confirmed_captions(session, images)
    captions = catalogue.CaptionVectors(session, model.id).read(list(owners))
    vectors: dict[int, list[Array]] = {}
    for caption, vector in zip(captions.ids.tolist(), captions.vectors, strict=True):
        vectors.setdefault(owners[caption], []).append(vector)
    return {image: np.stack(rows) for image, rows in vectors.items()}


def weigh(
    photographs: Photographs, query: Array, terms: Sequence[QueryTerm], relevance: Relevance
) -> RelevanceFeatures:
    """What speaks for each photograph.

    Args:
        photographs: N of them.
        query: Unit vector (D,), float32, of the query's words by the same model.
        terms: Of the query.
        relevance: Of the same model.
    """
    documents, confirmed = photographs.terms, photographs.confirmed
    return RelevanceFeatures(
        similarity=photographs.vectors @ query - np.float32(relevance.hubness_weight) * photographs.hubness,
        caption_similarity=_column([0.0 if rows is None else float((rows @ query).max()) for rows in confirmed]),
        confirmed=_column([float(rows is not None) for rows in confirmed]),
        proposed_words=_column([matched_share(terms, document.proposed) for document in documents]),
        confirmed_words=_column([matched_share(terms, document.confirmed) for document in documents]),
        keyword_words=_column([matched_keyword_share(terms, document.keywords) for document in documents]),
        path_words=_column([matched_share(terms, document.paths) for document in documents]),
        words=max(1, len(terms)),
    )


def said_by_people(photographs: Photographs, terms: Sequence[QueryTerm]) -> NDArray[np.bool_]:
    """Of each photograph (N,), bool, whether a person's captions and tags say every term as it was asked."""
    return np.array([says_all(terms, document.confirmed) for document in photographs.terms], np.bool_)


def _column(values: Sequence[float]) -> Array:
    return np.asarray(values, np.float32)
