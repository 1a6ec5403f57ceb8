"""The only way to ask: a question becomes a vector, the vector finds images, the images become hits.

Axis legend: Q questions, K hits per question, D joint size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.images import load_pixels
from captioning.loading import LazyCaptioner
from captioning.model_file import ModelFile, read_model_file
from captioning.sentences import SentenceEncoder
from captioning.vocabulary import tokenize
from search.errors import EmptyQueryError, ModelMismatchError, UnknownWordsError

if TYPE_CHECKING:
    from captioning.describer import Description
    from index_data.library import Library
    from index_data.vectors import VectorIndex

Embeddings = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """One image that answers a question.

    Attributes:
        rank: 0-based.
        score: Inner product of two unit vectors, in [-1, 1].
        image_id: The image's number in its library.
        paths: Where the image was last seen, as bytes of the file system; at least one.
        caption: Its sentence, empty if it has none.
        keywords: Its annotation, most probable first.
    """

    rank: int
    score: float
    image_id: int
    paths: tuple[bytes, ...]
    caption: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits, best first, and the words of the question that the model does not know."""

    hits: tuple[Hit, ...]
    unknown_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptionHit:
    """A stored sentence that comes close to a picture; the fields are those of `Hit`."""

    rank: int
    score: float
    image_id: int
    paths: tuple[bytes, ...]
    caption: str


class Engine:
    """Answers questions about one library with one model."""

    def __init__(self, library: Library, *, model: Path | None = None) -> None:
        """Takes an open library and a model file, the shipped one without a path.

        Raises:
            ModelFileError: The model file is missing, damaged, or of another version.
        """
        self._library = library
        self._model: ModelFile = read_model_file(model)
        self._captioner = LazyCaptioner(self._model)

    @cached_property
    def _sentences(self) -> SentenceEncoder:
        return SentenceEncoder(self._model)

    def search_text(self, text: str, *, count: int) -> Answer:
        """Finds the images that a sentence describes best.

        Raises:
            EmptyQueryError: The sentence holds no word.
            UnknownWordsError: The model knows none of its words.
            ModelMismatchError: The library was described by another model.
        """
        words = tokenize(text)
        if not words:
            raise EmptyQueryError("the question holds no word; describe the picture, such as: a dog on a beach")
        unknown = tuple(self._sentences.unknown_words(text))
        if len(unknown) == len(words):
            raise UnknownWordsError(f"the model knows none of these words: {', '.join(unknown)}")
        scores, ids = self.rank_images(self.encode_text([text]), count=count)
        return Answer(self._hits(scores[0], ids[0]), unknown)

    def search_image(self, path: Path, *, count: int) -> Answer:
        """Finds the images that look most like a picture file; the picture itself may be among them.

        Raises:
            UnreadableImageError: The file is not a picture that can be decoded.
            ModelMismatchError: The library was described by another model.
        """
        description = self.describe([path])[0]
        scores, ids = self.rank_images(description.embedding[None], count=count)
        return Answer(self._hits(scores[0], ids[0]))

    def nearest_captions(self, embedding: Embeddings, *, count: int) -> tuple[CaptionHit, ...]:
        """Finds the stored sentences that describe a picture best, given its embedding (D,), float32.

        Raises:
            ModelMismatchError: The library was described by another model.
        """
        index = self._checked(self._library.caption_index(self._model.identity))
        scores, ids = index.search(embedding[None], count)
        found = [(float(score), int(key)) for score, key in zip(scores[0], ids[0], strict=True) if key >= 0]
        captions = self._library.captions([key for _, key in found])
        return tuple(
            CaptionHit(rank, score, captions[key].image_id, captions[key].paths, captions[key].text)
            for rank, (score, key) in enumerate((s, k) for s, k in found if k in captions)
        )

    def describe(self, paths: Sequence[Path]) -> list[Description]:
        """Describes picture files that need not be in the library.

        Raises:
            UnreadableImageError: A file is not a picture that can be decoded.
        """
        side = self._captioner.side
        return self._captioner.describe(np.stack([load_pixels(path, side=side) for path in paths]))

    def encode_text(self, texts: Sequence[str]) -> Embeddings:
        """Places sentences in the joint space: unit vectors (Q, D), float32."""
        return self._sentences.encode_text(texts)

    def rank_images(self, embeddings: Embeddings, *, count: int) -> tuple[Embeddings, NDArray[np.int64]]:
        """Finds the nearest images of unit vectors (Q, D), float32.

        Returns:
            Scores (Q, K), float32, falling, and image ids (Q, K), int64, -1 where there are fewer than K images.

        Raises:
            ModelMismatchError: The library was described by another model.
        """
        index = self._checked(self._library.image_index(self._model.identity))
        return index.search(embeddings, count)

    def _checked(self, index: VectorIndex) -> VectorIndex:
        others = [model for model in self._library.models() if model != self._model.identity.id]
        if not len(index) and others:
            raise ModelMismatchError(
                f"the library was described by the model {others[0]}, this is {self._model.identity.id}; "
                "describe it anew with: imgsearch index FOLDER"
            )
        return index

    def _hits(self, scores: Embeddings, ids: NDArray[np.int64]) -> tuple[Hit, ...]:
        found = [(float(score), int(key)) for score, key in zip(scores, ids, strict=True) if key >= 0]
        images = self._library.images([key for _, key in found])
        return tuple(
            Hit(rank, score, key, images[key].paths, images[key].caption, images[key].keywords)
            for rank, (score, key) in enumerate((s, k) for s, k in found if k in images)
        )
