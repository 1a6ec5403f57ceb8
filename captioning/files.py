"""Replaces files whole: a reader finds the former one or the new one, and a killed process leaves the former."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path, *, private: bool = True, durable: bool = False) -> Iterator[Path]:
    """Gives an empty file beside `path`, and puts it in its place when the block ends without an error.

    A process that is killed leaves it behind, by the name `NAME.*.new`.

    Args:
        path: What is replaced; it need not be there yet.
        private: Only its owner may read it; else it has the permissions of the file that it replaces.
        durable: Be sure that it is on the disk before it is in its place, for what a power cut must not take.

    Raises:
        OSError: The disk is full, or the folder is missing or takes no files; what was there is untouched.
    """
    # Several threads and processes may replace the same file.
    fresh = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    try:
        fresh.touch(mode=0o600 if private else 0o666)
        yield fresh
        if durable:
            with fresh.open("rb+") as stream:
                os.fsync(stream.fileno())
        if not private:
            with suppress(FileNotFoundError):
                fresh.chmod(path.stat().st_mode & 0o777)
        fresh.replace(path)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes, *, private: bool = True, durable: bool = False) -> None:
    """Replaces a file by bytes; see `replacing`.

    Raises:
        OSError: The disk is full, or the folder is missing or takes no files; what was there is untouched.
    """
    with replacing(path, private=private, durable=durable) as fresh:
        fresh.write_bytes(content)
