"""The folders that a person chose: which there are, with how many photographs, and how they are chosen and given up."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index_data import catalogue
from index_data.catalogue.library_records import FolderRecord
from index_data.errors import UnknownFolderError
from index_data.library import Library
from index_data.scan.roots import Chosen
from index_data.scan.walk import is_inside, resolve_folders


@dataclass(frozen=True, slots=True)
class FolderCounts:
    """The chosen folders, by path, each with the photographs that lie in it and in no other below it.

    Attributes:
        folders: With the paths of photographs that belong to each.
        elsewhere: Paths of photographs that belong to none.
    """

    folders: tuple[tuple[FolderRecord, int], ...]
    elsewhere: int


def count_by_folder(files: Iterable[bytes], folders: Sequence[FolderRecord]) -> FolderCounts:
    """Counts files by the nearest chosen folder."""
    by_path = {folder.path: folder for folder in folders}
    deepest = sorted(by_path, key=len, reverse=True)
    counts = Counter(next((at for at in deepest if is_inside(path, at)), None) for path in files)
    return FolderCounts(tuple((by_path[path], counts[path]) for path in sorted(by_path)), counts[None])


def folder_counts(library: Library) -> FolderCounts:
    """The chosen folders of a library.

    Raises:
        LibraryLockedError: Another program holds the catalogue.
        LibraryDamagedError: The catalogue is no longer readable.
    """
    with library.transaction() as session:
        return count_by_folder(catalogue.all_places(session), catalogue.folders(session))


def choose_folder(library: Library, folder: Path) -> FolderRecord:
    """Remembers a folder, which the next scan of all folders takes up; its settings are kept if it was known.

    Raises:
        FolderError: It is missing or may not be read.
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The library may not be changed.
    """
    (path,) = resolve_folders([folder])
    with library.writing(), library.transaction(write=True) as session:
        known = {record.path: record for record in catalogue.folders(session)}
        record = known.get(path, FolderRecord(path))
        catalogue.put_folder(session, record)
    return record


def set_folder(
    library: Library,
    folder: Path,
    *,
    exclude: tuple[str, ...] | None = None,
    hidden: bool | None = None,
    max_pixels: int | None = None,
) -> FolderRecord:
    """Gives a chosen folder other settings, which hold from the next scan on.

    Args:
        library: Open.
        folder: Chosen before.
        exclude: Patterns in the syntax of `.gitignore`; none leaves them as they are.
        hidden: Whether names with a leading dot are taken; none leaves it as it is.
        max_pixels: Of a picture that is not set aside, 0 for the usual limit; none leaves it as it is.

    Raises:
        UnknownFolderError: The library does not know it.
        PatternError: A pattern is invalid.
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The library may not be changed.
    """
    with library.writing(), library.transaction(write=True) as session:
        record = _known(catalogue.folders(session), folder)
        record = replace(
            record,
            exclude=record.exclude if exclude is None else exclude,
            hidden=record.hidden if hidden is None else hidden,
            max_pixels=record.max_pixels if max_pixels is None else max_pixels or None,
        )
        Chosen([record]).rules(record)
        catalogue.put_folder(session, record)
    return record


def give_up_folder(library: Library, folder: Path) -> int:
    """Forgets a chosen folder: what lies in it is no longer shown, and forgotten by the next `prune`.

    What lies in another chosen folder as well, around it or below, stays.

    Returns:
        How many paths of photographs are no longer shown.

    Raises:
        UnknownFolderError: The library does not know it.
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The library may not be changed.
    """
    with library.writing(), library.transaction(write=True) as session:
        folders = catalogue.folders(session)
        record = _known(folders, folder)
        chosen = Chosen(folders)
        kept = chosen.reached(record.path) is not None
        below = [inner.path for inner in chosen.below(record.path)]

        def own(paths: Iterable[bytes]) -> list[bytes]:
            inside = (path for path in paths if path == record.path or is_inside(path, record.path))
            return [path for path in inside if not any(path == at or is_inside(path, at) for at in below)]

        gone = [] if kept else own(catalogue.all_places(session))
        catalogue.remove_folders(session, [record.path])
        catalogue.remove_places(session, gone)
        if not kept:
            catalogue.remove_problems(session, own(catalogue.known_problems(session)))
        if gone:
            catalogue.advance_vector_generation(session)
    return len(gone)


def _known(folders: Sequence[FolderRecord], folder: Path) -> FolderRecord:
    """The chosen folder at a path, which need not be there any more."""
    try:
        names = {os.fsencode(folder.absolute()), os.fsencode(folder.resolve())}
    except RuntimeError:
        names = {os.fsencode(folder.absolute())}
    record = next((record for record in folders if record.path in names), None)
    if record is None:
        raise UnknownFolderError(f"{folder} is none of the library's folders; see them with: imgsearch folders")
    return record
