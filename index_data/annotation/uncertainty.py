"""How uncertain the captions are that wait for review: by their own words, by the picture, by the neighbours.

Axis legend: N images, D joint size, K neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.library import Library

NEIGHBOURS = 8
"""K, the pictures nearest to a picture whose captions are compared with its own."""

NEIGHBOURS_ASKED = 1_000
"""The neighbours of more images are not asked, so that the queue of a large library is there in seconds."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Why a caption should be looked at.

    Attributes:
        value: In [0, 1]: the mean share of captions that look better, over the three signs.
        confidence: What the model thought of its words, in [0, 1]; none where a person proposed them.
        similarity: Inner product of the caption's and the picture's embedding, in [-1, 1].
        neighbour_agreement: Mean inner product of the caption's embedding and those of the nearest pictures' captions,
            in [-1, 1]; none where the first two signs are so good that the neighbours were not asked.
        shares: By confidence, similarity and neighbour agreement: the share of captions that look better, in [0, 1].
    """

    value: float
    confidence: float | None
    similarity: float
    neighbour_agreement: float | None
    shares: tuple[float, float, float | None]


def uncertainties(library: Library, images: Sequence[int]) -> dict[int, Uncertainty]:
    """How uncertain the captions are that are shown of images; those without a caption are left out.

    The three signs have different scales, so that each is replaced by its rank among the images.
    """
    by_image: dict[int, Uncertainty] = {}
    for model in library.read(catalogue.answering_models):
        by_image |= _by_model(library, model, [image for image in images if image not in by_image])
    return by_image


def _by_model(library: Library, model: ModelIdentity, images: Sequence[int]) -> dict[int, Uncertainty]:
    with library.transaction() as session:
        signs = {
            caption.image_id: (caption.confidence, float(caption.image_vector @ caption.caption_vector))
            for caption in catalogue.embedded_captions(session, images, model.id)
        }
    if not signs:
        return {}
    ids = np.array(list(signs))
    confidence = np.array([np.nan if value is None else value for value, _ in signs.values()])
    similarity = np.array([value for _, value in signs.values()])
    unsure, astray = better_share(confidence), better_share(similarity)
    worse = unsure + astray
    least_sure = np.argsort(-worse, kind="stable")[:NEIGHBOURS_ASKED]
    agreeing = np.full(len(ids), np.nan)
    agreeing[least_sure] = _neighbour_agreement(library, model, ids[least_sure].tolist())
    # Who was not asked has no third sign, which leaves it behind all who were.
    alone = np.full(len(ids), np.nan)
    alone[least_sure] = better_share(agreeing[least_sure])
    value = (worse + np.nan_to_num(alone)) / 3
    return {
        image: Uncertainty(
            float(value[row]),
            *own,
            _known(agreeing[row]),
            (float(unsure[row]), float(astray[row]), None if np.isnan(agreeing[row]) else float(alone[row])),
        )
        for row, (image, own) in enumerate(signs.items())
    }


def _known(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)


def better_share(values: Numbers) -> Numbers:
    """The share of the other values that are higher, equal ones counted half; one half for what is not known.

    Args:
        values: Shape (N,), float64; what is not known is not a number.

    Returns:
        Shape (N,), float64, in [0, 1].
    """
    sorted_values = np.sort(values[~np.isnan(values)])
    if len(sorted_values) < 2:
        return np.full(len(values), 0.5)
    below, at_most = np.searchsorted(sorted_values, values, "left"), np.searchsorted(sorted_values, values, "right")
    equal = at_most - below - 1
    return np.where(np.isnan(values), 0.5, (len(sorted_values) - at_most + equal / 2) / (len(sorted_values) - 1))


def _neighbour_agreement(library: Library, model: ModelIdentity, images: Sequence[int]) -> Numbers:
    """The mean inner products (N,) of images' captions with their neighbours'; not a number without neighbours."""
    index = library.indexes.image(model)
    with library.transaction() as session:
        own = {embedded.image_id: embedded for embedded in catalogue.embedded_captions(session, images, model.id)}
        questions = np.stack([own[image].image_vector for image in images])
        _, near = index.search(questions, NEIGHBOURS + 1)
        near_ids = sorted({int(key) for key in near.ravel() if key >= 0})
        caption_vectors = {
            embedded.image_id: embedded.caption_vector
            for embedded in catalogue.embedded_captions(session, near_ids, model.id)
        }
    agreeing = np.full(len(images), np.nan)
    for row, image in enumerate(images):
        neighbours = [caption_vectors[key] for key in near[row].tolist() if key != image and key in caption_vectors][
            :NEIGHBOURS
        ]
        if neighbours:
            agreeing[row] = float(np.mean(np.stack(neighbours) @ own[image].caption_vector))
    return agreeing
