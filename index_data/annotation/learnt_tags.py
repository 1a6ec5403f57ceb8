"""Learns the tags of a library from the photographs that have them, and proposes each where it is likely.

What is proposed is the model's word; a person's answers, by `Annotations.judge_tags`, are examples for the next time.

Axis legend: N photographs, T tags, n examples, D joint size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.vocabulary import tokenize
from index_data import catalogue
from index_data.annotation.tag_classifier import Surroundings, Surveyor, Vectors, learn, probabilities, standing
from index_data.annotation.tag_examples import LEAST_EXAMPLES, TagExamples, tag_examples
from index_data.catalogue.annotation_records import LearntTag
from index_data.duplicates import LEAST_COSINE
from index_data.errors import UnknownTagError
from index_data.library import Library

if TYPE_CHECKING:
    from index_data.catalogue import Session

MOST_EXAMPLES = 500
"""From which a tag is learnt, and refused ones likewise; of more, as many are drawn."""

LEAST_QUALITY = 0.85
"""Below it, the examples of a tag do not know each other well enough for anything to be proposed."""

LEAST_PROBABILITY = 0.4
"""From which on a tag is proposed."""

CHUNK = 20_000
"""Vectors that are read at once."""

TOGETHER = 32
"""Tags that are looked for at once, since the score of every photograph is kept for each."""


@dataclass(frozen=True, slots=True)
class TagOutcome:
    """What came of learning a tag.

    Attributes:
        name: The tag.
        examples: Photographs that have it.
        refused: Photographs that a person said do not have it.
        quality: See `LearntTag`; none where nothing could be learnt.
        proposed: Photographs for which it is proposed, and that nobody has judged.
        obstacle: Why nothing is learnt or proposed; empty otherwise.
        fresh: Whether it was learnt now; else it was known before, and nothing has changed since.
    """

    name: str
    examples: int
    refused: int
    quality: float | None
    proposed: int
    obstacle: str = ""
    fresh: bool = False


Place = Callable[[str], NDArray[np.float32] | None]
"""Places the name of a tag in the joint space, a unit vector (D,), float32; none where its words say nothing."""


def learn_tags(
    library: Library, names: Sequence[str] = (), *, dry_run: bool = False, place: Place | None = None
) -> list[TagOutcome]:
    """Learns the tags whose examples, or the photographs among which they are looked for, have changed.

    Args:
        library: Open.
        names: Only these tags, even where nothing changed; none for all that there are.
        dry_run: Store nothing.
        place: Where names are; unless it is given, by the text encoder that the library keeps.

    Raises:
        UnknownTagError: No photograph has a tag of one of the names.
        LibraryNotWritableError: The library may not be changed.
        LibraryLockedError: Another program holds the catalogue.
        LibraryDamagedError: The catalogue is no longer readable.
        ModelFileError: What the library keeps of its model is damaged.
    """
    with library.transaction() as session:
        model = next(iter(catalogue.answering_models(session)), None)
        known = {learnt.name: learnt for learnt in catalogue.learnt_tags(session)}
        examples = tag_examples(session, model) if model else []
        if unknown := set(names) - {tag.name for tag in examples}:
            raise UnknownTagError(
                f'no photograph has the tag "{min(unknown)}"; give it with: imgsearch review tag FILE --add TAG'
            )
        if model is None:
            return []
        photographs = _Photographs(session, model)
        outcomes: dict[str, TagOutcome] = {}
        stale = []
        for tag in examples:
            learnt = known.get(tag.name)
            if obstacle := _obstacle(tag, photographs):
                outcomes[tag.name] = TagOutcome(tag.name, len(tag.has), len(tag.refused), None, 0, obstacle)
            elif tag.name in names or not (
                learnt and learnt.digest == tag.digest and learnt.images == len(photographs)
            ):
                stale.append(tag)
            else:
                outcomes[tag.name] = _outcome(learnt)
        if names:
            stale = [tag for tag in stale if tag.name in names]
        place = place or _NameReader(library, model).place
        parts = (stale[at : at + TOGETHER] for at in range(0, len(stale), TOGETHER))
        lessons = [lesson for part in parts for lesson in _lessons(photographs, part, place)]
    forgotten = known.keys() - {tag.name for tag in examples}
    forgotten |= {name for name, outcome in outcomes.items() if outcome.quality is None and name in known}
    if not dry_run and (lessons or forgotten):
        lessons = _store(library, model, lessons, forgotten)
    outcomes |= {lesson.learnt.name: _outcome(lesson.learnt, fresh=True) for lesson in lessons}
    return [outcomes[name] for name in sorted(outcomes) if not names or name in names]


def _obstacle(tag: TagExamples, photographs: _Photographs) -> str:
    """Why a tag cannot be learnt; empty where it can."""
    if len(tag.has) < LEAST_EXAMPLES:
        return f"it is learnt from {LEAST_EXAMPLES} photographs on"
    if len(tag.has) + len(tag.refused) == len(photographs):
        return "there is no photograph left to propose it for"
    return ""


def _outcome(learnt: LearntTag, *, fresh: bool = False) -> TagOutcome:
    unsure = learnt.quality < LEAST_QUALITY
    obstacle = "its photographs have too little in common for anything to be proposed" if unsure else ""
    return TagOutcome(
        learnt.name, learnt.examples, learnt.refused, learnt.quality, learnt.proposed, obstacle, fresh=fresh
    )


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What was learnt of a tag, and its probability for the photographs for which it is proposed, by their numbers."""

    learnt: LearntTag
    proposals: Mapping[int, float]


def _lessons(photographs: _Photographs, tags: Sequence[TagExamples], place: Place) -> Iterator[_Lesson]:
    """Learns tags, and looks for them among all photographs."""
    classifiers, examples = [], []
    for tag in tags:
        has, refused = (photographs.vectors_of(_drawn(images)) for images in (tag.has, tag.refused))
        classifiers.append(learn(photographs.surroundings, has, refused, place(tag.name)))
        examples.append(has)
    scores = np.empty((len(tags), len(photographs)), np.float32)
    alike = np.empty(scores.shape, bool)
    start = 0
    for vectors in photographs.chunks():
        end = start + len(vectors)
        for number, (classifier, has) in enumerate(zip(classifiers, examples, strict=True)):
            scores[number, start:end] = classifier.scores(vectors)
            alike[number, start:end] = (vectors @ has.T).max(1) >= LEAST_COSINE
        start = end
    learnt_at = datetime.now(UTC).replace(tzinfo=None)
    for tag, classifier, row, near in zip(tags, classifiers, scores, alike, strict=True):
        judged = np.isin(photographs.ids, [*tag.has, *tag.refused])
        others = row[~judged & ~near]
        quality = standing(classifier.left_out, others)
        chances = probabilities(row, classifier.left_out, others)
        likely = ~judged & (chances >= LEAST_PROBABILITY) & (quality >= LEAST_QUALITY)
        proposals = dict(zip(photographs.ids[likely].tolist(), chances[likely].tolist(), strict=True))
        counts = len(tag.has), len(tag.refused), len(photographs)
        learnt = LearntTag(tag.name, photographs.model, learnt_at, *counts, quality, tag.digest, len(proposals))
        yield _Lesson(learnt, proposals)


def _store(library: Library, model: ModelIdentity, lessons: Sequence[_Lesson], forgotten: set[str]) -> list[_Lesson]:
    """Stores what was learnt, all or nothing; what rests on examples that have changed meanwhile is left out."""
    stored = []
    with library.transaction(write=True) as session:
        digests = {tag.name: tag.digest for tag in tag_examples(session, model)}
        catalogue.forget_learnt_tags(session, forgotten)
        for lesson in lessons:
            if digests.get(lesson.learnt.name) == lesson.learnt.digest:
                catalogue.put_learnt_tag(session, lesson.learnt, lesson.proposals)
                stored.append(lesson)
    return stored


def _drawn(images: Sequence[int]) -> list[int]:
    """All of them, or as many as are learnt from, the same every time."""
    if len(images) <= MOST_EXAMPLES:
        return list(images)
    return sorted(np.random.default_rng(0).choice(images, MOST_EXAMPLES, replace=False).tolist())


class _Photographs:
    """The photographs that a model finds, with their vectors."""

    def __init__(self, session: Session, model: ModelIdentity) -> None:
        self.model, self._dimension = model.id, model.dimension
        self._stored = catalogue.ImageVectors(session, model.id)
        self.ids: NDArray[np.int64] = self._stored.ids()

    def __len__(self) -> int:
        return len(self.ids)

    def vectors_of(self, images: Sequence[int]) -> Vectors:
        """Their vectors (any, D), float32, in any order."""
        return self._stored.read(images).vectors.reshape(-1, self._dimension)

    def chunks(self) -> Iterator[Vectors]:
        """The vectors of all (any, D), float32, part by part, in the order of `ids`."""
        for at in range(0, len(self.ids), CHUNK):
            rows = self._stored.read(self.ids[at : at + CHUNK].tolist())
            yield rows.vectors[np.argsort(rows.ids)]

    @cached_property
    def surroundings(self) -> Surroundings:
        """How their vectors lie."""
        surveyor = Surveyor(self._dimension)
        for vectors in self.chunks():
            surveyor.take(vectors)
        return surveyor.surroundings()


class _NameReader:
    """Places the names of tags in the joint space of a model, by what the library keeps of it."""

    def __init__(self, library: Library, model: ModelIdentity) -> None:
        self._file = library.text_encoder(model)

    def place(self, name: str) -> NDArray[np.float32] | None:
        """A unit vector (D,), float32; none where the model does not know all words of the name, or is not kept."""
        if self._encoder is None or not tokenize(name) or self._encoder.unknown_words(name):
            return None
        place: NDArray[np.float32] = self._encoder.encode_text([name])[0]
        return place

    @cached_property
    def _encoder(self) -> NumpyTextEncoder | None:
        return NumpyTextEncoder.load(self._file) if self._file.is_file() else None
