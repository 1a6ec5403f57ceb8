"""Keeps all pictures of a training decoded in the memory of its device, where they fit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from captioning.training.batches import read_picture

SHARE = 0.3
"""Share of the free memory that pictures may take; the rest is for the network and its gradients."""


def cache_images(paths: Sequence[Path], *, side: int, device: torch.device, room: int) -> Tensor | None:
    """Decodes pictures into one tensor (pictures, 3, side, side), uint8, on a device; none where they do not fit.

    Args:
        paths: Picture files.
        side: Pixels per side of the square input.
        device: Where the tensor lies.
        room: Bytes that are free there.

    Raises:
        CaptionsFileError: A picture cannot be read.
    """
    if len(paths) * 3 * side * side > SHARE * room:
        return None
    cached = torch.empty(len(paths), 3, side, side, dtype=torch.uint8, device=device)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for row, pixels in enumerate(threads.map(partial(read_picture, side=side), paths)):
            cached[row] = pixels
    return cached


def free_memory(device: torch.device) -> int:
    """Bytes that are free on a GPU; 0 on a processor, whose memory the system's cache of files uses better."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else 0
