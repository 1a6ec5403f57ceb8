"""Tells that somebody, here or in another process, changed a catalogue on a server."""

from __future__ import annotations

from threading import Lock
from typing import Any

import psycopg

from index_data.addresses import ServerAddress
from index_data.catalogue.postgresql.connection import connect, explained

CHANNEL = "imgsearch_changed"
"""On which every transaction that changes something tells so."""


class ChangeWatch:
    """Implements `database.ChangeWatch`: listens on a connection of its own, and waits for nothing."""

    def __init__(self, address: ServerAddress) -> None:
        """Begins the watch.

        Raises:
            LibraryUnreachableError: The server cannot be reached.
        """
        self._address = address
        self._lock = Lock()
        self._closed = self._told = False
        self._connection: psycopg.Connection[Any] | None = self._listening()

    def changed(self) -> bool:
        """Whether anything was committed since this was last asked, or since the watch began; from any thread.

        Raises:
            LibraryUnreachableError: The server does not answer; it is tried again when this is next asked.
        """
        with self._lock:
            if self._closed:
                return False
            if self._connection is None:
                self._connection = self._listening()
                # What happened meanwhile is not known.
                return True
            try:
                with explained(self._address):
                    # What was told meanwhile comes with whatever is answered next.
                    self._connection.execute("SELECT 1")
            except BaseException:
                self._connection.close()
                self._connection = None
                raise
            told, self._told = self._told, False
        return told

    def close(self) -> None:
        """Lets go of the server; whoever asks afterwards sees no change."""
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()

    def _listening(self) -> psycopg.Connection[Any]:
        with explained(self._address):
            connection = connect(self._address, autocommit=True)
            connection.add_notify_handler(self._hear)
            connection.execute(f"LISTEN {CHANNEL}")
        return connection

    def _hear(self, _: psycopg.Notify) -> None:
        self._told = True
