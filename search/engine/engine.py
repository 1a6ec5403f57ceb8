"""The only way to ask: a query becomes a question, the question ranks photographs, and those become hits.

Axis legend: Q questions, K hits per question, D joint size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.images import load_pixels
from captioning.lazy_captioner import LazyCaptioner
from captioning.model_file import ModelFile, read_model_file
from captioning.runtime.devices import CPU, Device
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.vocabulary import tokenize
from index_data import catalogue
from search.engine.encoded_query import read_question
from search.engine.examples import read_examples
from search.engine.explanation import explained_hits
from search.engine.fitted_text_encoder import FittedTextEncoder
from search.engine.hits import Answer, CaptionHit, Hit
from search.engine.paging import Cursor, query_key, read_cursor
from search.engine.query_language import Query, Words, parse
from search.engine.ranking import PLAIN, Ranking, Wish, browse, rank
from search.errors import EmptyQueryError, ModelMismatchError, RankError, UnknownWordsError

if TYPE_CHECKING:
    from captioning.outputs import Caption, Description, ModelIdentity
    from index_data.library import Library
    from index_data.vectors.index import VectorIndex

Embeddings = NDArray[np.float32]


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

    @property
    def describer(self) -> LazyCaptioner:
        """What describes pictures, for indexing by the model that answers."""
        return self._captioner

    @property
    def words(self) -> tuple[str, ...]:
        """Words that the model knows, the most frequent first."""
        return self._model.vocabulary.words

    @cached_property
    def _text_encoder(self) -> FittedTextEncoder:
        return FittedTextEncoder(NumpyTextEncoder(self._model))

    def search(
        self,
        query: Query,
        *,
        count: int,
        cursor: str | None = None,
        wish: Wish = PLAIN,
        more: Sequence[int] = (),
        less: Sequence[int] = (),
    ) -> Answer:
        """Answers a query with a page of hits.

        Args:
            query: Parsed.
            count: Hits of a page.
            cursor: Where the page begins, as the page before it said; without one at the first hit.
            wish: How it is to be answered; how deep is found out here.
            more: Ranks, 0-based, of hits of which more are wanted.
            less: Ranks of hits of which fewer are wanted.

        Raises:
            EmptyQueryError: No word of the query is one.
            UnknownWordsError: The model knows none of its words, and nothing says them.
            ModelMismatchError: The library was described by another model.
            UnreadableImageError: A picture to look like cannot be decoded.
            UnknownPhotographError: A photograph to look like is not in the library.
            CursorError: The cursor is none of this query's.
            RankError: `more` or `less` names a rank that no hit has.
        """
        key = query_key(query, replace(wish, at_least=0, seed=0), tuple(more), tuple(less))
        at = read_cursor(cursor, query=key) if cursor else None
        seed = at.seed if at else wish.seed
        depth = max([(at.rank + 1 if at else 0) + count + 1, *(rank + 1 for rank in (*more, *less))])
        wish = replace(wish, at_least=depth, seed=seed)
        ranking = self.rank(query, wish=wish)
        if more or less:
            judged = [[_ranked(ranking, number) for number in numbers] for numbers in (more, less)]
            ranking = self.rank(query, wish=wish, more=judged[0], less=judged[1])
        start = at.start(ranking) if at else 0
        hits = self.hits(ranking, start, count)
        further = start + len(hits) < len(ranking)
        return Answer(
            hits,
            len(ranking) if ranking.complete else None,
            Cursor(key, hits[-1].rank, hits[-1].image_id, seed).write() if hits and further else None,
            ranking.probabilities is not None,
            ranking.unknown_words,
            ranking.stand_ins,
            ranking.earlier_models,
        )

    def rank(self, query: Query, *, wish: Wish = PLAIN, more: Sequence[int] = (), less: Sequence[int] = ()) -> Ranking:
        """Puts the photographs that answer a query in order; `more` and `less` are numbers of photographs.

        Raises:
            As `search`, but for cursors and ranks.
        """
        if not query.ranks:
            return browse(self._library, query, wish)
        readers = self._readers()
        question = read_question(query.words, readers[0].encoder) if query.words else None
        if question is not None and not tokenize(question.sentence):
            raise EmptyQueryError("the query holds no word; describe the picture, such as: a dog on a beach")
        examples = {}
        if query.likenesses or more or less:
            examples = read_examples(self._library, self._captioner, readers, query.likenesses, more=more, less=less)
            readers = [reader for reader in readers if reader.identity.id in examples]
            if not readers:
                raise self._mismatch()
        ranking = rank(self._library, readers, query, question, examples=examples, wish=wish)
        if not wish.itself:
            ranking = ranking.without({image for one in examples.values() for image in one.photographs})
        if question is not None and not question.known and not len(ranking):
            unknown = ", ".join(question.unknown_words)
            raise UnknownWordsError(
                f"the model knows none of these words, and no caption, tag or path says them: {unknown}"
            )
        earlier = tuple(reader.identity.id for reader in readers if reader.identity != self.model)
        return ranking.told(question, earlier_models=earlier)

    def hits(self, ranking: Ranking, start: int, count: int) -> tuple[Hit, ...]:
        """The hits of some ranks, with what is said of them and why they were found."""
        return explained_hits(self._library, ranking, start, count)

    def nearest_captions(self, embedding: Embeddings, *, count: int) -> tuple[CaptionHit, ...]:
        """Finds the stored sentences that come closest to a picture or a sentence, by its embedding (D,), float32.

        Raises:
            ModelMismatchError: The library was described by another model.
        """
        index = self._checked(self._library.indexes.caption(self.model))
        scores, keys = index.search(embedding[None], count)
        captions = self._library.read(catalogue.captions, keys[0][keys[0] >= 0].tolist())
        found = [(float(s), captions[k]) for s, k in zip(scores[0], keys[0].tolist(), strict=True) if k in captions]
        return tuple(
            CaptionHit(rank, score, one.image_id, one.paths, one.text) for rank, (score, one) in enumerate(found)
        )

    def captions_like(self, sentence: str, *, count: int) -> tuple[CaptionHit, ...]:
        """Finds the stored sentences that come closest to a sentence.

        Raises:
            EmptyQueryError: The sentence holds no word.
            UnknownWordsError: The model knows none of its words.
            ModelMismatchError: The library was described by another model.
        """
        question = read_question([Words(sentence)], self._text_encoder.encoder)
        if not tokenize(sentence):
            raise EmptyQueryError("the sentence holds no word")
        if not question.known:
            raise UnknownWordsError(f"the model knows none of these words: {', '.join(question.unknown_words)}")
        return self.nearest_captions(self.encode_text([sentence])[0], count=count)

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

    def word_confidences(self, path: Path, sentence: str) -> tuple[tuple[str, float], ...]:
        """Asks how probable the model finds each word of a sentence about a picture file after those before it.

        The words are those of `captioning.vocabulary.tokenize`; one that the model cannot write counts as unknown.

        Raises:
            UnreadableImageError: The file is not a picture that can be decoded.
        """
        pixels = load_pixels(path, side=self._captioner.side)
        guesses = self._captioner.guess_words(pixels[None], [[sentence]])
        # The last one is the sentence's end.
        return tuple(zip(tokenize(sentence), np.exp(guesses.log_probs[:-1]).tolist(), strict=True))

    def encode_text(self, texts: Sequence[str]) -> Embeddings:
        """Places sentences in the joint space: unit vectors (Q, D), float32."""
        return self._text_encoder.encoder.encode_text(texts)

    def answers(self, text: str) -> list[int]:
        """The numbers of all photographs that answer a query, best first, near duplicates among them.

        Raises:
            QuerySyntaxError: The text breaks the grammar of queries.
            As `rank`.
        """
        return [int(image) for image in self.rank(parse(text), wish=Wish(fold=False)).image_ids]

    def rank_images(self, embeddings: Embeddings, *, count: int) -> tuple[Embeddings, NDArray[np.int64]]:
        """Finds the nearest images of unit vectors (Q, D), float32, by their vectors alone.

        Returns:
            Scores (Q, K), float32, falling, and image ids (Q, K), int64, -1 where there are fewer than K images.

        Raises:
            ModelMismatchError: The library was described by another model.
        """
        index = self._checked(self._library.indexes.image(self.model))
        return index.search(embeddings, count)

    def _readers(self) -> list[FittedTextEncoder]:
        """What reads a question: the model in use, and the earlier ones that still answer for some images.

        Raises:
            ModelMismatchError: Only other models described the library, and what reads for them is lost.
            ModelFileError: What reads for an earlier model is damaged.
        """
        answering = self._library.read(catalogue.answering_models)
        kept = {model: self._library.paths.text_encoder(model.id) for model in answering}
        readers = [
            self._text_encoder if model == self.model else FittedTextEncoder.load(path)
            for model, path in kept.items()
            if model == self.model or path.is_file()
        ]
        if not readers and answering:
            raise self._mismatch()
        return readers or [self._text_encoder]

    def _mismatch(self) -> ModelMismatchError:
        other = next(model.id for model in self._library.read(catalogue.answering_models) if model != self.model)
        return ModelMismatchError(
            f"the library was described by the model {other}, this is {self.model.id}; "
            "describe it anew with: imgsearch index FOLDER"
        )

    def _checked(self, index: VectorIndex) -> VectorIndex:
        if not len(index) and any(model != self.model for model in self._library.read(catalogue.answering_models)):
            raise self._mismatch()
        return index


def _ranked(ranking: Ranking, number: int) -> int:
    if number >= len(ranking):
        raise RankError(f"there is no hit {number + 1}; the query has {len(ranking):,} without --more and --less")
    return int(ranking.image_ids[number])
