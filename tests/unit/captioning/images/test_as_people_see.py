"""Pictures as people see them: cut at the end, in the colours of their profile, upright whoever turned them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from captioning.errors import UnreadableImageError
from captioning.images import load_pixels, load_thumbnail, open_image
from captioning.images.formats import register_decoders
from captioning.images.upright import upright_size


def picture(size: tuple[int, int] = (320, 240)) -> Image.Image:
    noise = np.random.default_rng(3).integers(60, 250, (size[1] // 8, size[0] // 8, 3), np.uint8)
    return Image.fromarray(noise).resize(size)


def packed(kind: str, **options: object) -> bytes:
    held = io.BytesIO()
    picture().save(held, kind, **options)
    return held.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [2, 3, 10, 200])
def test_a_jpeg_without_its_end_is_taken(tmp_path: Path, progressive: bool, missing: int) -> None:
    whole = packed("JPEG", quality=92, progressive=progressive)
    (tmp_path / "whole.jpg").write_bytes(whole)
    (tmp_path / "cut.jpg").write_bytes(whole[:-missing])
    one, other = (load_pixels(tmp_path / name, side=32).astype(int) for name in ("whole.jpg", "cut.jpg"))
    assert np.abs(one - other)[:24].max() <= 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(("share", "taken"), [(0.9, True), (0.75, True), (0.4, False), (0.1, False)])
def test_a_cut_picture_is_taken_if_most_of_it_is_there(tmp_path: Path, kind: str, share: float, taken: bool) -> None:
    whole = packed(kind)
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(whole[: int(len(whole) * share)])
    if taken:
        assert load_pixels(path, side=32).shape == (32, 32, 3)
        assert load_thumbnail(path, side=64).size == (64, 48)
    else:
        with pytest.raises(UnreadableImageError, match="it is damaged"):
            load_pixels(path, side=32)


def test_a_cut_second_picture_does_not_matter(tmp_path: Path) -> None:
    held = io.BytesIO()
    picture().save(held, "MPO", save_all=True, append_images=[picture((160, 120))])
    for missing in (2, 100, 3000):
        (tmp_path / "a.jpg").write_bytes(held.getvalue()[:-missing])
        assert load_pixels(tmp_path / "a.jpg", side=16).shape == (16, 16, 3)


def test_a_profile_is_applied_and_a_broken_one_is_not(tmp_path: Path) -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    names = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}
    for number in range(int.from_bytes(profile[128:132], "big")):
        at = 132 + 12 * number
        profile[at : at + 4] = names.get(bytes(profile[at : at + 4]), profile[at : at + 4])
    blue = Image.new("RGB", (40, 30), (20, 30, 230))
    for ending in ("jpg", "png", "webp", "tif"):
        blue.save(tmp_path / f"a.{ending}", icc_profile=bytes(profile))
        red, _, other = load_pixels(tmp_path / f"a.{ending}", side=8)[4, 4]
        assert red > other
    clear = blue.convert("RGBA")
    clear.putalpha(128)
    clear.save(tmp_path / "clear.png", icc_profile=bytes(profile))
    red, green, _ = load_pixels(tmp_path / "clear.png", side=8)[4, 4]
    assert red > green > 120
    blue.save(tmp_path / "broken.png", icc_profile=b"no profile")
    assert load_pixels(tmp_path / "broken.png", side=8)[4, 4].tolist() == [20, 30, 230]
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    blue.save(tmp_path / "plain.png", icc_profile=plain)
    assert load_pixels(tmp_path / "plain.png", side=8)[4, 4].tolist() == [20, 30, 230]


@pytest.mark.parametrize("ending", ["heic", "avif"])
@pytest.mark.parametrize(("container", "size"), [(False, (30, 40)), (True, (30, 40))])
def test_heic_and_avif_are_turned_once(tmp_path: Path, ending: str, container: bool, size: tuple[int, int]) -> None:
    register_decoders()
    # Without the container's own turn no encoder writes it: another number of the same length becomes the orientation.
    exif = Image.Exif()
    exif[0x10F], exif[0x112 if container else 0x113] = "X", 6
    path = tmp_path / f"a.{ending}"
    Image.new("RGB", (40, 30), "red").save(path, exif=exif.tobytes())
    content = path.read_bytes()
    if not container:
        assert b"irot" not in content
        assert content.count(b"\x01\x13\0\x03") == 1
        path.write_bytes(content.replace(b"\x01\x13\0\x03", b"\x01\x12\0\x03"))
    with open_image(path) as image:
        assert upright_size(image) == size
    assert load_thumbnail(path, side=40).size == size


def test_nothing_but_pixels_comes_along(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x10E] = "at home"
    path = tmp_path / "a.jpg"
    picture().save(path, exif=exif, comment="secret", xmp=b"<secret/>", dpi=(300, 300))
    small = load_thumbnail(path, side=64)
    assert small.info == {}
    assert not small.getexif()
    held = io.BytesIO()
    small.save(held, "JPEG")
    assert b"secret" not in held.getvalue()
    assert b"at home" not in held.getvalue()
