"""The only way to ask: a query is encoded, ranks photographs, and the first of them become hits.

Axis legend: Q queries, K hits per query, D joint size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.lazy_captioner import LazyCaptioner
from captioning.model_file import ModelFile, read_model_file
from captioning.runtime.devices import CPU, Device
from captioning.vocabulary import tokenize
from index_data import catalogue
from index_data.catalogue.search_words import asked_words
from search.engine.answer import Answer
from search.engine.answering_model import AnsweringModel
from search.engine.candidates import MOST
from search.engine.encoded_query import encode_query, strange_words
from search.engine.examples import read_examples
from search.engine.hits import CaptionHit, Hit, read_hits
from search.engine.options import DEFAULT_OPTIONS, SearchOptions
from search.engine.paging import Cursor, query_key, read_cursor
from search.engine.pictures import network_pixels
from search.engine.query import Query, WeightedText
from search.engine.query_language import LONGEST
from search.engine.ranking import Ranking, browse, columns_of, rank
from search.engine.saved_searches import SavedSearches
from search.errors import EmptyQueryError, ModelMismatchError, QuerySyntaxError, RankError, UnknownWordsError

if TYPE_CHECKING:
    from captioning.outputs import Caption, Description, ModelIdentity
    from index_data.catalogue import Session
    from index_data.catalogue.conditions import PlaceCondition
    from index_data.library import Library
    from index_data.vectors.interface import Index

Embeddings = NDArray[np.float32]


class Engine:
    """Answers queries about one library with one model."""

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
    def _own(self) -> AnsweringModel:
        return AnsweringModel(self._model)

    def search(self, query: Query, options: SearchOptions = DEFAULT_OPTIONS) -> Answer:
        """Answers a query; everything is read in one session, so that it fits together.

        Raises:
            EmptyQueryError: The query has words, but none that can be read.
            UnknownWordsError: The model knows none of its words, and no text contains them.
            ModelMismatchError: The library was described by another model.
            ModelFileError: What the library keeps of an earlier model is damaged, or the model's relevance is.
            ExampleError: A picture to look like cannot be decoded.
            UnknownPhotographError: A photograph to look like is not in the library.
            DeviceError: A picture to look like must be described, and the device cannot be used.
            CursorError: The cursor was not given by this query.
            RankError: `more` or `less` names a rank that no hit has.
            UnknownAlbumError: There is no album or saved search of a name in the query.
            SavedSearchError: A saved search asks for itself, or its query cannot be read.
            LibraryDamagedError: The catalogue is not readable.
        """
        key = query_key(query, replace(options, count=None, cursor=None, skip=0, seed=0))
        cursor = read_cursor(options.cursor, query=key) if options.cursor else None
        if cursor:
            options = replace(options, seed=cursor.seed)
        at_least = MOST
        if options.count is not None:
            before = cursor.rank + 1 if cursor else options.skip
            at_least = max([before + options.count + 1, *(rank + 1 for rank in (*options.more, *options.less))])
        with self._library.transaction() as session:
            query = SavedSearches(session, partial(self._found_by, session)).resolved(query)
            answer = self._rank(session, query, options, at_least=at_least)
            if options.more or options.less:
                more, less = (_ranked(answer.ranking, ranks) for ranks in (options.more, options.less))
                answer = self._rank(session, query, options, at_least=at_least, more=more, less=less)
            if options.count is None:
                return answer
            start = cursor.start(answer.ranking) if cursor else options.skip
            hits = read_hits(session, answer.ranking, answer.terms, start, options.count, places=query.places)
        further = start + len(hits) < len(answer.ranking)
        following = Cursor(key, hits[-1].rank, hits[-1].image_id, options.seed).write() if hits and further else None
        return replace(answer, hits=hits, cursor=following)

    def _found_by(self, session: Session, query: Query) -> frozenset[int]:
        """The numbers of all photographs that a saved search finds."""
        answer = self._rank(session, query, SearchOptions(collapse_duplicates=False), at_least=MOST)
        return frozenset(answer.ranking.image_ids.tolist())

    def hits(self, answer: Answer, start: int, count: int) -> tuple[Hit, ...]:
        """Reads `count` hits of an answer from rank `start` on; photographs that have gone meanwhile are left out.

        Raises:
            LibraryDamagedError: The catalogue is not readable.
        """
        with self._library.transaction() as session:
            return read_hits(session, answer.ranking, answer.terms, start, count, places=answer.query.places)

    def count_moments(self, answer: Answer) -> int:
        """How many hits of an answer are moments of films.

        Raises:
            LibraryDamagedError: The catalogue is not readable.
        """
        with self._library.transaction() as session:
            columns = columns_of(session, self._library, self._own)
            return int(np.count_nonzero(columns.videos_of(answer.ranking.image_ids)))

    def hits_of(self, images: Sequence[int], *, places: Sequence[PlaceCondition] = ()) -> tuple[Hit, ...]:
        """Reads some photographs as hits in their order, without scores; those that have gone are left out.

        Args:
            images: Their numbers.
            places: Of the paths of each those stand first that meet the most of these.

        Raises:
            LibraryDamagedError: The catalogue is not readable.
        """
        ranking = Ranking(np.array(images, np.int64))
        with self._library.transaction() as session:
            return read_hits(session, ranking, (), 0, len(ranking), places=places)

    def _rank(
        self,
        session: Session,
        query: Query,
        options: SearchOptions,
        *,
        at_least: int,
        more: Sequence[int] = (),
        less: Sequence[int] = (),
    ) -> Answer:
        """Ranks the photographs that answer a query; `more` and `less` are numbers of photographs."""
        if not query.ranks:
            columns = columns_of(session, self._library, self._own)
            ranking = browse(session, columns, query, options=options)
            return Answer(ranking, query)
        models = self._models(session)
        words = None
        if query.words:
            strange = strange_words(query, models[0])
            # To ask for them loads SQLAlchemy, and of most questions the model has learnt every word.
            said = catalogue.said_words(session, strange) if strange else set()
            words = encode_query(query, models, said=said)
        examples = {}
        if query.likenesses or more or less:
            examples = read_examples(session, self._captioner, models, query.likenesses, more=more, less=less)
            models = [model for model in models if model.identity.id in examples]
            if not models:
                raise self._mismatch(session)
        ranking = rank(
            session,
            self._library,
            models,
            query,
            words,
            examples=examples,
            options=options,
            at_least=at_least,
        )
        if not options.include_self:
            ranking = ranking.without({image for part in examples.values() for image in part.photographs})
        if words is not None and not words.known and not len(ranking):
            unknown = ", ".join(words.unknown_words)
            raise UnknownWordsError(
                f"the model knows none of these words, and no caption, tag or path contains them: {unknown}",
                words.unknown_words,
            )
        earlier = tuple(model.identity.id for model in models if model.identity != self.model)
        return Answer(ranking, query, words, earlier)

    def nearest_captions(
        self, embedding: Embeddings, *, count: int, among: Sequence[int] | None = None
    ) -> tuple[CaptionHit, ...]:
        """Finds the stored sentences that come closest to a picture or a sentence.

        Args:
            embedding: Of the picture or sentence, a unit vector (D,), float32.
            count: How many at most.
            among: Only these, by their numbers.

        Raises:
            ModelMismatchError: The library was described by another model.
            LibraryDamagedError: The catalogue is not readable.
        """
        index = self._library.indexes.caption(self.model)
        with self._library.transaction() as session:
            self._check(session, index)
            scores, keys = index.search(embedding[None], count, allowed=among)
            captions = catalogue.captions(session, keys[0][keys[0] >= 0].tolist())
            moments = catalogue.moments_among(session, [caption.image_id for caption in captions.values()])
        nearest = [
            (float(score), captions[key])
            for score, key in zip(scores[0], keys[0].tolist(), strict=True)
            if key in captions
        ]
        return tuple(
            CaptionHit(
                rank, score, caption.image_id, caption.paths, caption.text, moments.get(caption.image_id, (None,))[0]
            )
            for rank, (score, caption) in enumerate(nearest)
        )

    def captions_like(self, sentence: str, *, count: int) -> tuple[CaptionHit, ...]:
        """Finds the stored sentences that come closest to a sentence.

        Raises:
            EmptyQueryError: The sentence holds no word.
            QuerySyntaxError: It is longer than a query may be.
            UnknownWordsError: The model knows none of its words, and no caption says one.
            ModelMismatchError: The library was described by another model.
            LibraryDamagedError: The catalogue is not readable.
        """
        if len(sentence) > LONGEST:
            raise QuerySyntaxError(f"the sentence has {len(sentence):,} characters, and may have {LONGEST:,}", LONGEST)
        query = Query(words=(WeightedText(sentence),))
        if not asked_words(sentence):
            raise EmptyQueryError("the sentence holds no word")
        with self._library.transaction() as session:
            said = catalogue.said_words(session, strange_words(query, self._own))
            saying = catalogue.captions_saying(session, sorted(said), count=count) if said else []
        words = encode_query(query, [self._own], said=said)
        if not words.known and not saying:
            raise UnknownWordsError(
                f"the model knows none of these words: {', '.join(words.unknown_words)}", words.unknown_words
            )
        embedding = words.embeddings[self.model.id]
        # A word that the model cannot place is found where it is said, and nowhere else.
        first = self.nearest_captions(embedding, count=count, among=saying) if saying else ()
        if not words.known or len(first) >= count:
            return first
        told = {(hit.image_id, hit.caption) for hit in first}
        others = [
            hit
            for hit in self.nearest_captions(embedding, count=count + len(first))
            if (hit.image_id, hit.caption) not in told
        ]
        return tuple(replace(hit, rank=rank) for rank, hit in enumerate([*first, *others][:count]))

    def describe(self, paths: Sequence[Path]) -> list[Description]:
        """Describes picture files that need not be in the library.

        Raises:
            UnreadableImageError: A file is not a picture that can be decoded.
            ModelFileError: The model's tensors do not fit its header.
            DeviceError: The device cannot be used, or has too little memory for one picture.
        """
        return self._captioner.describe(np.stack([network_pixels(path, side=self._captioner.side) for path in paths]))

    def alternatives(self, path: Path, *, sentences: int, time: float | None = None) -> list[Caption]:
        """Writes at most so many different sentences about a picture file, or a film at a time, best first.

        Raises:
            UnreadableFileError: The file is not a picture, or not a film, that can be decoded.
            ModelFileError: The model's tensors do not fit its header.
            DeviceError: The device cannot be used, or has too little memory for one picture.
        """
        pixels = network_pixels(path, side=self._captioner.side, time=time)
        return self._captioner.alternatives(pixels[None], sentences=sentences)[0]

    def word_confidences(
        self, path: Path, sentence: str, *, time: float | None = None
    ) -> tuple[tuple[str, float], ...]:
        """Asks how probable the model finds each word of a sentence about a picture file after those before it.

        The words are those of `captioning.vocabulary.tokenize`; one that the model cannot write counts as unknown.

        Args:
            path: Of a picture file or a film.
            sentence: About it.
            time: Seconds from the beginning of a film; none for a picture file.

        Raises:
            UnreadableFileError: The file is not a picture, or not a film, that can be decoded.
            ModelFileError: The model's tensors do not fit its header.
            DeviceError: The device cannot be used, or has too little memory for one picture.
        """
        pixels = network_pixels(path, side=self._captioner.side, time=time)
        guesses = self._captioner.guess_words(pixels[None], [[sentence]])
        # The last one is the sentence's end.
        return tuple(zip(tokenize(sentence), np.exp(guesses.log_probs[:-1]).tolist(), strict=True))

    def encode_text(self, texts: Sequence[str]) -> Embeddings:
        """Encodes sentences to unit vectors (Q, D), float32, of the joint space."""
        return self._own.text_encoder.encode_text(texts)

    def rank_images(self, embeddings: Embeddings, *, count: int) -> tuple[Embeddings, NDArray[np.int64]]:
        """Finds the nearest images by their vectors alone.

        Args:
            embeddings: Unit vectors (Q, D), float32.
            count: K, the images that are wanted of each.

        Returns:
            Inner products (Q, K), float32, in [-1, 1] and falling, and image ids (Q, K), int64, -1 where there are
            fewer than K images.

        Raises:
            ModelMismatchError: The library was described by another model.
            LibraryDamagedError: The catalogue is not readable.
        """
        index = self._library.indexes.image(self.model)
        with self._library.transaction() as session:
            self._check(session, index)
        return index.search(embeddings, count)

    def _models(self, session: Session) -> list[AnsweringModel]:
        """The model in use, and the earlier ones that still answer for some images.

        Raises:
            ModelMismatchError: Only other models described the library, and what it kept of them is lost.
            ModelFileError: What it kept of an earlier model is damaged.
        """
        answering = catalogue.answering_models(session)
        encoders = {model: self._library.text_encoder(model) for model in answering if model != self.model}
        models = [
            self._own if model == self.model else AnsweringModel.load(encoders[model])
            for model in answering
            if model == self.model or encoders[model].is_file()
        ]
        if not models and answering:
            raise self._mismatch(session)
        return models or [self._own]

    def _mismatch(self, session: Session) -> ModelMismatchError:
        other = next(model.id for model in catalogue.answering_models(session) if model != self.model)
        return ModelMismatchError(
            f"the library was described by the model {other}, this is {self.model.id}; "
            "describe it anew with: imgsearch index FOLDER"
        )

    def _check(self, session: Session, index: Index) -> None:
        if not len(index) and any(model != self.model for model in catalogue.answering_models(session)):
            raise self._mismatch(session)


def _ranked(ranking: Ranking, ranks: Sequence[int]) -> list[int]:
    """The numbers of the photographs of some ranks."""
    for number in ranks:
        if number >= len(ranking):
            raise RankError(f"there is no hit {number + 1}; the query has {len(ranking):,} without --more and --less")
    return [int(image) for image in ranking.image_ids[list(ranks)]]
