"""A folder of everything that ever hung or killed an indexer is gone through to the end, and known the second time."""

from __future__ import annotations

import io
import os
import socket
import stat
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from index_data.library import Library
from index_data.scan.events import FileSetAside
from tests.unit.index_data.conftest import FakeDescriber, events, index, paint

KINDS = 8


def tiny_png(colour: int, *, side: int = 1) -> bytes:
    """A PNG of one pixel, each number another file; one of more pixels declares what it does not hold."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    pixel = chunk(b"IDAT", zlib.compress(b"\0" + colour.to_bytes(3, "big")))
    return b"\x89PNG\r\n\x1a\n" + header + pixel + chunk(b"IEND", b"")


def strange_pictures(folder: Path) -> None:
    """Pictures that are whole and unlike most: every one is to be described."""
    folder.mkdir()
    grain = Image.effect_noise((90, 60), 80)
    colour = Image.merge("RGB", [grain.rotate(angle) for angle in (0, 90, 180)])
    frames = [grain.rotate(angle).convert("P") for angle in (0, 180)]
    frames[0].save(folder / "animated.gif", save_all=True, append_images=frames[1:])
    Image.fromarray(np.asarray(grain).astype(np.uint16) * 257).save(folder / "sixteen-bits.png")
    colour.convert("CMYK").save(folder / "print.jpg")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    colour.save(folder / "turned.jpg", exif=exif)
    colour.rotate(3).save(folder / "a-png-in-truth.jpg", format="PNG")
    colour.rotate(4).convert("RGBA").save(folder / "a-webp-in-truth.tif", format="WEBP")
    colour.rotate(5).resize((9000, 9000)).save(folder / "huge.jpg", quality=20)
    colour.rotate(6).resize((3000, 1)).save(folder / "a-line.png")
    assert len(list(folder.iterdir())) == KINDS


def torture(folder: Path, tiny: int) -> None:
    """Writes bad and strange files among many tiny ones."""
    for number in range(tiny):
        place = folder / f"{number % 10}" / f"{number // 10}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(tiny_png(number))
    strange = folder / "strange"
    paint(strange / "line\nbreak.png", (1, 2, 3))
    paint(strange / os.fsdecode(b"caf\xe9 \xff.png"), (4, 5, 6))
    paint(strange / (240 * "n" + ".png"), (7, 8, 9))
    paint(strange / "UPPER.PNG", (10, 11, 12))
    paint(strange / "-rf.png", (13, 14, 15))
    strange_pictures(folder / "kinds")
    bad = folder / "bad"
    bad.mkdir()
    whole = tiny_png(5)
    (bad / "empty.jpg").touch()
    (bad / "text.jpg").write_text("no picture")
    (bad / "bomb.png").write_bytes(tiny_png(5, side=60_000))
    with io.BytesIO() as whole_jpeg:
        Image.effect_noise((300, 300), 80).save(whole_jpeg, "JPEG")
        (bad / "cut.jpg").write_bytes(whole_jpeg.getvalue()[:9000])
    (bad / "cut.png").write_bytes(whole[:40])
    (bad / "only-a-header.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    (bad / "zeros.heic").write_bytes(bytes(10_000))
    (bad / "noise.webp").write_bytes(os.urandom(10_000))
    (bad / "link-to-nothing.png").symlink_to(bad / "nothing")
    (bad / "link-to-itself.png").symlink_to(bad / "link-to-itself.png")
    (bad / "link-to-a-device.png").symlink_to("/dev/zero")
    (bad / "folder.jpg").mkdir()
    (bad / "round").symlink_to(folder)
    os.mkfifo(bad / "pipe.jpg")
    with suppress(PermissionError):  # only root may
        os.mknod(bad / "device.jpg", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    with socket.socket(socket.AF_UNIX) as listener:
        # A socket's path must be short.
        here = Path.cwd()
        os.chdir(bad)
        try:
            listener.bind("socket.png")
        finally:
            os.chdir(here)


@pytest.mark.skipif(os.name == "nt", reason="the system has no pipes, sockets and devices among its files")
@pytest.mark.parametrize("tiny", [150, pytest.param(10_000, marks=pytest.mark.slow)])
def test_everything_is_gone_through_and_known_the_second_time(library: Library, tmp_path: Path, tiny: int) -> None:
    folder = tmp_path / "photos"
    torture(folder, tiny)
    describer = FakeDescriber()
    told = events(library, folder, describer)
    aside = {Path(os.fsdecode(event.path)).name for event in told if isinstance(event, FileSetAside)}
    assert aside == {
        "empty.jpg",
        "text.jpg",
        "bomb.png",
        "cut.jpg",
        "cut.png",
        "only-a-header.jpg",
        "zeros.heic",
        "noise.webp",
        "link-to-nothing.png",
        "link-to-itself.png",
    }
    status = library.status()
    whole = tiny + 5 + KINDS
    assert (status.images, status.places, status.set_aside) == (whole, whole, len(aside))
    assert describer.described == whole
    counts = index(library, folder, describer)
    assert (counts.unchanged, counts.set_aside, counts.new, counts.removed) == (whole, len(aside), 0, 0)
    assert describer.described == whole
