from __future__ import annotations

from pathlib import Path

import pytest
import torch

from captioning.errors import CaptionsFileError
from captioning.training.batches import Batch, TrainingPictures, draw_batches, read_picture
from captioning.training.datasets import read_captions
from captioning.training.image_cache import SHARE, free_memory, hold_pictures
from captioning.vocabulary import Vocabulary
from tests.unit.captioning.drawn_training import drawn_config

CPU = torch.device("cpu")
ROOM = 2**30


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    drawn_config(tmp_path)
    return [picture.path for picture in read_captions(tmp_path)]


def test_they_are_held_as_they_are_read(paths: list[Path]) -> None:
    held = hold_pictures(paths, side=24, device=CPU, room=ROOM)
    assert held is not None
    assert (held.shape, held.dtype) == ((20, 3, 24, 24), torch.uint8)
    for row, path in zip(held, paths, strict=True):
        assert torch.equal(row, read_picture(path, side=24))


def test_what_does_not_fit_is_not_held(paths: list[Path]) -> None:
    size = 20 * 3 * 24 * 24
    assert hold_pictures(paths, side=24, device=CPU, room=round(size / SHARE) - 10) is None
    assert hold_pictures(paths, side=24, device=CPU, room=round(size / SHARE) + 10) is not None
    # A processor reads them from their files.
    assert free_memory(CPU) == 0
    paths[0].write_bytes(b"no picture")
    with pytest.raises(CaptionsFileError, match=r"0\.png could not be read"):
        hold_pictures(paths, side=24, device=CPU, room=ROOM)


def test_batches_of_held_pictures_are_those_of_read_ones(paths: list[Path], tmp_path: Path) -> None:
    pictures = read_captions(tmp_path)
    vocabulary = Vocabulary(["a", "red", "wall", "paint"])

    def batches(held: torch.Tensor | None, workers: int) -> list[Batch]:
        drawn = TrainingPictures(pictures, side=24, captions=2, keywords=["red"], distortion=9, held=held)
        options = {"writable": 8, "keywords": 1, "batch": 6, "seed": 3, "epoch": 1, "workers": workers}
        return list(draw_batches(drawn, vocabulary, **options))  # type: ignore[arg-type]

    read, held = batches(None, 1), batches(hold_pictures(paths, side=24, device=CPU, room=ROOM), 0)
    assert len(read) == len(held) == 3
    for ours, theirs in zip(held, read, strict=True):
        assert torch.equal(ours.pixels, theirs.pixels)
        assert torch.equal(ours.ids, theirs.ids)
        assert torch.equal(ours.flipped, theirs.flipped)
