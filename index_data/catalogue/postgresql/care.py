"""What can be proved and mended of a catalogue on a server, which itself cares for whole pages and rows."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine, text

from index_data.addresses import ServerAddress
from index_data.catalogue.postgresql.connection import explained
from index_data.catalogue.postgresql.dump import begin_history
from index_data.catalogue.postgresql.migration import TRIGGERS, WORD_INDEXES
from index_data.catalogue.sqlite.sightings import VIEW


class PostgresCare:
    """Implements `database.Care`."""

    def __init__(self, address: ServerAddress, engine: Engine) -> None:
        self._address, self._engine = address, engine

    def damage(self) -> list[str]:
        """Nothing that the server would not say itself."""
        return []

    def missing_views(self) -> bool:
        """Whether the view of places is missing."""
        return bool(self._missing(VIEW, "SELECT viewname FROM pg_views WHERE schemaname = ANY(current_schemas(false))"))

    def make_views(self) -> None:
        """Makes it again."""
        self._make(VIEW.values())

    def untrue_words(self) -> list[str]:
        """The indexes of words that are missing."""
        indexes = "SELECT indexname FROM pg_indexes WHERE schemaname = ANY(current_schemas(false))"
        return self._missing(WORD_INDEXES, indexes)

    def make_words(self) -> None:
        """Makes them again."""
        self._make(WORD_INDEXES[name] for name in self.untrue_words())

    def missing_triggers(self) -> list[str]:
        """The names of those that note which photographs were touched, and are missing."""
        return self._missing(TRIGGERS, "SELECT tgname FROM pg_trigger WHERE pg_table_is_visible(tgrelid)")

    def make_triggers(self) -> None:
        """Makes them again; what happened without them is not known, so that another history begins."""
        self._make((TRIGGERS[name] for name in self.missing_triggers()), anew=True)

    def _missing(self, wanted: Iterable[str], names: str) -> list[str]:
        with explained(self._address), self._engine.connect() as connection:
            there = set(connection.scalars(text(names)))
        return [name for name in wanted if name not in there]

    def _make(self, statements: Iterable[str], *, anew: bool = False) -> None:
        missing = list(statements)
        with explained(self._address), self._engine.begin() as connection:
            for statement in missing:
                connection.execute(text(statement))
            if anew:
                begin_history(connection)
