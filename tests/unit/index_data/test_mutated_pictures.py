"""Pictures with bytes changed at random: each is described or set aside, and nothing else happens."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioning.images.formats import register_decoders
from index_data.library import Library
from tests.unit.index_data.conftest import FakeDescriber, index

KINDS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF", "JPEG2000", "PPM", "PCX", "TGA")


def originals() -> list[bytes]:
    """A picture of each kind, with facts where the kind has any."""
    register_decoders()
    exif = Image.Exif()
    exif[0x10E], exif[0x112] = "words", 6
    colour = Image.merge("RGB", [Image.effect_noise((48, 36), 60).rotate(angle) for angle in (0, 90, 180)])
    made = []
    for kind in KINDS:
        held = io.BytesIO()
        options = {"exif": exif.tobytes()} if kind in ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF") else {}
        colour.save(held, kind, **options)
        made.append(held.getvalue())
    return made


def mutate(folder: Path, count: int) -> None:
    """Writes pictures of which bytes were changed, cut out or put in, each by its own seed."""
    folder.mkdir()
    kinds = originals()
    for seed in range(count):
        draw = np.random.default_rng(seed)
        content = bytearray(kinds[seed % len(kinds)])
        for _ in range(int(draw.integers(1, 12))):
            at = int(draw.integers(0, len(content)))
            # Headers are where the traps are.
            at = at if draw.random() < 0.5 else at % 200
            match int(draw.integers(0, 4)):
                case 0:
                    content[at : at + 1] = draw.bytes(1)
                case 1:
                    del content[at : at + int(draw.integers(1, 40))]
                case 2:
                    content[at:at] = draw.bytes(int(draw.integers(1, 8)))
                case _:
                    content[at : at + 4] = b"\xff\xff\xff\xff"
        (folder / f"{seed}.jpg").write_bytes(content or b"x")


def run(library: Library, folder: Path, count: int) -> None:
    mutate(folder, count)
    counts = index(library, folder, FakeDescriber())
    assert counts.readable + counts.set_aside == count
    assert counts.readable > count / 10
    again = index(library, folder, FakeDescriber())
    assert (again.unchanged, again.set_aside, again.new) == (counts.readable, counts.set_aside, 0)


def test_some(library: Library, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(library, tmp_path / "photos", 130)
    assert capfd.readouterr() == ("", "")
