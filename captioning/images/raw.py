"""Takes out of a raw file the picture that its camera put there to be looked at; LibRaw finds it, by `rawpy`."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from pathlib import Path

from captioning.apart.process import ApartProcess, IdleProcesses
from captioning.errors import UnreadableImageError
from captioning.images.limits import SECONDS, TOO_SLOW

NEEDED = "raw files need rawpy: pip install 'imgsearch-photos[raw]'"
"""What is missing where raw files are not read."""


_idle = IdleProcesses(
    partial(ApartProcess, "captioning.images.raw_apart", error=UnreadableImageError, too_slow=TOO_SLOW)
)


def reads_raw_files() -> bool:
    """Whether there is what reads raw files."""
    return find_spec("rawpy") is not None


def embedded_picture(path: Path) -> bytes:
    """The picture in a raw file: a JPEG or PNG file, which says how it is turned, and often when it was taken.

    Raises:
        UnreadableImageError: `rawpy` is not installed; it is no raw file, holds no picture, or LibRaw broke down.
    """
    if not reads_raw_files():
        raise UnreadableImageError(NEEDED)
    with _idle.lent() as process:
        [(_, picture)] = process.ask(path, seconds=SECONDS)
    return picture
