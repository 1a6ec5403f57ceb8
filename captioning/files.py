"""Replaces files whole: a reader finds the former one or the new one, and a killed process leaves the former."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def replacing(path: Path, *, private: bool = True, durable: bool = False) -> Iterator[Path]:
    """Gives an empty file beside `path`, and puts it in its place when the block ends without an error.

    A process that is killed leaves it behind, by the name `NAME.*.new`, `NAME` cut to 50 characters.

    Args:
        path: What is replaced; it need not be there yet.
        private: Only its owner may read it; else it has the permissions of the file that it replaces.
        durable: Be sure that it is on the disk before it is in its place, for what a power cut must not take.

    Raises:
        OSError: The disk is full, the folder is missing or takes no files, or what is there is a
            device or a pipe; it is untouched.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    # Others may replace the same file, or lay links in the folder for us to follow: nobody can guess the name. It is
    # cut, since the file's own may be as long as names can be.
    fresh = path.with_name(f"{path.name[:50]}.{os.urandom(8).hex()}.new")
    try:
        os.close(os.open(fresh, _NEW_FILE, 0o600 if private else 0o666))
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
    """Replaces a file by bytes.

    Args:
        path: What is replaced; it need not be there yet.
        content: All of it.
        private: Only its owner may read it; else it has the permissions of the file that it replaces.
        durable: Be sure that it is on the disk before it is in its place.

    Raises:
        OSError: The disk is full, or the folder is missing or takes no files; what was there is untouched.
    """
    with replacing(path, private=private, durable=durable) as fresh:
        fresh.write_bytes(content)
