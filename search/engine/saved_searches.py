"""Saved searches as filters: each becomes the photographs that its query finds, and none may ask for itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from index_data import albums, catalogue
from index_data.catalogue.conditions import Among, Condition, InAlbum, Not
from index_data.catalogue.search_words import folded
from index_data.library import Library
from search.engine.query import Query
from search.engine.query_language import parse
from search.errors import EmptyQueryError, QuerySyntaxError, SavedSearchError

if TYPE_CHECKING:
    from index_data.catalogue import Session

_WILDCARD = re.compile("[*?]")
_ASKED = re.compile(
    r'(?P<filter>(?:(?<=\s)|(?<=\s-)|^|^-)album:)(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))(?=\s|$)', re.IGNORECASE
)

Finds = Callable[[Query], frozenset[int]]
"""The numbers of all photographs that a query finds which names no saved search."""


@dataclass
class SavedSearches:
    """Puts what saved searches find in place of their names.

    Attributes:
        session: In which they are read.
        finds: Answers the query of each, once.
    """

    session: Session
    finds: Finds
    _answers: dict[int, frozenset[int]] = field(default_factory=dict)

    def resolved(self, query: Query, *, trail: tuple[str, ...] = ()) -> Query:
        """A query whose albums are all there, and which names no saved search any more.

        Args:
            query: As it was parsed.
            trail: The saved searches that led to it, the outermost first.

        Raises:
            UnknownAlbumError: There is no album or saved search of a name.
            SavedSearchError: A saved search asks for itself, or its query cannot be read.
        """
        conditions = tuple(self._resolved(condition, trail) for condition in query.conditions)
        return query if conditions == query.conditions else replace(query, conditions=conditions)

    def _resolved(self, condition: Condition, trail: tuple[str, ...]) -> Condition:
        if isinstance(condition, Not):
            return Not(self._resolved(condition.condition, trail))
        if not isinstance(condition, InAlbum) or _WILDCARD.search(condition.pattern):
            return condition
        if any(folded(condition.pattern) == folded(name) for name in trail):
            ways = " asks for ".join(f'"{name}"' for name in (*trail, condition.pattern))
            raise SavedSearchError(f"a saved search cannot ask for itself: {ways}")
        album = albums.known_album(self.session, condition.pattern)
        if album.query is None:
            return InAlbum(album.name)
        if album.album_id not in self._answers:
            try:
                query = parse(album.query)
            except (QuerySyntaxError, EmptyQueryError) as error:
                raise SavedSearchError(f'the saved search "{album.name}" cannot be read: {error}') from error
            self._answers[album.album_id] = self.finds(self.resolved(query, trail=(*trail, album.name)))
        return Among(self._answers[album.album_id])


def save(library: Library, name: str, query: str, *, replace_former: bool = False) -> str:
    """Saves a query under a name, which it gives as it is kept.

    Raises:
        QuerySyntaxError: The query breaks the grammar.
        EmptyQueryError: It asks for nothing.
        UnknownAlbumError: It asks for an album that is not there.
        SavedSearchError: It would ask for itself, or a saved search that it asks for cannot be read.
        AlbumError: The name is taken, or cannot be one.
        NoWordsError: The name holds nothing that can be seen.
    """
    parsed = parse(query)
    with library.transaction() as session:
        SavedSearches(session, lambda _: frozenset()).resolved(parsed, trail=(albums.tidy_name(name),))
    return albums.save_search(library, name, query, replace=replace_former)


def rename(library: Library, name: str, new: str) -> tuple[str, str]:
    """Gives an album or a saved search another name, in the queries of saved searches as well; tells both names.

    Raises:
        UnknownAlbumError: There is none of the former name.
        AlbumError: The new name is taken, or cannot be one.
        NoWordsError: It holds nothing that can be seen.
    """
    line = albums.tidy_name(new)
    saved = {record.name: record.query for record in library.read(catalogue.albums) if record.query is not None}
    queries = {own: asked_anew(query, name, line) for own, query in saved.items()}
    return albums.rename_album(library, name, line, queries={own: q for own, q in queries.items() if q != saved[own]})


def asked_anew(query: str, name: str, new: str) -> str:
    """A query that asks for an album by another name where it did by its former."""

    def written(match: re.Match[str]) -> str:
        value = match["plain"] if match["quoted"] is None else match["quoted"]
        return f'{match["filter"]}"{new}"' if folded(value) == folded(name) else match[0]

    return _ASKED.sub(written, query)
