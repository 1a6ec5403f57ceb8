"""What a photograph must meet to be found, whatever is asked: the filters of a query, before they become SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Judgement(StrEnum):
    """How far people have judged what is said of a photograph."""

    NONE = "none"
    HUMAN = "human"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"


class Mark(StrEnum):
    """How a person values a photograph without words."""

    RATING = "rating"
    LABEL = "label"
    PICK = "pick"
    FAVOURITE = "favourite"


NO_MARK = "none"
"""Stands for the value of a mark that a photograph does not have; it is never stored."""

NONE_AT_ALL = "none"
"""Stands in a query for no album; no album can have this name."""

MARK_VALUES = {
    Mark.RATING: ("1", "2", "3", "4", "5"),
    Mark.LABEL: ("red", "yellow", "green", "blue", "purple"),
    Mark.PICK: ("picked", "rejected"),
    Mark.FAVOURITE: ("yes",),
}
"""What each mark may be; a rating counts stars."""


@dataclass(frozen=True, slots=True)
class InPath:
    """Part of a path, without regard to case; `*` and `?` make it a pattern for the whole.

    Attributes:
        pattern: The part, or the pattern.
        name: Only the file's name counts.
    """

    pattern: str
    name: bool = False


@dataclass(frozen=True, slots=True)
class InFolder:
    """A folder, as the file system knows it, and everything below it."""

    folder: bytes


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag, without regard to case; `*` and `?` stand for any characters.

    Attributes:
        pattern: Of the tag.
        proposed: One that is only proposed does as well.
    """

    pattern: str
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark with one of some values, among which may be `NO_MARK`."""

    mark: Mark
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InAlbum:
    """An album by its name, without regard to case; `*` and `?` stand for any characters."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Among:
    """Certain photographs, by their numbers, such as those that a saved search finds."""

    images: frozenset[int]


@dataclass(frozen=True, slots=True)
class Judged:
    """Captions of a kind: none at all, a person's words, one only proposed by a model, one that a person accepted."""

    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Saying:
    """Words that stand next to each other, in any of their forms.

    Attributes:
        phrase: The words.
        captions_only: They must stand in a caption; else a tag or a path does as well.
    """

    phrase: str
    captions_only: bool = False


@dataclass(frozen=True, slots=True)
class TakenWithin:
    """The camera's clock, else the date of the file, from a moment on and before another."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Undated:
    """Nothing tells when it was taken, so that the date of its file counts."""


@dataclass(frozen=True, slots=True)
class CameraNamed:
    """Part of the camera's name, without regard to case."""

    part: str


@dataclass(frozen=True, slots=True)
class Measures:
    """Pixels of a side, as the photograph is seen upright, both limits included."""

    side: Literal["width", "height"]
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class InFormat:
    """A file format by its name, such as `jpeg`."""

    name: str


@dataclass(frozen=True, slots=True)
class Copied:
    """Whether the same file lies at more than one path."""

    copied: bool


@dataclass(frozen=True, slots=True)
class OfVideo:
    """Whether it is a moment of a film; else it is a photograph."""

    of_video: bool


@dataclass(frozen=True, slots=True)
class Lasting:
    """A moment of a film of so many seconds, both limits included; no photograph is."""

    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class AtTime:
    """A moment of a film that shows anything between two times in seconds, both included; no photograph is."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Not:
    """What a photograph must not meet."""

    condition: Condition


PlaceCondition = InPath | InFolder
"""What one of the paths of a photograph must meet."""

Condition = (
    PlaceCondition
    | Tagged
    | Marked
    | InAlbum
    | Among
    | Judged
    | Saying
    | TakenWithin
    | Undated
    | CameraNamed
    | Measures
    | InFormat
    | Copied
    | OfVideo
    | Lasting
    | AtTime
    | Not
)
