"""Empty libraries in either database, made in a moment."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from index_data.library import Library
from index_data.locations import LibraryPaths


@cache
def empty_catalogue() -> bytes:
    """What the migrations make where nothing is; they take longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        Library.open(Path(folder), create=True).close()
        return LibraryPaths(Path(folder)).catalogue.read_bytes()


def new_library(folder: Path) -> Library:
    """Opens an empty library in a folder that is not there yet."""
    folder.mkdir(mode=0o700)
    catalogue_file = LibraryPaths(folder).catalogue
    catalogue_file.touch(mode=0o600)
    catalogue_file.write_bytes(empty_catalogue())
    return Library.open(folder)


@contextmanager
def opened_library(database: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Library]:
    """An empty library in a database, as the fixture of that name says it: on a server, or in a new folder."""
    if database == "postgresql":
        with request.getfixturevalue("server").database() as address, Library.open(address) as library:
            yield library
    else:
        with new_library(folder) as library:
            yield library
