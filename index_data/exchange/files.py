"""Writes whole files or none, and reads them with errors that name them."""

from __future__ import annotations

import codecs
import os
import secrets
from contextlib import suppress
from pathlib import Path

from index_data.errors import ExchangeError

_WIDE_MARKS = {
    # UTF-32's mark begins as UTF-16's does.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def write_atomically(path: Path, content: bytes) -> None:
    """Puts a file in place when it is whole and on the disk; an existing one keeps its permissions.

    Raises:
        ExchangeError: The folder is missing, full, or takes no files; what was there before is untouched.
    """
    # Short whatever the file's name is, which may be as long as names can be; and nobody can guess it.
    fresh = path.with_name(f".imgsearch-{secrets.token_hex(8)}.new")
    try:
        try:
            handle = os.open(fresh, _NEW_FILE, 0o666)
            with os.fdopen(handle, "wb") as stream:
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
    """The text of a file in UTF-8, or in UTF-16 or UTF-32 with a mark; bytes that are none are surrogate escapes.

    Raises:
        ExchangeError: It is no text.
    """
    kind = next((kind for mark, kind in _WIDE_MARKS.items() if content.startswith(mark)), None)
    try:
        text = (
            content.decode(kind) if kind else content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
        )
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{path} begins as text in {kind} but is none ({error.reason})") from error
    if "\0" in text:
        raise ExchangeError(f"{path} is no text in UTF-8")
    return text
