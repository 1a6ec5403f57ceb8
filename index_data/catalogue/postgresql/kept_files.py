"""The files of models that a catalogue on a server keeps, so that every computer has them; each lies here as a copy."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Session

from captioning.files import replacing
from index_data.catalogue.statements import run
from index_data.errors import LibraryNotWritableError
from index_data.locations import is_own_folder, make_own_folder

PART = 1 << 20
"""Bytes of a file that go to the server, or come from it, at once."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
"""The names that are believed: who else may write to the server must not lead to files elsewhere."""


class _OpenTransaction(Protocol):
    def __call__(self, *, write: bool = False) -> AbstractContextManager[Session]: ...


class PostgresFiles:
    """Implements `database.KeptFiles`."""

    def __init__(self, folder: Path, transaction: _OpenTransaction) -> None:
        """Takes the library's folder on this computer, and what opens a transaction on the catalogue."""
        self._folder, self._transaction = folder, transaction
        self._brought: dict[str, bytes] = {}

    def names(self, folder: Path) -> list[str]:
        """The names of the files that are kept in a folder, in order; see `database.KeptFiles`."""
        prefix = f"{self._name(folder)}/"
        with self._transaction() as session:
            rows = run(session, "SELECT name FROM kept_file WHERE starts_with(name, ?) ORDER BY name", [prefix])
            names = [str(name).removeprefix(prefix) for (name,) in rows]
        return [name for name in names if _PLAIN_NAME.fullmatch(name)]

    def bring(self, *files: Path) -> None:
        """Copies those files here that do not lie here as they are kept; see `database.KeptFiles`."""
        with self._transaction() as session:
            for file in files:
                name = self._name(file)
                digest = _kept_digest(session, name)
                if digest is None or (self._brought.get(name) == digest and file.is_file()):
                    continue
                if not file.is_file() or _digest(file) != digest:
                    _copy(session, name, file)
                self._brought[name] = digest

    def keep(self, *files: Path) -> None:
        """Gives the server those files that it has not as they lie here; see `database.KeptFiles`."""
        with self._transaction() as session:
            changed = {
                file: digest for file in files if (digest := _digest(file)) != _kept_digest(session, self._name(file))
            }
        if not changed:
            return
        with self._transaction(write=True) as session:
            for file, digest in changed.items():
                name = self._name(file)
                run(session, "DELETE FROM kept_file WHERE name = ?", [name])
                run(session, "INSERT INTO kept_file (name, digest) VALUES (?, ?)", [name, digest])
                for number, part in enumerate(_parts(file)):
                    row = [name, number, part]
                    run(session, "INSERT INTO kept_file_part (name, number, content) VALUES (?, ?, ?)", row)

    def drop(self, *files: Path) -> None:
        """Forgets files on the server and here; see `database.KeptFiles`."""
        with self._transaction() as session:
            kept = [name for name in map(self._name, files) if _kept_digest(session, name) is not None]
        if kept:
            with self._transaction(write=True) as session:
                run(session, "DELETE FROM kept_file WHERE name = ANY(?)", [kept])
        for file in files:
            if is_own_folder(file.parent):
                file.unlink(missing_ok=True)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()


def _kept_digest(session: Session, name: str) -> bytes | None:
    row = run(session, "SELECT digest FROM kept_file WHERE name = ?", [name]).fetchone()
    return None if row is None else bytes(row[0])


def _copy(session: Session, name: str, file: Path) -> None:
    try:
        make_own_folder(file.parent)
        with replacing(file) as fresh, fresh.open("wb") as stream:
            for part in _kept_parts(session, name):
                stream.write(part)
    except OSError as error:
        raise LibraryNotWritableError(f"{file} could not be written ({error.strerror}); make room") from error


def _kept_parts(session: Session, name: str) -> Iterator[bytes]:
    number = 0
    statement = "SELECT content FROM kept_file_part WHERE name = ? AND number = ?"
    while (row := run(session, statement, [name, number]).fetchone()) is not None:
        yield row[0]
        number += 1


def _parts(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while part := stream.read(PART):
            yield part


def _digest(file: Path) -> bytes:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=32)).digest()
