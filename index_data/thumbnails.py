"""Small upright pictures of photographs on the disk, by content: a cache, bounded, that any process may fill."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from PIL import Image

from captioning.errors import UnreadableImageError, UnreadableVideoError
from captioning.files import replacing
from captioning.images import load_thumbnail
from index_data.catalogue.records import Moment, SeenFile
from index_data.file_stamp import file_stamp
from index_data.locations import is_own_folder, make_own_folder

SIDE = 256
"""Pixels of the longer side."""

MOST_BYTES = 400_000_000
"""What the files may take together; some 30,000 photographs."""

KEPT_SHARE = 0.9
"""Of the bytes, after the oldest files were removed."""

_QUALITY = 80


class Thumbnails:
    """The cache of one library; used from several threads."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        """Takes a folder, which is made when it is first written to; where it cannot be, nothing is kept."""
        self._folder = folder
        self._most = most_bytes
        self._bytes: int | None = None
        self._lock = threading.Lock()

    def get(self, content_hash: bytes, files: Sequence[SeenFile], moment: Moment | None = None) -> Image.Image:
        """The small picture of a photograph or moment, from the disk or made of the first of its files that is there.

        Args:
            content_hash: Of the photograph, or of the moment.
            files: Where it was last seen.
            moment: Of a film, when it is.

        Returns:
            RGB, neither side longer than `SIDE`.

        Raises:
            UnreadableImageError: None of the files is there, or it can no longer be decoded.
        """
        file, unchanged = _present(files)
        # A file that was overwritten since shows what it holds now; only the content that was indexed is kept.
        path = self._path(content_hash)
        if unchanged and (cached := _read(path)) is not None:
            return cached
        picture = load_thumbnail(file, side=SIDE) if moment is None else load_frame(file, moment, side=SIDE)
        if unchanged:
            self._keep(path, picture)
        return picture

    def forget(self, contents: Iterable[bytes]) -> None:
        """Removes the pictures of photographs that the library no longer knows."""
        for content in contents:
            path = self._path(content)
            if is_own_folder(self._folder) and is_own_folder(path.parent):
                with suppress(OSError):
                    path.unlink()

    def _path(self, content_hash: bytes) -> Path:
        name = content_hash.hex()
        return self._folder / name[:2] / f"{name[2:]}.webp"

    def _keep(self, path: Path, picture: Image.Image) -> None:
        """Writes a file, which appears whole or not at all; a full disk or a closed folder is no reason to fail."""
        try:
            for folder in (self._folder, path.parent):
                make_own_folder(folder)
            with replacing(path) as fresh:
                with fresh.open("wb") as stream:
                    picture.save(stream, "WEBP", quality=_QUALITY, method=2)
                size = fresh.stat().st_size
        except OSError:
            return
        self._count(size)

    def _count(self, size: int) -> None:
        with self._lock:
            self._bytes = sum(length for _, length, _ in self._files()) if self._bytes is None else self._bytes + size
            if self._bytes > self._most:
                self._bytes = self._remove_oldest()

    def _remove_oldest(self) -> int:
        """Removes the oldest files until the rest is small enough; gives the bytes that are left."""
        files = sorted(self._files())
        left = sum(size for _, size, _ in files)
        for _, size, path in files:
            if left <= KEPT_SHARE * self._most:
                break
            with suppress(OSError):
                path.unlink(missing_ok=True)
            left -= size
        return left

    def _files(self) -> list[tuple[int, int, Path]]:
        """Every file: when it was written, its bytes, its path."""
        if not is_own_folder(self._folder):
            return []
        files = []
        for folder in filter(is_own_folder, self._folder.glob("*")):
            for path in folder.glob("*.webp"):
                with suppress(OSError):  # another process removes the oldest too
                    status = path.lstat()
                    files.append((status.st_mtime_ns, status.st_size, path))
        return files


def load_frame(file: Path, moment: Moment, *, side: int) -> Image.Image:
    """The most telling frame of a moment of a film, upright, RGB, neither side longer than `side`.

    Raises:
        UnreadableImageError: The film cannot be read any more.
    """
    from captioning.videos import read_frame  # what decodes films, of which photographs need nothing

    try:
        return read_frame(file, moment.time, side=side)
    except UnreadableVideoError as error:
        raise UnreadableImageError(error.reason) from error


def _present(files: Sequence[SeenFile]) -> tuple[Path, bool]:
    """The first file that is there, one that is as it was indexed before others; and whether it is.

    Raises:
        UnreadableImageError: None of them is there.
    """
    changed = None
    for file in files:
        path = Path(os.fsdecode(file.path))
        try:
            status = path.stat()
        except OSError:
            continue
        if file_stamp(status) == (file.byte_size, file.mtime_ns):
            return path, True
        changed = changed or path
    if changed is None:
        raise UnreadableImageError("the file is gone" if len(files) < 2 else "its files are gone")
    return changed, False


def _read(path: Path) -> Image.Image | None:
    try:
        with Image.open(path, formats=("WEBP",)) as thumbnail:
            picture = thumbnail.convert("RGB")
        # Earlier versions kept colour profiles with them.
        picture.info.clear()
        return picture
    except (OSError, ValueError, SyntaxError):  # not there, or damaged: it is made anew
        return None
