"""What a photograph says of how and when it was taken: EXIF facts, XMP, IPTC, satellites' clocks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from lxml import etree
from PIL import Image

from captioning.images.exif import Directory, Entry, Facts, exif_block
from index_data.metadata import iptc, packet
from index_data.metadata.dates import date_in_name, first_date, read_date, read_zone
from index_data.metadata.sidecars import present_sidecars
from index_data.metadata.text import decode
from index_data.small_files import read_small

LONGEST_TEXT = 200
"""Characters kept of what a file says of its camera, which may be anything."""

MAKE, MODEL, DATE_TIME, DETAILS, GPS = 0x010F, 0x0110, 0x0132, 0x8769, 0x8825
ORIGINAL, DIGITISED = 0x9003, 0x9004
_PARTS = {DATE_TIME: 0x9290, ORIGINAL: 0x9291, DIGITISED: 0x9292}
_ZONES = (0x9011, 0x9010, 0x9012)
_GPS_DATE, _GPS_TIME = 0x1D, 0x07
_MAKERS_NOTE, _APPLE, _CONTENT_IDENTIFIER = 0x927C, b"Apple iOS\0", 0x11

_PNG_TEXTS = ("Creation Time", "CreationTime", "creation time", "create-date")


def facts_of(image: Image.Image) -> Facts:
    """The EXIF facts of an opened image that is not loaded yet; those of a TIFF file are its own directories."""
    file = getattr(image, "fp", None)
    if image.format != "TIFF" or file is None:
        return Facts.of_bytes(exif_block(image))

    def read(offset: int, size: int) -> bytes:
        file.seek(offset)
        data: bytes = file.read(size)
        return data

    place = file.tell()
    try:
        return Facts(read)
    finally:
        file.seek(place)


def camera_of(facts: Facts) -> str | None:
    """The camera's name, with its maker's in front unless the maker says it again."""
    maker, model = (plain(facts.first.get(tag)) for tag in (MAKE, MODEL))
    camera = model if model.startswith(maker) else f"{maker} {model}".strip()
    return camera or None


def live_photo_identifier(facts: Facts) -> str:
    """What a Live Photo's photograph has in common with its film, from the note of its maker; empty for others."""
    note = facts.below(DETAILS).get(_MAKERS_NOTE)
    if note is None or not note.raw.startswith(_APPLE):
        return ""
    # A directory as in a TIFF file, but for the head: it begins at the note's 14th byte.
    block = b"MM\0*\0\0\0\x0e" + note.raw[8:]
    return plain(Facts.of_bytes(block).first.get(_CONTENT_IDENTIFIER))


def plain(entry: Entry | None) -> str:
    """A short text of an entry, without what would steer a terminal."""
    if entry is None or entry.kind not in (1, 2, 7):
        return ""
    text = decode(entry.raw, order=entry.order)
    letters = (" " if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs") else letter for letter in text)
    return " ".join("".join(letters).split())[:LONGEST_TEXT]


def taken_at(image: Image.Image, facts: Facts, path: bytes) -> datetime | None:
    """When a photograph was taken, by the clock on the spot.

    The original's date goes before that of its scan, and that before the file's last change. A sidecar, which is where
    people set right what the camera got wrong, goes before the photograph, and EXIF before XMP and IPTC. Last comes
    the file's name.

    Args:
        image: Opened, not loaded.
        facts: Its EXIF facts.
        path: Of the photograph.
    """
    details = facts.below(DETAILS)
    beside = [rdf for file in present_sidecars(path) if (rdf := _rdf_beside(file)) is not None]
    original = first_date(map(packet.date_taken, beside)) or _exif_date(facts, details, ORIGINAL)
    if original:
        return original
    inside = _rdf(packet_of(image))
    packets = [*beside, inside] if inside is not None else beside
    records = iptc.records_of(image)
    sources: tuple[Callable[[], datetime | None], ...] = (
        lambda: first_date(map(packet.date_taken, packets)),
        lambda: iptc.date_of(records, iptc.DATE_CREATED, iptc.TIME_CREATED),
        lambda: first_date(read_date(text) for name in _PNG_TEXTS if isinstance(text := image.info.get(name), str)),
        lambda: _exif_date(facts, details, DIGITISED),
        lambda: first_date(map(packet.date_digitised, packets)),
        lambda: iptc.date_of(records, iptc.DATE_DIGITISED, iptc.TIME_DIGITISED),
        lambda: _satellites_date(facts, details),
        lambda: _exif_date(facts, details, DATE_TIME),
        lambda: first_date(map(packet.date_modified, packets)),
        lambda: date_in_name(path),
    )
    return first_date(source() for source in sources)


def _exif_date(facts: Facts, details: Directory, tag: int) -> datetime | None:
    # Scanners put all into the first directory.
    entry = facts.first.get(tag) if tag == DATE_TIME else details.get(tag) or facts.first.get(tag)
    return read_date(plain(entry), part=plain(details.get(_PARTS[tag]))) if entry else None


def _satellites_date(facts: Facts, details: Directory) -> datetime | None:
    """The time that satellites gave, which is of Greenwich, brought to the spot if the camera knew its zone."""
    gps = facts.below(GPS)
    day, clock = plain(gps.get(_GPS_DATE)), gps.get(_GPS_TIME)
    parts = clock.numbers() if clock else ()
    if len(parts) == 3 and all(0 <= part < 61 for part in parts):
        hours, minutes, seconds = parts
        day = f"{day} {int(hours)}:{int(minutes)}:{int(seconds)}"
    date = read_date(day)
    zones = (read_zone(plain(details.get(tag))) for tag in _ZONES)
    zone = next((zone for zone in zones if zone is not None), None)
    return date + zone if date and zone else date


def packet_of(image: Image.Image) -> bytes:
    """The XMP in an opened image, empty if there is none."""
    held = image.info.get("xmp") or b""
    return held.encode() if isinstance(held, str) else bytes(held) if isinstance(held, bytes) else b""


def _rdf_beside(file: Path) -> etree._Element | None:
    try:
        return _rdf(read_small(file, limit=packet.MOST_BYTES))
    except OSError:  # the import of words says what is wrong with it
        return None


def _rdf(block: bytes) -> etree._Element | None:
    try:
        return packet.rdf_of(packet.parsed(block)) if block else None
    except packet.XmpError:  # says nothing of when
        return None
