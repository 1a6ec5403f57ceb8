from __future__ import annotations

from pathlib import Path

import pytest
import torch

from captioning.errors import CaptionsFileError
from captioning.training.batches import Batch, TrainingPictures, draw_batches, read_picture
from captioning.training.datasets import read_captions
from captioning.training.image_cache import SHARE, cache_images, free_memory
from captioning.vocabulary import Vocabulary
from tests.unit.captioning.drawn_training import drawn_config

CPU = torch.device("cpu")
ROOM = 2**30


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    drawn_config(tmp_path)
    return [picture.path for picture in read_captions(tmp_path)]


def test_they_are_held_as_they_are_read(paths: list[Path]) -> None:
    cached = cache_images(paths, side=24, device=CPU, room=ROOM)
    assert cached is not None
    assert (cached.shape, cached.dtype) == ((20, 3, 24, 24), torch.uint8)
    for row, path in zip(cached, paths, strict=True):
        assert torch.equal(row, read_picture(path, side=24))


def test_what_does_not_fit_is_not_held(paths: list[Path]) -> None:
    size = 20 * 3 * 24 * 24
    assert cache_images(paths, side=24, device=CPU, room=round(size / SHARE) - 10) is None
    assert cache_images(paths, side=24, device=CPU, room=round(size / SHARE) + 10) is not None
    # A processor reads them from their files.
    assert free_memory(CPU) == 0
    paths[0].write_bytes(b"no picture")
    with pytest.raises(CaptionsFileError, match=r"0\.png could not be read"):
        cache_images(paths, side=24, device=CPU, room=ROOM)


def test_batches_of_held_pictures_are_those_of_read_ones(paths: list[Path], tmp_path: Path) -> None:
    pictures = read_captions(tmp_path)
    vocabulary = Vocabulary(["a", "red", "wall", "paint"])

    def batches(cached: torch.Tensor | None, workers: int) -> list[Batch]:
        drawn = TrainingPictures(pictures, side=24, captions=2, keywords=["red"], distortion=9, cached=cached)
        options = {"writable": 8, "keywords": 1, "batch": 6, "seed": 3, "epoch": 1, "workers": workers}
        return list(draw_batches(drawn, vocabulary, **options))  # type: ignore[arg-type]

    read, cached = batches(None, 1), batches(cache_images(paths, side=24, device=CPU, room=ROOM), 0)
    assert len(read) == len(cached) == 3
    for ours, theirs in zip(cached, read, strict=True):
        assert torch.equal(ours.pixels, theirs.pixels)
        assert torch.equal(ours.ids, theirs.ids)
        assert torch.equal(ours.flipped, theirs.flipped)
