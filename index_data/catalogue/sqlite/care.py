"""What SQLite can prove and mend of a catalogue."""

from __future__ import annotations

import os

from index_data.catalogue.sqlite import sightings, touch_log, word_tables
from index_data.catalogue.sqlite.backup import prove
from index_data.errors import LibraryDamagedError
from index_data.locations import LibraryPaths


class SqliteCare:
    """Implements `database.Care`."""

    def __init__(self, paths: LibraryPaths) -> None:
        self._paths, self._catalogue = paths, paths.catalogue

    def damage(self) -> list[str]:
        """What is damaged beyond repair."""
        try:
            prove(self._catalogue)
        except LibraryDamagedError as error:
            return [str(error)]
        return []

    def missing_views(self) -> bool:
        """Whether the view of places is missing."""
        return not sightings.is_there(self._catalogue)

    def make_views(self) -> None:
        """Makes it again."""
        sightings.make_anew(self._catalogue)

    def untrue_words(self) -> list[str]:
        """The full-text tables that are damaged, or do not say what their texts say."""
        # SQLite proves these tables only where it might write.
        return word_tables.damaged_words(self._catalogue) if os.access(self._paths.folder, os.W_OK) else []

    def make_words(self) -> None:
        """Makes them anew."""
        for words in word_tables.damaged_words(self._catalogue):
            word_tables.make_anew(self._catalogue, words)

    def missing_triggers(self) -> list[str]:
        """The names of those that note which photographs were touched, and are missing."""
        return touch_log.missing_triggers(self._catalogue)

    def make_triggers(self) -> None:
        """Makes them again."""
        touch_log.make_missing(self._catalogue)
