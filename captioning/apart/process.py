"""Asks processes that decode: one answer after the other, and an end to those that take too long."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Timer
from time import monotonic
from typing import Any, Generic, TypeVar

from captioning.apart.program import IDLE_SECONDS, PATIENCE, REASON, SIZE, Part
from captioning.apart.start import start_module
from captioning.errors import UnreadableFileError

ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""Each thread of a decoder would take address space for memory of its own, which is bounded."""


class ApartProcess:
    """A process that decodes one file after the other.

    Attributes:
        idle_since: When it was last asked, by the monotonic clock.
        ready: Whether it has answered, and takes another file.
    """

    def __init__(self, module: str, *, error: type[UnreadableFileError], too_slow: str) -> None:
        """Starts it.

        Args:
            module: That runs as its program.
            error: Of files that it cannot read.
            too_slow: The reason where it takes too long.

        Raises:
            UnreadableFileError: The system starts no more processes.
        """
        self.idle_since = 0.0
        self.ready = True
        self._killed = False
        self._verdict = Lock()
        self._error, self._too_slow = error, too_slow
        try:
            self._process = start_module(
                module,
                environment=ENVIRONMENT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as cause:
            raise error(f"no process could be started to decode it ({cause.strerror})") from cause

    def ask(self, path: Path, *, seconds: float, **request: object) -> Iterator[Part]:
        """Asks about a file.

        Args:
            path: Of the file.
            seconds: How long it may take from one part of the answer to the next, with some patience.
            request: What else its program takes.

        Yields:
            The parts of the answer. Who leaves before the last one ends the process.

        Raises:
            UnreadableFileError: Of the kind that was told: it cannot be decoded, or not within the bounds.
        """
        self.ready = False
        try:
            self._write({"path": os.fsencode(path).hex(), **request})
            while True:
                head, content = self._part(PATIENCE * seconds)
                if REASON in head:
                    self._answered()
                    raise self._error(str(head[REASON]))
                if not head:
                    self._answered()
                    return
                if content or head.keys() != {SIZE}:  # else it says that work goes on
                    yield head, content
        finally:
            if not self.ready:
                self.end()

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

    def _write(self, request: dict[str, object]) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # there will be no answer
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def _part(self, seconds: float) -> Part:
        assert self._process.stdout is not None
        clock = Timer(seconds, self._kill)
        clock.start()
        try:
            line = self._process.stdout.readline()
            head: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {SIZE: -1}
            content = self._process.stdout.read(max(head.get(SIZE, 0), 0))
        finally:
            clock.cancel()
        if len(content) != head.get(SIZE, 0):
            self.end()
            raise self._error(self._too_slow if self._took_too_long else "its decoder broke down")
        return head, content

    @property
    def _took_too_long(self) -> bool:
        timers = {-getattr(signal, name, 0) for name in ("SIGPROF", "SIGALRM", "SIGXCPU")} - {0}
        return self._killed or self._process.returncode in timers

    def _answered(self) -> None:
        # A clock that ran out at the very end may have killed it: then it takes no other file.
        with self._verdict:
            self.ready = not self._killed

    def _kill(self) -> None:
        with self._verdict:
            if not self.ready:
                self._killed = True
                self._process.kill()


P = TypeVar("P", bound=ApartProcess)


class IdleProcesses(Generic[P]):
    """Processes that wait for a file; each thread that asks has one while it does."""

    def __init__(self, start: Callable[[], P]) -> None:
        """Takes how one is started."""
        self._start = start
        self._lock = Lock()
        self._waiting: list[P] = []
        atexit.register(self._end)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    @contextmanager
    def lent(self) -> Iterator[P]:
        """Lends one that is ready, and takes it back if it still is."""
        process = self._take()
        try:
            yield process
        finally:
            if process.ready:
                process.idle_since = monotonic()
                with self._lock:
                    self._waiting.append(process)
            else:
                process.end()

    def _take(self) -> P:
        while True:
            with self._lock:
                process = self._waiting.pop() if self._waiting else None
            if process is None:
                return self._start()
            # One that waited for long may be about to end.
            if monotonic() - process.idle_since < IDLE_SECONDS / 2:
                return process
            process.end()

    def _end(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for process in waiting:
            process.end()

    def _forget(self) -> None:
        """Lets go of them in a fork of this process: they are the other's."""
        self._lock, self._waiting = Lock(), []
