"""What the benchmarks time with: one call, and a whole process."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor_seconds(work: Callable[[], object]) -> float:
    """Processor time of one call in all threads of this process, in seconds, whatever else the processor does."""
    start = time.process_time()
    work()
    return time.process_time() - start


def process_seconds(command: Sequence[str], *, repeats: int, environment: Mapping[str, str] | None = None) -> float:
    """Median wall time of a whole process, in seconds, after one that compiles the bytecode and fills the caches."""
    # Where Python may write no bytecode, a clone is compiled at each start, and what is installed is not.
    kept = {key: value for key, value in (environment or os.environ).items() if key != "PYTHONDONTWRITEBYTECODE"}

    def once() -> None:
        subprocess.run(command, env=kept, check=True, capture_output=True)

    once()
    return statistics.median(seconds(once) for _ in range(repeats))
