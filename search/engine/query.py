"""What a query asks for, whatever it was written in: words, exclusions, pictures to look like, conditions, an order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from index_data.catalogue.conditions import (
    Condition,
    InAlbum,
    InFolder,
    InPath,
    Not,
    PlaceCondition,
    Saying,
    Tagged,
    TakenWithin,
)


class Sort(StrEnum):
    """What comes first among the photographs that were found."""

    SCORE = "score"
    DATE = "date"
    PATH = "path"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class WeightedText:
    """Plain words or a phrase, with how much they count beside the others."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """A picture to look like, or with a minus not to look like: a file, or a photograph's number in the library."""

    picture: str | int
    minus: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What a query says.

    Attributes:
        words: In order; together they are the sentence that is looked for.
        minus: Words that must not be said of a photograph.
        likenesses: Pictures it should look like.
        conditions: What it must meet.
        sort: What comes first; none leaves it to the engine.
    """

    words: tuple[WeightedText, ...] = ()
    minus: tuple[str, ...] = ()
    likenesses: tuple[Likeness, ...] = ()
    conditions: tuple[Condition, ...] = ()
    sort: Sort | None = None

    def looking_like(self, likeness: Likeness) -> Query:
        """The same query with one more picture to look like."""
        return replace(self, likenesses=(*self.likenesses, likeness))

    @property
    def places(self) -> tuple[PlaceCondition, ...]:
        """What it asks of paths."""
        return tuple(condition for condition in self.conditions if isinstance(condition, InFolder | InPath))

    @property
    def album(self) -> str | None:
        """The one album in which it looks, whose order is that of what is found where nothing else orders it."""
        names = [condition.pattern for condition in self.conditions if isinstance(condition, InAlbum)]
        # What a pattern names may be several, each in an order of its own.
        plain = len(names) == 1 and not {"*", "?"} & set(names[0])
        return names[0] if plain and self.sort is None and not self.ranks else None

    @property
    def asks_dates(self) -> bool:
        """Whether a filter or the order goes by when photographs were taken."""
        within = (condition.condition if isinstance(condition, Not) else condition for condition in self.conditions)
        return self.sort is Sort.DATE or any(isinstance(condition, TakenWithin) for condition in within)

    @property
    def asks_proposals(self) -> bool:
        """Whether a filter takes tags that are only proposed."""
        return any(isinstance(condition, Tagged) and condition.proposed for condition in self.conditions)

    @property
    def sentence(self) -> str:
        """The words as one sentence, empty where there are none."""
        return " ".join(part.text for part in self.words)

    @property
    def says_all(self) -> bool:
        """Whether it has words, and all of them are quoted, so that what says them answers it."""
        return bool(self.words) and all(Saying(part.text) in self.conditions for part in self.words)

    @property
    def ranks(self) -> bool:
        """Whether it asks for more than conditions, so that some photographs fit better than others."""
        return bool(self.words or self.likenesses)
