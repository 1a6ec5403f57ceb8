"""Loads OpenVINO, and compiles graphs of it to programs that threads run side by side.

OpenVINO's Python side would report each import to its makers: it is loaded without the package that does. Its tools for
other programs' models, which are four fifths of its start, are left out as well.
"""

from __future__ import annotations

import sys
from collections import deque
from functools import cache
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captioning.errors import DeviceError

for _name in ("openvino_telemetry", "openvino.tools.ovc"):
    # What stands as none here cannot be imported: OpenVINO goes on without it.
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]

import openvino  # noqa: E402
import openvino.opset13 as opset  # noqa: E402

ops: Any = opset
"""What graphs are made of."""

Node = Any
"""A value in a graph; OpenVINO has no types."""


class Program:
    """A compiled graph; whichever thread runs it has buffers of its own."""

    def __init__(self, inputs: list[Node], outputs: list[Node], *, threads: int, half: bool = False) -> None:
        """Compiles a graph for a processor.

        Args:
            inputs: Its parameters, in the order in which they are given.
            outputs: What it gives, in this order.
            threads: How many run it side by side, each on one core.
            half: Multiply in bfloat16 where the processor has it.
        """
        core = _core()
        precision = "bf16" if half and "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
        self._compiled = core.compile_model(
            openvino.Model(outputs, inputs, "imgsearch"),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": precision,
                "NUM_STREAMS": threads,
                "INFERENCE_NUM_THREADS": threads,
                # Where other work shares the processor, a thread that may not leave its core waits for it.
                "ENABLE_CPU_PINNING": False,
            },
        )
        self._own = local()

    def __call__(self, *inputs: NDArray[Any]) -> list[NDArray[Any]]:
        """Runs it on contiguous arrays of the graph's shapes and dtypes, such as its own last outputs.

        Returns:
            Its outputs, in buffers that the next run but one of the same thread fills again.

        Raises:
            DeviceError: The memory does not suffice.
        """
        requests = getattr(self._own, "requests", None)
        if requests is None:
            # In turn, so that what a step gave needs no copy to be the input of the next.
            requests = self._own.requests = deque(self._compiled.create_infer_request() for _ in range(2))
        requests.rotate()
        request = requests[0]
        try:
            for number, array in enumerate(inputs):
                request.set_input_tensor(number, openvino.Tensor(array, shared_memory=True))
            request.infer()
        except RuntimeError as error:
            cause = " ".join(str(error).split())[-200:]
            raise DeviceError(
                f"the processor could not run the network, perhaps for want of memory: {cause}"
            ) from error
        return [tensor.data for tensor in request.output_tensors]


@cache
def _core() -> Any:
    """OpenVINO's one core, which stays for good.

    Its processor plugin gives the thread that loads it a stack for signals and takes the memory back when the last user
    of a core goes, whatever thread that is: the next signal would then end the process.
    """
    return openvino.Core()


def parameter(shape: list[int], dtype: type = np.float32) -> Node:
    """An input of this shape, of which -1 is any size."""
    return ops.parameter(shape, dtype)


def constant(array: NDArray[Any] | list[int] | float) -> Node:
    """A constant: whole numbers as int64, others as float32."""
    values = np.asarray(array)
    return ops.constant(np.asarray(values, np.int64 if values.dtype.kind == "i" else np.float32, "C"))


def linear(x: Node, weight: NDArray[np.float32], bias: NDArray[np.float32] | None = None) -> Node:
    """Maps (any, inputs) by a weight (outputs, inputs) and a bias (outputs,) to (any, outputs)."""
    product = ops.matmul(x, constant(weight), False, True)
    return product if bias is None else ops.add(product, constant(bias))


def reshape(x: Node, *shape: int) -> Node:
    """Gives it another shape, in which 0 keeps a size and -1 takes what is left."""
    return ops.reshape(x, constant(list(shape)), True)


def transpose(x: Node, *order: int) -> Node:
    """Changes the order of the axes."""
    return ops.transpose(x, constant(list(order)))


def rows(x: Node, index: Node) -> Node:
    """Takes rows of x by an index of any shape, int32."""
    return ops.gather(x, index, constant(0))
