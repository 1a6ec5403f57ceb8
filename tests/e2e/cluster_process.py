"""A Ray cluster of two nodes in processes of its own, and what its workers describe with.

`python -m tests.e2e.cluster_process` starts it, prints its address, kills its second node when a line comes, and ends
with its input.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.ray_nodes import ray_nodes
from captioning.describer import Describer, unheard
from captioning.outputs import Description
from tests.unit.index_data.conftest import FakeDescriber

DEADLY = (250, 0, 250)
"""The colour of the picture that ends whoever looks at it."""


class MortalDescriber(FakeDescriber):
    """The fake describer, which one picture ends with its whole process."""

    def describe(self, pixels: NDArray[np.uint8], *, looked: Callable[[int], None] = unheard) -> list[Description]:
        if (pixels == DEADLY).all(axis=(1, 2, 3)).any():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().describe(pixels, looked=looked)


def open_mortal() -> tuple[Describer, str]:
    return MortalDescriber(), "as in the tests"


def mortal_opener(cores: int) -> Callable[[], tuple[Describer, str]]:
    return open_mortal


def main() -> None:
    with ray_nodes([1, 1]) as cluster:
        print(cluster.address, flush=True)
        for _ in sys.stdin:
            cluster.remove_node(cluster.worker_nodes.copy().pop(), allow_graceful=False)
            print("killed", flush=True)


if __name__ == "__main__":
    main()
