from __future__ import annotations

from pathlib import Path

import pytest
import torch

from captioning.errors import CaptionsFileError
from captioning.training.batches import Batch, TrainingPictures, draw_batches
from captioning.training.datasets import read_captions
from captioning.training.pictures import SHARE, DecodedPictures, free_memory, read_picture
from captioning.vocabulary import Vocabulary
from tests.unit.captioning.drawn_training import drawn_config

CPU = torch.device("cpu")
ROOM = 2**30


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    drawn_config(tmp_path)
    return [picture.path for picture in read_captions(tmp_path)]


@pytest.mark.parametrize("room", [ROOM, None])
def test_they_are_as_they_are_read_held_or_not(paths: list[Path], room: int | None) -> None:
    decoded = DecodedPictures([*paths, paths[3]], side=24, device=CPU, room=room)
    assert decoded.held == (room is not None)
    assert len(decoded) == 21
    batches = list(decoded.batches(8, start=2))
    assert [(batch.shape, batch.dtype) for batch in batches[:1]] == [((8, 3, 24, 24), torch.uint8)]
    for square, path in zip(torch.cat(batches), [*paths[2:], paths[3]], strict=True):
        assert torch.equal(square, read_picture(path, side=24))
    assert torch.equal(decoded.take(torch.tensor([20, 0])), decoded.take(torch.tensor([3, 0])))
    assert list(decoded.batches(8, start=21)) == []


def test_what_does_not_fit_is_not_held(paths: list[Path]) -> None:
    # A file that comes twice takes room once.
    twice, size = [*paths, *paths], 20 * 3 * 24 * 24
    assert not DecodedPictures(twice, side=24, device=CPU, room=round(size / SHARE) - 10).held
    assert DecodedPictures(twice, side=24, device=CPU, room=round(size / SHARE) + 10).held
    # A processor reads them from their files.
    assert free_memory(CPU) == 0
    paths[0].write_bytes(b"no picture")
    with pytest.raises(CaptionsFileError, match=r"0\.png could not be read"):
        DecodedPictures(paths, side=24, device=CPU, room=ROOM)
    with pytest.raises(CaptionsFileError, match=r"0\.png could not be read"):
        DecodedPictures(paths, side=24, device=CPU).take(torch.tensor([0]))


def test_batches_of_held_pictures_are_those_of_read_ones(paths: list[Path], tmp_path: Path) -> None:
    pictures = read_captions(tmp_path)
    vocabulary = Vocabulary(["a", "red", "wall", "paint"])

    def batches(*, held: bool) -> list[Batch]:
        drawn = TrainingPictures(pictures, side=24, captions=2, keywords=["red"], distortion=9, held=held)
        options = {"writable": 8, "keywords": 1, "batch": 6, "seed": 3, "epoch": 1, "workers": 1}
        return list(draw_batches(drawn, vocabulary, **options))  # type: ignore[arg-type]

    decoded = DecodedPictures(paths, side=24, device=CPU, room=ROOM)
    read, held = batches(held=False), batches(held=True)
    assert len(read) == len(held) == 3
    for ours, theirs in zip(held, read, strict=True):
        assert ours.pixels.numel() == 0
        assert torch.equal(ours.with_pixels(decoded.take(ours.index), distortion=9).pixels, theirs.pixels)
        assert torch.equal(ours.ids, theirs.ids)
        assert torch.equal(ours.flipped, theirs.flipped)
