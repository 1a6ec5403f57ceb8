"""Has pictures decoded in other processes: costly ones, one at a time, and those of decoders that no clock stops."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from PIL import Image

from captioning.apart.process import ApartProcess, IdleProcesses
from captioning.errors import UnreadableImageError
from captioning.images.limits import SECONDS, TOO_SLOW

_ONE_AT_A_TIME = Lock()


class DecoderProcess(ApartProcess):
    """A process that decodes one picture after the other."""

    def __init__(self) -> None:
        """Starts it.

        Raises:
            UnreadableImageError: The system starts no more processes.
        """
        super().__init__("captioning.images.apart", error=UnreadableImageError, too_slow=TOO_SLOW)

    def decode(self, path: Path, *, side: int, filling: bool, max_pixels: int) -> Image.Image:
        """Does what `decode` of a file does, there.

        Raises:
            UnreadableImageError: It cannot be decoded, or not within the bounds of time and memory.
        """
        [(head, pixels)] = self.ask(path, seconds=SECONDS, side=side, filling=filling, max_pixels=max_pixels)
        return Image.frombytes("RGB", head["size"], pixels)


_idle = IdleProcesses(DecoderProcess)


def decode_alone(path: Path, *, side: int, filling: bool, max_pixels: int) -> Image.Image:
    """Decodes a costly picture while no other one is.

    Args:
        path: Of the picture.
        side: Pixels that are wanted.
        filling: Whether the shorter side needs so many, else the longer.
        max_pixels: That the picture may have.

    Returns:
        RGB.

    Raises:
        UnreadableImageError: It cannot be decoded, or not within the bounds of time and memory.
    """
    with _ONE_AT_A_TIME:
        process = DecoderProcess()
        try:
            return process.decode(path, side=side, filling=filling, max_pixels=max_pixels)
        finally:
            process.end()


def decode_by_the_clock(path: Path, *, side: int, filling: bool, max_pixels: int) -> Image.Image:
    """Decodes a picture whose decoder cannot be stopped but with its process; as `decode_alone`."""
    with _idle.lent() as process:
        return process.decode(path, side=side, filling=filling, max_pixels=max_pixels)
