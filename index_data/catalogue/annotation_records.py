"""What the catalogue hands out and takes of captions, tags and what people did to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity

ACTIVE_STATES = frozenset({"proposed", "accepted"})
"""Those of captions that are shown and found."""

Subject = Literal["caption", "tag", "mark", "album", "path"]
"""What a person changes of a photograph."""

NOT_IN_ALBUM = "absent"
"""Stands for the place of an image in an album that does not hold it."""

NO_ALBUM = "no album"
"""Stands for the same where the album itself is not there, or goes with the last of its images."""


PRESENT, ABSENT, PROPOSED, REJECTED = "present", "absent", "proposed", "rejected"
"""States of a tag of an image: a person's word, nobody's, a model's, and one that a person said is wrong."""


@dataclass(frozen=True, slots=True)
class ProposedTag:
    """A tag that a model thinks an image has, and that nobody has judged.

    Attributes:
        image_id: The image.
        name: The tag.
        probability: That a person would give it, in [0, 1].
    """

    image_id: int
    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class LearntTag:
    """A tag that the library learnt from examples.

    Attributes:
        name: The tag.
        model: The id of the model on whose vectors it was learnt.
        learnt_at: UTC.
        examples: Images that had the tag.
        refused: Images of which a person said that they do not have it.
        images: All images among which it was looked for.
        quality: The mean share of the other images that an example stands before by what the others teach, in [0, 1].
        digest: Of the examples and the model; it changes when they do.
        proposed: Images for which it is proposed, and nobody has judged that.
    """

    name: str
    model: str
    learnt_at: datetime
    examples: int
    refused: int
    images: int
    quality: float
    digest: str
    proposed: int = 0


@dataclass(frozen=True, slots=True)
class StoredCaption:
    """A sentence with all that is known of it.

    Attributes:
        caption_id: Its number.
        image_id: Of the image that it tells of.
        text: The sentence.
        author: ``model`` or ``person``.
        model: The id of the model that wrote it, if one did.
        state: ``proposed`` and ``accepted`` are active; ``rejected``, ``edited`` and ``withdrawn`` no longer.
        confidence: In [0, 1]; none for a person's.
        created_at: UTC.
        origin_id: The caption that a person edited into this one.
        imported: Whether it came from a file or a photograph.
    """

    caption_id: int
    image_id: int
    text: str
    author: str
    model: str | None
    state: str
    confidence: float | None
    created_at: datetime
    origin_id: int | None
    imported: bool = False

    @property
    def active(self) -> bool:
        """Whether it is shown and found."""
        return self.state in ACTIVE_STATES

    @property
    def confirmed(self) -> bool:
        """Whether a person wrote or accepted it."""
        return self.active and (self.author == "person" or self.state == "accepted")


@dataclass(frozen=True, slots=True)
class NewCaption:
    """A sentence to be added to an image; the model's number and confidence are none for a person's."""

    image_id: int
    text: str
    author: str
    model_id: int | None = None
    confidence: float | None = None
    origin_id: int | None = None
    imported: bool = False


@dataclass(frozen=True, slots=True)
class UnembeddedCaption:
    """A sentence that a model has yet to embed."""

    caption_id: int
    text: str
    model_id: int
    model: ModelIdentity


@dataclass(frozen=True, slots=True)
class EmbeddedCaption:
    """The caption that is shown of an image, with both embeddings: vectors (D,), float32, unit norm."""

    image_id: int
    confidence: float | None
    image_vector: NDArray[np.float32]
    caption_vector: NDArray[np.float32]


class Changed(NamedTuple):
    """What a person changed.

    A caption and a tag go from state to state, a mark from value to value, and an image's position in an album from
    number to number, or to what `catalogue.albums` says for none.
    """

    image_id: int
    caption_id: int | None
    tag: str | None
    was: str
    became: str
    mark: str | None = None
    album: str | None = None

    @property
    def moves_vectors(self) -> bool:
        """Whether a caption is found that was not before, or the other way round."""
        return (self.was in ACTIVE_STATES) != (self.became in ACTIVE_STATES)


class FileChanged(NamedTuple):
    """A file of a photograph, or a sidecar of it, that was moved; one that `became` nothing went to the trash."""

    image_id: int
    was: bytes
    became: bytes | None


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """Something that a person did.

    Attributes:
        action_id: Its number; later ones have higher numbers.
        kind: Such as ``accept`` or ``edit``.
        done_at: UTC.
        undone_at: UTC, when it was last undone; none if never.
        state: ``done``, ``undone``, or ``dropped`` when it can no longer be redone.
        images: The images it changed; of a file that was moved, the film.
        moments: How many of these are moments of films.
        videos: How many of these are films.
    """

    action_id: int
    kind: str
    done_at: datetime
    undone_at: datetime | None
    state: str
    images: tuple[int, ...]
    moments: int = 0
    videos: int = 0


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of an image's history.

    Attributes:
        at: UTC.
        kind: ``propose`` for what a model wrote while indexing, else what a person asked for.
        author: Of the caption; ``person`` for everything else.
        text: The caption, the tag, the name of the mark or album, or the path to or from which a file was moved.
        subject: What was changed.
        was: The state before; empty for what came to be.
        became: The state after; ``moved`` or ``trashed`` for a file.
        undone_at: UTC, when a person took it back; none if it holds.
    """

    at: datetime
    kind: str
    author: str
    text: str
    subject: Subject
    was: str
    became: str
    undone_at: datetime | None
