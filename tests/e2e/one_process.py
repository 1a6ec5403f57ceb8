"""A process that runs one command after the other, for tests of what whole processes may do: each start takes seconds.

`python -m tests.e2e.one_process` reads requests and answers them, a line of JSON each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Imgsearch
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


class ServerEndedError(Exception):
    """The process ended before it answered; its exit code is the argument."""


class Server:
    """The process, and what it is asked."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def run(self, imgsearch: Imgsearch, *arguments: str | bytes | Path) -> subprocess.CompletedProcess[bytes]:
        """Runs a command of a library to its end.

        Raises:
            ServerEndedError: It took the process with it.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        given = imgsearch.arguments(*arguments)
        environment = imgsearch.own_environment()
        self._process.stdin.write(json.dumps([str(imgsearch.library), given, environment]).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise ServerEndedError(self._process.wait(PATIENCE))
        code, out, err = json.loads(answer)
        return subprocess.CompletedProcess(given, code, bytes.fromhex(out), bytes.fromhex(err))


@contextmanager
def serving(*, environment: Mapping[str, str] = os.environ, **rights: Any) -> Iterator[Server]:
    """Starts the process, with an environment and as somebody."""
    command = [sys.executable, "-m", "tests.e2e.one_process"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=dict(environment), **rights
    ) as process:
        yield Server(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(PATIENCE)


@dataclass(frozen=True)
class Served(Imgsearch):
    """The command line whose commands run in such a process."""

    server: Server

    def run(self, *arguments: str | bytes | Path) -> subprocess.CompletedProcess[bytes]:
        return self.server.run(self, *arguments)


def main() -> None:
    # Where commands print is taken from them for as long as they run.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with answers:
        for line in sys.stdin:
            library, arguments, environment = json.loads(line)
            os.environ.update(environment)
            done = Imgsearch(Path(library), None).run(*arguments)
            print(json.dumps([done.returncode, done.stdout.hex(), done.stderr.hex()]), file=answers, flush=True)


if __name__ == "__main__":
    main()
