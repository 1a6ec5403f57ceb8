"""Has a process of its own search on a GPU, and leaves the GPU out, with one sentence, when that process fails.

Axis legend: Q questions, K hits per question, N vectors, D joint size.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from threading import Lock, Timer
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from captioning.apart.start import start_module
from captioning.runtime.devices import DeviceWarning
from index_data.vectors.gpu_apart import COUNT, HOLD, NAME, QUESTIONS, REASON, SHAPE, HandedIndex, Hits

PROGRAM = "index_data.vectors.gpu_apart"

ODD = "its process answered what was not asked"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds after which the process is taken to hang.

    Attributes:
        copy: FAISS and CUDA are loaded meanwhile, and an index is copied.
        answer: To a thousand questions at once, or fewer.
    """

    copy: float = 120.0
    answer: float = 10.0


class _LeftOutError(Exception):
    """The process gave no answer that could be used."""


class GpuProcess:
    """The process that holds copies of indexes on one GPU; it starts with the first, and is not started again."""

    def __init__(self, device: int, *, patience: Patience | None = None) -> None:
        """Takes the GPU's number."""
        self.device = device
        self._patience = patience or Patience()
        # One request at a time, whichever thread asks.
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._stderr: IO[bytes] | None = None
        self._held: dict[str, object] = {}
        self._ended = self._late = False

    @property
    def ended(self) -> bool:
        """Whether it answers nothing more, because it failed or was ended."""
        return self._ended

    def holds(self, name: str, copy: object) -> bool:
        """Whether this copy can be asked still."""
        return self._held.get(name) is copy

    def hold(self, name: str, copy: object, handed: HandedIndex, write: Callable[[IO[bytes]], None]) -> bool:
        """Hands over an index, whose copy takes the place of the former one of its name.

        Args:
            name: Of the index, whatever it holds.
            copy: By what the copy is asked.
            handed: What it is.
            write: Writes it to a file in memory.

        Returns:
            Whether it is held; why not is said in one warning.
        """
        with self._lock:
            if self._ended:
                return False
            self._held.pop(name, None)
            try:
                self._hand_over(name, handed, write)
            except (_LeftOutError, OSError) as error:
                self._leave(error)
                return False
            self._held[name] = copy
            return True

    def search(self, name: str, copy: object, questions: NDArray[np.float32], count: int) -> Hits | None:
        """The best `count` of N for each question (Q, D), float32; none where this copy is no longer held.

        That the process failed is said in one warning.
        """
        with self._lock:
            if not self.holds(name, copy):
                return None
            try:
                request = {NAME: name, QUESTIONS: questions.shape, COUNT: count}
                seconds = self._patience.answer * max(1.0, len(questions) / 1000)
                answer, content = self._ask(request, questions.tobytes(), seconds=seconds)
                return _hits_of(answer, content, (len(questions), count))
            except _LeftOutError as error:
                self._leave(error)
                return None

    def end(self) -> None:
        """Ends it, and what it holds on the GPU; who still waits for an answer is told that there is none."""
        self._ended = True
        if self._process is not None:
            self._process.kill()
        with self._lock:
            self._end()

    def _hand_over(self, name: str, handed: HandedIndex, write: Callable[[IO[bytes]], None]) -> None:
        # Both see the same memory, and the other copies out of it.
        with os.fdopen(os.memfd_create("vectors"), "wb") as shared:
            write(shared)
            shared.seek(0)  # for the other, who reads on from here
            request = {NAME: name, HOLD: asdict(handed)}
            self._ask(request, handle=shared.fileno(), seconds=self._patience.copy)

    def _ask(
        self, request: dict[str, Any], content: bytes = b"", *, handle: int | None = None, seconds: float
    ) -> tuple[dict[str, Any], bytes]:
        process, connection = self._started()
        clock = Timer(seconds, self._give_up, [process])
        clock.daemon = True
        clock.start()
        try:
            connection.send_bytes(json.dumps(request).encode())
            if handle is None:
                connection.send_bytes(content)
            else:
                send_handle(connection, handle, process.pid)
            answer: dict[str, Any] = json.loads(connection.recv_bytes())
            content = connection.recv_bytes() if SHAPE in answer else b""
        except (OSError, EOFError):
            late = f"no answer came within {seconds:g} seconds"
            raise _LeftOutError(late if self._late else f"its process broke down{self._last_words()}") from None
        except ValueError:
            raise _LeftOutError(ODD) from None
        except BaseException:  # interrupted: what it answers would be taken for the next answer
            self._end()
            raise
        finally:
            clock.cancel()
        if REASON in answer:
            raise _LeftOutError(answer[REASON])
        return answer, content

    def _started(self) -> tuple[subprocess.Popen[bytes], Connection]:
        if self._process is None or self._connection is None:
            ours, theirs = socket.socketpair()
            with theirs:
                self._connection = Connection(ours.detach())
                self._stderr = os.fdopen(os.memfd_create("stderr"), "w+b")
                self._process = start_module(
                    PROGRAM,
                    str(theirs.fileno()),
                    str(self.device),
                    environment={},
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._stderr,
                )
        return self._process, self._connection

    def _give_up(self, process: subprocess.Popen[bytes]) -> None:
        self._late = True
        process.kill()

    def _last_words(self) -> str:
        """The last line that it wrote before it broke down, such as what FAISS found wrong."""
        assert self._process is not None
        assert self._stderr is not None
        self._process.kill()
        self._process.wait()
        self._stderr.seek(0)
        lines = [line for line in self._stderr.read().decode("utf-8", "replace").splitlines() if line.strip()]
        return f" ({' '.join(lines[-1].split())})" if lines else ""

    def _leave(self, error: Exception) -> None:
        closed = self._ended
        self._end()
        if not closed:
            cause = error.strerror if isinstance(error, OSError) else error
            warnings.warn(f"the GPU is left out of the search: {cause}", DeviceWarning, stacklevel=5)

    def _end(self) -> None:
        self._ended = True
        self._held.clear()
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._stderr is not None:
            self._stderr.close()


def _hits_of(answer: dict[str, Any], content: bytes, shape: tuple[int, int]) -> Hits:
    """What an answer holds.

    Raises:
        _LeftOutError: It is no answer of this shape (Q, K).
    """
    count = shape[0] * shape[1]
    if answer.get(SHAPE) != list(shape) or len(content) != 12 * count:
        raise _LeftOutError(ODD)
    scores = np.frombuffer(content, np.float32, count).reshape(shape)
    return scores, np.frombuffer(content, np.int64, offset=scores.nbytes).reshape(shape)
