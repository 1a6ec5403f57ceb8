"""Decodes pictures in processes of their own, which have so much memory and time and no more.

Run as a program, it is such a process: it reads requests from stdin, a line each, and writes pictures to stdout.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from pathlib import Path

from captioning.errors import UnreadableImageError
from captioning.images.limits import BYTES_PER_PIXEL, SECONDS

PATIENCE = 2
"""The processor's time is bounded; so many times as long may pass by the clock, where others use the processor."""

IDLE_SECONDS = 20.0
"""A process that nobody asks for so long ends."""

_SPARE_BYTES = 400 * 2**20
"""Address space for the program itself and what it loads."""


def program_environment() -> dict[str, str]:
    """The environment in which this program, or another that decodes, is started with `-m`."""
    # What lies in the current folder is no part of the program, unless the program lies there.
    places = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONPATH": places, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    # Each thread of a decoder would take address space for memory of its own, which is bounded.
    return {**environment, "MALLOC_ARENA_MAX": "2"}


def _answer(path: Path, *, side: int, filling: bool, max_pixels: int) -> tuple[dict[str, object], bytes]:
    from captioning.images.decode import decode
    from captioning.images.source import open_image

    try:
        with open_image(path, max_pixels=max_pixels) as image:
            picture = decode(image, side=side, filling=filling)
    except UnreadableImageError as error:
        return {"reason": error.reason}, b""
    return {"size": picture.size}, picture.tobytes()


def confine(memory: int) -> None:
    """Sets a bound, in bytes, that holds whatever a decoder does; systems other than Unix have none."""
    try:
        import resource
    except ImportError:
        return
    _, highest = resource.getrlimit(resource.RLIMIT_AS)
    memory += _SPARE_BYTES
    bound = memory if highest == resource.RLIM_INFINITY else min(memory, highest)
    resource.setrlimit(resource.RLIMIT_AS, (bound, highest))


def end_after(seconds: float) -> None:
    """Has the system end this process after so long, of the processor's time and by the clock; 0 for never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)
        # Should whoever asked be gone, nobody else ends it.
        signal.setitimer(signal.ITIMER_REAL, PATIENCE * seconds)


def _somebody_asks() -> bool:
    if os.name == "nt":  # it cannot wait for a pipe
        return True
    return bool(select.select([sys.stdin], [], [], IDLE_SECONDS)[0])


def main() -> None:
    """Answers the requests on stdin."""
    while _somebody_asks() and (line := sys.stdin.buffer.readline()):
        request = json.loads(line)
        path = Path(os.fsdecode(bytes.fromhex(request.pop("path"))))
        confine(BYTES_PER_PIXEL * request["max_pixels"])
        end_after(SECONDS)
        answer, pixels = _answer(path, **request)
        end_after(0.0)
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + pixels)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
