"""Puts a backup in the place of a library's catalogue."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from captioning.errors import ModelFileError
from index_data import catalogue
from index_data.addresses import ServerAddress
from index_data.annotation.caption_vectors import embed_captions
from index_data.catalogue.migrate import refuse_newer
from index_data.catalogue.sqlite.backup import prove
from index_data.catalogue.sqlite.revision import current_revision
from index_data.errors import BackupError, LibraryDamagedError, LibraryMissingError
from index_data.library import Library
from index_data.text_encoders import TextEncoders


def restore(backup: Path, address: Path | ServerAddress) -> Path | None:
    """Puts a backup in the place of the catalogue of a library, which is made if there is none.

    Processes that have the library open go on with what was restored.

    Returns:
        Where the former catalogue is kept; none if there was no library.

    Raises:
        BackupError: There is no such file, or it is no whole catalogue; the library stays as it was.
        LibraryDamagedError: The library's own catalogue is damaged.
        LibraryTooNewError: It was written by a newer version; the library stays as it was.
        LibraryNotWritableError: The file or the folder cannot be read or written.
        LibraryLockedError: Another process is writing to the library.
    """
    if not backup.is_file():
        raise BackupError(f"there is no backup {backup}")
    try:
        revision = current_revision(backup)
        if revision is None:
            raise BackupError(f"{backup} is an empty database, not a backup of imgsearch")
        refuse_newer(backup, revision)
        prove(backup)
    except LibraryDamagedError as error:
        raise BackupError(str(error)) from error
    existed = _exists(address)
    with Library.open(address, create=True) as library, library.writing():
        copy = library.database.keep_copy("before-restore") if existed else None
        # Under the same numbers they hold other vectors than those that come.
        library.forget_caches()
        cleaned = library.database.replace_content(backup)
    # The backup of an earlier version is brought up to date as a library is.
    with Library.open(address) as library, library.writing():
        if cleaned + library.database.clean_words():
            _embed_anew(library)
    return copy


def _exists(address: Path | ServerAddress) -> bool:
    try:
        Library.open(address).close()
    except LibraryMissingError:
        return False
    return True


def _embed_anew(library: Library) -> None:
    """Gives captions whose words were cleaned their vectors, if what reads them is there; else the doctor does."""
    with suppress(ModelFileError), library.transaction(write=True) as session:
        embed_captions(session, catalogue.shown_images(session), TextEncoders(library).encode)
