"""Embeds what people said in the joint space, so that captions are found by their meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from index_data import catalogue

if TYPE_CHECKING:
    from index_data.catalogue import Session

Encode = Callable[[ModelIdentity, Sequence[str]], NDArray[np.float32]]
"""Embeds sentences in the joint space of a model of the library: unit vectors (sentences, D), float32."""

ReadyVectors = Mapping[tuple[str, str], NDArray[np.float32]]
"""Vectors (D,), float32, by model id and sentence."""


def embed_captions(session: Session, images: Sequence[int], encode: Encode, ready: ReadyVectors | None = None) -> int:
    """Embeds the active captions of images that have no vector yet; says how many there were."""
    unembedded = catalogue.unembedded_captions(session, images)
    for caption in unembedded:
        vector = (ready or {}).get((caption.model.id, caption.text))
        vectors = encode(caption.model, [caption.text]) if vector is None else vector[None]
        catalogue.put_caption_vectors(session, [caption.caption_id], vectors, model_id=caption.model_id)
    if unembedded:
        catalogue.advance_vector_generation(session)
    return len(unembedded)
