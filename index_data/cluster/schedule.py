"""Hands out tasks to workers that may be lost, and gives what they read in the order of the tasks.

It is a loop of our own over single tasks, not Ray Data and not Ray's `ActorPool`: what is read must come in order, be
read again elsewhere if its worker is lost, and be divided until the one file is found that ends whoever reads it.
Ray Data tries a block of rows again as it is and then gives up the run or the block; `ActorPool` hands tasks to actors
that are dead.

Memory is bounded by the tasks that are handed out or wait for an earlier one: at most `AHEAD` for each place that the
workers have. Who does not take what was read stops the handing out.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import count

from index_data.cluster.pool import TOGETHER, Came, Ended, Left, Pool, Report, Stepped, Worker
from index_data.cluster.tasks import ReadFiles, Task, joined, may_read, set_aside
from index_data.scan.decode import UnreadableFile
from index_data.scan.events import FilmProgress

AHEAD = 4
"""Tasks begun for each that workers can have at once: a slow one in front holds up the rest when these are done."""

SUSPECT, GUILTY = 2, 3
"""Losses of workers after which a task is divided, and after which one file, alone with its reader, is set aside."""

NextTask = Callable[[int], Task | None]
"""Makes the next task, told how many are worked on at once; none when all are made."""

Follow = Callable[[ReadFiles], Task | None]
"""Makes what remains to be done after a task; none if nothing does."""


@dataclass(slots=True, eq=False)
class _Piece:
    """A task, or a part of one that was divided.

    Attributes:
        task: It.
        losses: How many workers were lost over it.
        looked: Its pictures that were looked at.
        result: When it is done.
    """

    task: Task
    losses: int = 0
    looked: int = 0
    result: ReadFiles | None = None


@dataclass(slots=True, eq=False)
class _Slot:
    """A place in the order.

    Attributes:
        pieces: In order; what they give is what the task gives.
        reported: Pictures that were reported as looked at, which a task that is begun again does not report again.
        film: How far its film is.
    """

    pieces: list[_Piece]
    reported: int = 0
    film: FilmProgress | None = None

    def finished(self) -> ReadFiles | None:
        results = [piece.result for piece in self.pieces if piece.result is not None]
        return joined(results) if len(results) == len(self.pieces) else None

    def newly_looked(self) -> int:
        newly = max(sum(piece.looked for piece in self.pieces) - self.reported, 0)
        self.reported += newly
        return newly


@dataclass(frozen=True, slots=True)
class InOrder:
    """What the next task of the order gave, and how many of its pictures were reported as looked at."""

    files: ReadFiles
    looked: int


class Schedule:
    """The state of one run through the tasks."""

    def __init__(self, pool: Pool, next_task: NextTask, *, follow: Follow = lambda files: None) -> None:
        self._pool, self._next_task, self._follow = pool, next_task, follow
        self._slots: deque[_Slot] = deque()
        self._again: deque[tuple[_Slot, _Piece]] = deque()
        self._jobs: dict[int, tuple[_Slot, _Piece, Worker]] = {}
        self._busy: dict[Worker, set[int]] = {}
        self._numbers = count()
        self._exhausted = False

    def run(self) -> Generator[int | FilmProgress | InOrder]:
        """Yields what the tasks give, in order, and meanwhile how far they are; who closes it ends the handing out.

        Raises:
            ClusterError: There is no worker left and none will come, or the cluster can no longer be reached.
            DeviceError: A worker's device cannot be used, or has too little memory.
            ModelFileError: A worker's model file is missing or damaged.
        """
        self._busy.update((worker, set()) for worker in self._pool.workers)
        while True:
            self._hand_out()
            if self._slots and (files := self._slots[0].finished()):
                yield InOrder(files, self._slots.popleft().reported)
                if self._slots and (film := self._slots[0].film):
                    yield film
            elif self._slots or not self._exhausted:
                yield from self._take(self._pool.wait())
            else:
                return

    def _hand_out(self) -> None:
        while self._again and (worker := self._freest(alone=self._again[0][1].losses > 0)):
            self._give(worker, *self._again.popleft())
        # Who waits to be alone with a worker needs one that gets nothing more.
        kept = min(self._busy, key=lambda worker: len(self._busy[worker])) if self._again and self._busy else None
        places = TOGETHER * len(self._busy)
        while len(self._slots) < AHEAD * places and (worker := self._freest(kept=kept)):
            task = None if self._exhausted else self._next_task(places)
            if task is None:
                self._exhausted = True
                return
            slot = _Slot([_Piece(task)])
            self._slots.append(slot)
            self._give(worker, slot, slot.pieces[0])

    def _freest(self, *, alone: bool = False, kept: Worker | None = None) -> Worker | None:
        """The worker that has the least to do and may be given more; none if all are busy."""
        most = 0 if alone else TOGETHER - 1
        free = [worker for worker, jobs in self._busy.items() if worker != kept and len(jobs) <= most]
        free = [worker for worker in free if not any(self._jobs[job][1].losses for job in self._busy[worker])]
        return min(free, key=lambda worker: len(self._busy[worker]), default=None)

    def _give(self, worker: Worker, slot: _Slot, piece: _Piece) -> None:
        job = next(self._numbers)
        self._jobs[job] = slot, piece, worker
        self._busy[worker].add(job)
        self._pool.submit(worker, job, piece.task, alone=piece.losses > 0)

    def _take(self, report: Report) -> Iterator[int | FilmProgress]:
        match report:
            case Came(worker):
                self._busy.setdefault(worker, set())
            case Left(worker):
                self._lose(worker)
            # What a worker still tells that was dismissed is no longer asked for.
            case Stepped(job, step) if job in self._jobs:
                yield from self._step(*self._jobs[job][:2], step)
            case Ended(job, result) if job in self._jobs:
                self._end(job, result)

    def _step(self, slot: _Slot, piece: _Piece, step: int | FilmProgress) -> Iterator[int | FilmProgress]:
        if isinstance(step, FilmProgress):
            slot.film = step
            if slot is self._slots[0]:
                yield step
            return
        piece.looked += step
        if newly := slot.newly_looked():
            yield newly

    def _end(self, job: int, files: ReadFiles) -> None:
        slot, piece, worker = self._jobs[job]
        unseen = next(filter(_seen_only_here(files), (result.file.path for result in files.results)), None)
        if unseen is not None and not self._pool.sees(worker, unseen):
            self._pool.dismiss(worker, f"it cannot open {os.fsdecode(unseen)}, which this machine can")
            self._lose(worker)
            return
        del self._jobs[job]
        self._busy[worker].discard(job)
        if rest := self._follow(files):
            piece.task = rest
            self._again.append((slot, piece))
        else:
            piece.result = files

    def _lose(self, worker: Worker) -> None:
        for job in sorted(self._busy.pop(worker, ())):
            slot, piece, _ = self._jobs.pop(job)
            piece.losses += 1
            piece.looked, slot.film = 0, None
            parts = piece.task.parts() if piece.losses >= SUSPECT else ()
            if len(parts) > 1:
                pieces = [_Piece(part, losses=1) for part in parts]
                at = slot.pieces.index(piece)
                slot.pieces[at : at + 1] = pieces
                self._again.extend((slot, each) for each in pieces)
            elif piece.losses >= GUILTY:
                piece.result = set_aside(piece.task)
            else:
                self._again.append((slot, piece))


def _seen_only_here(files: ReadFiles) -> Callable[[bytes], bool]:
    """Tells of which files the cause that they were not read may be the machine that read them."""
    passing = {result.file.path for result in files.results if isinstance(result, UnreadableFile) and result.passing}
    return lambda path: path in passing and may_read(path)
