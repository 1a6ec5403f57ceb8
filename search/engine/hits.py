"""Hits: what is known of the photographs of a ranking, and which words of the query their texts contain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index_data import catalogue
from index_data.catalogue.annotation_records import ProposedTag
from index_data.catalogue.conditions import Mark, PlaceCondition
from index_data.catalogue.records import UNDATED, ImageDate, Moment, VideoRecord
from index_data.columns.stems import stems_of
from search.engine.document_terms import QueryTerm, matched_words
from search.engine.ranking import Ranking

if TYPE_CHECKING:
    from index_data.catalogue import Session


@dataclass(frozen=True, slots=True)
class Why:
    """Words of the query that a photograph's texts contain, as they were asked, by where they were found."""

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
        paths: Where it was last seen, as bytes of the file system; at least one, that first which the query asked for.
        caption: Its sentence, empty if it has none.
        keywords: Its annotation, most probable first.
        tags: In order.
        proposed_tags: Tags that a model thinks it has and nobody has judged, the most probable first.
        why: Which words of the query its texts contain.
        near_duplicates: Paths of photographs that look the same and that it stands for.
        date: When it was taken; a moment's is its film's.
        marks: How a person values it.
        moment: When it is in its film; none of a photograph.
        video: The film; likewise.
        other_moments: Of the film, those that it stands for, the best first.
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
    date: ImageDate = UNDATED
    marks: Mapping[Mark, str] = field(default_factory=dict)
    moment: Moment | None = None
    video: VideoRecord | None = None
    other_moments: tuple[Moment, ...] = ()
    proposed_tags: tuple[ProposedTag, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptionHit:
    """A stored sentence that comes close to a picture or a sentence.

    Attributes:
        rank: 0-based.
        score: Inner product of two unit vectors, in [-1, 1].
        image_id: The photograph it describes.
        paths: Where that was last seen.
        caption: The sentence.
        moment: When it is in its film; none of a photograph.
    """

    rank: int
    score: float
    image_id: int
    paths: tuple[bytes, ...]
    caption: str
    moment: Moment | None = None


def read_hits(
    session: Session,
    ranking: Ranking,
    terms: Sequence[QueryTerm],
    start: int,
    count: int,
    *,
    places: Sequence[PlaceCondition] = (),
) -> tuple[Hit, ...]:
    """The hits of `count` ranks from `start` on; photographs that have gone since they were ranked are left out.

    Of the paths of each those stand first that meet the most of `places`.
    """
    rows = range(start, min(start + count, len(ranking)))
    ids = ranking.image_ids[rows.start : rows.stop].tolist()
    moments = catalogue.moments_among(
        session, [other for image in ids for other in ranking.other_moments.get(image, ())]
    )
    collapsed = [duplicate for image in ids for duplicate in ranking.near_duplicates.get(image, ())]
    records = catalogue.images(session, [*ids, *collapsed], wanted=places)
    words, dates = catalogue.words_of(session, ids), catalogue.dates_of(session, ids)
    marks, proposed_tags = catalogue.marks_of(session, ids), catalogue.proposed_tags_of(session, ids)
    hits = []
    for row, image in zip(rows, ids, strict=True):
        if image not in records:
            continue
        record, texts = records[image], words[image]
        sources = ((record.caption,), texts.keywords, texts.tags, texts.paths)
        near_duplicates = [
            records[duplicate] for duplicate in ranking.near_duplicates.get(image, ()) if duplicate in records
        ]
        hits.append(
            Hit(
                rank=row,
                score=None if ranking.scores is None else float(ranking.scores[row]),
                probability=None if ranking.probabilities is None else float(ranking.probabilities[row]),
                image_id=image,
                paths=record.paths,
                caption=record.caption,
                keywords=record.keywords,
                tags=texts.tags,
                marks=marks.get(image, {}),
                why=Why(*(matched_words(terms, stems_of(source)) for source in sources)),
                near_duplicates=tuple(path for duplicate in near_duplicates for path in duplicate.paths),
                date=dates[image],
                moment=record.moment,
                video=record.video,
                other_moments=tuple(
                    moments[other][0] for other in ranking.other_moments.get(image, ()) if other in moments
                ),
                proposed_tags=proposed_tags.get(image, ()),
            )
        )
    return tuple(hits)
