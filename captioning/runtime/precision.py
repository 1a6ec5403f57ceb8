"""Which numbers a device multiplies fast: half precision pays only where the hardware has it."""

from __future__ import annotations

import torch


def half_type(device: torch.device) -> torch.dtype:
    """The half precision to multiply in: bfloat16, and float16 on GPUs that lack it."""
    old = device.type == "cuda" and torch.cuda.get_device_capability(device) < (8, 0)
    return torch.float16 if old else torch.bfloat16


def half_pays(device: torch.device) -> bool:
    """Whether the hardware multiplies half precision; elsewhere it is emulated, slower than float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (7, 0)
    return torch.cpu._is_avx512_bf16_supported()


def learns_in_half(device: torch.device) -> bool:
    """Whether a training multiplies in half precision: only in bfloat16, small gradients would vanish in float16."""
    return half_pays(device) and half_type(device) is torch.bfloat16
