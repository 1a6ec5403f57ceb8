"""A library: one folder with the catalogue and its caches, open for reading, and for writing by one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from captioning.describer import Describer
from captioning.files import write_atomically
from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.addresses import ServerAddress
from index_data.annotation.tag_examples import tag_progress
from index_data.catalogue import migrate
from index_data.catalogue.database import Database, KeptFiles
from index_data.catalogue.library_records import LibraryStatus
from index_data.catalogue.sqlite.database import SqliteDatabase
from index_data.columns.cache import ColumnCache
from index_data.columns.hubness import Bank, read_bank
from index_data.errors import LibraryDamagedError, LibraryNotWritableError
from index_data.locations import LibraryPaths, make_own_folder, relevance_file
from index_data.stray_files import remove_stray_files, stray_files
from index_data.vectors.cache import VectorIndexes
from index_data.vectors.interface import Indexes, Transaction

if TYPE_CHECKING:
    from index_data.catalogue import Session

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


_ASTRAY = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What Python says where a value is of another kind than the program takes it for."""


class Library:
    """Opened by `Library.open`; a context manager that closes itself."""

    def __init__(
        self,
        address: Path | ServerAddress,
        paths: LibraryPaths,
        database: Database,
        indexes: Callable[[Transaction], Indexes],
    ) -> None:
        self.address = address
        self.paths = paths
        self.database = database
        self.columns = ColumnCache(paths)
        self.indexes = indexes(self.transaction)

    @classmethod
    def open(cls, address: Path | ServerAddress, *, create: bool = False, gpu: int | None = None) -> Self:
        """Opens the library in a folder, or in a database of a server, and brings an older schema up to date.

        In a folder it is copied before.

        Args:
            address: Where it is.
            create: Make it if there is none.
            gpu: Search on copies of the indexes on this GPU, if FAISS can use it; it pays for those who ask often.

        Raises:
            LibraryUnreachableError: The server cannot be reached, or lets nobody in.
            MissingExtraError: What reaches a server is not installed.
            LibraryMissingError: There is none, and `create` is not set.
            LibraryTooNewError: It was written by a newer version.
            LibraryDamagedError: Its catalogue is no database of this program.
            LibraryNotWritableError: It cannot be read, made, or brought up to date.
            LibraryLockedError: It must be made or brought up to date, and another process is writing.
        """
        if isinstance(address, ServerAddress):
            # What reaches a server is loaded by those alone who have one.
            from index_data.server_library import open_server
            from index_data.vectors.pgvector import PgVectorIndexes

            return cls(address, *open_server(address, create=create), PgVectorIndexes)
        paths = LibraryPaths(address.absolute())
        database = SqliteDatabase.open(paths, create=create)
        return cls(paths.folder, paths, database, lambda transaction: VectorIndexes(paths, transaction, gpu=gpu))

    def close(self) -> None:
        """Lets go of the catalogue, and of a GPU."""
        self.indexes.close()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if isinstance(error, _ASTRAY):
            self._explain(error)

    def _explain(self, error: Exception) -> None:
        """Tells an error that odd cells of the catalogue led to from one of the program.

        Raises:
            LibraryDamagedError: A cell holds what it cannot.
        """
        if fault := self.database.fault():
            raise LibraryDamagedError(fault) from error

    def writing(self) -> AbstractContextManager[None]:
        """Holds the lock of the one writer; it ends with the process, however that ends.

        Raises:
            LibraryLockedError: Another process holds it.
            LibraryNotWritableError: The folder takes no files, or no locks.
        """
        return self.database.writing()

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Session]:
        """A session whose changes are stored together when the block ends, or not at all.

        Args:
            write: Keep other writers out from the start, so that what is read still holds when it is changed.

        Raises:
            LibraryNotWritableError: The disk is full, or the folder takes no changes.
            LibraryLockedError: Another program holds the catalogue.
            LibraryDamagedError: The catalogue is no longer readable.
        """
        try:
            with self.database.transaction(write=write) as session:
                yield session
        except _ASTRAY as error:
            self._explain(error)
            raise

    def read(
        self,
        statement: Callable[Concatenate[Session, Arguments], Answer],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Answer:
        """Calls one function of the catalogue in a transaction of its own, such as ``read(catalogue.images, ids)``.

        Raises:
            LibraryLockedError: Another program holds the catalogue.
            LibraryDamagedError: The catalogue is no longer readable.
        """
        with self.transaction() as session:
            return statement(session, *args, **kwargs)

    @property
    def files(self) -> KeptFiles:
        """The files of models that it keeps."""
        return self.database.files

    def text_encoder(self, model: ModelIdentity) -> Path:
        """The file of what reads questions for a model, if it is kept; what weighs its hits lies beside it.

        Raises:
            LibraryDamagedError: The model's id does not end in a digest.
            LibraryNotWritableError: They are kept on a server, and this computer has no room for them.
        """
        file = self.paths.text_encoder(model.id)
        self.files.bring(file, relevance_file(file))
        return file

    def keep_text_encoder(self, describer: Describer) -> None:
        """Keeps the text encoder of a model, and what was fitted to weigh its hits.

        They are asked until a later model has made its own vectors.

        Raises:
            LibraryNotWritableError: The disk is full, or the folder takes no files.
            ModelFileError: The model's file is missing or damaged.
        """
        file = self.text_encoder(describer.identity)
        fitted, copy = relevance_file(describer.path), relevance_file(file)
        try:
            make_own_folder(self.paths.text_encoders)
            # It may have been fitted anew since.
            if fitted.is_file() and not (copy.is_file() and copy.read_bytes() == fitted.read_bytes()):
                write_atomically(copy, fitted.read_bytes())
            if not file.is_file():
                describer.save_text_encoder(file)
            self.files.keep(*(kept for kept in (file, copy) if kept.is_file()))
        except OSError as error:
            raise LibraryNotWritableError(f"{file} could not be written ({error.strerror}); make room") from error

    def compact(self) -> None:
        """Gives the space of what was forgotten back to the disk.

        Raises:
            LibraryNotWritableError: The disk is full, on which SQLite writes the catalogue anew beside itself.
            LibraryLockedError: Another program holds the catalogue.
        """
        self.database.compact()

    def bank(self, model: ModelIdentity) -> Bank | None:
        """The sentences by which the hubness of pictures was measured when a model was fitted, if it was."""
        file = relevance_file(self.paths.text_encoder(model.id))
        self.files.bring(file)
        return read_bank(file)

    def save_caches(self, model: ModelIdentity) -> None:
        """Brings what questions to a model need up to date, so that the next need not; only the one writer asks for it.

        Raises:
            VectorSearchError: FAISS could not be loaded.
            IndexKindError: `IMGSEARCH_INDEX` names no kind of index.
        """
        # Were a reader still writing an index, it would go without saving it.
        self.remove_stray_files(model)
        self.indexes.save(model)
        with self.transaction() as session:
            self.columns.save(session, model, self.bank(model))

    def save_all_caches(self) -> None:
        """The same for every model that answers.

        Raises:
            VectorSearchError: FAISS could not be loaded.
            IndexKindError: `IMGSEARCH_INDEX` names no kind of index.
        """
        for model in self.read(catalogue.answering_models):
            self.save_caches(model)

    def forget_caches(self) -> None:
        """Removes all that is made again from the catalogue when it is next asked, or saved."""
        self.indexes.forget()
        self.columns.forget()

    def rebuild_indexes(self) -> None:
        """Makes every vector index, and what queries weigh, anew from the catalogue.

        Raises:
            LibraryLockedError: Another process is writing.
            LibraryNotWritableError: The library may not be changed.
            VectorSearchError: FAISS could not be loaded.
            IndexKindError: `IMGSEARCH_INDEX` names no kind of index.
        """
        with self.writing():
            self.forget_caches()
            self.save_all_caches()

    def stray_files(self) -> list[Path]:
        """What killed processes left unfinished, and files of models that find nothing."""
        return stray_files(self.paths, self.files, self.read(catalogue.answering_models))

    def remove_stray_files(self, *used: ModelIdentity) -> None:
        """Removes them, but for those of models that are in use; only the one writer asks for it."""
        remove_stray_files(self.paths, self.files, [*self.read(catalogue.answering_models), *used])

    def status(self) -> LibraryStatus:
        """The library at a glance.

        Raises:
            LibraryLockedError: Another program holds the catalogue.
            LibraryDamagedError: The catalogue is no longer readable.
            IndexKindError: `IMGSEARCH_INDEX` names no kind of index.
        """
        with self.transaction() as session:
            counts = catalogue.count_images(session)
            newest = next(iter(catalogue.answering_models(session)), None)
            return LibraryStatus(
                folder=str(self.address),
                revision=migrate.HEAD,
                images=counts.photographs,
                places=counts.places,
                videos=counts.videos,
                video_places=counts.video_places,
                moments=counts.moments,
                captions=catalogue.count_captions(session),
                set_aside=catalogue.count_problems(session),
                models=catalogue.count_models(session),
                index_kind=self.indexes.kind(counts.images, newest.dimension) if newest else "none yet",
                sizes=self._sizes(),
                last_scan=catalogue.last_scan(session),
                tags=tag_progress(session),
            )

    def _sizes(self) -> dict[str, int]:
        sizes = self.database.sizes()
        for file in sorted(self.paths.folder.iterdir()):
            with suppress(FileNotFoundError):  # SQLite removes its log, and a writer its new index, while we look
                if file.is_file() and file != self.paths.lock:
                    sizes[file.name] = file.stat().st_size
        return sizes
