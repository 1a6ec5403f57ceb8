"""Copies photographs into a folder, under names of their own, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from index_data.relocation.file_move import copy_new
from index_data.relocation.names import numbered
from index_data.relocation.outcome import Outcome, reason_of
from search.errors import CopyError


def copy_photographs(paths: Sequence[bytes], folder: Path) -> Iterator[Outcome]:
    """Copies files with their times; a name that is taken by another picture gets a number.

    One that lies there already is left. The work is done as the outcomes are taken.

    Raises:
        CopyError: The folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CopyError(f"the folder {folder} cannot be made: {error.strerror}") from error
    for path in paths:
        try:
            _copy(Path(os.fsdecode(path)), folder)
        except OSError as error:
            yield Outcome(path, reason_of(error))
        else:
            yield Outcome(path)


def _copy(source: Path, folder: Path) -> None:
    targets = (folder / name for name in numbered(source.name))
    target = next(path for path in targets if not os.path.lexists(path) or _same(source, path))
    if not os.path.lexists(target):
        copy_new(source, target)


def _same(file: Path, other: Path) -> bool:
    alike = other.is_file() and file.stat().st_size == other.stat().st_size
    return alike and file.read_bytes() == other.read_bytes()
