"""The answer to a query: its ranking, how its words were read, and a page of hits."""

from __future__ import annotations

from dataclasses import dataclass

from search.engine.document_terms import QueryTerm
from search.engine.encoded_query import EncodedQuery
from search.engine.hits import Hit
from search.engine.query import Query
from search.engine.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Answer:
    """What answers a query.

    Attributes:
        ranking: The photographs, as far as they were ranked.
        query: What was asked, with saved searches in place of their names.
        words: The query's words as the models read them; none where it has no words.
        earlier_models: Ids of models that answered for photographs that the model in use has not described yet.
        hits: The page that was asked for, in order.
        cursor: What to ask the next page with; none where this is the last.
    """

    ranking: Ranking
    query: Query
    words: EncodedQuery | None = None
    earlier_models: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()
    cursor: str | None = None

    @property
    def total(self) -> int | None:
        """How many hits there are on all pages; none where that was not found out."""
        return len(self.ranking) if self.ranking.complete else None

    @property
    def calibrated(self) -> bool:
        """Whether hits have probabilities, and end where photographs no longer answer."""
        return self.ranking.probabilities is not None

    @property
    def terms(self) -> tuple[QueryTerm, ...]:
        """The query's words that carry meaning."""
        return () if self.words is None else self.words.terms
