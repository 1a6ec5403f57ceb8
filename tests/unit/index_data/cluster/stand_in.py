"""Workers that are no processes: the tests say when one is lost, and which come."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

from sqlalchemy import text

from captioning.describer import Describer
from index_data.cluster.pool import Came, Ended, Left, Report, Stepped, Worker
from index_data.cluster.tasks import Task, may_read
from index_data.errors import ClusterError
from index_data.library import Library


@dataclass
class OneThread:
    """What a worker has to work with, in the tests' process."""

    describer: Describer
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))


class StandInPool:
    """A pool whose workers do a task when they are waited for, the last that was handed out first.

    Attributes:
        killers: Paths that end the worker that begins to read them; another comes in its place.
        closing: Workers that are lost, none in their place, when they begin a task.
        blind: Workers that can open no file of these paths.
        given: What each worker was given, in order.
        dismissed: Why workers were left out.
    """

    def __init__(self, describer: Describer, workers: Iterable[Worker] = ("a", "b")) -> None:
        self.workers: Collection[Worker] = set()
        self.killers: set[bytes] = set()
        self.closing: set[Worker] = set()
        self.blind: dict[Worker, set[bytes]] = {}
        self.given: list[tuple[Worker, Task]] = []
        self.dismissed: dict[Worker, str] = {}
        self.most = 0
        self._hands = OneThread(describer)
        self._numbers = count()
        self._jobs: list[tuple[Worker, int, Task]] = []
        self._reports: deque[Report] = deque(Came(worker) for worker in workers)

    def submit(self, worker: Worker, job: int, task: Task, *, alone: bool) -> None:
        assert not (alone and any(each == worker for each, _, _ in self._jobs))
        self.given.append((worker, task))
        self._jobs.append((worker, job, task))
        self.most = max(self.most, len(self._jobs))

    def wait(self) -> Report:
        if not self._reports:
            self._work()
        report = self._reports.popleft()
        if isinstance(report, Came):
            self.workers = {*self.workers, report.worker}
        return report

    def sees(self, worker: Worker, path: bytes) -> bool:
        return path not in self.blind.get(worker, ()) and may_read(path)

    def start(self, landmarks: Sequence[bytes]) -> None:
        self.landmarks = landmarks

    def dismiss(self, worker: Worker, reason: str) -> None:
        self.dismissed[worker] = reason
        self._forget(worker)

    def _work(self) -> None:
        if not self._jobs:
            raise ClusterError("no worker is left")
        worker, job, task = self._jobs.pop()
        if worker in self.closing or self.killers & {file.path for file in task.files}:
            self._forget(worker)
            self._reports.append(Left(worker))
            if worker not in self.closing:
                self._reports.append(Came(f"{worker} {next(self._numbers)}"))
            return
        steps = task.run(self._hands)
        while True:
            try:
                self._reports.append(Stepped(job, next(steps)))
            except StopIteration as end:
                self._reports.append(Ended(job, end.value))
                return

    def _forget(self, worker: Worker) -> None:
        self.workers = set(self.workers) - {worker}
        self._jobs = [each for each in self._jobs if each[0] != worker]


ROWS = {
    "places": "SELECT path, place.byte_size, mtime_ns, hex(content_hash), width, height, format, taken_at, camera, "
    "perceptual_hash FROM place JOIN image ON image.id = place.image_id",
    "captions": "SELECT hex(content_hash), text, author, state, confidence FROM caption "
    "JOIN image ON image.id = caption.image_id",
    "keywords": "SELECT hex(content_hash), word, probability FROM keyword JOIN image ON image.id = keyword.image_id",
    "vectors": "SELECT hex(content_hash), hex(vector) FROM image_vector JOIN image ON image.id = image_vector.image_id",
    "moments": "SELECT hex(content_hash), start_time, end_time, frame_time FROM moment "
    "JOIN image ON image.id = moment.video_id",
    "problems": "SELECT path, byte_size, mtime_ns, reason FROM problem",
    "runs": "SELECT new, changed, unchanged, moved, duplicate, removed, set_aside FROM scan ORDER BY id DESC LIMIT 1",
}


def rows(library: Library) -> dict[str, list[tuple[object, ...]]]:
    """What a library holds, but for numbers of rows and the time at which they were written."""
    with library.transaction() as session:
        return {
            name: sorted(tuple(row) for row in session.execute(text(statement))) for name, statement in ROWS.items()
        }
