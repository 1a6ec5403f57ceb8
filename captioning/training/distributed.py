"""Training by several processes, one a device: what each takes, what all must know, and what only the first does.

Each process computes its part of a batch. What one picture or sentence means among all others is computed by all of
them alike, from the parts of all; what is a mean over the batch is divided by the whole batch's size. So the gradients,
averaged over the processes, are those of one process with the whole batch.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from captioning.errors import ProcessLostError
from captioning.runtime.devices import choose_device

T = TypeVar("T")

_LOST = re.compile("connection (closed|reset)|broken pipe|gloo|nccl", re.IGNORECASE)
"""What errors say of a connection to another process; of what they are differs by backend and place."""

PATIENCE = timedelta(hours=12)
"""How long the others wait for the first process, which may have to train a teacher."""


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """This process among those that train together.

    Attributes:
        rank: Its number, from 0.
        size: How many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this process does what only one may do, such as writing files."""
        return self.rank == 0

    def part(self, items: Sequence[T]) -> list[T]:
        """This process's part of a whole batch: in the batch's order, and at most one item larger than another's."""
        count = len(items)
        return list(items[self.rank * count // self.size : (self.rank + 1) * count // self.size])

    def gather(self, x: Tensor) -> Tensor:
        """The parts (any, ...), of any dtype, of all processes in order, with gradients to the own one.

        The gradient is right for a loss that every process computes from what was gathered, and that is averaged over
        the processes.
        """
        if self.size == 1:
            return x
        gathered: Tensor = _Gathered.apply(x, self)
        return gathered

    def mean(self, x: Tensor) -> Tensor:
        """The mean of a float tensor of any shape over the processes, without gradient."""
        if self.size == 1:
            return x
        total = x.detach().clone()
        dist.all_reduce(total)
        return total / self.size

    def from_first(self, value: T) -> T:
        """What the first process holds."""
        if self.size == 1:
            return value
        values: list[Any] = [value]
        dist.broadcast_object_list(values, src=0)
        first: T = values[0]
        return first

    @contextmanager
    def rank_zero_first(self) -> Iterator[None]:
        """Lets the first process work alone, then the others, who find what it left."""
        if self.size > 1 and not self.first:
            dist.barrier()
        yield
        if self.size > 1 and self.first:
            dist.barrier()

    def parallel(self, module: nn.Module) -> nn.Module:
        """Wraps a module so that its gradients are averaged over the processes."""
        if self.size == 1:
            return module
        # A stage need not ask for every part of the network.
        return DistributedDataParallel(module, find_unused_parameters=True)


SINGLE_PROCESS = ProcessGroup()


class _Gathered(torch.autograd.Function):
    """All processes' parts, which may differ in length."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, process_group: ProcessGroup) -> Tensor:
        lengths = [torch.zeros(1, dtype=torch.int64, device=x.device) for _ in range(process_group.size)]
        dist.all_gather(lengths, torch.tensor([len(x)], device=x.device))
        counts = [int(length) for length in lengths]
        padded = x.new_zeros(max(counts), *x.shape[1:])
        padded[: len(x)] = x
        parts = [torch.empty_like(padded) for _ in range(process_group.size)]
        dist.all_gather(parts, padded)
        ctx.place = slice(sum(counts[: process_group.rank]), sum(counts[: process_group.rank + 1]))
        ctx.size = process_group.size
        return torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        # All processes have the same gradient here, and what they give to their parameters is averaged.
        return gradient[ctx.place] * ctx.size, None


def own_device(option: str) -> str:
    """What `--device` means for one of the processes that torchrun started: each takes the GPU of its number."""
    number = os.environ.get("LOCAL_RANK")
    if number is None or option not in ("auto", "cuda"):
        return option
    if option == "auto" and choose_device("auto").gpu is None:
        return "cpu"
    return f"cuda:{number}"


@contextmanager
def joined(device: torch.device) -> Iterator[ProcessGroup]:
    """Joins the processes that torchrun started, as long as the block lasts; without torchrun there is one.

    Raises:
        ProcessLostError: One of the others has ended.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield SINGLE_PROCESS
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    try:
        dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
        try:
            yield ProcessGroup(dist.get_rank(), dist.get_world_size())
        finally:
            dist.destroy_process_group()
    except RuntimeError as error:
        if not isinstance(error, dist.DistError) and not _LOST.search(str(error)):
            raise
        raise ProcessLostError(
            "another process of this training has ended, and this one with it; run it again, and it goes on"
        ) from error
