"""Only listed decoders are reached, and what a picture costs is bounded before it is paid."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from captioning.apart import process as apart_process
from captioning.apart.process import IdleProcesses
from captioning.apart.start import start_module
from captioning.errors import UnreadableImageError
from captioning.images import DECODERS, decoder_processes, limits, load_pixels, load_thumbnail, open_image
from captioning.images.decode import decode
from captioning.images.decoder_processes import decode_by_the_clock
from captioning.images.exif import Facts
from captioning.images.formats import register_decoders
from captioning.images.jpeg import read_layout
from captioning.images.limits import BYTES_PER_PIXEL, MAX_PIXELS, Cost, check_cost

Image.init()
PLUGINS = sorted(Image.OPEN)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_only_listed_decoders_are_reached(tmp_path: Path, plugin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = []

    class Recorder(ImageFile.ImageFile):
        def _open(self) -> None:
            reached.append(plugin)
            raise SyntaxError("only looked at")

    # A file that the plugin takes for its own, whatever its name says.
    monkeypatch.setitem(Image.OPEN, plugin, (Recorder, lambda prefix: True))
    (tmp_path / "holiday.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EOF\n")
    with pytest.raises(UnreadableImageError):
        open_image(tmp_path / "holiday.jpg")
    assert bool(reached) == (plugin in DECODERS)


def test_no_program_is_started_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "gs"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    for kind in (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EOF\n", b"\xc5\xd0\xd3\xc6" + bytes(60)):
        (tmp_path / "a.jpg").write_bytes(kind)
        with pytest.raises(UnreadableImageError, match="it is not an image that can be decoded"):
            load_pixels(tmp_path / "a.jpg", side=8)
    assert not (tmp_path / "was-run").exists()


def png(width: int, height: int, *, extra: bytes = b"", rows: int = 1) -> bytes:
    """A PNG that declares a size and holds but a few rows."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes(4 * width)) * rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@given(memory=st.integers(0, 10**11), pixels=st.integers(1, MAX_PIXELS), scans=st.integers(1, 2000))
def test_no_more_is_paid_than_a_picture_at_the_limit_takes(memory: int, pixels: int, scans: int) -> None:
    price = Cost(memory, pixels * scans)
    try:
        check_cost(price, max_pixels=MAX_PIXELS, scans=scans)
    except UnreadableImageError:
        assert memory > 1_200_000_000 or scans > limits.MAX_SCANS
    else:
        assert memory <= BYTES_PER_PIXEL * MAX_PIXELS == 1_200_000_000
        # Whatever is not cheap is decoded one at a time.
        assert price.is_high or (memory <= 2**28 and pixels * scans <= 600_000_000)


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "HEIF", "JPEG2000", "TIFF", "PNG", "GIF"])
def test_every_format_is_bounded_by_its_own_copies(kind: str) -> None:
    image = Image.new("RGB", (1, 1))
    image.format = kind
    image._size = (MAX_PIXELS // 10_000, 10_000)
    price = limits.cost(image)
    assert price.is_high
    assert price.memory >= BYTES_PER_PIXEL * MAX_PIXELS


def test_a_costly_picture_is_decoded_apart_and_looks_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 4), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    here = load_pixels(tmp_path / "a.png", side=16), np.asarray(load_thumbnail(tmp_path / "a.png", side=16))
    monkeypatch.setattr(limits, "APART_BYTES", 1)
    there = load_pixels(tmp_path / "a.png", side=16), np.asarray(load_thumbnail(tmp_path / "a.png", side=16))
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one, other)
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:9000])
    with pytest.raises(UnreadableImageError, match="it is damaged"):
        load_pixels(tmp_path / "cut.png", side=16)


@pytest.fixture
def hanging_decoders(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Has every decoder that starts from now on hang at once, and be waited for no time."""

    def start(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        process = start_module(*arguments, **options)
        os.kill(process.pid, signal.SIGSTOP)
        return process

    def hang() -> None:
        monkeypatch.setattr(apart_process, "start_module", start)
        monkeypatch.setattr(decoder_processes, "_idle", IdleProcesses(decoder_processes.DecoderProcess))
        monkeypatch.setattr(decoder_processes, "SECONDS", 0.0)

    return hang


def test_what_takes_too_long_elsewhere_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hanging_decoders: Callable[[], None]
) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    monkeypatch.setattr(limits, "APART_BYTES", 1)
    hanging_decoders()
    with pytest.raises(UnreadableImageError, match="takes longer than 30 seconds"):
        load_pixels(tmp_path / "a.png", side=8)


@pytest.mark.parametrize("ending", ["webp", "avif", "heic"])
def test_a_decoder_that_never_looks_at_the_clock_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, hanging_decoders: Callable[[], None]
) -> None:
    register_decoders()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8))
    noise.save(tmp_path / f"a.{ending}")
    with open_image(tmp_path / f"a.{ending}") as image:
        here = decode(image, side=16, filling=True)
    there = decode_by_the_clock(tmp_path / f"a.{ending}", side=16, filling=True, max_pixels=MAX_PIXELS)
    assert there.tobytes() == here.tobytes()
    hanging_decoders()
    with pytest.raises(UnreadableImageError, match="takes longer than 30 seconds"):
        load_pixels(tmp_path / f"a.{ending}", side=8)
    monkeypatch.undo()
    assert load_pixels(tmp_path / f"a.{ending}", side=8).shape == (8, 8, 3)


def test_a_decoder_that_was_killed_after_its_answer_takes_no_other_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "a.webp")
    process = decoder_processes.DecoderProcess()
    try:
        answered = process._answered

        def late() -> None:
            process._kill()
            answered()

        monkeypatch.setattr(process, "_answered", late)
        assert process.decode(tmp_path / "a.webp", side=8, filling=True, max_pixels=MAX_PIXELS).size == (40, 30)
        assert not process.ready
    finally:
        process.end()


def test_a_decoder_takes_one_picture_after_the_other(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "a.webp")
    (tmp_path / "b.webp").write_bytes((tmp_path / "a.webp").read_bytes()[:-20])
    process = decoder_processes.DecoderProcess()
    try:
        decode_there = partial(process.decode, side=8, filling=True, max_pixels=MAX_PIXELS)
        with pytest.raises(UnreadableImageError):
            decode_there(tmp_path / "b.webp")
        assert process.ready
        red, green, _ = np.asarray(decode_there(tmp_path / "a.webp"))[3, 3]
        assert red > 240 > 20 > green
        process._process.kill()
        with pytest.raises(UnreadableImageError, match="its decoder broke down"):
            decode_there(tmp_path / "a.webp")
    finally:
        process.end()


def test_a_file_whose_time_is_up_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    clock = iter(range(0, 10**6, 20))
    monkeypatch.setattr("captioning.images.source.monotonic", lambda: next(clock))
    with pytest.raises(UnreadableImageError, match="takes longer than 30 seconds"):
        load_pixels(tmp_path / "a.png", side=8)


def test_endless_scans_are_counted_and_refused(tmp_path: Path) -> None:
    held = io.BytesIO()
    Image.effect_noise((64, 64), 80).save(held, "JPEG", progressive=True)
    jpeg = held.getvalue()
    layout = read_layout(io.BytesIO(jpeg))
    assert layout is not None
    assert layout.progressive
    assert 2 <= layout.scans <= 20
    last = jpeg.rindex(b"\xff\xda")
    (tmp_path / "a.jpg").write_bytes(jpeg[:-2] + 600 * jpeg[last:-2] + b"\xff\xd9")
    with pytest.raises(UnreadableImageError, match="scans; more than 500 are not decoded"):
        load_pixels(tmp_path / "a.jpg", side=8)


def test_exif_facts_that_would_take_all_memory_are_refused(tmp_path: Path) -> None:
    held = io.BytesIO()
    Image.new("RGB", (8, 8)).save(held, "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", 65_000) + b"Exif\0\0" + bytes(64_992)
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8" + 2 * segment + held.getvalue()[2:])
    with pytest.raises(UnreadableImageError, match="its EXIF facts are too large"):
        open_image(tmp_path / "a.jpg")


def test_much_text_says_nothing_against_a_png(tmp_path: Path) -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(20_000_000)))
    (tmp_path / "a.png").write_bytes(png(8, 8, extra=bomb, rows=8))
    assert load_pixels(tmp_path / "a.png", side=8).shape == (8, 8, 3)
    text = b"".join(chunk(b"tEXt", b"Comment\0" + 900_000 * b"x") for _ in range(80))
    (tmp_path / "b.png").write_bytes(png(8, 8, extra=text, rows=8))
    assert load_pixels(tmp_path / "b.png", side=8).shape == (8, 8, 3)


def test_a_file_larger_than_photographs_are_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.jpg").open("wb") as stream:
        stream.truncate(limits.MAX_BYTES + 1)
    with pytest.raises(UnreadableImageError, match="it is larger than 4 GiB"):
        open_image(tmp_path / "a.jpg")


@given(st.binary(max_size=300))
def test_no_directory_is_too_strange(block: bytes) -> None:
    for start in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        facts = Facts.of_bytes(start + block)
        for entry in (*facts.first.values(), *facts.below(0x8769).values()):
            assert isinstance(entry.number(), int)
            assert len(entry.raw) <= 1 << 16
