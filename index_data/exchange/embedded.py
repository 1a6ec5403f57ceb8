"""Descriptions and keywords that other programs left with a photograph: sidecar, XMP, IPTC, EXIF."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

from captioning.errors import UnreadableImageError
from captioning.images import open_image
from index_data.annotation.normalize import visible
from index_data.exchange.notes import Noted, NotedCaption, Provenance
from index_data.exchange.source import UndecodableError, words_of
from index_data.exchange.xmp import XmpError, read_xmp

IPTC_CAPTION, IPTC_KEYWORD = (2, 120), (2, 25)
WINDOWS_COMMENT, WINDOWS_KEYWORDS = 0x9C9C, 0x9C9E
CAMERA_WORDS = frozenset(
    {
        *("olympus digital camera", "sony dsc", "samsung", "digital camera", "camera", "default", "dcim", "untitled"),
        *("minolta digital camera", "konica minolta digital camera", "kodak digital still camera"),
        *("exif_jpeg_picture", "exif jpeg", "ascii", "binary comment", "charset=ascii binary comment"),
    }
)
"""What cameras write where a description belongs."""


LEGACY = "their words are not UTF-8 and were read as Windows-1252"
UNDECODABLE = "some of their words are text neither in UTF-8 nor in Windows-1252, and were left out"


def sidecars(path: bytes) -> tuple[Path, Path]:
    """Where a photograph's sidecar may lie: `photo.jpg.xmp`, which is ours to write, and `photo.xmp`."""
    file = Path(os.fsdecode(path))
    return file.with_name(f"{file.name}.xmp"), file.with_suffix(".xmp")


def read_photograph(path: bytes) -> Noted:
    """Reads the words that lie with a photograph: the first description that is one, and all keywords.

    Raises:
        UnreadableImageError: The file is not an image, or may not be read.
    """
    sources = [_sidecar(file) for file in sidecars(path)]
    with open_image(path) as image:
        sources.append(_packet(image))
        if isinstance(image, ImageFile.ImageFile):
            sources.append(_iptc(image))
        sources.append(_exif(image))
    described = [caption for noted in sources for caption in noted.captions if _is_description(caption.text)]
    # What imgsearch wrote and no person typed gives way to the words of others, wherever they stand.
    described.sort(key=lambda caption: caption.source not in (None, Provenance.TYPED))
    first = next(iter(described), None)
    tags = dict.fromkeys(tag for noted in sources for tag in noted.tags if visible(tag))
    remarks = dict.fromkeys(remark for noted in sources for remark in noted.remarks)
    return Noted(path, (first,) if first else (), tuple(tags), remarks=tuple(remarks))


def _is_description(text: str) -> bool:
    return bool(visible(text)) and visible(text).lower() not in CAMERA_WORDS


def _sidecar(file: Path) -> Noted:
    try:
        return read_xmp(file.read_bytes())
    except (OSError, XmpError) as error:
        # A photograph whose name is as long as names can be has no sidecar.
        if isinstance(error, OSError) and error.errno in (errno.ENOENT, errno.ENAMETOOLONG):
            return Noted(b"")
        raise UnreadableImageError(f"its sidecar {file.name} could not be read ({error})") from error


def _packet(image: Image.Image) -> Noted:
    packet = image.info.get("xmp") or b""
    try:
        return read_xmp(packet.encode() if isinstance(packet, str) else packet) if packet else Noted(b"")
    except XmpError:  # a damaged block says nothing; the picture may still be whole
        return Noted(b"")


def _iptc(image: ImageFile.ImageFile) -> Noted:
    try:
        records = IptcImagePlugin.getiptcinfo(image) or {}
    except Exception:  # Pillow raises anything on a damaged block
        return Noted(b"")
    remarks: list[str] = []
    captions, tags = (
        [_bytes_text(one, remarks) for one in _listed(records.get(key))] for key in (IPTC_CAPTION, IPTC_KEYWORD)
    )
    return _noted(captions, tags, remarks)


def _exif(image: Image.Image) -> Noted:
    remarks: list[str] = []
    try:
        exif = image.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        description = exif.get(ExifTags.Base.ImageDescription)
        # Pillow reads each byte as a character, and most programs write UTF-8.
        latin = _bytes_text(description.encode("latin-1"), remarks) if isinstance(description, str) else ""
        comment, keywords = (_wide(exif.get(tag)) for tag in (WINDOWS_COMMENT, WINDOWS_KEYWORDS))
        captions = [latin, comment, _user_comment(details.get(ExifTags.Base.UserComment), remarks)]
    except Exception:  # a damaged EXIF block says nothing; the picture may still be whole
        return Noted(b"")
    return _noted(captions, keywords.split(";"), remarks)


def _noted(captions: list[str], tags: list[str], remarks: list[str]) -> Noted:
    return Noted(
        b"",
        tuple(NotedCaption(text) for one in captions if (text := one.strip("\0 \r\n\t"))),
        tuple(tag for one in tags if (tag := one.strip("\0 \r\n\t"))),
        remarks=tuple(remarks),
    )


def _listed(value: bytes | list[bytes] | None) -> list[bytes]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _bytes_text(value: bytes, remarks: list[str]) -> str:
    try:
        text, legacy = words_of(value)
    except UndecodableError:
        remarks.append(UNDECODABLE)
        return ""
    if legacy:
        remarks.append(LEGACY)
    return text


def _wide(value: object) -> str:
    """What Windows writes: UTF-16 in a row of bytes."""
    raw = bytes(value) if isinstance(value, (bytes, tuple)) else b""
    return raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace").rstrip("\0")


def _user_comment(value: object, remarks: list[str]) -> str:
    if not isinstance(value, bytes):
        return ""
    kind, text = value[:8], value[8:]
    return text.decode("utf-16", "replace") if kind == b"UNICODE\0" else _bytes_text(text, remarks)
