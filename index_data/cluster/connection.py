"""Connects to a Ray cluster, and says in a sentence why that cannot be or has ended.

Ray runs in a process beside this one, which is asked one thing after the other: it may end its process when the
cluster is lost, hold it up for minutes, and print what it likes.
"""

from __future__ import annotations

import os
import pickle
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from captioning.errors import DeviceError
from captioning.model_file import read_model_file
from index_data.cluster.node_worker import MakeOpener, OpenCaptioner
from index_data.cluster.pool import Came, Left, Report, Worker
from index_data.cluster.reader import ClusterReader
from index_data.cluster.tasks import Task
from index_data.errors import ClusterAddressError, ClusterError

NEEDED = "a cluster is reached by Ray: pip install 'imgsearch-photos[ray]'"
"""What is missing where there is no Ray."""

ANSWER_SECONDS = 5.0
"""How long a machine may take to answer at all."""

LAST_PORT = 65_535
"""That there is."""

QUIETLY = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Seconds after which Ray gives up a cluster whose head is gone.
    "RAY_gcs_rpc_server_reconnect_timeout_s": "20",
}
"""The environment of Ray's process."""

_ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^\s:/@]+):(?P<port>[0-9]{1,5})")
_DEVICES = ("auto", "cpu", "cuda")


@contextmanager
def connected(
    address: str, *, model: Path | None = None, device: str = "auto", remark: Callable[[str], None]
) -> Iterator[ClusterReader]:
    """Connects to a cluster for as long as a scan takes.

    Args:
        address: `auto` for the cluster that runs on this machine, or `HOST:PORT`.
        model: The model file, under the same path on every machine; none for the one that travels with the program.
        device: `auto` takes GPUs where there are, and processors elsewhere; `cpu` and `cuda` only the one or the other.
        remark: Told of machines that are left out or lost, a sentence.

    Raises:
        ClusterAddressError: The address is none.
        ClusterError: Ray is not installed, or the cluster cannot be reached or used.
        DeviceError: The device is none of these.
        ModelFileError: The model file is missing, damaged, or of another version.
    """
    if device not in _DEVICES:
        raise DeviceError(f"on a cluster the device must be auto, cpu or cuda, not {device!r}")
    identity = read_model_file(model).identity
    opener = partial(OpenCaptioner, model and model.absolute(), device)
    with connected_pool(address, opener, model=identity.id, device=device, remark=remark) as pool:
        yield ClusterReader(pool)


@contextmanager
def connected_pool(
    address: str, opener: MakeOpener, *, model: str, device: str, remark: Callable[[str], None]
) -> Iterator[ProcessPool]:
    """The same for whatever the machines describe with.

    Args:
        address: `auto` or `HOST:PORT`.
        opener: Makes what opens the model on a machine; it travels there.
        model: The id of the model.
        device: `auto`, `cpu` or `cuda`.
        remark: Told of machines that are left out or lost, a sentence.

    Raises:
        ClusterAddressError: The address is none.
        ClusterError: Ray is not installed, or the cluster cannot be reached or used.
    """
    if find_spec("ray") is None:
        raise ClusterError(NEEDED)
    _reach(address)
    pool = ProcessPool(address, remark)
    try:
        pool.ask("connect", address, opener, model=model, device=device)
        yield pool
    finally:
        pool.close()


class ProcessPool:
    """Implements `index_data.cluster.pool.Pool` by asking the process in which Ray runs."""

    def __init__(self, address: str, remark: Callable[[str], None]) -> None:
        """Starts it."""
        self._address, self._remark = address, remark
        self._workers: dict[Worker, None] = {}
        root = Path(__file__).parents[2]
        places = os.pathsep.join([str(root), *filter(None, sys.path)])
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "index_data.cluster.ray_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **QUIETLY, "PYTHONPATH": places},
            # Where it is, the workers may load modules from.
            cwd=root,
            # What interrupts this program at the terminal is for this process, which ends the other.
            start_new_session=True,
        )

    @property
    def workers(self) -> Collection[Worker]:
        """Those that are ready."""
        return list(self._workers)

    def start(self, landmarks: Sequence[bytes]) -> None:
        """Has workers come, of machines that see these files."""
        self.ask("start", tuple(landmarks))

    def submit(self, worker: Worker, job: int, task: Task, *, alone: bool) -> None:
        """Gives a worker a task."""
        self.ask("submit", worker, job, task, alone=alone)

    def wait(self) -> Report:
        """Waits for what happens next."""
        report: Report = self.ask("wait")
        match report:
            case Came(worker):
                self._workers[worker] = None
            case Left(worker):
                self._workers.pop(worker, None)
        return report

    def sees(self, worker: Worker, path: bytes) -> bool:
        """Whether a worker can open a file."""
        return bool(self.ask("sees", worker, path))

    def dismiss(self, worker: Worker, reason: str) -> None:
        """Leaves out a worker's machine."""
        self.ask("dismiss", worker, reason)

    def ask(self, name: str, *values: object, **options: object) -> Any:
        """Calls a function there, by its name.

        Raises:
            ClusterError: The cluster can no longer be reached, or what the function raises.
            CaptioningError: Likewise.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump((name, values, options), self._process.stdin)
            self._process.stdin.flush()
            # It comes from a process of this program.
            remarks, answer, error = pickle.load(self._process.stdout)
        except (BrokenPipeError, EOFError, pickle.UnpicklingError) as cause:
            raise ClusterError(
                f"the Ray cluster {self._address} no longer answers; what was read is stored, and the next run goes on"
            ) from cause
        for sentence in remarks:
            self._remark(sentence)
        if error is not None:
            raise error
        return answer

    def close(self) -> None:
        """Ends it; Ray then ends the workers."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(OSError):
                stream.close()
        self._process.wait()


def _reach(address: str) -> None:
    """Asks whether anything answers: Ray itself would try for minutes.

    Raises:
        ClusterAddressError: The address is none.
        ClusterError: Nothing answers there.
    """
    if address == "auto":
        return
    matched = _ADDRESS.fullmatch(address)
    if matched is None:
        raise ClusterAddressError(f"the address of a Ray cluster is auto or HOST:PORT, not {address!r}")
    if int(matched["port"]) > LAST_PORT:
        raise ClusterAddressError(f"there is no port {matched['port']}")
    try:
        with socket.create_connection((matched["host"].strip("[]"), int(matched["port"])), ANSWER_SECONDS):
            return
    except OSError as error:
        raise ClusterError(f"nothing answers at {address}: {error.strerror or 'it takes too long'}") from error
