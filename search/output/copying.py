"""Copies photographs into a folder, under names of their own, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from captioning.files import replacing
from search.errors import CopyError


def copy_photographs(paths: Sequence[bytes], folder: Path) -> tuple[int, list[str]]:
    """Copies files with their times; a name that is taken by another picture gets a number.

    Returns:
        How many were copied or lay there already, and a sentence for each that could not be.

    Raises:
        CopyError: The folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CopyError(f"the folder {folder} cannot be made: {error.strerror}") from error
    problems = []
    for path in paths:
        source = Path(os.fsdecode(path))
        try:
            _copy(source, folder)
        except OSError as error:
            shown = path.decode("utf-8", "backslashreplace")
            problems.append(f"not copied: {shown}: {error.strerror}")
    return len(paths) - len(problems), problems


def _copy(source: Path, folder: Path) -> None:
    target = folder / source.name
    number = 1
    while os.path.lexists(target) and not _same(source, target):
        number += 1
        target = folder / f"{source.stem}-{number}{source.suffix}"
    if os.path.lexists(target):
        return
    with replacing(target) as fresh:
        shutil.copy2(source, fresh)


def _same(file: Path, other: Path) -> bool:
    alike = other.is_file() and file.stat().st_size == other.stat().st_size
    return alike and file.read_bytes() == other.read_bytes()
