from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from captioning.errors import UnreadableImageError
from captioning.images import load_pixels, load_thumbnail, open_image, read_pixels
from captioning.images.formats import register_decoders

RED, BLUE = (220, 30, 30), (30, 30, 220)


def halves(size: tuple[int, int] = (64, 64)) -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (size[0] // 2, 0, *size))
    return picture


def near(colour: object, expected: tuple[int, int, int], by: int = 14) -> bool:
    return bool(np.abs(np.asarray(colour, int) - expected).max() <= by)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "gif", "bmp", "tiff", "heic", "avif", "jp2", "tga", "ppm"])
def test_every_format_gives_the_same_picture(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    register_decoders()
    halves().save(path)
    pixels = load_pixels(path, side=16)
    assert pixels.shape == (16, 16, 3)
    assert pixels.dtype == np.uint8
    assert near(pixels[8, 2], RED, by=30)
    assert near(pixels[8, 13], BLUE, by=30)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(tmp_path: Path, orientation: int) -> None:
    upright = halves((80, 40))
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = upright
    for step in undo.get(orientation, []):
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored.save(tmp_path / "a.jpg", exif=exif, quality=95)
    pixels = load_pixels(tmp_path / "a.jpg", side=16)
    assert near(pixels[8, 2], RED, by=30)
    assert near(pixels[8, 13], BLUE, by=30)


def test_transparency_is_laid_over_white(tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert near(load_pixels(tmp_path / "clear.png", side=8)[4, 4], (255, 255, 255), by=0)
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([0, 0, 0, 0, 255, 0])
    palette.save(tmp_path / "palette.png", transparency=1)
    assert near(load_pixels(tmp_path / "palette.png", side=8)[4, 4], (255, 255, 255), by=0)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LA"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.tiff" if mode in ("CMYK", "YCbCr") else "a.png")
    Image.new("RGB", (20, 20), (255, 255, 255)).convert(mode).save(path)
    assert near(load_pixels(path, side=8)[4, 4], (255, 255, 255), by=2)


def test_sixteen_bits_of_grey_keep_their_brightness(tmp_path: Path) -> None:
    Image.fromarray(np.full((20, 20), 32768, np.uint16)).save(tmp_path / "grey.png")
    assert near(load_pixels(tmp_path / "grey.png", side=8)[4, 4], (127, 127, 127), by=2)


@pytest.mark.parametrize(("peak", "value", "seen"), [(1.0, 0.5, 127), (255.0, 51.0, 51)])
def test_floating_point_greys_reach_to_one_or_to_255(tmp_path: Path, peak: float, value: float, seen: int) -> None:
    grey = np.full((20, 20), value, np.float32)
    grey[0, :3] = peak, np.nan, np.inf
    Image.fromarray(grey).save(tmp_path / "grey.tiff")
    assert near(load_pixels(tmp_path / "grey.tiff", side=8)[6, 6], (seen, seen, seen), by=2)


def test_sixteen_bit_values_that_fit_eight_bits_are_taken_as_such(tmp_path: Path) -> None:
    Image.fromarray(np.full((20, 20), 200, np.uint16)).save(tmp_path / "grey.png")
    assert near(load_pixels(tmp_path / "grey.png", side=8)[4, 4], (200, 200, 200), by=1)


def test_half_transparent_is_half_white_and_a_key_colour_is_transparent(tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (0, 0, 0, 128)).save(tmp_path / "half.png")
    assert near(load_pixels(tmp_path / "half.png", side=8)[4, 4], (127, 127, 127), by=1)
    Image.new("L", (20, 20), 7).save(tmp_path / "key.png", transparency=7)
    assert near(load_pixels(tmp_path / "key.png", side=8)[4, 4], (255, 255, 255), by=0)
    Image.new("RGB", (20, 20), RED).save(tmp_path / "keyed.png", transparency=RED)
    assert near(load_pixels(tmp_path / "keyed.png", side=8)[4, 4], (255, 255, 255), by=0)


def test_cmyk_colours_are_kept(tmp_path: Path) -> None:
    halves().convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    pixels = load_pixels(tmp_path / "a.jpg", side=16)
    assert near(pixels[8, 2], RED, by=30)
    assert near(pixels[8, 13], BLUE, by=30)


@pytest.mark.parametrize("ending", ["png", "webp"])
def test_damaged_facts_about_a_picture_do_not_damage_the_picture(tmp_path: Path, ending: str) -> None:
    halves().save(tmp_path / f"a.{ending}", exif=b"Exif\0\0garbage")
    assert near(load_pixels(tmp_path / f"a.{ending}", side=16)[8, 2], RED, by=30)


@pytest.mark.parametrize("ending", ["png", "jpg"])
@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000), (3000, 5)])
def test_odd_shapes_are_squashed(tmp_path: Path, size: tuple[int, int], ending: str) -> None:
    Image.new("RGB", size, RED).save(tmp_path / f"a.{ending}")
    pixels = load_pixels(tmp_path / f"a.{ending}", side=8)
    assert pixels.shape == (8, 8, 3)
    assert near(pixels, RED)


def test_nothing_is_cropped_away(tmp_path: Path) -> None:
    picture = Image.new("RGB", (300, 100), "white")
    picture.paste(RED, (0, 0, 60, 100))
    picture.paste(BLUE, (240, 0, 300, 100))
    picture.save(tmp_path / "a.png")
    pixels = load_pixels(tmp_path / "a.png", side=15)
    assert near(pixels[:, 0], RED)
    assert near(pixels[:, 14], BLUE)


def test_the_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert near(load_pixels(tmp_path / "a.gif", side=8)[4, 4], RED)


def test_a_large_jpeg_is_decoded_at_reduced_scale(tmp_path: Path) -> None:
    halves((1600, 1200)).save(tmp_path / "large.jpg")
    with open_image(tmp_path / "large.jpg") as image:
        assert image.size == (1600, 1200)
        pixels = read_pixels(image, side=16)
        assert max(image.size) < 400
    assert near(pixels[8, 2], RED, by=30)


def refused(path: Path) -> str:
    with pytest.raises(UnreadableImageError) as caught:
        load_pixels(path, side=8)
    return caught.value.reason


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert refused(tmp_path / "empty.jpg") == "the file is empty"
    (tmp_path / "text.jpg").write_text("hello")
    assert refused(tmp_path / "text.jpg") == "it is not an image that can be decoded"
    assert refused(tmp_path / "missing.jpg") == "there is no such file"
    assert refused(tmp_path) == "it is not a regular file"
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    assert refused(tmp_path / "loop.jpg") == "it could not be read (Too many levels of symbolic links)"
    assert refused(tmp_path / ("n" * 300)) == "it could not be read (File name too long)"


def test_a_link_is_followed_and_bytes_are_a_path(tmp_path: Path) -> None:
    halves().save(tmp_path / "a.png")
    (tmp_path / "link.png").symlink_to("a.png")
    name = os.fsencode(tmp_path) + b"/caf\xe9.png"
    Path(os.fsdecode(name)).write_bytes((tmp_path / "a.png").read_bytes())
    expected = load_pixels(tmp_path / "a.png", side=8)
    np.testing.assert_array_equal(load_pixels(tmp_path / "link.png", side=8), expected)
    np.testing.assert_array_equal(load_pixels(name, side=8), expected)


def test_running_out_of_memory_is_told_apart_from_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    halves().save(tmp_path / "a.png")

    def exhaust(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("captioning.images.decode.flatten", exhaust)
    assert refused(tmp_path / "a.png") == "it is too large to decode in the memory at hand"


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "gif", "bmp", "tiff", "heic", "avif"])
def test_a_truncated_file_is_damaged(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    register_decoders()
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert refused(path).startswith(("it is damaged", "it is not an image"))


def test_too_many_pixels_are_refused_before_decoding(tmp_path: Path) -> None:
    halves().save(tmp_path / "a.png")
    with pytest.raises(UnreadableImageError, match="it declares more than 4,095 pixels"):
        open_image(tmp_path / "a.png", max_pixels=64 * 64 - 1)
    with open_image(tmp_path / "a.png", max_pixels=64 * 64) as image:
        assert image.size == (64, 64)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_never_blocks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert refused(tmp_path / "pipe.jpg") == "it is not a regular file"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    halves().save(tmp_path / "a.png")

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", deny)
    assert refused(tmp_path / "a.png") == "it may not be read (permission denied)"


@pytest.mark.parametrize("size", [(640, 480), (500, 375), (100, 1300), (224, 224), (31, 7), (1, 1)])
def test_the_square_is_the_one_that_pillow_makes(size: tuple[int, int]) -> None:
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), np.uint8))
    ours = read_pixels(picture, side=96).astype(int)
    theirs = np.asarray(picture.resize((96, 96), Image.Resampling.BICUBIC)).astype(int)
    # Both work in whole numbers and round a little differently.
    assert np.abs(ours - theirs).mean() < 0.5
    assert np.abs(ours - theirs).max() <= 4


def test_a_large_photograph_is_nearly_what_its_full_size_would_give(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    small = Image.fromarray(generator.integers(96, 160, (30, 40, 3), np.uint8))
    path = tmp_path / "large.jpg"
    small.resize((2000, 1500), Image.Resampling.BICUBIC).save(path, quality=95)
    whole = np.asarray(Image.open(path).resize((96, 96), Image.Resampling.BICUBIC)).astype(int)
    assert np.abs(load_pixels(path, side=96).astype(int) - whole).mean() < 1.0


@pytest.mark.parametrize("size", [(64, 48), (900, 700)])
def test_a_truncated_picture_gives_no_thumbnail(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "cut.png"
    Image.fromarray(np.random.default_rng(2).integers(0, 256, (*size[::-1], 3), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnreadableImageError, match="damaged"):
        load_thumbnail(path, side=480)
