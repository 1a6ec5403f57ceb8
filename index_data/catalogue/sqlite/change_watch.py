"""Tells that somebody, here or in another process, changed the library."""

from __future__ import annotations

import os
import sqlite3
from threading import Lock

from index_data.catalogue.sqlite.connection import BUSY_SECONDS, explained, read_only
from index_data.locations import LibraryPaths


class ChangeWatch:
    """Asks SQLite on a connection of its own, which costs microseconds, whatever the size of the library."""

    def __init__(self, paths: LibraryPaths) -> None:
        """Takes the paths of a library that exists.

        Raises:
            LibraryNotWritableError: The catalogue cannot be opened.
        """
        self._paths = paths
        self._lock = Lock()
        self._closed = False
        # Where no log file may be made, nobody writes either.
        address = read_only(paths.catalogue, immutable=not os.access(paths.folder, os.W_OK))
        with explained(paths.catalogue):
            self._connection = sqlite3.connect(
                address,
                uri=True,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            self._seen = self._version()

    def changed(self) -> bool:
        """Whether anything was committed since this was last asked, or since the watch began; from any thread.

        Raises:
            LibraryDamagedError: The catalogue is no longer readable.
        """
        with self._lock, explained(self._paths.catalogue):
            if self._closed:
                return False
            version = self._version()
            changed, self._seen = version != self._seen, version
        return changed

    def close(self) -> None:
        """Lets go of the catalogue; whoever asks afterwards sees no change."""
        # Closing a connection while another thread asks on it ends the whole process.
        with self._lock:
            self._closed = True
            self._connection.close()

    def _version(self) -> int:
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)
