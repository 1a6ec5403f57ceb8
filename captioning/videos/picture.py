"""Turns decoded frames into what people see: upright, with square pixels, whole, in the screen's colours.

Axis legend: H rows, W columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from av import VideoFrame

_PQ, _HLG = 16, 18
"""Transfers of HDR, as ITU-T H.273 numbers them."""

_BT709, _BT601 = 1, 5
_MATRICES = frozenset({0, _BT709, 4, _BT601, 6, 7, 9})
"""Matrices between luma with chroma and RGB that the scaler knows, as ITU-T H.273 numbers them."""

_WIDE = 9
"""The primaries of BT.2020."""

_HIGH = 720
"""From so many lines on, a video that does not say so has the colours of high definition."""

_PAPER = 203.0
"""Candelas a square metre of white paper in HDR, after ITU-R BT.2408: it becomes nearly the screen's white."""

_BRIGHTEST = 2 * (1000.0 / _PAPER - 0.5)
"""What becomes the screen's white: light of 1,000 candelas, for which HDR is made, in half papers above a half."""

_BAND_PIXELS = 500_000
"""So many are brought to the screen's range at once."""

_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], dtype=np.float32
)
"""From the primaries of BT.2020 to those of the screen, after ITU-R BT.2087."""

_OF_BT2020 = np.array([0.2627, 0.6780, 0.0593], np.float32)
"""How much of each primary is in the luminance."""

_ODDEST_ASPECT = 8
"""A pixel that is said to be longer than this is square."""

Turn = tuple[int, int, int, int]
"""The signs of a display matrix: what columns and rows, in this order, give to columns, then to rows."""

_UPRIGHT: Turn = (1, 0, 0, 1)

_TURNS: dict[Turn, Image.Transpose] = {
    (-1, 0, 0, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (-1, 0, 0, -1): Image.Transpose.ROTATE_180,
    (0, 1, -1, 0): Image.Transpose.ROTATE_270,
    (0, -1, 1, 0): Image.Transpose.ROTATE_90,
    (0, 1, 1, 0): Image.Transpose.TRANSPOSE,
    (0, -1, -1, 0): Image.Transpose.TRANSVERSE,
}


class FramePainter:
    """Makes pictures of the frames of one video."""

    def __init__(self, aspect: Fraction | None) -> None:
        """Takes how wide a pixel of the video is by its height; none where nothing says so."""
        import av

        sensible = aspect is not None and Fraction(1, _ODDEST_ASPECT) <= aspect <= _ODDEST_ASPECT
        self._aspect = aspect if aspect is not None and sensible else Fraction(1)
        self._turn: Turn | None = None
        self._scaler = av.video.reformatter.VideoReformatter()
        self._filter = int(av.video.reformatter.Interpolation.BICUBIC | av.video.reformatter.Interpolation.ACCURATE_RND)

    def size(self, frame: VideoFrame) -> tuple[int, int]:
        """Width and height of a frame as it is shown."""
        width, height = self._square(frame)
        return (height, width) if self._turn_of(frame)[0] == 0 else (width, height)

    def square(self, frame: VideoFrame, *, side: int) -> NDArray[np.uint8]:
        """The frame as the network takes it, as `captioning.images.read_pixels` makes it.

        Returns:
            RGB pixels, shape (side, side, 3), uint8.
        """
        pixels = self._rgb(frame, side, side)
        turn = _TURNS.get(self._turn_of(frame))
        return pixels if turn is None else np.array(Image.fromarray(pixels).transpose(turn))

    def picture(self, frame: VideoFrame, *, side: int | None = None) -> Image.Image:
        """The frame as people see it.

        Args:
            frame: Decoded.
            side: The most pixels of either side; as many as the frame has, without it.

        Returns:
            RGB.
        """
        width, height = self._square(frame)
        if side is not None and max(width, height) > side:
            width, height = (max(round(length * side / max(width, height)), 1) for length in (width, height))
        image = Image.fromarray(self._rgb(frame, width, height))
        turn = _TURNS.get(self._turn_of(frame))
        return image if turn is None else image.transpose(turn)

    def _turn_of(self, frame: VideoFrame) -> Turn:
        # Of the first frame alone: asked for what lies beside it, a frame holds on to itself until Python looks for
        # cycles, which it does by their number, however large frames are.
        if self._turn is None:
            self._turn = _turn(frame)
        return self._turn

    def _square(self, frame: VideoFrame) -> tuple[int, int]:
        """Width and height of a frame with square pixels, before it is turned; none of its lines is lost."""
        if self._aspect < 1:
            return frame.width, max(round(frame.height / self._aspect), 1)
        return max(round(frame.width * self._aspect), 1), frame.height

    def _rgb(self, frame: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
        """The frame's pixels at another size, (H, W, 3), uint8."""
        transfer, primaries, matrix = frame.color_trc, frame.color_primaries, frame.colorspace
        if frame.interlaced_frame:
            frame = _field(frame)
        if matrix not in _MATRICES:
            matrix = _BT709 if frame.height >= _HIGH else _BT601
        wide = transfer in (_PQ, _HLG)
        scaled = self._scaler.reformat(
            frame,
            width,
            height,
            format="rgb48le" if wide else "rgb24",
            src_colorspace=matrix,
            interpolation=self._filter,
            threads=1,
        )
        pixels: NDArray[Any] = scaled.to_ndarray()
        return _toned(pixels, transfer=transfer, wide_gamut=primaries == _WIDE) if wide else pixels


def _turn(frame: VideoFrame) -> Turn:
    """How a frame is to be turned, to the nearest right angle."""
    side_data: Mapping[str, Any] = frame.side_data
    if (matrix := side_data.get("DISPLAYMATRIX")) is None:
        return _UPRIGHT
    a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].astype(np.int64)
    if abs(a) >= abs(b):
        return int(np.sign(a)) or 1, 0, 0, int(np.sign(d)) or 1
    return 0, int(np.sign(b)), int(np.sign(c)) or 1, 0


def _field(frame: VideoFrame) -> VideoFrame:
    """Every other line of a frame: those that were taken at one time."""
    import av

    graph = av.filter.Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000))
    field, sink = graph.add("field", "top"), graph.add("buffersink")
    source.link_to(field)
    field.link_to(sink)
    graph.configure()
    graph.push(frame)
    lines: VideoFrame = graph.pull()  # type: ignore[assignment]
    return lines


def _toned(signal: NDArray[np.uint16], *, transfer: int, wide_gamut: bool) -> NDArray[np.uint8]:
    """Brings HDR to what a screen shows: white paper stays light, and what is brighter keeps its differences.

    Args:
        signal: (H, W, 3), uint16.
        transfer: How the signal stands for light.
        wide_gamut: Whether its primaries are those of BT.2020.

    Returns:
        (H, W, 3), uint8.
    """
    light, display = _light(transfer), _display()
    toned = np.empty(signal.shape, np.uint8)
    rows = max(_BAND_PIXELS // max(signal.shape[1], 1), 1)
    for top in range(0, len(signal), rows):
        linear = light[signal[top : top + rows]]
        luminance = linear @ _OF_BT2020
        # The upper half of the range is Reinhard's (Reinhard et al., "Photographic Tone Reproduction for Digital
        # Images", 2002, equation 4); below it nothing changes.
        above = 2 * np.maximum(luminance - 0.5, 0.0)
        mapped = np.minimum(luminance, 0.5) + above * (1 + above / _BRIGHTEST**2) / (2 * (1 + above))
        linear *= (mapped / np.maximum(luminance, 1e-6))[..., None]
        if wide_gamut:
            linear = linear @ _TO_BT709.T
        toned[top : top + rows] = display[np.clip(linear * (len(display) - 1), 0, len(display) - 1).astype(np.int32)]
    return toned


@cache
def _light(transfer: int) -> NDArray[np.float32]:
    """Light of each value of a signal, in white papers, (65536,), float32."""
    signal = np.linspace(0, 1, 65536)
    if transfer == _PQ:  # ITU-R BT.2100, table 4
        power = signal ** (1 / 78.84375)
        light = 10_000 * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
        return (light / _PAPER).astype(np.float32)
    # Table 5; the scene's light, of which a system's gamma on a screen of 1,000 candelas makes 203 of white paper.
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    return (1000 * scene**1.2 / _PAPER).astype(np.float32)


@cache
def _display() -> NDArray[np.uint8]:
    """The screen's value, sRGB, of light from none to white, (4096,), uint8."""
    light = np.linspace(0, 1, 4096)
    values = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(255 * values).astype(np.uint8)
