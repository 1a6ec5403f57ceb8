"""Where the network looks for a query's words: rectangles by hand, and of a real, tiny network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioning.errors import UnreadableImageError
from captioning.lazy_captioner import LazyCaptioner
from search.engine.hits import Hit, Why
from search.engine.regions import Region, attended, regions_of


def hit(path: Path, caption: str, *words: str) -> Hit:
    return Hit(0, 1.0, 0.5, 1, (bytes(path),), caption, (), why=Why(caption=words))


def test_a_region_is_around_the_cells_that_are_looked_at() -> None:
    weights = np.array([[0.0, 0.1, 0.0], [0.0, 0.4, 0.2], [0.0, 0.1, 0.19]], np.float32)
    assert attended(weights) == Region(1 / 3, 1 / 3, 1.0, 2 / 3)
    assert attended(np.ones((1, 1), np.float32)) == Region(0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("region", "place"),
    [
        (Region(0.0, 0.0, 0.2, 0.2), "top left"),
        (Region(0.8, 0.8, 1.0, 1.0), "bottom right"),
        (Region(0.4, 0.0, 0.6, 0.2), "top"),
        (Region(0.0, 0.4, 0.2, 0.6), "left"),
        (Region(0.0, 0.0, 1.0, 1.0), "middle"),
    ],
)
def test_a_region_has_a_place_in_words(region: Region, place: str) -> None:
    assert region.place == place


def test_each_word_that_the_caption_says_has_a_region(tiny_model: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "one.png")
    captioner = LazyCaptioner.open(tiny_model)
    found = regions_of(captioner, hit(tmp_path / "one.png", "a dog runs on the beach", "dogs", "beach", "cat"))
    assert set(found) == {"dogs", "beach"}
    assert all(0 <= r.left < r.right <= 1 and 0 <= r.top < r.bottom <= 1 for r in found.values())


def test_without_such_words_the_photograph_is_not_read(tiny_model: Path, tmp_path: Path) -> None:
    captioner = LazyCaptioner.open(tiny_model)
    assert regions_of(captioner, hit(tmp_path / "gone.png", "a dog", "cat")) == {}
    with pytest.raises(UnreadableImageError):
        regions_of(captioner, hit(tmp_path / "gone.png", "a dog", "dog"))
