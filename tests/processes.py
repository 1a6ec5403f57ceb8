"""Processes forked from one that has loaded everything: they start at once, and those that are killed die at work.

A small scan takes a hundredth of the time in which torch is loaded, which it does when it first needs it.
"""

from __future__ import annotations

import multiprocessing
import signal
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
