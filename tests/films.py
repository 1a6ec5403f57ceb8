"""Films that tests make for themselves: drawn frames and photographs in any codec, container and shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from search.samples import copy_sample_photographs

Picture = str | Image.Image | Callable[[float], Image.Image]
"""A colour, a still, or what draws a frame from how much of its scene has passed, in [0, 1)."""

SOUND_RATE = 48_000
_TONE_SAMPLES = 1024
_CLOCK = Fraction(1, 90_000)
_SOUND_CODECS = {".webm": "libopus", ".mpg": "mp2", ".avi": "pcm_s16le", ".wmv": "wmav2"}
_FORMATS = {".m4v": "mp4", ".mts": "mpegts", ".wmv": "asf"}
_HDR = {"pq": (9, 16, 9), "hlg": (9, 18, 9)}
"""Numbers of the primaries, the transfer and the matrix, as ITU-T H.273 has them."""


@dataclass(frozen=True)
class Look:
    """How a film is stored.

    Attributes:
        size: Width and height of its pictures, upright, in pixels that are stored.
        fps: Frames a second.
        codec: FFmpeg's name of the encoder.
        gop: Most frames from one key frame to the next.
        key_frames_at_cuts: Whether the encoder may begin a scene with a key frame, as it pleases.
        rotation: Degrees clockwise by which a player turns the stored pictures: 0, 90, 180 or 270.
        mirrored: Whether a player shows them as in a mirror, after turning.
        pixel_aspect: Width of a pixel by its height.
        sound: Whether there is a tone beside the pictures.
        pixel_format: FFmpeg's name.
        hdr: "pq" or "hlg", of pictures with ten bits.
        interlaced: Whether fields are stored, of frames that are drawn twice as often.
        start: Seconds at which the first frame is shown.
        times: Gives the time of a frame of a number; else they follow each other evenly.
        metadata: Words of the container.
        options: More of the encoder.
        container_options: Of what writes the container.
    """

    size: tuple[int, int] = (64, 48)
    fps: int = 10
    codec: str = "libx264"
    gop: int = 250
    key_frames_at_cuts: bool = True
    rotation: int = 0
    mirrored: bool = False
    pixel_aspect: Fraction = Fraction(1)
    sound: bool = False
    pixel_format: str = "yuv420p"
    hdr: str = ""
    interlaced: bool = False
    start: float = 0.0
    times: Callable[[int], float] | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)


def make_film(path: Path, scenes: Sequence[tuple[Picture, float]], **look: Any) -> Path:
    """Writes a film of scenes, each a picture and its seconds; its ending says in which container.

    Args:
        path: Of the film.
        scenes: What a person shall see, one after the other.
        look: As in `Look`.

    Returns:
        The path.
    """
    how = Look(**look)
    with av.open(str(path), "w", format=_FORMATS.get(path.suffix), options=how.container_options) as container:
        container.metadata.update(how.metadata)
        stream = _video_stream(container, how)
        clock = stream.codec_context.time_base
        sound = _sound_stream(container, path.suffix) if how.sound else None
        samples = 0
        for number, frame in enumerate(_frames(scenes, how)):
            seconds = how.start + (how.times(number) if how.times else number / how.fps)
            frame.pts, frame.time_base = round(seconds / clock), clock
            container.mux(stream.encode(frame))
            while sound is not None and samples / SOUND_RATE <= seconds - how.start:
                container.mux(sound.encode(_tone(samples)))
                samples += _TONE_SAMPLES
        container.mux(stream.encode())
        if sound is not None:
            container.mux(sound.encode())
    return path


def _video_stream(container: Any, look: Look) -> Any:
    options = {"preset": "superfast"} if look.codec in ("libx264", "libx265") else {}
    if look.codec == "libx265":
        options["x265-params"] = "log-level=none:pools=none:frame-threads=1"
    if not look.key_frames_at_cuts:
        options["sc_threshold"] = "0" if look.codec != "mpeg2video" else "1000000000"
    if look.interlaced:
        options["flags"] = "+ildct+ilme"
    stream = container.add_stream(look.codec, look.fps, options={**options, **look.options})
    stream.width, stream.height = look.size if look.rotation % 180 == 0 else look.size[::-1]
    stream.pix_fmt = "yuv420p10le" if look.hdr else look.pixel_format
    context = stream.codec_context
    context.gop_size, context.thread_count = look.gop, 1
    context.sample_aspect_ratio = look.pixel_aspect
    context.time_base = _CLOCK if look.times or look.start else Fraction(1, look.fps)
    if look.hdr:
        context.color_primaries, context.color_trc, context.colorspace = _HDR[look.hdr]
        context.color_range = 1
    if look.rotation or look.mirrored:
        stream.set_display_matrix(_matrix(look.rotation, mirrored=look.mirrored))
    return stream


def rewrite(film: Path, path: Path, *, stamp: Callable[[int], int] | None = None, **container_options: str) -> Path:
    """Copies the pictures of a film, without encoding them anew, to another container, or another kind of one.

    Args:
        film: What is copied.
        path: Where to.
        stamp: Gives each packet another time, in ticks.
        container_options: Of what writes the container.

    Returns:
        The path.
    """
    with av.open(str(film)) as source, av.open(str(path), "w", options=container_options) as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.pts is None or packet.dts is None:  # the end
                continue
            if stamp is not None:
                packet.pts, packet.dts = stamp(packet.pts), stamp(packet.dts)
            packet.stream = stream
            container.mux(packet)
    return path


def add_tone(container: Any, *, seconds: float) -> None:
    """Writes a film of sound alone."""
    sound = _sound_stream(container, "")
    for samples in range(0, round(seconds * SOUND_RATE), _TONE_SAMPLES):
        container.mux(sound.encode(_tone(samples)))
    container.mux(sound.encode())


def _sound_stream(container: Any, suffix: str) -> Any:
    stream = container.add_stream(_SOUND_CODECS.get(suffix, "aac"), SOUND_RATE)
    stream.bit_rate = 64_000
    stream.layout = "mono"
    return stream


def _matrix(rotation: int, *, mirrored: bool) -> list[int]:
    """A display matrix, as ISO/IEC 14496-12 has it: 16.16 fixed point, the last column 2.30."""
    cosine, sine = round(math.cos(math.radians(rotation))), round(math.sin(math.radians(rotation)))
    across = -1 if mirrored else 1
    one = 1 << 16
    return [across * cosine * one, sine * one, 0, -across * sine * one, cosine * one, 0, 0, 0, 1 << 30]


def _frames(scenes: Iterable[tuple[Picture, float]], look: Look) -> Iterator[Any]:
    rate = 2 * look.fps if look.interlaced else look.fps
    drawn = (
        _stored(_drawn(picture, n / (seconds * rate), look), look)
        for picture, seconds in scenes
        for n in range(round(seconds * rate))
    )
    for picture in drawn:
        pixels = np.asarray(picture).copy()
        if look.interlaced:
            pixels[1::2] = np.asarray(next(drawn))[1::2]
        yield _encodable(pixels, look)


def _drawn(picture: Picture, share: float, look: Look) -> Image.Image:
    if isinstance(picture, str):
        return Image.new("RGB", look.size, picture)
    return picture if isinstance(picture, Image.Image) else picture(share)


def _stored(picture: Image.Image, look: Look) -> Image.Image:
    """The picture as it lies in the film, to be turned and mirrored by whoever shows it."""
    picture = picture.convert("RGB").resize(look.size)
    if look.mirrored:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return picture.rotate(look.rotation, expand=True) if look.rotation else picture


def _encodable(pixels: NDArray[np.uint8], look: Look) -> Any:
    if not look.hdr:
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        return frame.reformat(format=look.pixel_format, interpolation="BILINEAR")
    frame = av.VideoFrame.from_ndarray(_hdr_signal(pixels, look.hdr), format="rgb48le")
    frame = frame.reformat(format="yuv420p10le", dst_colorspace=9)
    frame.color_primaries, frame.color_trc, frame.colorspace = _HDR[look.hdr]
    return frame


def _hdr_signal(pixels: NDArray[np.uint8], kind: str) -> NDArray[np.uint16]:
    """The signal of ITU-R BT.2100 for a picture whose white is as bright as paper: 203 candelas a square metre."""
    values = pixels / 255.0
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    # Of BT.709's primaries to BT.2020's, after ITU-R BT.2087.
    linear = linear @ np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]).T
    if kind == "pq":
        power = (linear * 203 / 10_000) ** 0.1593017578125
        signal = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    else:
        # Paper white at 75 % of the signal, where the scene's light is 0.265 of the most.
        light = 0.265 * linear
        signal = np.where(
            light <= 1 / 12,
            np.sqrt(3 * light),
            0.17883277 * np.log(np.maximum(12 * light, 1) - 0.28466892) + 0.55991073,
        )
    stored: NDArray[np.uint16] = np.round(np.clip(signal, 0, 1) * 65535).astype(np.uint16)
    return stored


def _tone(samples: int) -> Any:
    wave = np.sin(2 * np.pi * 440 * (samples + np.arange(_TONE_SAMPLES)) / SOUND_RATE)
    frame = av.AudioFrame.from_ndarray((wave * 8000).astype(np.int16)[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, samples, Fraction(1, SOUND_RATE)
    return frame


def pattern(seed: int, *, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """A picture of coloured patches, another for each seed."""
    patches = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC)


@cache
def sample_photographs() -> dict[str, Image.Image]:
    """The sample photographs by their names without ending, RGB."""
    with TemporaryDirectory() as folder:
        copy_sample_photographs(Path(folder))
        return {path.stem: Image.open(path).convert("RGB") for path in sorted(Path(folder).iterdir())}


def fade(before: Image.Image, after: Image.Image) -> Callable[[float], Image.Image]:
    """Draws one picture giving way to another of the same size, over the whole scene."""
    return lambda share: Image.blend(before, after, share)


def pan(picture: Image.Image, *, size: tuple[int, int] = (64, 48)) -> Callable[[float], Image.Image]:
    """Draws a camera that goes over a picture from left to right."""
    wide = picture.resize((2 * size[0], size[1]))
    return lambda share: wide.crop((round(share * size[0]), 0, round(share * size[0]) + size[0], size[1]))
