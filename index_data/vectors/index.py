"""The vector index: a file that is a cache of the catalogue's vectors, rebuildable, behind a header.

Axis legend: Q questions, K hits per question, N vectors, D joint size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from captioning.files import replacing
from index_data.catalogue.records import VectorRows
from index_data.catalogue.touched import LatestChange
from index_data.errors import LibraryError
from index_data.vectors.exact import ExactVectors
from index_data.vectors.header import LONGEST_HEADER, METRIC, NO_CHECKSUM, IndexHeader, checksum
from index_data.vectors.inverted_file import SAMPLE_PER_LIST, InvertedFile
from index_data.vectors.kinds import EXACT, IndexKind, choose_kind

if TYPE_CHECKING:
    from index_data.catalogue import ImageVectors
    from index_data.vectors.gpu import GpuCopy, Ids
    from index_data.vectors.gpu_process import GpuProcess
    from index_data.vectors.leading import LeadingAxes

CHUNK = 50_000
"""Vectors that are read and added at once."""

GROWTH = 2.0
"""An inverted file is trained anew when it holds this many times the vectors it was trained on, or their inverse."""


ReadVectors = Callable[[Sequence[int]], VectorRows]
"""Reads the vectors of some ids from the catalogue, in any order."""


class VectorIndex:
    """Finds the vectors of highest inner product, with the caller's ids: exactly, or by an inverted file.

    Attributes:
        dimension: D.
        kind: How it searches.
        trained_on: N when the lists were learnt.
        change: The latest of the catalogue that it holds, if that is known.
    """

    def __init__(self, dimension: int, kind: IndexKind | None = None) -> None:
        """Makes an empty index; one with lists must learn them before vectors are added."""
        self.dimension = dimension
        self.kind = kind or choose_kind(0, dimension)
        self.trained_on = 0
        self.change: LatestChange | None = None
        self._copy: GpuCopy | None = None
        self._index: ExactVectors | InvertedFile = (
            InvertedFile.empty(dimension, self.kind) if self.kind.lists else ExactVectors(dimension)
        )

    def __len__(self) -> int:
        return self._index.ntotal

    @classmethod
    def updated(
        cls,
        former: VectorIndex | None,
        ids: NDArray[np.int64],
        read: ReadVectors,
        *,
        dimension: int,
        kind: IndexKind | None = None,
    ) -> VectorIndex:
        """Makes an index hold just the vectors of these ids: the former one in place where its kind still fits.

        A vector never changes under its id, so only what came and went is touched, a chunk at a time.

        Args:
            former: What there is; nothing for an index of new.
            ids: Shape (N,), int64, each once.
            read: Gives the vectors, unit norm, float32, of some ids.
            dimension: D.
            kind: Of what is made; the one for so many vectors unless told.

        Raises:
            VectorSearchError: It needs FAISS, which could not be loaded.
        """
        kind = kind or choose_kind(len(ids), dimension)
        if former is None or not former.still_fits(kind, len(ids)):
            former = cls(dimension, kind)
            former._train(ids, read)
        held = former.ids()
        former.remove(np.setdiff1d(held, ids))
        missing = np.setdiff1d(ids, held)
        for at in range(0, len(missing), CHUNK):
            former.add(read(missing[at : at + CHUNK].tolist()))
        return former

    def renew(self, touched: NDArray[np.int64], stored: ImageVectors) -> None:
        """Brings an index up to date where it is known which vectors may have come or gone.

        Args:
            touched: Their ids (any,), int64.
            stored: What there is now.
        """
        held, there = self.ids(), stored.ids_among(touched.tolist())
        self.remove(np.setdiff1d(touched[np.isin(touched, held)], there))
        missing = there[~np.isin(there, held)]
        for at in range(0, len(missing), CHUNK):
            self.add(stored.read(missing[at : at + CHUNK].tolist()))

    def ids(self) -> NDArray[np.int64]:
        """The ids (N,), int64, of all vectors, in no order."""
        return self._index.ids

    @property
    def rounding(self) -> float:
        """By how much stored vectors may differ from what they were, in a product."""
        return self.kind.rounding

    @property
    def gives_products(self) -> bool:
        """Not so: of what is compressed they are near, and of the rest summed in another order."""
        return False

    @property
    def compares_all(self) -> bool:
        """Whether a question is compared with every vector, here and not on a GPU."""
        return self._compared is not None

    @property
    def _compared(self) -> ExactVectors | None:
        """The vectors with which each question is compared here."""
        exact = self._index if isinstance(self._index, ExactVectors) else None
        return exact if self._copy is None or not self._copy.held else None

    def products(self, question: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
        """The inner products of all vectors with a question (D,), float32, which is what exact search computes.

        Returns:
            Ids (N,), int64, rising, and their products (N,), float32; none where not all are compared, or on a GPU.
        """
        compared = self._compared
        return None if compared is None else (compared.in_order[0], compared.products(question))

    def bounds(
        self, question: NDArray[np.float32], axes: LeadingAxes
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
        """What the inner products of all vectors with a question (D,), float32, of unit norm, do not exceed.

        Returns:
            Ids (N,), int64, rising, and bounds (N,), float32; none where `products` is as quick, or gives none either.
        """
        compared = self._compared
        bounds = None if compared is None else compared.bounds(question, axes)
        return None if compared is None or bounds is None else (compared.in_order[0], bounds)

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32] | None:
        """The vectors (any, D), float32, of ids (any,), int64, that it holds; none where it keeps them in lists."""
        return self._index.of(ids) if isinstance(self._index, ExactVectors) else None

    def products_of(self, ids: NDArray[np.int64], question: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """The inner products (any,), float32, of `vectors` with a question (D,), float32; none where there are none."""
        return self._index.products_of(ids, question) if isinstance(self._index, ExactVectors) else None

    def add(self, rows: VectorRows) -> None:
        """Adds vectors (N, D), float32, under ids that the index does not hold yet."""
        if len(rows.ids):
            self._copy = None
            self._index.add_with_ids(np.ascontiguousarray(rows.vectors, np.float32), rows.ids)

    def remove(self, ids: Ids) -> int:
        """Removes vectors by their ids (any,), int64, and gives how many there were."""
        if not len(ids):
            return 0
        self._copy = None
        return self._index.remove_ids(np.asarray(ids, np.int64))

    def _train(self, ids: NDArray[np.int64], read: ReadVectors) -> None:
        """Learns the lists, and the codes of compressed vectors, from a sample of the vectors."""
        self.trained_on = len(ids)
        if isinstance(self._index, InvertedFile):
            size = min(len(ids), SAMPLE_PER_LIST * self.kind.lists)
            sample = np.random.default_rng(0).choice(ids, size, replace=False)
            self._index.train(read(np.sort(sample).tolist()).vectors)

    def still_fits(self, kind: IndexKind, count: int) -> bool:
        """Whether so many vectors may be searched by what was learnt, and are to be searched so."""
        grown = count / max(1, self.trained_on)
        return self.kind.name == kind.name and (not kind.lists or 1 / GROWTH <= grown <= GROWTH)

    def search(
        self,
        questions: NDArray[np.float32],
        count: int,
        *,
        allowed: Ids | None = None,
        ordered: bool = True,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Finds the best `count` vectors for each question (Q, D), float32, among all or among `allowed` ids.

        Of equal scores the lower id comes first; which of several equals takes the last place is left open. Where it is
        not `ordered`, they come in any order.

        Returns:
            Scores (Q, K), float32, falling, and ids (Q, K), int64. K is `count`, or N if that is less; where fewer
            than K are allowed, the id is -1 and the score the lowest float.
        """
        count = min(count, len(self))
        if count == 0:
            return np.empty((len(questions), 0), np.float32), np.empty((len(questions), 0), np.int64)
        scores, ids = self._search(np.ascontiguousarray(questions, np.float32), count, allowed)
        if not ordered:
            return scores, ids
        order = np.lexsort((ids, -scores), axis=-1)
        return np.take_along_axis(scores, order, -1), np.take_along_axis(ids, order, -1)

    def _search(
        self, questions: NDArray[np.float32], count: int, allowed: Ids | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        held, among = self._index, None if allowed is None else np.asarray(allowed, np.int64)
        # A copy cannot look into more lists for one question alone, which few allowed ids need.
        if self._copy is not None and not (isinstance(held, InvertedFile) and held.are_few(among)):
            hits = self._copy.search(questions, count, allowed=among)
            if hits is not None:
                return hits
        return held.search(questions, count, among)

    def use_gpu(self, process: GpuProcess, name: str = "") -> bool:
        """Asks a copy on a GPU from now on, until the index changes; says whether there is one.

        Args:
            process: That holds it.
            name: Whose former copy it replaces.
        """
        from index_data.vectors.gpu import copy_to_gpu
        from index_data.vectors.gpu_apart import HandedIndex

        self._copy = None
        if len(self):
            handed = HandedIndex(len(self), self.dimension, self.kind.lists, self.kind.probes)
            self._copy = copy_to_gpu(process, name, handed, self._index.write)
        return self._copy is not None

    def save(self, path: Path, *, model: str, generation: int) -> None:
        """Writes the index behind its header, and replaces the former file at once.

        Raises:
            OSError: The disk is full, or the folder takes no files; the former file stays.
        """
        header = IndexHeader(
            model=model,
            kind=self.kind.name,
            trained_on=self.trained_on,
            dimension=self.dimension,
            metric=METRIC,
            count=len(self),
            generation=generation,
            checksum=NO_CHECKSUM,
            **({} if self.change is None else self.change._asdict()),
        )
        with replacing(path, durable=True) as fresh, fresh.open("r+b") as stream:
            first = header.line()
            stream.write(first)
            self._index.write(stream)
            if isinstance(self._index, ExactVectors):
                proof = self._index.checksum()
            else:
                stream.seek(len(first))
                proof = checksum(stream)
            stream.seek(0)
            stream.write(replace(header, checksum=proof).line())

    @classmethod
    def load(cls, path: Path, *, model: str, dimension: int) -> tuple[VectorIndex, int] | None:
        """Reads an index file, and of which generation it is; none where there is no file, or none to believe."""
        if not path.is_file():  # to open a pipe would wait for its other end
            return None
        try:
            with path.open("rb") as stream:
                first = stream.readline(LONGEST_HEADER)
                header = IndexHeader.read(first)
                if header is None or (header.model, header.dimension, header.metric) != (model, dimension, METRIC):
                    return None
                loaded = cls._read(header, stream)
        except (OSError, RuntimeError, LibraryError):  # the second is FAISS on a file of another FAISS
            return None
        return (loaded, header.generation) if loaded is not None and len(loaded) == header.count else None

    @classmethod
    def _read(cls, header: IndexHeader, stream: BufferedReader) -> VectorIndex | None:
        """The index behind a header, which the stream has just passed; none where it is not what was written."""
        if header.kind == EXACT:
            exact = ExactVectors.read(stream, dimension=header.dimension, count=header.count, proof=header.checksum)
            return None if exact is None else cls._of(header, exact)
        listed = InvertedFile.read(stream, header.kind, proof=header.checksum)
        return None if listed is None else cls._of(header, listed)

    @classmethod
    def _of(cls, header: IndexHeader, index: ExactVectors | InvertedFile) -> VectorIndex:
        loaded = cls(header.dimension)
        if isinstance(index, InvertedFile):
            loaded.kind = index.kind
        loaded.trained_on = header.trained_on
        loaded.change = header.change
        loaded._index = index
        return loaded
