"""Brings photographs into a library, in batches: reads and describes them on this machine, and stores what was read.

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

from captioning.describer import Describer
from captioning.outputs import Description
from captioning.runtime.devices import available_cores
from index_data.scan.decode import ReadableFile, UnreadableFile, read_file
from index_data.scan.events import Arrival, FileSetAside, ModelNeeded, ScanProgressed
from index_data.scan.plan import ScanPlan
from index_data.scan.readers import DescribedBatch, PhotographSteps, PlanReader
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
    plan: ScanPlan, reader: PlanReader, writer: ScanWriter
) -> Generator[ModelNeeded | ScanProgressed | FileSetAside]:
    """Stores the photographs of a plan as they are read and described, and tells how far it is.

    Args:
        plan: Of the scan.
        reader: Reads and describes them.
        writer: Of the scan.

    Raises:
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        DeviceError: The device cannot be used, or has too little memory.
        ClusterError: Other machines read, and can no longer be reached.
        LibraryNotWritableError: The disk is full.
    """
    stored, looked = 0, 0
    with closing(reader.photographs(plan, writer)) as steps:
        for step in steps:
            arrivals: tuple[Arrival, ...] = ()
            if isinstance(step, ModelNeeded):
                yield step
                continue
            if isinstance(step, int):
                looked += step
            else:
                arrivals = writer.write(step.results, step.pictures, step.descriptions)
                for result in step.results:
                    if isinstance(result, UnreadableFile):
                        yield FileSetAside(result.file.path, result.reason)
                stored += len(step.results)
                looked -= step.looked
            yield ScanProgressed(stored + max(looked, 0), plan.total, arrivals)


def read_photographs(plan: ScanPlan, describer: Describer, writer: ScanWriter, *, batch: int) -> PhotographSteps:
    """Reads the photographs of a plan and has them described, in batches of so many.

    Raises:
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        DeviceError: The device cannot be used, or has too little memory.
    """

    def read(file: FoundFile) -> ReadableFile | UnreadableFile:
        limit = plan.scope.max_pixels(file.path)
        return read_file(file, side=describer.side, described=writer.is_described, max_pixels=limit)

    with closing(_read(plan.pending, read, batch=batch)) as batches:
        yield from _described(batches, writer)


def _described(batches: Iterator[Results], writer: ScanWriter) -> PhotographSteps:
    """Has the batches described; the network never waits for one to be stored."""
    loaded = False
    underway: deque[tuple[Results, dict[bytes, ReadableFile], Future[dict[bytes, Description]]]] = deque()
    reports: SimpleQueue[int] = SimpleQueue()

    def first_described() -> Iterator[DescribedBatch | int]:
        results, pictures, said = underway.popleft()
        while not (said.done() and reports.empty()):
            if count := reports.get():
                yield count
        yield DescribedBatch(results, pictures, said.result(), len(pictures))

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
                yield from first_described()
        while underway:
            yield from first_described()
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
