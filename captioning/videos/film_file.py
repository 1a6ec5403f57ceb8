"""A video file as FFmpeg reads it."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from pathlib import Path

from captioning.errors import UnreadableVideoError
from captioning.regular_files import open_at_once, unfit

_MOST_BOXES = 10_000
"""Of the outermost ones, those that are looked at."""


class FilmFile(io.FileIO):
    """A video file as FFmpeg reads it: this very file and no other."""

    def __init__(self, path: Path, *, step: Callable[[], None]) -> None:
        """Opens a file.

        Raises:
            UnreadableVideoError: It is not a regular file, or empty.
            OSError: The system does not let it be opened.
        """
        super().__init__(path, opener=open_at_once)
        self._step = step
        self._opened_as = os.fstat(self.fileno())
        if reason := unfit(self._opened_as):
            self.close()
            raise UnreadableVideoError(reason)

    def read(self, size: int | None = -1, /) -> bytes:
        """Reads as other files do, which is a step that was made."""
        self._step()
        return super().read(-1 if size is None else size) or b""

    @property
    def size(self) -> int:
        """Bytes."""
        return self._opened_as.st_size

    def check_unchanged(self) -> None:
        """Looks whether it is as it was when it was opened.

        Raises:
            UnreadableVideoError: It was written to.
        """
        status, before = os.fstat(self.fileno()), self._opened_as
        if (status.st_size, status.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise UnreadableVideoError("it was changed while it was read")

    def lacks_index(self) -> bool:
        """Whether it is an ISO container, told by its boxes, without the one that says where its frames are."""
        kinds: set[bytes] = set()
        place = 0
        for _ in range(_MOST_BOXES):
            if place + 8 > self.size:
                break
            self.seek(place)
            length, kind = struct.unpack(">I4s", self.read(8))
            kinds.add(kind)
            if length == 1:
                length = int.from_bytes(self.read(8), "big")
            if length < 8:
                break
            place += length
        return bool(kinds & {b"ftyp", b"mdat"}) and b"moov" not in kinds
