"""Files of a library that nothing uses."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.catalogue.database import KeptFiles
from index_data.locations import LibraryPaths, is_own_folder, relevance_file

_MOMENT = 0.3
"""Seconds in which a process that is at work has put its new file into its place."""


def stray_files(paths: LibraryPaths, kept: KeptFiles, models: Sequence[ModelIdentity]) -> list[Path]:
    """What killed processes left unfinished, and the files of models that are not among `models`.

    Raises:
        LibraryDamagedError: The id of a model does not end in a digest.
    """
    used = {paths.index(kind, model.id) for model in models for kind in catalogue.VECTORS_OF}
    used |= {paths.columns(model.id) for model in models}
    text_encoders = {paths.text_encoder(model.id) for model in models}
    used |= text_encoders | {relevance_file(file) for file in text_encoders}
    strays = _unused(paths, used)
    if any(file.suffix == ".new" for file in strays):
        # A browser beside us makes thumbnails.
        time.sleep(_MOMENT)
        again = _unused(paths, used)
        strays = {file: number for file, number in strays.items() if again.get(file) == number}
    # What a server keeps need not lie here.
    unread = {paths.text_encoders / name for name in kept.names(paths.text_encoders)} - used
    return sorted(unread.union(strays))


def remove_stray_files(paths: LibraryPaths, kept: KeptFiles, models: Sequence[ModelIdentity]) -> None:
    """Removes stray files, and the folders that held copies of other catalogues; only the one writer asks for it.

    Raises:
        LibraryDamagedError: The id of a model does not end in a digest.
    """
    for file in stray_files(paths, kept, models):
        with suppress(OSError):
            kept.drop(file)
    for folder in paths.copy_folders():
        with suppress(OSError):
            folder.rmdir()


def _unused(paths: LibraryPaths, used: set[Path]) -> dict[Path, int]:
    """The files that are not among `used`, each with its number on the disk."""
    patterns = (
        *((paths.folder, "*.faiss*"), (paths.folder, "*.columns*"), (paths.folder, f"{paths.tui_state.name}.*.new")),
        *((paths.text_encoders, "*"), (paths.backups, "*.new"), (paths.learnt, "*.new")),
        *((folder, "*.new") for folder in _folders(paths.thumbnails)),
        *((folder, "*") for folder in paths.copy_folders()),
    )
    files = {}
    for folder, pattern in patterns:
        if folder == paths.folder or is_own_folder(folder):
            for file in set(folder.glob(pattern)) - used:
                with suppress(FileNotFoundError):
                    if not file.is_dir() or file.is_symlink():
                        files[file] = os.lstat(file).st_ino
    return files


def _folders(folder: Path) -> Iterator[Path]:
    if is_own_folder(folder):
        yield from (inner for inner in folder.glob("*") if is_own_folder(inner))
