"""Brings photographs into a library, in batches.

Threads hash and decode files ahead of the network, never further than a few batches, so that memory stays flat; the
network describes others while one is stored. Each batch is stored in one transaction.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from queue import SimpleQueue
from typing import NamedTuple

from captioning.describer import Describer
from captioning.outputs import Description
from captioning.runtime.devices import available_cores
from index_data.scan.decode import ReadableFile, UnreadableFile, read_file
from index_data.scan.events import Arrival, FileSetAside, ModelNeeded, ScanProgressed
from index_data.scan.plan import ScanPlan
from index_data.scan.walk import FoundFile
from index_data.scan.writer import ScanWriter

Results = list[ReadableFile | UnreadableFile]

FIRST = 8
"""Files in the first batch; each batch is twice as large as the one before, up to the largest, so that a short scan
shows its progress and a long one is quick."""

READ_AHEAD = 3
"""Batches that may wait, decoded, for the network."""

DESCRIBED = 2
"""Batches that are described at once: when one has ended on one core, the next goes on there."""


def index_photographs(
    plan: ScanPlan, describer: Describer, writer: ScanWriter, *, batch: int
) -> Generator[ModelNeeded | ScanProgressed | FileSetAside]:
    """Reads the photographs of a plan, has them described, stores them, and tells how far it is.

    Args:
        plan: Of the scan.
        describer: Asked only if there is a picture to describe.
        writer: Of the scan.
        batch: Photographs described and stored together.

    Raises:
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        DeviceError: The device cannot be used, or has too little memory.
        LibraryNotWritableError: The disk is full.
    """

    def read(file: FoundFile) -> ReadableFile | UnreadableFile:
        limit = plan.scope.max_pixels(file.path)
        return read_file(file, side=describer.side, described=writer.is_described, max_pixels=limit)

    stored_files, described, looked = 0, 0, 0
    with closing(_read(plan.pending, read, batch=batch)) as batches, closing(_stored(batches, writer)) as stages:
        for stage in stages:
            arrivals: tuple[Arrival, ...] = ()
            if isinstance(stage, ModelNeeded):
                yield stage
                continue
            if isinstance(stage, int):
                looked += stage
            else:
                for result in stage.results:
                    if isinstance(result, UnreadableFile):
                        yield FileSetAside(result.file.path, result.reason)
                stored_files += len(stage.results)
                described += stage.described
                arrivals = stage.arrivals
            yield ScanProgressed(stored_files + max(looked - described, 0), plan.total, arrivals)


class _Stored(NamedTuple):
    """A batch that is stored; so many of its pictures were described for it."""

    results: Results
    arrivals: tuple[Arrival, ...]
    described: int


def _stored(batches: Iterator[Results], writer: ScanWriter) -> Generator[_Stored | ModelNeeded | int]:
    """Has the batches described and stored, and yields them, and meanwhile how many more pictures were looked at.

    The network never waits for a batch to be stored.
    """
    loaded = False
    underway: deque[tuple[Results, dict[bytes, ReadableFile], Future[dict[bytes, Description]]]] = deque()
    reports: SimpleQueue[int] = SimpleQueue()

    def first_stored() -> Iterator[_Stored | int]:
        results, pictures, said = underway.popleft()
        while not (said.done() and reports.empty()):
            if count := reports.get():
                yield count
        yield _Stored(results, writer.write(results, pictures, said.result()), len(pictures))

    threads = ThreadPoolExecutor(max_workers=DESCRIBED, thread_name_prefix="network")
    try:
        for results in batches:
            pictures = writer.undescribed(results)
            if pictures and not loaded:
                loaded = True
                yield ModelNeeded()
            underway.append((results, pictures, threads.submit(writer.describe, pictures, reports.put)))
            # Wakes who waits for it, also if it ends with an error.
            underway[-1][2].add_done_callback(lambda _: reports.put(0))
            if len(underway) > DESCRIBED:
                yield from first_stored()
        while underway:
            yield from first_stored()
    finally:
        threads.shutdown(cancel_futures=True)


def _read(
    files: Sequence[FoundFile], read: Callable[[FoundFile], ReadableFile | UnreadableFile], *, batch: int
) -> Generator[Results]:
    """Yields the files, read by threads, in batches and in their order."""
    todo, size = iter(files), min(FIRST, batch)
    underway: deque[Future[ReadableFile | UnreadableFile]] = deque()
    threads = ThreadPoolExecutor(max_workers=available_cores(), thread_name_prefix="decode")
    try:
        while True:
            wanted = READ_AHEAD * size - len(underway)
            underway.extend(threads.submit(read, file) for file in islice(todo, wanted))
            if not underway:
                return
            yield [underway.popleft().result() for _ in range(min(size, len(underway)))]
            size = min(2 * size, batch)
    finally:
        threads.shutdown(cancel_futures=True)
