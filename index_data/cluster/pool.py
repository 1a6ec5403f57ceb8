"""The narrow interface to those who work on the machines of a cluster: it hands out tasks and knows no plan.

`index_data.cluster.ray_pool.RayPool` implements it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from index_data.cluster.tasks import ReadFiles, Task
from index_data.scan.events import FilmProgress

Worker = str
"""The name of one that takes tasks; one that comes back in the place of another has a name of its own."""

TOGETHER = 2
"""Tasks that a worker has at once: while one is described, the files of the next are read."""


@dataclass(frozen=True, slots=True)
class Came:
    """A worker is ready for tasks."""

    worker: Worker


@dataclass(frozen=True, slots=True)
class Left:
    """A worker is gone, and so are the tasks that it had."""

    worker: Worker


@dataclass(frozen=True, slots=True)
class Stepped:
    """A task goes on: so many more of its pictures were looked at, or so far is its film."""

    job: int
    step: int | FilmProgress


@dataclass(frozen=True, slots=True)
class Ended:
    """A task is done."""

    job: int
    result: ReadFiles


Report = Came | Left | Stepped | Ended


class Pool(Protocol):
    """Workers that come and go."""

    @property
    def workers(self) -> Collection[Worker]:
        """Those that were told to have come, and not to have left."""
        ...

    def start(self, landmarks: Sequence[bytes]) -> None:
        """Has workers come, of machines that see these files, each of another folder."""
        ...

    def submit(self, worker: Worker, job: int, task: Task, *, alone: bool) -> None:
        """Gives a worker a task; one that is gone meanwhile is told of later.

        Args:
            worker: That has room for it.
            job: A number that is given once.
            task: It.
            alone: Whether workers were lost over it: that this one is lost says nothing against its machine.
        """
        ...

    def wait(self) -> Report:
        """Waits for what happens next.

        Raises:
            ClusterError: There is no worker left and none will come, or the cluster can no longer be reached.
            DeviceError: A worker's device cannot be used, or has too little memory.
            ModelFileError: A worker's model file is missing or damaged.
        """
        ...

    def sees(self, worker: Worker, path: bytes) -> bool:
        """Whether a worker can open a file; one that is gone can."""
        ...

    def dismiss(self, worker: Worker, reason: str) -> None:
        """Leaves out a worker's machine from now on, and says why, a clause; it may still tell of its tasks."""
        ...
