"""The first line of a vector index's file: what the index was made from; read without FAISS, which is slow to load."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from io import BufferedRandom, BufferedReader
from pathlib import Path

METRIC = "inner product"
"""For unit vectors this is the cosine."""

NO_CHECKSUM = "0" * 32
"""Stands in the first line as long as the file is being written."""

LONGEST_STAMP = 4096
"""Bytes of a file's first line that are looked at."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an index file must have been made from to be believed.

    Attributes:
        model: Id of the model whose vectors it holds.
        kind: Name of how they are searched.
        learnt: N when the lists were learnt.
        dimension: D.
        metric: Always `METRIC`.
        count: N.
        generation: The catalogue's counter of changes when it was made.
        checksum: BLAKE2b of the FAISS data.
    """

    model: str
    kind: str
    learnt: int
    dimension: int
    metric: str
    count: int
    generation: int
    checksum: str

    @classmethod
    def read(cls, line: bytes) -> Stamp | None:
        """Reads a first line; none where it is no stamp."""
        try:
            return cls(**json.loads(line))
        except (ValueError, TypeError):
            return None

    def line(self) -> bytes:
        """The first line."""
        return json.dumps(asdict(self)).encode() + b"\n"


def stamp_fits(path: Path, *, model: str, dimension: int, generation: int) -> bool:
    """Whether an index file claims to be current; `VectorIndex.load` proves it."""
    try:
        with path.open("rb") as stream:
            stamp = Stamp.read(stream.readline(LONGEST_STAMP))
    except OSError:
        return False
    made = stamp and (stamp.model, stamp.dimension, stamp.metric, stamp.generation)
    return made == (model, dimension, METRIC, generation)


def checksum(stream: BufferedReader | BufferedRandom) -> str:
    """BLAKE2b of the rest of a file, 16 bytes, hexadecimal."""
    return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
