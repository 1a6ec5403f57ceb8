"""How a picture is turned: by its EXIF facts, by the container that holds it, or by XMP."""

from __future__ import annotations

import re

from PIL import Image

from captioning.images.exif import ORIENTATION, Facts, exif_block

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_SIDEWAYS = frozenset({5, 6, 7, 8})

_XMP = re.compile(rb"tiff:Orientation\s*(?:=\s*[\"']|>)\s*([1-8])\b")

_CONTAINERS_OWN = (b"irot", b"imir")
"""Turns that a HEIF or AVIF container asks for: HEIF's decoder makes them, AVIF's puts them into the EXIF facts."""

_CONTAINER_HEAD = 1 << 20


def orientation(image: Image.Image) -> int:
    """How an image, as its decoder gives it, is still to be turned, in EXIF's numbers: 1 for not at all."""
    if image.format == "TIFF":
        return 1  # its decoder does it
    if image.format == "HEIF":
        return 1 if _container_turns(image) else _known(image.info.get("original_orientation"))
    if image.format == "AVIF" and not _container_turns(image):
        return _oriented(_avif_exif(image))
    block = exif_block(image)
    if ORIENTATION in Facts.of_bytes(block).first:
        return _oriented(block)
    packet = image.info.get("xmp")
    said = _XMP.search(packet) if isinstance(packet, bytes) else None
    return _known(int(said[1])) if said else 1


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height of an image when it is turned upright."""
    width, height = image.size
    return (height, width) if orientation(image) in _SIDEWAYS else (width, height)


def turned(image: Image.Image, number: int) -> Image.Image:
    """The image turned as EXIF's number says; itself for 1."""
    turn = _TURNS.get(number)
    return image if turn is None else image.transpose(turn)


def _known(number: object) -> int:
    return number if isinstance(number, int) and number in _TURNS else 1


def _oriented(block: bytes) -> int:
    entry = Facts.of_bytes(block).first.get(ORIENTATION)
    return _known(entry.number()) if entry else 1


def _avif_exif(image: Image.Image) -> bytes:
    """The EXIF facts of an AVIF file; its decoder gives them with what the container says in place of their turn."""
    decoder = getattr(image, "_decoder", None)
    block = decoder.get_info()[4] if decoder is not None else b""
    return block if isinstance(block, bytes) else b""


def _container_turns(image: Image.Image) -> bool:
    file = getattr(image, "fp", None)
    if file is None:
        return True
    place = file.tell()
    file.seek(0)
    head = file.read(_CONTAINER_HEAD)
    file.seek(place)
    meta = head.find(b"iprp")
    return any(turn in head[meta : meta + _CONTAINER_HEAD] for turn in _CONTAINERS_OWN) if meta >= 0 else False
