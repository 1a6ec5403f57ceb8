"""A library: one folder with the catalogue and its caches, open for reading, and for writing by one at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from captioning.describer import ModelIdentity
from index_data import catalogue
from index_data.database import connect
from index_data.errors import LibraryDamagedError, LibraryLockedError, LibraryMissingError, LibraryNotWritableError
from index_data.locations import LibraryPaths
from index_data.records import CaptionRecord, ImageRecord, LibraryStatus, VectorRows
from index_data.upgrades import HEAD, current_revision, upgrade

if TYPE_CHECKING:
    from index_data.vectors import VectorIndex

VECTORS = "vectors"
"""The counter that grows with every change of what the vector indexes must hold."""


class Library:
    """Opened by `Library.open`; a context manager that closes itself."""

    def __init__(self, paths: LibraryPaths) -> None:
        self.paths = paths
        self._engine = connect(paths.catalogue)

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> Self:
        """Opens the library in a folder, and brings an older schema up to date after a backup.

        Raises:
            LibraryMissingError: There is none, and `create` is not set.
            LibraryTooNewError: It was written by a newer version.
            LibraryDamagedError: Its catalogue is no database of this program.
            LibraryNotWritableError: It cannot be made, or not be brought up to date.
        """
        paths = LibraryPaths(folder)
        if not paths.catalogue.is_file():
            if not create:
                raise LibraryMissingError(f"there is no library in {folder}; make one with: imgsearch index FOLDER")
            _make_folder(folder)
        revision = current_revision(paths) if paths.catalogue.is_file() else None
        if revision != HEAD:
            library = cls(paths)
            with library.writing():
                # Another process may have done it while this one waited for the lock.
                revision = current_revision(paths) if paths.catalogue.is_file() else None
                if revision != HEAD:
                    upgrade(paths, revision=revision)
        return cls(paths)

    def close(self) -> None:
        """Lets go of the catalogue."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the lock of the one writer; it ends with the process, however that ends.

        Raises:
            LibraryLockedError: Another process holds it.
            LibraryNotWritableError: The folder takes no files.
        """
        try:
            handle = os.open(self.paths.lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise LibraryNotWritableError(f"{self.paths.folder} is not writable: {error.strerror}") from error
        try:
            if not _lock(handle):
                raise LibraryLockedError(
                    f"another imgsearch is writing to the library {self.paths.folder}; try again when it has finished"
                )
            yield
        finally:
            os.close(handle)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose changes are stored together when the block ends, or not at all.

        Raises:
            LibraryNotWritableError: The disk is full, or the folder takes no changes.
            LibraryDamagedError: The catalogue is no longer readable.
        """
        try:
            with Session(self._engine) as session, session.begin():
                yield session
        except OperationalError as error:
            raise LibraryNotWritableError(
                f"the library {self.paths.folder} could not be written ({error.orig}); make room or check the folder"
            ) from error
        except DatabaseError as error:
            raise LibraryDamagedError(f"{self.paths.catalogue} is damaged: {error.orig}") from error

    def images(self, ids: Sequence[int]) -> dict[int, ImageRecord]:
        """The images of these numbers that have a place."""
        with self.transaction() as session:
            return catalogue.images(session, ids)

    def captions(self, ids: Sequence[int]) -> dict[int, CaptionRecord]:
        """The captions of these numbers whose image has a place."""
        with self.transaction() as session:
            return catalogue.captions(session, ids)

    def models(self) -> dict[str, int]:
        """Images described by each model."""
        with self.transaction() as session:
            return catalogue.count_models(session)

    def frequent_keywords(self, count: int) -> list[str]:
        """The words that the most images are annotated with."""
        with self.transaction() as session:
            return catalogue.frequent_keywords(session, count)

    def image_index(self, model: ModelIdentity) -> VectorIndex:
        """The index of a model's image vectors, by image number; made anew when the file's stamp is wrong."""
        return self._index("images", model)

    def caption_index(self, model: ModelIdentity) -> VectorIndex:
        """The index of a model's caption vectors, by caption number; made anew when the file's stamp is wrong."""
        return self._index("captions", model)

    def save_indexes(self, model: ModelIdentity) -> None:
        """Brings both index files up to date, so that the next question need not."""
        self.image_index(model)
        self.caption_index(model)

    def _index(self, kind: str, model: ModelIdentity) -> VectorIndex:
        from index_data.vectors import VectorIndex

        read = {"images": catalogue.image_vectors, "captions": catalogue.caption_vectors}[kind]
        path = self.paths.index(kind)
        with self.transaction() as session:
            generation = catalogue.counter(session, VECTORS)
            index = VectorIndex.load(path, model=model.id, dimension=model.dimension, generation=generation)
            if index is not None:
                return index
            rows: VectorRows = read(session, model.id)
        index = VectorIndex.build(rows, dimension=model.dimension)
        if len(index) and os.access(self.paths.folder, os.W_OK):
            index.save(path, model=model.id, generation=generation)
        return index

    def status(self) -> LibraryStatus:
        """The library at a glance."""
        with self.transaction() as session:
            images, places = catalogue.count_images(session)
            files = sorted(file for file in self.paths.folder.iterdir() if file.is_file())
            return LibraryStatus(
                folder=self.paths.folder,
                revision=HEAD,
                images=images,
                places=places,
                captions=catalogue.count_captions(session),
                set_aside=catalogue.count_problems(session),
                models=catalogue.count_models(session),
                index_kind="exact",
                sizes={file.name: file.stat().st_size for file in files if file != self.paths.lock},
                last_scan=catalogue.last_scan(session),
            )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryNotWritableError(f"the library {folder} cannot be made: {error.strerror}") from error


def _lock(handle: int) -> bool:
    """Takes the lock if it is free; the system gives it back when the process ends."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
