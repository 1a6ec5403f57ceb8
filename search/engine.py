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

from captioning.devices import CPU, Device
from captioning.images import load_pixels
from captioning.loading import LazyCaptioner
from captioning.model_file import ModelFile, read_model_file
from captioning.sentences import SentenceEncoder
from captioning.unseen_words import StandIn
from captioning.vocabulary import tokenize
from search.errors import EmptyQueryError, ModelMismatchError, UnknownWordsError

if TYPE_CHECKING:
    from captioning.describer import Caption, Description, ModelIdentity
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
    """The hits, and what a person should know about them.

    Attributes:
        hits: Best first.
        unknown_words: Words of the question that the model does not know and nothing stands in for.
        stand_ins: Words of the question that were read as others.
        earlier_models: Models that answered for images that the model in use has not described yet.
    """

    hits: tuple[Hit, ...]
    unknown_words: tuple[str, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    earlier_models: tuple[str, ...] = ()


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

    def __init__(self, library: Library, *, model: Path | None = None, device: Device = CPU) -> None:
        """Takes an open library, a model file, the shipped one without a path, and where its network runs.

        Raises:
            ModelFileError: The model file is missing, damaged, or of another version.
        """
        self._library = library
        self._model: ModelFile = read_model_file(model)
        self._captioner = LazyCaptioner(self._model, device=device)

    @property
    def model(self) -> ModelIdentity:
        """Which model answers."""
        return self._model.identity

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
        readers = self._readers()
        unseen = readers[0].stand_ins(text)
        unknown = tuple(word for word, found in unseen.items() if found is None)
        if unknown and len(unknown) == len(set(words)):
            raise UnknownWordsError(f"the model knows none of these words: {', '.join(unknown)}")
        found = [
            pair
            for reader in readers
            for pair in _pairs(*self._library.image_index(reader.identity).search(reader.encode_text([text]), count))
        ]
        return Answer(
            self._hits(sorted(found, key=lambda pair: (-pair[0], pair[1]))[:count]),
            unknown,
            tuple(one for one in unseen.values() if one is not None),
            tuple(reader.identity.id for reader in readers if reader.identity != self._model.identity),
        )

    def search_image(self, path: Path, *, count: int) -> Answer:
        """Finds the images that look most like a picture file; the picture itself may be among them.

        Raises:
            UnreadableImageError: The file is not a picture that can be decoded.
            ModelMismatchError: The library was described by another model.
        """
        description = self.describe([path])[0]
        return Answer(self._hits(_pairs(*self.rank_images(description.embedding[None], count=count))))

    def nearest_captions(self, embedding: Embeddings, *, count: int) -> tuple[CaptionHit, ...]:
        """Finds the stored sentences that describe a picture best, given its embedding (D,), float32.

        Raises:
            ModelMismatchError: The library was described by another model.
        """
        index = self._checked(self._library.caption_index(self._model.identity))
        found = _pairs(*index.search(embedding[None], count))
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

    def alternatives(self, path: Path, *, sentences: int) -> list[Caption]:
        """Writes at most so many different sentences about a picture file, best first.

        Raises:
            UnreadableImageError: The file is not a picture that can be decoded.
        """
        pixels = load_pixels(path, side=self._captioner.side)
        return self._captioner.alternatives(pixels[None], sentences=sentences)[0]

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

    def _readers(self) -> list[SentenceEncoder]:
        """What reads a question: the model in use, and the earlier ones that still answer for some images.

        Raises:
            ModelMismatchError: Only other models described the library, and what reads for them is lost.
            ModelFileError: What reads for an earlier model is damaged.
        """
        answering = self._library.answering_models()
        kept = {model: self._library.paths.sentence_side(model.id) for model in answering}
        readers = [
            self._sentences if model == self._model.identity else SentenceEncoder.load(path)
            for model, path in kept.items()
            if model == self._model.identity or path.is_file()
        ]
        if not readers and answering:
            raise self._mismatch(answering[0].id)
        return readers or [self._sentences]

    def _mismatch(self, other: str) -> ModelMismatchError:
        return ModelMismatchError(
            f"the library was described by the model {other}, this is {self._model.identity.id}; "
            "describe it anew with: imgsearch index FOLDER"
        )

    def _checked(self, index: VectorIndex) -> VectorIndex:
        if not len(index):
            others = [model.id for model in self._library.answering_models() if model != self._model.identity]
            if others:
                raise self._mismatch(others[0])
        return index

    def _hits(self, found: Sequence[tuple[float, int]]) -> tuple[Hit, ...]:
        images = self._library.images([key for _, key in found])
        return tuple(
            Hit(rank, score, key, images[key].paths, images[key].caption, images[key].keywords)
            for rank, (score, key) in enumerate((s, k) for s, k in found if k in images)
        )


def _pairs(scores: Embeddings, ids: NDArray[np.int64]) -> list[tuple[float, int]]:
    """Scores and ids of the first question, without the places that nothing fills."""
    return [(float(score), int(key)) for score, key in zip(scores[0], ids[0], strict=True) if key >= 0]
