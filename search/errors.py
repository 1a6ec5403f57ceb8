"""The errors of searching, one class per cause."""

from __future__ import annotations


class SearchError(Exception):
    """Root of every error that `search` raises on purpose."""


class EmptyQueryError(SearchError):
    """The query asks for nothing."""


class QuerySyntaxError(SearchError):
    """The query breaks the grammar of queries.

    Attributes:
        position: Of the first character that does, 0-based.
        text: The query.
    """

    def __init__(self, message: str, position: int, text: str = "") -> None:
        super().__init__(message)
        self.position, self.text = position, text


class SavedSearchError(SearchError):
    """A saved search asks for itself."""


class ExampleError(SearchError):
    """A picture file to look like cannot be read."""


class ListError(SearchError):
    """A file that lists photographs cannot be read."""


class PageError(SearchError):
    """A page cannot be written."""


class CopyError(SearchError):
    """Photographs cannot be copied into a folder."""


class CursorError(SearchError):
    """A cursor was not given by this program, or belongs to another query."""


class RankError(SearchError):
    """A hit that was to be judged is not among the hits."""


class UnknownWordsError(SearchError):
    """The model knows no word of the query, and no text contains one.

    Attributes:
        words: Of the query.
    """

    def __init__(self, message: str, words: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.words = words


class ModelMismatchError(SearchError):
    """The library's images were described by another model than the one that is asked."""


class EvaluationError(SearchError):
    """A collection cannot be used to measure the model."""


class TooLittleToLearnError(SearchError):
    """There are too few corrections to learn from, or too few other photographs."""


class SamplesMissingError(SearchError):
    """The packages that carry sample photographs are not installed."""
