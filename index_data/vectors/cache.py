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
from index_data.vectors.header import read_header
from index_data.vectors.interface import Transaction
from index_data.vectors.kinds import ALL_COMPARED, EXACT, MEMORY, choose_kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index_data.catalogue import Session
    from index_data.catalogue.touched import LatestChange
    from index_data.vectors.gpu_process import GpuProcess
    from index_data.vectors.index import VectorIndex


UNSAVED = 0.02
"""Share of an inverted file's vectors that may have come or gone before a reader writes its file anew: to read so many
from the catalogue takes less time than to write all."""

UNSAVED_BY_WRITER = 0.001
"""The same for the writer, which took longer to describe them: what it leaves, every process that asks must read."""


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
        paths = {kind: self._paths.index(kind, model.id) for kind in catalogue.VECTORS_OF}
        with self._transaction() as session:
            # The header alone is read: a second run should load neither the vectors nor FAISS.
            stale = [kind for kind, path in paths.items() if not _serves(session, kind, path, model, UNSAVED_BY_WRITER)]
        for kind in stale:
            self._held.pop(paths[kind], None)
            self._index(kind, model, writer=True)

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

    def _index(
        self, kind: str, model: ModelIdentity, session: Session | None = None, *, writer: bool = False
    ) -> VectorIndex:
        path = self._paths.index(kind, model.id)
        with self._lock:
            held = self._held.get(path)
            if held is None or held[1] != self._generation(session):
                held = self._held[path] = self._fresh(kind, model, path, held, UNSAVED_BY_WRITER if writer else UNSAVED)
                if self._gpu is not None:
                    # Of the same name: the copy of the former one makes room.
                    held[0].use_gpu(self._process_on(self._gpu), path.name)
            return held[0]

    def _generation(self, session: Session | None) -> int:
        if session is not None:
            return catalogue.vector_generation(session)
        with self._transaction() as session:
            return catalogue.vector_generation(session)

    def _fresh(
        self, kind: str, model: ModelIdentity, path: Path, held: tuple[VectorIndex, int] | None, unsaved: float
    ) -> tuple[VectorIndex, int]:
        """The held index, or that of the file, or a new one, such that it fits the catalogue; with its generation."""
        from index_data.vectors.index import VectorIndex

        with self._transaction() as session:
            generation = catalogue.vector_generation(session)
            if held is None or not held[0].kind.lists:
                # One that compares all is never changed in place: another thread may be searching in it.
                held = VectorIndex.load(path, model=model.id, dimension=model.dimension)
            if held is not None and held[1] == generation:
                return held
            former = held[0] if held else None
            try:
                index = _updated(session, kind, model, former)
            except VectorSearchError as error:
                stored = catalogue.VECTORS_OF[kind](session, model.id)
                ids = stored.ids()
                if 4 * len(ids) * model.dimension > MEMORY:
                    raise
                from captioning.runtime.devices import DeviceWarning

                warnings.warn(f"{error}; until then all vectors are compared", DeviceWarning, stacklevel=4)
                # Not written: the file is for when FAISS can be loaded.
                whole = VectorIndex.updated(None, ids, stored.read, dimension=model.dimension, kind=ALL_COMPARED)
                return whole, generation
            served = index is former and _serves(session, kind, path, model, unsaved)
        # An empty index is made in no time.
        if len(index) and not served and os.access(self._paths.folder, os.W_OK):
            with suppress(OSError):  # a full disk: the question is answered without the cache
                index.save(path, model=model.id, generation=generation)
        return index, generation


def _updated(session: Session, kind: str, model: ModelIdentity, former: VectorIndex | None) -> VectorIndex:
    """An index that holds what the catalogue holds, made of a former one as far as it fits."""
    from index_data.vectors.index import VectorIndex

    latest = catalogue.latest_change(session)
    touched = None
    if former is not None:
        shape = len(former), model.dimension
        touched = _touched_since(session, kind, former.kind.name, former.change, shape, UNSAVED)
    if former is None or touched is None:
        stored = catalogue.VECTORS_OF[kind](session, model.id)
        former = VectorIndex.updated(former, stored.ids(), stored.read, dimension=model.dimension)
    else:
        former.renew(touched, catalogue.ImageVectors(session, model.id))
    former.change = latest
    return former


def _serves(session: Session, kind: str, path: Path, model: ModelIdentity, unsaved: float) -> bool:
    """Whether an index file claims to be current, or so near to it that to read what it lacks takes no time."""
    header = read_header(path, model=model.id, dimension=model.dimension)
    if header is None or header.generation == catalogue.vector_generation(session):
        return header is not None
    shape = header.count, header.dimension
    return _touched_since(session, kind, header.kind, header.change, shape, unsaved) is not None


def _touched_since(
    session: Session, kind: str, name: str, change: LatestChange | None, shape: tuple[int, int], most: float
) -> NDArray[np.int64] | None:
    """The ids (any,), int64, of vectors that may have come or gone; none where that is not known, or they are many.

    Args:
        session: In which it is asked.
        kind: Of vectors.
        name: Of how an index searches them.
        change: The latest that it holds, if that is known.
        shape: N and D of the vectors that it holds.
        most: Share of N from which on they are many.
    """
    # Of a caption that is gone nobody knows the photograph.
    if kind != "images" or name == EXACT or name != choose_kind(*shape).name:
        return None
    if change is None or change.history != catalogue.latest_change(session).history:
        return None
    touched = catalogue.touched_since(session, change.number)
    return touched if len(touched) <= most * shape[0] else None
