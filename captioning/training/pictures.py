"""The pixels of a training's pictures: held decoded in the memory of a GPU where they fit, else read when asked.

Axis legend: P pictures, B of them at once, S pixels per side.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from captioning.errors import CaptionsFileError, UnreadableImageError
from captioning.images import load_pixels

SHARE = 0.3
"""Share of a GPU's free memory that pictures may take; the rest is for the network and its gradients."""


def read_picture(path: Path, *, side: int) -> Tensor:
    """Decodes a picture file to pixels (3, side, side), uint8.

    Raises:
        CaptionsFileError: A captions file names a picture that cannot be read.
    """
    try:
        pixels = load_pixels(path, side=side)
    except UnreadableImageError as error:
        raise CaptionsFileError(f"the captioned picture {path} could not be read: {error.reason}") from error
    return torch.from_numpy(pixels).permute(2, 0, 1)


class DecodedPictures:
    """Picture files by position, as squares of pixels on a device."""

    def __init__(self, paths: Sequence[Path], *, side: int, device: torch.device, room: int | None = None) -> None:
        """Decodes all files at once if the device holds them; a file that comes more than once is held once.

        Args:
            paths: P picture files.
            side: Pixels per side of the square input.
            device: Where pixels are wanted.
            room: Bytes that are free there; the device is asked without it.

        Raises:
            CaptionsFileError: A picture cannot be read.
        """
        self._paths, self._side, self.device = paths, side, device
        places = {path: row for row, path in enumerate(dict.fromkeys(paths))}
        self._rows = torch.tensor([places[path] for path in paths], dtype=torch.int64, device=device)
        room = free_memory(device) if room is None else room
        self.held = len(places) * 3 * side * side <= SHARE * room
        if self.held:
            self._squares = torch.empty(len(places), 3, side, side, dtype=torch.uint8, device=device)
            for row, pixels in enumerate(self._read(list(places))):
                self._squares[row] = pixels

    def __len__(self) -> int:
        return len(self._paths)

    def take(self, positions: Tensor) -> Tensor:
        """The pixels (B, 3, S, S), uint8, of the pictures at positions (B,), int64.

        Raises:
            CaptionsFileError: A picture cannot be read.
        """
        if self.held:
            return self._squares[self._rows[positions.to(self.device)]]
        squares = self._read([self._paths[position] for position in positions.tolist()])
        return torch.stack(list(squares)).to(self.device)

    def batches(self, size: int, *, start: int = 0) -> Iterator[Tensor]:
        """The pixels (at most `size`, 3, S, S), uint8, of all pictures from `start` on, in their order.

        Raises:
            CaptionsFileError: A picture cannot be read.
        """
        for at in range(start, len(self), size):
            yield self.take(torch.arange(at, min(at + size, len(self))))

    def _read(self, paths: Sequence[Path]) -> Iterator[Tensor]:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            yield from threads.map(partial(read_picture, side=self._side), paths)


def free_memory(device: torch.device) -> int:
    """Bytes that are free on a GPU; 0 on a processor, whose memory the system's cache of files uses better."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else 0
