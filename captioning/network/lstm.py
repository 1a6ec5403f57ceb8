"""An LSTM that runs under autocast on every processor.

Axis legend: B batch, T time, I input size, H hidden size, counted per direction.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn


class LSTM(nn.LSTM):
    """`torch.nn.LSTM`, in float32 under autocast where the processor has no LSTM in half precision."""

    # The parent's names and types also allow packed sequences, which torch computes without oneDNN.
    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> Any:  # type: ignore[override] # noqa: A002
        """Reads (B, T, I), float, from a state of two tensors (layers, B, H): gives (B, T, H) and the new state."""
        if not torch.is_autocast_enabled("cpu") or _learns(torch.get_autocast_dtype("cpu")):
            return super().forward(input, hx)
        with torch.autocast("cpu", enabled=False):
            return super().forward(input.float(), None if hx is None else (hx[0].float(), hx[1].float()))


@cache
def _learns(dtype: torch.dtype) -> bool:
    """Whether oneDNN learns an LSTM in this precision on this processor: it tells only by failing."""
    layer = nn.LSTM(1, 1)
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast("cpu", dtype):
        try:
            layer(torch.zeros(1, 1, 1))[0].sum().backward()
        except RuntimeError:
            return False
    return True
