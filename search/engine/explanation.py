"""Turns ranks into hits, and says which words of the question are said of each."""

from __future__ import annotations

from index_data import catalogue
from index_data.library import Library
from search.engine.document_terms import stems_of, words_said
from search.engine.hits import Hit, Why
from search.engine.ranking import Ranking


def explained_hits(library: Library, ranking: Ranking, start: int, count: int) -> tuple[Hit, ...]:
    """The hits of `count` ranks from `start` on; photographs that have gone meanwhile are left out."""
    rows = range(start, min(start + count, len(ranking)))
    ids = [int(ranking.image_ids[row]) for row in rows]
    folded = [other for image in ids for other in ranking.folded.get(image, ())]
    with library.transaction() as session:
        records = catalogue.images(session, [*ids, *folded])
        words = catalogue.words_of(session, ids)
    hits = []
    for row, image in zip(rows, ids, strict=True):
        if image not in records:
            continue
        record, said = records[image], words[image]
        why = Why(
            *(
                words_said(ranking.words, stems_of(texts))
                for texts in ((record.caption,), said.keywords, said.tags, said.paths)
            )
        )
        hits.append(
            Hit(
                rank=row,
                score=None if ranking.scores is None else float(ranking.scores[row]),
                probability=None if ranking.probabilities is None else float(ranking.probabilities[row]),
                image_id=image,
                paths=record.paths,
                caption=record.caption,
                keywords=record.keywords,
                tags=said.tags,
                why=why,
                near_duplicates=tuple(
                    path for other in ranking.folded.get(image, ()) if other in records for path in records[other].paths
                ),
            )
        )
    return tuple(hits)
