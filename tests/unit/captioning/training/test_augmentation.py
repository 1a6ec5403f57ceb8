from __future__ import annotations

import torch
from torch import Generator, Tensor

from captioning.training.augmentation import draw_variation, mirror_words, vary_pixels


def varied(pixels: Tensor, *seeds: int, flip: bool = False) -> Tensor:
    """The picture (3, S, S) once for each seed."""
    rows = torch.stack([draw_variation(Generator().manual_seed(seed)) for seed in seeds])
    return vary_pixels(pixels.expand(len(seeds), -1, -1, -1), rows, flipped=torch.full((len(seeds),), flip))


def test_left_and_right_change_places() -> None:
    assert mirror_words(["a", "dog", "left", "of", "the", "rightmost", "cat"]) == [
        *("a", "dog", "right", "of", "the", "leftmost", "cat"),
    ]


def test_size_and_type_stay_and_the_seed_decides() -> None:
    pixels = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
    first, same, other = varied(pixels, 1, 1, 2)
    assert first.shape == pixels.shape
    assert first.dtype == torch.uint8
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_a_picture_is_varied_alike_alone_and_among_others() -> None:
    pixels = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
    assert torch.equal(varied(pixels, 3, 4, 5)[1], varied(pixels, 4)[0])


def test_the_whole_picture_at_its_own_colours_is_the_picture() -> None:
    pixels = torch.randint(0, 256, (2, 3, 16, 16), dtype=torch.uint8)
    whole = torch.tensor([[0.0, 0, 1, 1, 1, 1, 1]]).expand(2, -1)
    assert torch.equal(vary_pixels(pixels, whole, flipped=torch.tensor([False, False])), pixels)
    mirrored = vary_pixels(pixels, whole, flipped=torch.tensor([False, True]))
    assert torch.equal(mirrored, torch.stack([pixels[0], pixels[1].flip(-1)]))


def test_crops_and_colours_are_those_that_are_drawn() -> None:
    pixels = torch.randint(0, 256, (1, 3, 16, 16), dtype=torch.uint8)
    corner = torch.tensor([[0.5, 0.25, 0.5, 0.5, 1, 1, 1]])
    seen = vary_pixels(pixels, corner, flipped=torch.tensor([False]))[0]
    expected = torch.nn.functional.interpolate(pixels[..., 4:12, 8:].float(), size=16, mode="bilinear")[0]
    # Beyond the crop's edge lies more of the picture, where a resized piece has nothing.
    assert (seen[:, 2:-2, 2:-2] - expected[:, 2:-2, 2:-2]).abs().max() <= 1
    grey = vary_pixels(pixels, torch.tensor([[0.0, 0, 1, 1, 1, 1, 0]]), flipped=torch.tensor([False]))[0].int()
    assert (grey[0] - grey[1]).abs().max() <= 1
    dark = vary_pixels(pixels, torch.tensor([[0.0, 0, 1, 1, 0.5, 1, 1]]), flipped=torch.tensor([False]))[0].int()
    assert (dark - pixels[0].int() // 2).abs().max() <= 1


def test_a_flip_is_a_mirror() -> None:
    pixels = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
    straight, flipped = varied(pixels, 1)[0], varied(pixels, 1, flip=True)[0]
    assert (straight.flip(-1).int() - flipped.int()).abs().max() <= 2


def test_nearly_half_of_the_picture_stays_in_sight() -> None:
    # A ramp from left to right shows by its ends how much of the width was kept.
    ramp = torch.arange(0, 256, 4, dtype=torch.uint8).expand(3, 64, 64)
    for seen in varied(ramp, *range(30)).float():
        assert seen[..., -1].mean() - seen[..., 0].mean() > 0.3 * 252
