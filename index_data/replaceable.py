"""What may be replaced by a file that is to be written: nothing of the library, nothing of another kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from index_data import catalogue
from index_data.catalogue.sqlite.revision import current_revision
from index_data.errors import LibraryError, ReplacementError
from index_data.library import Library
from index_data.locations import LibraryPaths

LOOKED_AT = 65536
"""Bytes at the beginning of a file that tell its kind."""


class FileKind(StrEnum):
    """What is written, as it is called in a sentence."""

    PAGE = "an HTML page"
    BACKUP = "a backup of imgsearch"
    COCO = "a JSON file"
    JSONL = "a file of JSON lines"
    CSV = "a table"


def check_replaceable(target: Path, kind: FileKind, *, force: bool, library: Library | None = None) -> None:
    """Refuses to write over a file that must stay; where nothing is, or an empty file, nothing is refused.

    Args:
        target: What is to be written.
        kind: Of it.
        force: Whether a person said that a file of the same kind may be replaced.
        library: Whose photographs must stay, whatever was said.

    Raises:
        ReplacementError: The file is one that the library knows, is of another kind, or may only be replaced by force.
        LibraryLockedError: Another program holds the catalogue.
        LibraryDamagedError: The catalogue is no longer readable.
    """
    if library is not None and _is_known(target, library):
        raise ReplacementError(f"{target} is a photograph of the library; name another file")
    try:
        if not target.is_file() or not target.stat().st_size:
            return
        with target.open("rb") as file:
            head = file.read(LOOKED_AT)
    except OSError as error:
        raise ReplacementError(f"{target} is there and cannot be read: {error.strerror}; name another file") from error
    if _is_catalogue(target):
        raise ReplacementError(f"{target} is the catalogue of a library; name another file")
    if not _SIGNS[kind](target, head):
        raise ReplacementError(f"{target} is there already and is not {kind}; name another file")
    if not force:
        raise ReplacementError(f"{target} is there already; replace it with --force")


def _is_known(target: Path, library: Library) -> bool:
    paths = {os.fsencode(target.parent.resolve() / target.name), os.fsencode(target.resolve())}
    with library.transaction() as session:
        return bool(catalogue.images_at(session, paths) or paths & catalogue.known_problems(session).keys())


def _is_catalogue(target: Path) -> bool:
    paths = LibraryPaths(target.resolve().parent)
    return target.resolve() == paths.catalogue and paths.lock.exists()


def _is_backup(target: Path, head: bytes) -> bool:
    if not head.startswith(b"SQLite format 3\0"):
        return False
    try:
        return current_revision(target) is not None
    except LibraryError:  # a database of another program
        return False


def _text(head: bytes) -> bytes:
    """The beginning of a file of text; empty if it is none."""
    return b"" if b"\0" in head else head.removeprefix(b"\xef\xbb\xbf").lstrip()


_SIGNS: Mapping[FileKind, Callable[[Path, bytes], bool]] = {
    FileKind.PAGE: lambda _, head: _text(head)[:15].lower().startswith((b"<!doctype html", b"<html")),
    FileKind.BACKUP: _is_backup,
    FileKind.COCO: lambda _, head: _text(head).startswith((b"{", b"[")),
    FileKind.JSONL: lambda _, head: _text(head).startswith(b"{"),
    FileKind.CSV: lambda _, head: any(mark in _text(head).partition(b"\n")[0] for mark in (b",", b";", b"|", b"\t")),
}
