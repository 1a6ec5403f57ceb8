"""The file of the columns: a first line that says what they were made from, and the arrays behind it, end to end."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from captioning.files import replacing
from index_data.catalogue.touched import LatestChange
from index_data.columns.columns import FACTS, LISTS, NAMED, Columns, Facts, Lines, Moments
from index_data.columns.postings import Postings

FORMAT = 2

LONGEST_HEADER = 1 << 16
"""Bytes of the first line that are looked at."""

_BOUNDARY = 8
"""Every array begins at a multiple of so many bytes behind the first line."""


@dataclass(frozen=True, slots=True)
class ColumnHeader:
    """What a file of columns must have been made from to be believed.

    Attributes:
        format: Always `FORMAT`.
        model: Id of the model for which they were made.
        bank: Digest of the sentences by which hubness was measured.
        history: Of the catalogue; see `catalogue.touched.LatestChange`.
        number: Of the latest change that they hold.
        arrays: Name, type and length of each array, in order.
        checksum: BLAKE2b of all that follows the first line.
    """

    format: int
    model: str
    bank: str
    history: int
    number: int
    arrays: list[tuple[str, str, int]]
    checksum: str

    @classmethod
    def read(cls, line: bytes) -> ColumnHeader | None:
        """Reads a first line; none where it is not one of this version."""
        try:
            header = cls(**json.loads(line))
        except (ValueError, TypeError):
            return None
        return header if header.format == FORMAT else None


def read_header(path: Path) -> ColumnHeader | None:
    """The first line of a file of columns; none where there is no such file. `load_columns` proves what it says."""
    if not path.is_file():  # to open a pipe would wait for its other end
        return None
    try:
        with path.open("rb") as stream:
            return ColumnHeader.read(stream.readline(LONGEST_HEADER))
    except OSError:
        return None


def save_columns(columns: Columns, path: Path, *, model: str) -> None:
    """Writes columns, and replaces the former file at once.

    Raises:
        OSError: The disk is full, or the folder takes no files; the former file stays.
    """
    arrays = _arrays(columns)
    digest = hashlib.blake2b(digest_size=16)
    parts = []
    for array in arrays.values():
        content = array.tobytes()
        content += b"\0" * (-len(content) % _BOUNDARY)
        digest.update(content)
        parts.append(content)
    shapes = [(name, array.dtype.str, len(array)) for name, array in arrays.items()]
    header = ColumnHeader(FORMAT, model, columns.bank, *columns.change, shapes, digest.hexdigest())
    with replacing(path, durable=True) as fresh, fresh.open("r+b") as stream:
        stream.write(json.dumps(asdict(header)).encode() + b"\n")
        stream.writelines(parts)


def load_columns(path: Path, *, model: str) -> Columns | None:
    """Reads a file of columns; none where there is no file, none to believe, or one of another model."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as stream:
            header = ColumnHeader.read(stream.readline(LONGEST_HEADER))
            if header is None or header.model != model:
                return None
            content = stream.read()
        if hashlib.blake2b(content, digest_size=16).hexdigest() != header.checksum:
            return None
        return _columns(header, content)
    except (OSError, ValueError, TypeError, KeyError):  # all but the first: a file that somebody made by hand
        return None


def _arrays(columns: Columns) -> dict[str, NDArray[np.generic]]:
    arrays: dict[str, NDArray[np.generic]] = {"ids": columns.ids}
    arrays |= {name: getattr(columns.facts, name) for name in FACTS}
    for name, lists in columns.lists.items():
        arrays |= {f"{name}.words": lists.words, f"{name}.starts": lists.starts, f"{name}.rows": lists.rows}
        if lists.weights is not None:
            arrays[f"{name}.weights"] = lists.weights
        if name in NAMED:
            arrays[f"{name}.names"] = np.frombuffer(json.dumps(lists.names).encode(), np.uint8)
    names = columns.names
    arrays |= {"lines.text": names.text, "lines.starts": names.starts, "lines.rows": names.rows}
    moments = columns.moments
    arrays |= {"moments.rows": moments.rows, "moments.videos": moments.videos, "moments.times": moments.times.ravel()}
    return arrays | {"captions.ids": columns.caption_ids, "captions.rows": columns.caption_rows}


def _columns(header: ColumnHeader, content: bytes) -> Columns:
    arrays: dict[str, NDArray[np.generic]] = {}
    at = 0
    for name, kind, length in header.arrays:
        arrays[name] = np.frombuffer(content, np.dtype(kind), length, at)
        at += -(-arrays[name].nbytes // _BOUNDARY) * _BOUNDARY
    lists = {}
    for name in LISTS:
        words, starts, rows = (arrays[f"{name}.{part}"] for part in ("words", "starts", "rows"))
        named = tuple(json.loads(arrays[f"{name}.names"].tobytes())) if name in NAMED else ()
        lists[name] = Postings(words, starts, rows, arrays.get(f"{name}.weights"), named)  # type: ignore[arg-type]
    return Columns(
        LatestChange(header.history, header.number),
        header.bank,
        arrays["ids"],  # type: ignore[arg-type]
        Facts(*(arrays[name] for name in FACTS)),  # type: ignore[arg-type]
        lists,
        Lines(arrays["lines.text"], arrays["lines.starts"], arrays["lines.rows"]),  # type: ignore[arg-type]
        Moments(arrays["moments.rows"], arrays["moments.videos"], arrays["moments.times"].reshape(-1, 3)),  # type: ignore[arg-type]
        arrays["captions.ids"],  # type: ignore[arg-type]
        arrays["captions.rows"],  # type: ignore[arg-type]
    )
