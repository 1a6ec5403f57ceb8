"""The contents of all images of a catalogue, held so that tens of millions fit into memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable

HASH_BYTES = 32
"""Of a content hash."""


class KnownContents:
    """Images by their content hashes, each with its number and whether a model has described it.

    What is known at first takes 42 bytes each, in the order of the hashes, among which one is found by halving; a
    dictionary took 206, and 367 while it was made. What comes later is a dictionary.
    """

    def __init__(self, rows: Iterable[tuple[bytes, int, bool]] = ()) -> None:
        """Takes content hash, number, and whether it is described, of every image, by rising hashes."""
        self._hashes, self._numbers, self._described = bytearray(), array("q"), bytearray()
        self._later: dict[bytes, tuple[int, bool]] = {}
        for content, number, described in rows:
            if len(content) == HASH_BYTES:
                self._hashes += content
                self._numbers.append(number)
                self._described.append(described)
            else:  # no hash of this program
                self._later[content] = number, described

    def __len__(self) -> int:
        return len(self._numbers) + len(self._later)

    def __contains__(self, content: bytes) -> bool:
        return self.get(content) is not None

    def __getitem__(self, content: bytes) -> tuple[int, bool]:
        known = self.get(content)
        if known is None:
            raise KeyError(content)
        return known

    def __setitem__(self, content: bytes, known: tuple[int, bool]) -> None:
        self._later[content] = known

    def get(self, content: bytes) -> tuple[int, bool] | None:
        """The number of the image of this content, and whether it is described; none if it is not known."""
        later = self._later.get(content)
        if later is not None:
            return later
        at = bisect_left(range(len(self._numbers)), content, key=self._hash_at)
        if at == len(self._numbers) or self._hash_at(at) != content:
            return None
        return self._numbers[at], bool(self._described[at])

    def _hash_at(self, place: int) -> bytes:
        return bytes(self._hashes[HASH_BYTES * place : HASH_BYTES * (place + 1)])
