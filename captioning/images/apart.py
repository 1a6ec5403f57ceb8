"""Decodes a costly picture in a process of its own, which has so much memory and time and no more; one at a time.

Run as a program, it is that process: it reads a request from stdin and writes the picture to stdout.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock

from PIL import Image

from captioning.errors import UnreadableImageError
from captioning.images.limits import BYTES_PER_PIXEL, SECONDS, TOO_SLOW

_ONE_AT_A_TIME = Lock()

_SPARE_BYTES = 400 * 2**20
"""Address space for the program itself and what it loads."""

_PATIENCE = 2
"""The processor's time is bounded; so many times as long may pass by the clock, where others use the processor."""


def decode_apart(path: Path, *, side: int, filling: bool, max_pixels: int) -> Image.Image:
    """Does what `decode` does, elsewhere.

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
    request = {"path": os.fsencode(path).hex(), "side": side, "filling": filling, "max_pixels": max_pixels}
    # What lies in the current folder is no part of the program, unless the program lies there.
    places = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONPATH": places, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with _ONE_AT_A_TIME:
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "captioning.images.apart"],
                input=json.dumps(request).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=_PATIENCE * SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UnreadableImageError(TOO_SLOW) from None
        except OSError as error:
            raise UnreadableImageError(f"no process could be started to decode it ({error.strerror})") from error
    if done.returncode == -getattr(signal, "SIGXCPU", 0):
        raise UnreadableImageError(TOO_SLOW)
    head, _, pixels = done.stdout.partition(b"\n")
    answer = json.loads(head) if head else {"reason": "its decoder broke down"}
    if "reason" in answer:
        raise UnreadableImageError(str(answer["reason"]))
    return Image.frombytes("RGB", tuple(answer["size"]), pixels)


def _answer(path: Path, *, side: int, filling: bool, max_pixels: int) -> tuple[dict[str, object], bytes]:
    from captioning.images.decode import decode
    from captioning.images.source import open_image

    try:
        with open_image(path, max_pixels=max_pixels) as image:
            picture = decode(image, side=side, filling=filling)
    except UnreadableImageError as error:
        return {"reason": error.reason}, b""
    return {"size": picture.size}, picture.tobytes()


def _confine(memory: int) -> None:
    """Sets bounds that hold whatever a decoder does; systems other than Unix have none."""
    try:
        import resource
    except ImportError:
        return
    # Should whoever asked be gone, nobody else ends it.
    signal.alarm(int(_PATIENCE * SECONDS))
    for kind, bound in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, int(SECONDS))):
        _, highest = resource.getrlimit(kind)
        resource.setrlimit(kind, (bound if highest == resource.RLIM_INFINITY else min(bound, highest), highest))


def main() -> None:
    """Answers the one request on stdin."""
    request = json.loads(sys.stdin.buffer.read())
    path = Path(os.fsdecode(bytes.fromhex(request.pop("path"))))
    _confine(BYTES_PER_PIXEL * request["max_pixels"] + _SPARE_BYTES)
    answer, pixels = _answer(path, **request)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + pixels)


if __name__ == "__main__":
    main()
