"""Cursors: where the next page of a query's answer begins, as a word that a command line or a program can carry."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np

from search.engine.ranking import Ranking
from search.errors import CursorError

LARGEST = 2**63 - 1
"""Number in a cursor."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last photograph of a page.

    Attributes:
        query: What the query was, shortened.
        rank: Of the photograph, 0-based.
        image_id: Its number, by which it is found again where others came before it meanwhile.
        seed: Of a random order.
    """

    query: str
    rank: int
    image_id: int
    seed: int

    def start(self, ranking: Ranking) -> int:
        """The rank at which the next page begins."""
        rows = np.flatnonzero(ranking.image_ids == self.image_id)
        # Where the photograph itself has gone, those behind it moved up by one.
        return int(rows[0]) + 1 if len(rows) else self.rank

    def write(self) -> str:
        """The cursor as one word."""
        return base64.urlsafe_b64encode(json.dumps(list(asdict(self).values())).encode()).decode().rstrip("=")


def read_cursor(word: str, *, query: str) -> Cursor:
    """Reads a cursor of a query.

    Raises:
        CursorError: It was not made by `Cursor.write`, or for another query.
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error
    match values:
        case [str(key), int(rank), int(image), int(seed)] if all(0 <= number <= LARGEST for number in values[1:]):
            cursor = Cursor(key, rank, image, seed)
        case _:
            raise _unreadable()
    if cursor.query != query:
        raise CursorError("the cursor belongs to another query; ask without it for the first page")
    return cursor


def _unreadable() -> CursorError:
    return CursorError("the cursor was not given by imgsearch; ask without it for the first page")


def query_key(*parts: object) -> str:
    """What a query was, shortened: everything that decides its answer."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
