"""What decoding a picture may cost, reckoned from its header before anything is paid."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from captioning.errors import UnreadableImageError
from captioning.images.jpeg import JpegLayout

MAX_PIXELS = 300_000_000
"""An image that declares more pixels than this is refused before it is decoded, unless another number is given."""

MAX_BYTES = 4 * 2**30
"""A longer file holds no photograph; it is refused before it is read."""

SECONDS = 30.0
"""Decoding a file may take as long as this; then the file is set aside."""

TOO_SLOW = f"decoding it takes longer than {SECONDS:.0f} seconds"

BYTES_PER_PIXEL = 4
"""What a picture of the most pixels may take for each of them, all copies together: what Pillow keeps of one."""

MOST_OF_IT = 0.6
"""The share of a picture that must be there, if the rest is missing, for it to be taken."""

MAX_SCANS = 500
"""Passes of a progressive JPEG over its picture; programs write about ten."""

HEADER_BYTES = 512 * 2**20
"""Read of a file, at most, until its header is known."""

APART_BYTES = 256 * 2**20
"""A picture that takes more is decoded in a process of its own, one at a time."""

APART_PIXELS_SCANNED = 600_000_000
"""Likewise a progressive JPEG whose scans together pass over more pixels."""

DECODED_AS_A_WHOLE = frozenset({"WEBP", "AVIF", "HEIF"})
"""Formats of which a decoder reads the file first and then works on, so that no look at the clock comes in between."""

_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
"""Bytes that Pillow stores for a pixel; of other modes, four."""

_DECODERS_OWN = {"WEBP": 13, "AVIF": 8, "HEIF": 6, "JPEG2000": 16, "TIFF": 2, "GIF": 1}
"""Bytes a pixel that decoders keep beside what Pillow stores; measured, and rounded up."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What decoding one picture takes.

    Attributes:
        memory: Bytes.
        pixels_scanned: Pixels times the passes over them.
    """

    memory: int
    pixels_scanned: int

    @property
    def is_high(self) -> bool:
        """Whether the picture is to be decoded in a process of its own."""
        return self.memory > APART_BYTES or self.pixels_scanned > APART_PIXELS_SCANNED


def cost(image: Image.Image, *, layout: JpegLayout | None = None, scale: int = 1) -> Cost:
    """Reckons what decoding will take.

    Args:
        image: Opened, not yet loaded.
        layout: Of a JPEG file.
        scale: By how much a JPEG decoder shrinks the picture itself.
    """
    pixels = image.width * image.height
    stored = _STORED.get(image.mode, 4) * pixels // scale**2
    if layout is not None:
        # A progressive picture is held whole, as coefficients of two bytes, until its last scan has come.
        held = int(2 * layout.samples_per_pixel * pixels) if layout.progressive else 0
        return Cost(stored + held, pixels * max(layout.scans, 1))
    tiles = _tile_bytes(image)
    return Cost(stored + tiles + _DECODERS_OWN.get(image.format or "", 0) * pixels, pixels)


def check_cost(price: Cost, *, max_pixels: int, scans: int = 1) -> None:
    """Refuses what costs too much.

    Args:
        price: As `cost` reckons it.
        max_pixels: Pixels that a picture may have.
        scans: Of a JPEG.

    Raises:
        UnreadableImageError: Decoding would take too much memory, or too many passes.
    """
    if scans > MAX_SCANS:
        raise UnreadableImageError(f"it is drawn in {scans:,} scans; more than {MAX_SCANS} are not decoded")
    if price.memory > BYTES_PER_PIXEL * max_pixels:
        raise UnreadableImageError(f"decoding it would take {price.memory / 1e9:.1f} GB of memory")


def _tile_bytes(image: Image.Image) -> int:
    """What one tile of a TIFF takes, which may be larger than the picture."""
    tags = getattr(image, "tag_v2", None)
    if tags is None:
        return 0
    try:
        width, height = int(tags.get(322, 0)), int(tags.get(323, 0))
        samples = max(int(tags.get(277, 1)), 1) * max(max(tags.get(258, (8,))), 8) // 8
    except (TypeError, ValueError):
        return 0
    return int(max(width * height * samples, 0))
