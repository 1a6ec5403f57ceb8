"""Processes forked from one that has loaded everything: they start at once, and those that are killed die at work.

A small scan takes a hundredth of the time in which torch is loaded, which it does when it first needs it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from captioning.images.formats import register_decoders
from tests.patience import PATIENCE

LOADED_LATE = ("captioning.images.native", "index_data.vectors.index", "torch")
"""What a scan imports when it first needs it."""

for name in LOADED_LATE:
    import_module(name)
register_decoders()

PROCESSES: Any = multiprocessing.get_context("forkserver" if hasattr(signal, "SIGKILL") else "spawn")
PROCESSES.set_forkserver_preload(
    [
        "tests.processes",
        "tests.e2e.test_training",
        "tests.integration.test_annotations_together",
        "tests.integration.test_crash_safety",
        "tests.integration.test_fault_injection",
        "tests.unit.captioning.training.test_distributed",
    ]
)


def exit_codes(target: Callable[..., None], *arguments: Sequence[object]) -> list[int | None]:
    """Runs a function of a module in several processes at once, each with its own arguments.

    Returns:
        How each ended: 0, an exit code, or the negative number of the signal that killed it.
    """
    processes = [PROCESSES.Process(target=target, args=own) for own in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE)
    return [process.exitcode for process in processes]


def exit_codes_of_two(target: Callable[..., None], *arguments: object) -> list[int | None]:
    """Runs a function of a module in two processes at once, as torchrun starts them to train together."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return exit_codes(_run_as_rank, *((rank, port, target, *arguments) for rank in range(2)))


def _run_as_rank(rank: int, port: int, target: Callable[..., None], *arguments: object) -> None:
    told = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in told.items()})
    # What loads pictures is started as everywhere else, and not as this process was.
    multiprocessing.set_start_method(None, force=True)
    target(*arguments)
