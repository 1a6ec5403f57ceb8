"""Writes whole files or none, and reads them with errors that name them."""

from __future__ import annotations

import codecs
from pathlib import Path

from captioning import files
from index_data.errors import ExchangeError

_WIDE_MARKS = {
    # UTF-32's mark begins as UTF-16's does.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def write_bytes(path: Path, content: bytes) -> None:
    """Puts a file in place when it is whole and on the disk; an existing one keeps its permissions.

    Raises:
        ExchangeError: The folder is missing, full, or takes no files; what was there before is untouched.
    """
    try:
        files.write_atomically(path, content, private=False, durable=True)
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
    """The text of a file in UTF-8, or in UTF-16 or UTF-32 with a mark; other bytes become surrogate escapes.

    Raises:
        ExchangeError: It is not text.
    """
    kind = next((kind for mark, kind in _WIDE_MARKS.items() if content.startswith(mark)), None)
    try:
        text = (
            content.decode(kind) if kind else content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
        )
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{path} begins as text in {kind} but is not ({error.reason})") from error
    if "\0" in text:
        raise ExchangeError(f"{path} is not text in UTF-8")
    return text
