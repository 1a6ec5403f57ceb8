"""The first line of a vector index's file: what the index was made from; read without FAISS, which is slow to load."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from io import BufferedRandom, BufferedReader
from pathlib import Path

from index_data.catalogue.touched import LatestChange

METRIC = "inner product"
"""For unit vectors this is the cosine."""

NO_CHECKSUM = "0" * 32
"""Stands in the first line as long as the file is being written."""

LONGEST_HEADER = 4096
"""Bytes of a file's first line that are looked at."""


NAME_OF_KEY = {"learnt": "trained_on"}
"""Attributes whose key in a file is another, by that key."""


@dataclass(frozen=True, slots=True)
class IndexHeader:
    """What an index file must have been made from to be believed.

    Attributes:
        model: Id of the model whose vectors it holds.
        kind: Name of how they are searched.
        trained_on: N when the lists were learnt.
        dimension: D.
        metric: Always `METRIC`.
        count: N.
        generation: The catalogue's counter of changes when it was made.
        checksum: BLAKE2b of the FAISS data.
        history: Of the catalogue when it was made; see `catalogue.touched.LatestChange`. Earlier versions did not tell.
        number: Of the latest change that it holds, likewise.
    """

    model: str
    kind: str
    trained_on: int
    dimension: int
    metric: str
    count: int
    generation: int
    checksum: str
    history: int | None = None
    number: int | None = None

    @property
    def change(self) -> LatestChange | None:
        """The latest change that it holds, if it tells."""
        return None if self.history is None or self.number is None else LatestChange(self.history, self.number)

    @classmethod
    def read(cls, line: bytes) -> IndexHeader | None:
        """Reads a first line; none where it is no header."""
        try:
            fields = json.loads(line)
            return cls(**{NAME_OF_KEY.get(key, key): value for key, value in fields.items()})
        except (ValueError, TypeError, AttributeError):
            return None

    def line(self) -> bytes:
        """The first line."""
        keys = {name: key for key, name in NAME_OF_KEY.items()}
        told = {keys.get(name, name): value for name, value in asdict(self).items() if value is not None}
        return json.dumps(told).encode() + b"\n"


def read_header(path: Path, *, model: str, dimension: int) -> IndexHeader | None:
    """What an index file of a model claims to be; none where there is none. `VectorIndex.load` proves it."""
    try:
        with path.open("rb") as stream:
            header = IndexHeader.read(stream.readline(LONGEST_HEADER))
    except OSError:
        return None
    made = header and (header.model, header.dimension, header.metric)
    return header if made == (model, dimension, METRIC) else None


def checksum(stream: BufferedReader | BufferedRandom) -> str:
    """BLAKE2b of the rest of a file, 16 bytes, hexadecimal."""
    return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
