"""Times describing on one node of a cluster and on two of this machine, and what the one process takes that stores.

    python -m benchmarks.cluster [--photographs N] [--stored N] [--json FILE]

Two nodes on one machine prove that it works, and no more: they share what one has. What bounds a cluster is the process
that stores. Its processor time for each photograph is measured twice: in the runs on the nodes, with all that it does
for them, and alone, with workers that answer at once, for more photographs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image

from benchmarks.harness import seconds
from benchmarks.indexing import NoNetwork, draw_photographs
from benchmarks.postgresql import server
from benchmarks.ray_nodes import ray_nodes
from captioning.lazy_captioner import LazyCaptioner
from captioning.outputs import Caption, Description, Keyword
from index_data.addresses import ServerAddress
from index_data.catalogue.records import ImageFacts
from index_data.cluster.connection import connected
from index_data.cluster.pool import Came, Ended, Report, Worker
from index_data.cluster.reader import ClusterReader
from index_data.cluster.tasks import ReadFiles, Task
from index_data.library import Library
from index_data.scan.decode import ReadableFile
from index_data.scan.pipeline import index_folders
from index_data.scan.readers import PlanReader
from index_data.scan.writer import ScanWriter
from search.samples import copy_sample_photographs


class AtOnce:
    """A pool whose one worker reads nothing and has an answer ready for every file."""

    workers: Collection[Worker] = ()

    def __init__(self) -> None:
        self._reports: deque[Report] = deque([Came("at once")])
        self._generator = np.random.default_rng(0)

    def start(self, landmarks: Sequence[bytes]) -> None:
        """Needs to see nothing."""

    def submit(self, worker: Worker, job: int, task: Task, *, alone: bool) -> None:
        """Answers."""
        vectors = self._generator.standard_normal((len(task.files), 2, NoNetwork.identity.dimension), np.float32)
        vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
        contents = [hashlib.blake2b(file.path, digest_size=32).digest() for file in task.files]
        keywords = tuple(Keyword(f"word{number}", 0.5) for number in range(5))
        facts = ImageFacts(640, 480, "JPEG", None, "Maker Model", 1)
        results = [ReadableFile(file, content, facts) for file, content in zip(task.files, contents, strict=True)]
        said = {
            content: Description(Caption("a dog runs on the beach near the water", 0.5), keywords, *places)
            for content, places in zip(contents, vectors, strict=True)
        }
        self._reports.append(Ended(job, ReadFiles(tuple(results), said)))

    def wait(self) -> Report:
        """Gives the next answer."""
        return self._reports.popleft()

    def sees(self, worker: Worker, path: bytes) -> bool:
        """Sees everything."""
        return True

    def dismiss(self, worker: Worker, reason: str) -> None:
        """Is never left out."""


@contextmanager
def timed_writer() -> Iterator[list[float]]:
    """Collects how long each batch takes to be stored, by the clock."""
    usual, taken = ScanWriter.write, []

    def write(self: ScanWriter, *batch: object) -> object:
        start = time.perf_counter()
        try:
            return usual(self, *batch)  # type: ignore[arg-type]
        finally:
            taken.append(time.perf_counter() - start)

    with mock.patch.object(ScanWriter, "write", write):
        yield taken


def measure(
    name: str,
    folder: Path,
    library: Path | ServerAddress,
    reader: PlanReader | None,
    describer: object,
    *,
    elsewhere: Callable[[], float] = lambda: 0.0,
) -> dict[str, float]:
    """Times a run over photographs that a library does not know yet; `elsewhere` tells a server's processor time."""
    with timed_writer() as stored, Library.open(library, create=True) as opened:
        before = opened.status().images
        processor, server = time.process_time(), elsewhere()

        def run() -> None:
            for _ in index_folders(opened, [folder], describer, reader=reader):  # type: ignore[arg-type]
                pass

        taken = seconds(run)
        processor, server = time.process_time() - processor, elsewhere() - server
        status = opened.status()
        count = status.images - before
    return {
        f"{name}_photographs": count,
        f"{name}_s": taken,
        f"{name}_photographs_per_s": count / taken,
        f"{name}_storing_share": sum(stored) / taken,
        f"{name}_own_processor_ms_each": 1000 * processor / count,
        f"{name}_server_processor_ms_each": 1000 * server / count,
        f"{name}_library_bytes_each": sum(status.sizes.values()) / status.images,
    }


def measure_nodes(folder: Path, scratch: Path) -> dict[str, float]:
    """Describes on this machine without Ray, on one node, and on two."""
    figures = measure("alone", folder, scratch / "alone", None, LazyCaptioner.open())
    for name, cores in (("one_node", [1]), ("two_nodes", [1, 1])):
        with (
            ray_nodes(cores) as cluster,
            connected(cluster.address, device="cpu", remark=print) as reader,
        ):
            figures |= measure(name, folder, scratch / name, reader, LazyCaptioner.open())
    return figures


def measure_storing(count: int, scratch: Path) -> dict[str, float]:
    """Stores what workers answer at once: what one process can take in, into a folder and into a server.

    Into the server twice: once its search indexes are there, it keeps them true with every photograph.
    """
    folders = [scratch / "empty files", scratch / "more empty files"]
    for folder in folders:
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.jpg").write_bytes(b"x")
    figures = measure("storing", folders[0], scratch / "storing", ClusterReader(AtOnce()), NoNetwork())
    with server() as started, mock.patch.dict(os.environ, {"XDG_CACHE_HOME": str(scratch)}):
        for name, folder in zip(("server", "server_again"), folders, strict=True):
            reader = ClusterReader(AtOnce())
            address = started.address("postgres")
            figures |= measure(name, folder, address, reader, NoNetwork(), elsewhere=started.processor_seconds)
    return figures


def main() -> None:
    """Prints a table, and writes JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=int, default=500, help="of 640 x 480, that are described")
    parser.add_argument("--stored", type=int, default=20_000, help="that are only stored")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "sources").mkdir()
        copy_sample_photographs(scratch / "sources")
        sources = [Image.open(path).convert("RGB") for path in sorted((scratch / "sources").iterdir())]
        draw_photographs(scratch / "photographs", options.photographs, (640, 480), sources)
        parts: list[Callable[[], dict[str, float]]] = [
            lambda: measure_storing(options.stored, scratch),
            lambda: measure_nodes(scratch / "photographs", scratch) if options.photographs else {},
        ]
        figures: dict[str, float] = {}
        for part in parts:
            for key, value in (fresh := part()).items():
                print(f"{key:36} {value:12.3f}", flush=True)
            figures |= fresh
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
