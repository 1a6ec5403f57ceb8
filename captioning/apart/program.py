"""What a process that decodes for another one does: it answers requests from stdin within bounds of memory and time.

A request is a line of JSON. An answer is any number of parts, each a line of JSON and so many bytes as it says, and an
empty part behind the last.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from captioning.errors import UnreadableFileError

PATIENCE = 2
"""The processor's time is bounded; so many times as long may pass by the clock, where others use the processor."""

IDLE_SECONDS = 20.0
"""A process that nobody asks for so long ends."""

SPARE_BYTES = 400 * 2**20
"""Address space for a program itself and what it loads."""

SIZE, REASON = "bytes", "reason"
"""What a part's line says of it: the bytes that follow, and why there is no more."""

Part = tuple[dict[str, Any], bytes]


def serve(answer: Callable[..., Iterator[Part]]) -> None:
    """Answers the requests on stdin, each a path and more, until nobody asks."""
    while _somebody_asks() and (line := sys.stdin.buffer.readline()):
        request = json.loads(line)
        path = Path(os.fsdecode(bytes.fromhex(request.pop("path"))))
        try:
            for head, content in answer(path, **request):
                # Whoever asked may take its time with what it was given.
                end_after(0.0)
                _send({**head, SIZE: len(content)}, content)
        except UnreadableFileError as error:
            _send({REASON: error.reason})
        else:
            _send({})
        finally:
            end_after(0.0)


def confine(memory: int) -> None:
    """Sets a bound on the address space that holds whatever a decoder does; systems other than Unix have none."""
    try:
        import resource
    except ImportError:
        return
    _, highest = resource.getrlimit(resource.RLIMIT_AS)
    bound = memory if highest == resource.RLIM_INFINITY else min(memory, highest)
    resource.setrlimit(resource.RLIMIT_AS, (bound, highest))


def end_after(seconds: float) -> None:
    """Has the system end this process after so long, of the processor's time and by the clock; 0 for never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)
        # Should whoever asked be gone, nobody else ends it.
        signal.setitimer(signal.ITIMER_REAL, PATIENCE * seconds)


class Progress:
    """Says now and then that work goes on, and gives it so long again."""

    EVERY = 1.0
    """Seconds; less often than a clock is worth winding."""

    def __init__(self, seconds: float) -> None:
        """Takes how long may pass from one step to the next, and begins."""
        self._seconds = seconds
        self.wind()

    def step(self) -> None:
        """Has made a step."""
        now = monotonic()
        if now - self._said >= self.EVERY:
            end_after(0.0)
            _send({SIZE: 0})
            self.wind()

    def wind(self) -> None:
        """Gives the time anew, as after a part was sent."""
        self._said = monotonic()
        end_after(self._seconds)


def _somebody_asks() -> bool:
    if os.name == "nt":  # it cannot wait for a pipe
        return True
    return bool(select.select([sys.stdin], [], [], IDLE_SECONDS)[0])


def _send(head: dict[str, Any], content: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + content)
    sys.stdout.buffer.flush()
