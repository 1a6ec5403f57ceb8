"""Has pictures decoded in other processes: costly ones, one at a time, and those of decoders that no clock stops."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer
from time import monotonic

from PIL import Image

from captioning.errors import UnreadableImageError
from captioning.images.apart import IDLE_SECONDS, PATIENCE, program_environment
from captioning.images.limits import SECONDS, TOO_SLOW

_ONE_AT_A_TIME = Lock()


class DecoderProcess:
    """A process that decodes one picture after the other.

    Attributes:
        idle_since: When it was last asked, by the monotonic clock.
        ready: Whether it has answered, and takes another picture.
    """

    def __init__(self) -> None:
        """Starts it.

        Raises:
            UnreadableImageError: The system starts no more processes.
        """
        self.idle_since = 0.0
        self.ready = True
        self._killed = False
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "captioning.images.apart"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=program_environment(),
                # What interrupts this program at the terminal says nothing against a picture.
                start_new_session=True,
            )
        except OSError as error:
            raise UnreadableImageError(f"no process could be started to decode it ({error.strerror})") from error

    def decode(self, path: Path, *, side: int, filling: bool, max_pixels: int) -> Image.Image:
        """Does what `decode` of a file does, there.

        Raises:
            UnreadableImageError: It cannot be decoded, or not within the bounds of time and memory.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"path": os.fsencode(path).hex(), "side": side, "filling": filling, "max_pixels": max_pixels}
        self.ready = False
        clock = Timer(PATIENCE * SECONDS, self._kill)
        clock.start()
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            head = self._process.stdout.readline()
            answer = json.loads(head) if head.endswith(b"\n") else {}
            if "reason" in answer:
                self.ready = True
                raise UnreadableImageError(str(answer["reason"]))
            width, height = answer.get("size", (0, 0))
            pixels = self._process.stdout.read(3 * width * height)
        except BrokenPipeError:
            pixels, width, height = b"", 0, 0
        finally:
            clock.cancel()
        if not pixels or len(pixels) < 3 * width * height:
            self.end()
            raise UnreadableImageError(TOO_SLOW if self._took_too_long else "its decoder broke down")
        self.ready = True
        return Image.frombytes("RGB", (width, height), pixels)

    def end(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                stream.close()
        if not self.ready:  # it may be at work still
            self._process.kill()
        self._process.wait()

    @property
    def _took_too_long(self) -> bool:
        timers = {-getattr(signal, name, 0) for name in ("SIGPROF", "SIGALRM", "SIGXCPU")} - {0}
        return self._killed or self._process.returncode in timers

    def _kill(self) -> None:
        if not self.ready:
            self._killed = True
            self._process.kill()


class _IdleProcesses:
    """Processes that wait for a picture; each thread that asks has one while it does."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[DecoderProcess] = []

    def take(self) -> DecoderProcess:
        while True:
            with self._lock:
                process = self._waiting.pop() if self._waiting else None
            if process is None:
                return DecoderProcess()
            # One that waited for long may be about to end.
            if monotonic() - process.idle_since < IDLE_SECONDS / 2:
                return process
            process.end()

    def give_back(self, process: DecoderProcess) -> None:
        process.idle_since = monotonic()
        with self._lock:
            self._waiting.append(process)

    def end(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for process in waiting:
            process.end()

    def forget(self) -> None:
        """Lets go of them in a fork of this process: they are the other's."""
        self._lock, self._waiting = Lock(), []


_idle = _IdleProcesses()
atexit.register(_idle.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.forget)


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
    process = _idle.take()
    try:
        return process.decode(path, side=side, filling=filling, max_pixels=max_pixels)
    finally:
        if process.ready:
            _idle.give_back(process)
        else:
            process.end()
