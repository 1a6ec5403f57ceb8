"""How names of files and counts look to people, in whichever face."""

from __future__ import annotations

import os


def printable(path: bytes) -> str:
    """Shows a path that may not be UTF-8: bytes that are none appear as escapes, and nothing steers a terminal."""
    text = os.fsdecode(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def photographs(count: int) -> str:
    """Counts photographs in words."""
    return "1 photograph" if count == 1 else f"{count:,} photographs"
