"""Takes out of a raw file the picture that its camera put there to be looked at; LibRaw finds it, by `rawpy`."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from captioning.errors import UnreadableImageError
from captioning.images.apart import PATIENCE, program_environment
from captioning.images.limits import SECONDS, TOO_SLOW

NEEDED = "raw files need rawpy: pip install 'imgsearch-photos[raw]'"
"""What is missing where raw files are not read."""


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
    try:
        process = subprocess.run(
            [sys.executable, "-P", "-m", "captioning.images.raw_apart", os.fsencode(path).hex()],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=program_environment(),
            start_new_session=True,
            timeout=PATIENCE * SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableImageError(TOO_SLOW) from None
    except OSError as error:
        raise UnreadableImageError(f"no process could be started to decode it ({error.strerror})") from error
    reason, _, picture = process.stdout.partition(b"\n")
    if reason or not picture or process.returncode:
        raise UnreadableImageError(reason.decode() or "its decoder broke down")
    return picture
