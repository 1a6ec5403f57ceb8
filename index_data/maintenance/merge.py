"""Takes what another library knows into this one: images by their content, with captions, tags and vectors."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from captioning.files import replacing
from index_data import catalogue
from index_data.addresses import ServerAddress
from index_data.annotation.caption_vectors import embed_captions
from index_data.catalogue.merged import Merged
from index_data.catalogue.sqlite.backup import back_up
from index_data.catalogue.sqlite.foreign_words import clean_words
from index_data.errors import LibraryMissingError, LibraryNotWritableError, SameLibraryError
from index_data.library import Library
from index_data.locations import LibraryPaths, make_own_folder
from index_data.text_encoders import TextEncoders


def merge(library: Library, other: Path | ServerAddress) -> Merged:
    """Takes in what another library knows; that one stays as it is.

    Captions that a person wrote or accepted come with their states; what a person did can be undone only in the
    library where it was done. Of an image that both describe by the same model, ours stays.

    Raises:
        LibraryMissingError: There is no other library.
        LibraryUnreachableError: It is on a server that cannot be reached.
        SameLibraryError: It is this one.
        LibraryTooNewError: It was written by a newer version.
        LibraryDamagedError: One of the catalogues is damaged; nothing was taken.
        LibraryLockedError: Another process is writing to this library.
        LibraryNotWritableError: The disk is full, or this library may not be changed; nothing was taken.
    """
    theirs = _paths(library, other)
    with library.writing(), _copy_folder(library.paths) as folder:
        # A copy of this moment, which can be brought up to date without touching theirs.
        copied = LibraryPaths(folder)
        if isinstance(other, ServerAddress):
            with Library.open(other) as opened:
                opened.database.back_up(copied.catalogue)
                names = opened.files.names(theirs.text_encoders)
                opened.files.bring(*(theirs.text_encoders / name for name in names))
        else:
            back_up(theirs.catalogue, copied.catalogue)
        Library.open(copied.folder).close()
        clean_words(copied.catalogue)
        merged = library.database.take_in(copied.catalogue)
        _take_text_encoders(library, theirs)
        with library.transaction(write=True) as session:
            embed_captions(session, catalogue.shown_images(session), TextEncoders(library).encode)
        library.save_all_caches()
    return merged


def _paths(library: Library, other: Path | ServerAddress) -> LibraryPaths:
    """The files of another library, which must be there and another one."""
    if isinstance(other, ServerAddress):
        theirs, same = LibraryPaths(other.cache_folder), other == library.address
    else:
        theirs = LibraryPaths(other.absolute())
        if not theirs.catalogue.is_file():
            raise LibraryMissingError(f"there is no library in {other}")
        ours = library.paths.catalogue
        same = ours.is_file() and theirs.catalogue.samefile(ours)
    if same:
        raise SameLibraryError(f"{other} is this library itself; name another one")
    return theirs


@contextmanager
def _copy_folder(ours: LibraryPaths) -> Iterator[Path]:
    """A folder in our library, where the next writer removes it if this process is killed.

    Raises:
        LibraryNotWritableError: It cannot be made.
    """
    folder = ours.new_copy_folder()
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise LibraryNotWritableError(f"{ours.folder} takes no new folder: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take_text_encoders(library: Library, theirs: LibraryPaths) -> None:
    if not theirs.text_encoders.is_dir():
        return
    folder = library.paths.text_encoders
    kept = set(library.files.names(folder))
    try:
        make_own_folder(folder)
        for file in theirs.text_encoders.glob("*.safetensors"):
            if file.name not in kept and file.is_file():
                target = folder / file.name
                with replacing(target) as fresh:
                    shutil.copyfile(file, fresh)
                library.files.keep(target)
    except OSError as error:
        raise LibraryNotWritableError(f"{folder} takes no files: {error.strerror}") from error
