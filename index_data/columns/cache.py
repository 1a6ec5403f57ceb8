"""The columns of a library: held while it is open, kept in files, and brought up to date with what changed since."""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.columns.columns import Columns
from index_data.columns.file import load_columns, read_header, save_columns
from index_data.columns.hubness import Bank
from index_data.columns.reading import read_columns
from index_data.locations import LibraryPaths

if TYPE_CHECKING:
    from index_data.catalogue import Session

MOST_TOUCHED = 0.5
"""Share of the photographs from which on reading all anew is quicker than sorting in what changed."""

UNSAVED = 1_000
"""Photographs that may have changed since the file was written before a reader writes it anew."""


class ColumnCache:
    """Gives the columns as they are in a session; the catalogue stays the truth."""

    def __init__(self, paths: LibraryPaths) -> None:
        """Takes the paths of an open library."""
        self._paths = paths
        self._held: dict[str, Columns] = {}
        self._saved: dict[str, int] = {}
        self._lock = Lock()

    def columns(self, session: Session, model: ModelIdentity, bank: Bank | None) -> Columns:
        """The columns for a model, as they are in a session; a file that is wrong or damaged is made anew.

        Raises:
            LibraryDamagedError: The catalogue is no longer readable.
        """
        with self._lock:
            columns = self._current(session, model, bank)
            if self._held.get(model.id) is not columns:
                self._held[model.id] = columns
                if columns.change.number - self._saved.get(model.id, 0) > UNSAVED or model.id not in self._saved:
                    self._save(columns, model)
            return columns

    def save(self, session: Session, model: ModelIdentity, bank: Bank | None) -> None:
        """Brings the file for a model up to date, so that the next question need not; only the one writer asks."""
        # The first line alone is read: a second run should load nothing.
        header = read_header(self._paths.columns(model.id))
        made = header and (header.model, header.bank, header.history, header.number)
        if made != (model.id, _digest(bank), *catalogue.latest_change(session)):
            columns = self.columns(session, model, bank)
            with self._lock:
                self._save(columns, model)

    def forget(self) -> None:
        """Removes every file; each is made anew when it is next asked, or by `save`."""
        with self._lock:
            self._held.clear()
            self._saved.clear()
            for file in self._paths.folder.glob("*.columns*"):
                file.unlink(missing_ok=True)

    def _current(self, session: Session, model: ModelIdentity, bank: Bank | None) -> Columns:
        latest = catalogue.latest_change(session)
        held = self._held.get(model.id)
        if held is None:
            held = load_columns(self._paths.columns(model.id), model=model.id)
            if held is not None:
                self._saved[model.id] = held.change.number
        if held is not None and (held.bank, held.change) == (_digest(bank), latest):
            return held
        if (
            held is None
            or held.bank != _digest(bank)
            or held.change.history != latest.history
            or held.change.number > latest.number
        ):
            self._saved.pop(model.id, None)
            return read_columns(session, model, bank)
        touched = catalogue.touched_since(session, held.change.number)
        if len(touched) > MOST_TOUCHED * len(held):
            self._saved.pop(model.id, None)
            return read_columns(session, model, bank)
        return held.renewed(touched, read_columns(session, model, bank, touched))

    def _save(self, columns: Columns, model: ModelIdentity) -> None:
        # Where the model answers for nothing, there is nothing to weigh.
        if columns.facts.described.any() and os.access(self._paths.folder, os.W_OK):
            with suppress(OSError):  # a full disk: the question is answered without the file
                save_columns(columns, self._paths.columns(model.id), model=model.id)
        self._saved[model.id] = columns.change.number


def _digest(bank: Bank | None) -> str:
    return "" if bank is None else bank.digest
