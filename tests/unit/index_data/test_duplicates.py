from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from captioning.images import difference_hash
from index_data import catalogue
from index_data.duplicates import MOST_BITS, exact_duplicates, look_alike, near_duplicates, near_groups
from index_data.library import Library
from tests.unit.index_data.conftest import FakeDescriber, index


def near(library: Library, images: Sequence[int], *, most_bits: int = MOST_BITS) -> list[tuple[int, ...]]:
    with library.transaction() as session:
        hashes = catalogue.perceptual_hashes(session, images)
        return near_groups(session, images, hashes=hashes, most_bits=most_bits)


def landscape(seed: int) -> Image.Image:
    """Large soft patches, as photographs have them."""
    patches = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return Image.fromarray(patches).resize((240, 180), Image.Resampling.BICUBIC)


def bits(one: int, other: int) -> int:
    return ((one ^ other) & (1 << 64) - 1).bit_count()


def test_the_hash_is_that_of_cells_counted_by_hand() -> None:
    pixels = np.zeros((8, 9, 3), np.uint8)
    pixels[0] = np.arange(9, dtype=np.uint8)[:, None] * 20
    pixels[7] = 200
    pixels[7, 8] = 255
    assert difference_hash(pixels) == -(1 << 56) + 1
    assert difference_hash(np.full((8, 9, 3), 77, np.uint8)) == 0


@pytest.mark.parametrize(
    ("bits", "cosine", "alike"),
    [
        # Scaled, recompressed, cropped; different pictures of one thing; different pictures laid out alike.
        *((0, 0.7, True), (4, 0.66, True), (2, 0.97, True), (9, 0.93, True)),
        *((5, 0.85, False), (11, 0.99, False), (30, 0.99, False)),
        *((0, 0.6, False), (10, 0.89, False)),
    ],
)
def test_hash_and_vector_must_agree(bits: int, cosine: float, alike: bool) -> None:
    value = 0x5A5A_0FF0_1234_77AB
    assert look_alike(value, value ^ ((1 << bits) - 1), cosine) is alike
    # Signed, as the catalogue keeps them.
    assert look_alike(value - (1 << 63), (value - (1 << 63)) ^ ((1 << bits) - 1), cosine) is alike


def test_the_hash_of_a_plain_surface_says_nothing() -> None:
    assert not look_alike(0, 0, 0.85)
    assert look_alike(0, 0, 0.95)


def test_the_hash_hardly_changes_with_size_and_light(tmp_path: Path) -> None:
    picture = landscape(1)
    first = difference_hash(np.asarray(picture))
    for other in (picture.resize((120, 90)), ImageEnhance.Brightness(picture).enhance(1.2)):
        assert bits(first, difference_hash(np.asarray(other))) <= 4
    assert bits(first, difference_hash(np.asarray(landscape(2)))) > 16


def test_copies_are_exact_and_variants_are_near(library: Library, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    landscape(1).save(photos / "a.png")
    shutil.copy(photos / "a.png", photos / "copy.png")
    landscape(1).resize((160, 120)).save(photos / "small.jpg", quality=60)
    ImageEnhance.Brightness(landscape(1)).enhance(1.1).save(photos / "light.jpg")
    landscape(1).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(photos / "turned.png")
    landscape(2).save(photos / "b.png")
    index(library, photos, FakeDescriber())
    (exact,) = exact_duplicates(library)
    assert [Path(path.decode()).name for path in exact.paths] == ["a.png", "copy.png"]
    (near,) = near_duplicates(library)
    assert [Path(path.decode()).name for path in near.paths] == ["a.png", "copy.png", "light.jpg", "small.jpg"]
    assert len(near.images) == 3
    # The describer of these tests sees the mean colour alone, so that only the hashes tell them apart.
    assert near_duplicates(library, most_bits=-1) == []


def test_groups_among_some_images_are_those_of_the_library(library: Library, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for seed in range(6):
        landscape(seed).save(photos / f"{seed}.png")
    for seed in (1, 4):
        landscape(seed).resize((160, 120)).save(photos / f"{seed}-small.jpg", quality=60)
        ImageEnhance.Brightness(landscape(seed)).enhance(1.1).save(photos / f"{seed}-light.jpg")
    index(library, photos, FakeDescriber())
    everything = library.read(catalogue.shown_images)
    expected = {group.images for group in near_duplicates(library)}
    assert sorted(map(len, expected)) == [3, 3]
    assert set(near(library, everything)) == expected
    # In the order asked for, each image once, and only what was asked about.
    pair, triple = sorted(expected)
    found = near(library, [triple[2], *pair, triple[0], triple[2], 999_999])
    assert found == [(triple[2], triple[0]), pair]
    assert near(library, [pair[0], triple[0]]) == []
    assert near(library, []) == []
    assert near(library, everything, most_bits=-1) == []


def test_pictures_described_by_different_models_are_not_compared(library: Library, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    landscape(1).save(photos / "a.png")
    index(library, photos, FakeDescriber())
    (tmp_path / "more").mkdir()
    landscape(1).resize((160, 120)).save(tmp_path / "more" / "b.png")
    index(library, tmp_path / "more", FakeDescriber("later"))
    assert near(library, library.read(catalogue.shown_images)) == []
    index(library, photos, FakeDescriber("later"))
    assert len(near(library, library.read(catalogue.shown_images))) == 1


def test_a_library_without_duplicates(library: Library, tmp_path: Path) -> None:
    assert exact_duplicates(library) == []
    assert near_duplicates(library) == []
