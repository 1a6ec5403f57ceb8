from __future__ import annotations

import torch
from torch import Generator

from captioning.training.augmentation import mirror_words, vary_pixels


def test_left_and_right_change_places() -> None:
    assert mirror_words(["a", "dog", "left", "of", "the", "rightmost", "cat"]) == [
        *("a", "dog", "right", "of", "the", "leftmost", "cat"),
    ]


def test_size_and_type_stay_and_the_seed_decides() -> None:
    pixels = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
    one = vary_pixels(pixels, flip=False, generator=Generator().manual_seed(1))
    same = vary_pixels(pixels, flip=False, generator=Generator().manual_seed(1))
    other = vary_pixels(pixels, flip=False, generator=Generator().manual_seed(2))
    assert one.shape == pixels.shape
    assert one.dtype == torch.uint8
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_flip_is_a_mirror() -> None:
    pixels = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
    straight = vary_pixels(pixels, flip=False, generator=Generator().manual_seed(1))
    flipped = vary_pixels(pixels, flip=True, generator=Generator().manual_seed(1))
    difference = (straight.flip(-1).int() - flipped.int()).abs()
    assert difference.max() <= 2


def test_nearly_half_of_the_picture_stays_in_sight() -> None:
    # A ramp from left to right shows by its ends how much of the width was kept.
    ramp = torch.arange(0, 256, 4, dtype=torch.uint8).expand(3, 64, 64)
    for seed in range(30):
        generator = Generator().manual_seed(seed)
        seen = vary_pixels(ramp, flip=False, generator=generator).float()
        assert seen[..., -1].mean() - seen[..., 0].mean() > 0.3 * 252
