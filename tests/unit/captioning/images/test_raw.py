from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from captioning.errors import UnreadableImageError
from captioning.images import load_thumbnail, open_image, raw
from captioning.images.upright import upright_size
from tests.raw_files import write_dng

RED, BLUE = (200, 30, 30), (30, 30, 200)


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """Red, with blue at the top left."""
    picture = Image.new("RGB", (640, 480), RED)
    picture.paste(BLUE, (0, 0, 320, 240))
    return picture


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 20 for a, b in zip(pixel, colour, strict=True))


def test_a_raw_file_is_seen_by_the_picture_in_it_as_the_camera_was_held(tmp_path: Path, picture: Image.Image) -> None:
    file = write_dng(tmp_path / "held.DNG", picture, orientation=6)
    with open_image(file) as image:
        assert upright_size(image) == (480, 640)
    small = load_thumbnail(file, side=80)
    assert small.size == (60, 80)
    assert near(small.getpixel((50, 10)), BLUE)
    assert near(small.getpixel((10, 10)), RED)


@pytest.mark.parametrize("case", ["without a picture", "text", "cut"])
def test_a_raw_file_in_which_no_picture_is_found_is_refused(tmp_path: Path, picture: Image.Image, case: str) -> None:
    file = write_dng(tmp_path / "a.dng", picture, shown=case != "without a picture")
    if case == "text":
        file.write_text("no raw file")
    if case == "cut":
        file.write_bytes(file.read_bytes()[:100])
    reasons = "there is no picture in it that can be shown|it is no raw file that can be read"
    with pytest.raises(UnreadableImageError, match=f"^({reasons})$"):
        open_image(file)


def test_without_the_package_for_raw_files_one_sentence_says_what_to_install(
    tmp_path: Path, picture: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_dng(tmp_path / "a.dng", picture)
    monkeypatch.setattr(raw, "reads_raw_files", lambda: False)
    with pytest.raises(UnreadableImageError, match=r"^raw files need rawpy: pip install 'imgsearch-photos\[raw\]'$"):
        open_image(file)
