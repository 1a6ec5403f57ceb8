"""Writes whole files or none, and reads them with errors that name them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from index_data.errors import ExchangeError


def write_atomically(path: Path, content: bytes) -> None:
    """Puts a file in place when it is whole and on the disk; an existing one keeps its permissions.

    Raises:
        ExchangeError: The folder is missing, full, or takes no files; what was there before is untouched.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        try:
            with fresh.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            with suppress(FileNotFoundError):
                fresh.chmod(path.stat().st_mode & 0o777)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise ExchangeError(f"{path} could not be written: {error.strerror}") from error


def read_bytes(path: Path) -> bytes:
    """Reads a file.

    Raises:
        ExchangeError: It is missing, no file, or may not be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ExchangeError(f"{path} could not be read: {error.strerror}") from error


def decoded(path: Path, content: bytes) -> str:
    """The text of a file in UTF-8, in which a path may hold bytes that are none.

    Raises:
        ExchangeError: It is no text.
    """
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    if "\0" in text:
        raise ExchangeError(f"{path} is no text in UTF-8")
    return text
