"""Reads IPTC records, which older programs and agencies write into photographs."""

from __future__ import annotations

from datetime import datetime

from PIL import Image

from index_data.metadata.dates import read_date
from index_data.metadata.text import decode, decode_windows

TITLE, KEYWORD, DATE_CREATED, TIME_CREATED, DATE_DIGITISED, TIME_DIGITISED = 5, 25, 55, 60, 62, 63
HEADLINE, CAPTION = 105, 120

_IN_PHOTOSHOP = 0x0404
_IPTC_IN_TIFF, _PHOTOSHOP_IN_TIFF = 33723, 34377
_CODED = (1, 90)
_LATIN = (b"\x1b.A", b"\x1b-A")

_MOST_RECORDS = 2000

Records = dict[int, list[str]]
"""What the second record of the standard says, by data set."""


def records_of(image: Image.Image, *, legacy: list[bytes] | None = None) -> Records:
    """The records in an opened image, empty where there are none or they are damaged.

    Args:
        image: Opened.
        legacy: Takes what was read as Windows-1252.
    """
    resources = image.info.get("photoshop")
    if isinstance(resources, dict):
        return read_records(resources.get(_IN_PHOTOSHOP, b""), legacy=legacy)
    tags = getattr(image, "tag_v2", None)
    if tags is None:
        return {}
    for tag in (_IPTC_IN_TIFF, _PHOTOSHOP_IN_TIFF):
        value = tags.get(tag)
        if isinstance(value, bytes):
            return read_records(value if tag == _IPTC_IN_TIFF else _resource(value), legacy=legacy)
        if isinstance(value, tuple) and all(isinstance(part, int) and 0 <= part < 2**32 for part in value):
            # Some write them as numbers of four bytes.
            return read_records(b"".join(part.to_bytes(4, "little") for part in value), legacy=legacy)
    return {}


def read_records(block: object, *, legacy: list[bytes] | None = None) -> Records:
    """Reads a block of records, as far as it goes."""
    records: Records = {}
    if not isinstance(block, bytes):
        return records
    latin, at, count = False, 0, 0
    while at + 5 <= len(block) and block[at] == 0x1C and count < _MOST_RECORDS:
        record, data_set = block[at + 1], block[at + 2]
        size = int.from_bytes(block[at + 3 : at + 5], "big")
        if size >= 0x8000:  # the size of a size, for what no photograph holds
            break
        value = block[at + 5 : at + 5 + size]
        at, count = at + 5 + size, count + 1
        if (record, data_set) == _CODED:
            latin = value in _LATIN
        elif record == 2:
            text = decode_windows(value) if latin else decode(value, legacy=legacy)
            records.setdefault(data_set, []).append(text.strip("\0 \r\n\t"))
    return records


def date_of(records: Records, day: int, time: int) -> datetime | None:
    """A date that stands in two records, one for the day and one for the time."""
    days, times = records.get(day, [""])[0], records.get(time, [""])[0]
    return read_date(f"{days}T{times}") or read_date(days) if days else None


def _resource(resources: bytes) -> bytes:
    at = resources.find(b"8BIM\x04\x04")
    if at < 0:
        return b""
    start = at + 6 + resources[at + 6] // 2 * 2 + 2 if at + 6 < len(resources) else len(resources)
    size = int.from_bytes(resources[start : start + 4], "big")
    return resources[start + 4 : start + 4 + size]
