"""The vector indexes of a library: caches in files, made anew from the catalogue when they no longer fit it."""

from __future__ import annotations

import os
import warnings
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.errors import VectorSearchError
from index_data.locations import LibraryPaths
from index_data.vectors.header import header_fits
from index_data.vectors.interface import Transaction
from index_data.vectors.kinds import ALL_COMPARED, MEMORY, choose_kind

if TYPE_CHECKING:
    from index_data.catalogue import Session
    from index_data.vectors.gpu_process import GpuProcess
    from index_data.vectors.index import VectorIndex


class VectorIndexes:
    """Reads an index with the first question for it; the catalogue stays the truth."""

    def __init__(self, paths: LibraryPaths, transaction: Transaction, *, gpu: int | None = None) -> None:
        """Takes a library's paths and catalogue, and the GPU on which copies are searched, if FAISS can use it."""
        self._paths, self._transaction, self._gpu = paths, transaction, gpu
        self._gpu_process: GpuProcess | None = None
        self._held: dict[Path, tuple[VectorIndex, int]] = {}
        self._lock = Lock()

    def image(self, model: ModelIdentity, session: Session | None = None) -> VectorIndex:
        """The index of a model's image vectors, by image number; made anew when the file's header is wrong.

        Args:
            model: Whose vectors.
            session: In which it is asked how old the index may be; without one, now.

        Raises:
            VectorSearchError: FAISS could not be loaded, and there are too many vectors to do without it.
            IndexKindError: The index must be made, and `IMGSEARCH_INDEX` names no kind of index.
            LibraryDamagedError: The catalogue is no longer readable.
        """
        return self._index("images", model, session)

    def caption(self, model: ModelIdentity, session: Session | None = None) -> VectorIndex:
        """The index of a model's caption vectors, by caption number; made anew when the file's header is wrong.

        Args:
            model: Whose vectors.
            session: In which it is asked how old the index may be; without one, now.

        Raises:
            VectorSearchError: FAISS could not be loaded, and there are too many vectors to do without it.
            IndexKindError: The index must be made, and `IMGSEARCH_INDEX` names no kind of index.
            LibraryDamagedError: The catalogue is no longer readable.
        """
        return self._index("captions", model, session)

    def save(self, model: ModelIdentity) -> None:
        """Brings both index files up to date, so that the next question need not; only the one writer asks for it."""
        with self._transaction() as session:
            generation = catalogue.vector_generation(session)
        for kind in catalogue.VECTORS_OF:
            # The header alone is read: a second run should load neither the vectors nor FAISS.
            path = self._paths.index(kind, model.id)
            if not header_fits(path, model=model.id, dimension=model.dimension, generation=generation):
                self._held.pop(path, None)
                self._index(kind, model)

    def forget(self) -> None:
        """Removes every index file; each is made anew when it is next asked, or by `save`."""
        self._held.clear()
        for file in self._paths.folder.glob("*.faiss*"):
            file.unlink(missing_ok=True)

    def close(self) -> None:
        """Ends the process that searches on a GPU, if there is one."""
        if self._gpu_process is not None:
            self._gpu_process.end()

    def _process_on(self, gpu: int) -> GpuProcess:
        if self._gpu_process is None:
            from index_data.vectors.gpu_process import GpuProcess

            self._gpu_process = GpuProcess(gpu)
        return self._gpu_process

    def kind(self, count: int, dimension: int) -> str:
        """How so many vectors of a size are searched.

        Raises:
            IndexKindError: `IMGSEARCH_INDEX` names no kind of index.
        """
        return choose_kind(count, dimension).name

    def _index(self, kind: str, model: ModelIdentity, session: Session | None = None) -> VectorIndex:
        path = self._paths.index(kind, model.id)
        with self._lock:
            held = self._held.get(path)
            if held is None or held[1] != self._generation(session):
                # Never changed in place: another thread may be searching in the former one.
                held = self._held[path] = self._fresh(kind, model, path)
                if self._gpu is not None:
                    # Of the same name: the copy of the former one makes room.
                    held[0].use_gpu(self._process_on(self._gpu), path.name)
            return held[0]

    def _generation(self, session: Session | None) -> int:
        if session is not None:
            return catalogue.vector_generation(session)
        with self._transaction() as session:
            return catalogue.vector_generation(session)

    def _fresh(self, kind: str, model: ModelIdentity, path: Path) -> tuple[VectorIndex, int]:
        """Reads the index of a file, or makes one that fits the catalogue; with its generation."""
        from index_data.vectors.index import VectorIndex

        vectors = catalogue.VECTORS_OF[kind]
        with self._transaction() as session:
            generation = catalogue.vector_generation(session)
            loaded = VectorIndex.load(path, model=model.id, dimension=model.dimension)
            if loaded is not None and loaded[1] == generation:
                return loaded
            stored = vectors(session, model.id)
            former, ids = loaded[0] if loaded else None, stored.ids()
            try:
                index = VectorIndex.updated(former, ids, stored.read, dimension=model.dimension)
            except VectorSearchError as error:
                if 4 * len(ids) * model.dimension > MEMORY:
                    raise
                from captioning.runtime.devices import DeviceWarning

                warnings.warn(f"{error}; until then all vectors are compared", DeviceWarning, stacklevel=4)
                # Not written: the file is for when FAISS can be loaded.
                whole = VectorIndex.updated(None, ids, stored.read, dimension=model.dimension, kind=ALL_COMPARED)
                return whole, generation
        # An empty index is made in no time.
        if len(index) and os.access(self._paths.folder, os.W_OK):
            with suppress(OSError):  # a full disk: the question is answered without the cache
                index.save(path, model=model.id, generation=generation)
        return index, generation
