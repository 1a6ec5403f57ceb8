"""The workers of a Ray cluster: one actor on each GPU, and one on each machine that has none."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any

import ray as typed_ray
from ray.exceptions import RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from captioning.errors import CaptioningError
from index_data.cluster.node_worker import Expected, Introduction, MakeOpener, NodeWorker, installed_version
from index_data.cluster.pool import TOGETHER, Came, Ended, Left, Report, Stepped, Worker
from index_data.cluster.tasks import ReadFiles, Task
from index_data.errors import ClusterError

ray: Any = typed_ray
"""Its own types do not know what it makes of a class."""

LOOK_SECONDS = 5.0
"""How often the machines of the cluster are counted anew; a worker that ends is told of at once."""

PATIENT_LOOKS = 6
"""So often the machines are counted before a person is told that none is ready yet."""

DEATHS = 3
"""Workers of one machine that may end one after the other, without having done a task, before it is left out."""


@dataclass(slots=True, eq=False)
class _Node:
    """A machine.

    Attributes:
        id: Ray's.
        name: Its address, for people.
        deaths: Workers that ended since one did a task.
        left_out: Whether it takes part no longer.
    """

    id: str
    name: str
    deaths: int = 0
    left_out: bool = False


@dataclass(slots=True, eq=False)
class _Actor:
    """A worker.

    Attributes:
        name: Of it.
        node: Where it is.
        handle: Ray's.
        streams: What comes of its tasks, by their numbers.
        alone: Whether it was given a task that may end it.
    """

    name: Worker
    node: _Node
    handle: Any
    streams: dict[int, Any] = field(default_factory=dict)
    alone: bool = False


class RayPool:
    """Implements `index_data.cluster.pool.Pool`; this process is connected to Ray."""

    def __init__(self, opener: MakeOpener, *, model: str, device: str, remark: Callable[[str], None]) -> None:
        """Has no worker yet.

        Args:
            opener: Opens the model on the machines.
            model: Its id, which theirs must be.
            device: `auto`, `cpu` or `cuda`: whether GPUs are used, and machines without.
            remark: Told what becomes of machines, a sentence.
        """
        self._opener, self._model, self._device, self._remark = opener, model, device, remark
        self._expected = Expected(installed_version(), model, ())
        self._nodes: dict[str, _Node] = {}
        self._coming: dict[Any, _Actor] = {}
        self._actors: dict[Worker, _Actor] = {}
        self._reports: deque[Report] = deque()
        self._numbers = count(1)
        self._look_at = 0.0
        self._looks = 0

    @property
    def workers(self) -> Collection[Worker]:
        """Those that are ready."""
        return list(self._actors)

    def start(self, landmarks: Sequence[bytes]) -> None:
        """Says what the machines must see; those that came before were asked."""
        self._expected = Expected(self._expected.version, self._model, tuple(landmarks))

    def submit(self, worker: Worker, job: int, task: Task, *, alone: bool) -> None:
        """Gives a worker a task."""
        actor = self._actors.get(worker)
        if actor is not None:
            actor.alone = alone
            actor.streams[job] = actor.handle.run.options(num_returns="streaming").remote(task)

    def wait(self) -> Report:
        """Waits for what happens next.

        Raises:
            ClusterError: There is no worker left and none will come, or the cluster can no longer be reached.
            DeviceError: A worker's device cannot be used, or has too little memory.
            ModelFileError: A worker's model file is missing or damaged.
        """
        while not self._reports:
            if monotonic() >= self._look_at:
                self._look()
            self._ask()
        return self._reports.popleft()

    def sees(self, worker: Worker, path: bytes) -> bool:
        """Whether a worker can open a file."""
        actor = self._actors.get(worker)
        try:
            return actor is None or bool(ray.get(actor.handle.sees.remote(path)))
        except RayError:
            return True

    def dismiss(self, worker: Worker, reason: str) -> None:
        """Leaves out a worker's machine."""
        if worker in self._actors:
            self._leave_out(self._actors[worker].node, reason)

    def _look(self) -> None:
        """Counts the machines, and has workers come where there are none."""
        self._look_at = monotonic() + LOOK_SECONDS
        self._looks += 1
        if self._looks == PATIENT_LOOKS and not self._actors:
            self._remark(
                "No machine of the Ray cluster is ready yet: workers begin, or other programs use its processors."
            )
        alive: set[str] = set()
        for facts in ray.nodes():
            if not facts["Alive"]:
                continue
            alive.add(facts["NodeID"])
            node = self._nodes.setdefault(facts["NodeID"], _Node(facts["NodeID"], facts["NodeManagerAddress"]))
            if not node.left_out:
                self._take_in(node, facts["Resources"])
        for gone in sorted(self._nodes.keys() - alive):
            self._remark(f"The machine {self._nodes.pop(gone).name} is gone; others read again what it had.")
        if not (self._coming or self._actors):
            raise ClusterError("no machine of the Ray cluster is left that could read and describe")

    def _take_in(self, node: _Node, resources: dict[str, float]) -> None:
        """Has the workers of a machine come: one for each GPU, or one for its processor."""
        cores = int(resources.get("CPU", 0))
        gpus = 0 if self._device == "cpu" else int(resources.get("GPU", 0))
        if not gpus and (self._device == "cuda" or not cores):
            return
        there = sum(actor.node is node for actor in (*self._coming.values(), *self._actors.values()))
        for _ in range(there, gpus or 1):
            self._begin(node, cores=cores // (gpus or 1), gpus=min(gpus, 1))

    def _begin(self, node: _Node, *, cores: int, gpus: int) -> None:
        handle = (
            ray.remote(NodeWorker)
            .options(
                num_cpus=cores,
                num_gpus=gpus,
                # One more, which answers what needs no work.
                max_concurrency=TOGETHER + 1,
                max_restarts=0,
                scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False),
            )
            .remote(self._opener(max(cores, 1)), cores=max(cores, 1))
        )
        actor = _Actor(f"{node.name} {next(self._numbers)}", node, handle)
        self._coming[handle.introduce.remote(self._expected)] = actor

    def _ask(self) -> None:
        """Waits until a worker tells something, or the machines are to be counted."""
        streams = {stream: (actor, job) for actor in self._actors.values() for job, stream in actor.streams.items()}
        ready, _ = ray.wait([*self._coming, *streams], timeout=LOOK_SECONDS)
        for ref in ready:
            actor, job = streams[ref] if ref in streams else (self._coming[ref], 0)
            try:
                self._hear(actor, job, ref)
            except RayTaskError as error:
                self._fail(actor, error)
            except (RayError, StopIteration) as error:
                self._lose(actor, error)

    def _hear(self, actor: _Actor, job: int, ref: Any) -> None:
        """Takes what a worker tells of a task, or of itself."""
        if ref in self._coming:
            introduction: Introduction = ray.get(ref)
            del self._coming[ref]
            self._welcome(actor, introduction)
            return
        told = ray.get(next(ref))
        if isinstance(told, ReadFiles):
            del actor.streams[job]
            actor.node.deaths = 0
            self._reports.append(Ended(job, told))
        else:
            self._reports.append(Stepped(job, told))

    def _welcome(self, actor: _Actor, introduction: Introduction) -> None:
        if introduction.obstacle or actor.node.left_out:
            self._end(actor)
            self._leave_out(actor.node, introduction.obstacle)
        else:
            self._actors[actor.name] = actor
            self._reports.append(Came(actor.name))

    def _fail(self, actor: _Actor, error: RayTaskError) -> None:
        """Ends the run with what a worker raised.

        Raises:
            CaptioningError: Of the kind that was raised there, with the machine's name.
        """
        cause = error.cause
        if isinstance(cause, CaptioningError):
            raise type(cause)(f"on the machine {actor.node.name}: {cause}") from error
        raise error

    def _lose(self, actor: _Actor, error: Exception) -> None:
        """A worker is gone; another one comes to its machine, if that is still there."""
        node = actor.node
        self._end(actor)
        self._coming = {ref: other for ref, other in self._coming.items() if other is not actor}
        if self._actors.pop(actor.name, None):
            self._reports.append(Left(actor.name))
        node.deaths += not actor.alone
        if "No module named" in str(error):
            self._leave_out(node, "it has no imgsearch, or not all that this needs")
        elif node.deaths >= DEATHS:
            self._leave_out(node, "its workers end before they have done anything")
        self._look_at = 0.0

    def _leave_out(self, node: _Node, reason: str) -> None:
        """Has no worker come to a machine any more, and ends those that are there."""
        if not node.left_out:
            node.left_out = True
            self._remark(f"The machine {node.name} is left out: {reason}.")
        for actor in [actor for actor in self._actors.values() if actor.node is node]:
            self._end(actor)
            del self._actors[actor.name]
            self._reports.append(Left(actor.name))

    def _end(self, actor: _Actor) -> None:
        with suppress(RayError):
            ray.kill(actor.handle)
