"""What the engine answers with."""

from __future__ import annotations

from dataclasses import dataclass

from captioning.text.out_of_vocabulary import StandIn


@dataclass(frozen=True, slots=True)
class Why:
    """Words of the question that were found said of a photograph, as they were asked, by where they were found."""

    caption: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    path: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Each word once."""
        return tuple(dict.fromkeys((*self.caption, *self.tags, *self.path, *self.keywords)))


@dataclass(frozen=True, slots=True)
class Hit:
    """One photograph that answers a query.

    Attributes:
        rank: 0-based.
        score: Log-odds of being relevant, or where probabilities cannot be said, the inner product of two unit vectors,
            in [-1, 1]; none where the query only has conditions.
        probability: Of being relevant, in [0, 1]; none where it cannot be said.
        image_id: Its number in its library.
        paths: Where it was last seen, as bytes of the file system; at least one.
        caption: Its sentence, empty if it has none.
        keywords: Its annotation, most probable first.
        tags: In order.
        why: Which words of the query are said of it.
        near_duplicates: Paths of photographs that look the same and that it stands for.
    """

    rank: int
    score: float | None
    probability: float | None
    image_id: int
    paths: tuple[bytes, ...]
    caption: str
    keywords: tuple[str, ...]
    tags: tuple[str, ...] = ()
    why: Why = Why()
    near_duplicates: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of hits, and what a person should know about them.

    Attributes:
        hits: In order.
        total: How many there are on all pages; none where that was not found out.
        cursor: What to ask the next page with; none where this is the last.
        calibrated: Whether hits have probabilities, and end where photographs no longer answer.
        unknown_words: Words of the query that the model does not know and nothing stands in for.
        stand_ins: Words of the query that were read as others.
        earlier_models: Models that answered for images that the model in use has not described yet.
    """

    hits: tuple[Hit, ...]
    total: int | None
    cursor: str | None = None
    calibrated: bool = False
    unknown_words: tuple[str, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    earlier_models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptionHit:
    """A stored sentence that comes close to a picture or a sentence.

    Attributes:
        rank: 0-based.
        score: Inner product of two unit vectors, in [-1, 1].
        image_id: The photograph it describes.
        paths: Where that was last seen.
        caption: The sentence.
    """

    rank: int
    score: float
    image_id: int
    paths: tuple[bytes, ...]
    caption: str
