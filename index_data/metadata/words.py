"""Reads the words that people and programs left in a photograph: descriptions, titles and keywords."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from captioning.errors import UnreadableImageError
from captioning.images.exif import Directory, Entry
from index_data.metadata import iptc
from index_data.metadata.facts import DETAILS, camera_of, facts_of
from index_data.metadata.machine_text import is_machine_made
from index_data.metadata.png_text import read_texts
from index_data.metadata.text import decode, decode_comment, decode_wide, is_undecodable

IMAGE_DESCRIPTION, USER_COMMENT = 0x010E, 0x9286
WINDOWS_TITLE, WINDOWS_COMMENT, WINDOWS_KEYWORDS, WINDOWS_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F

_MARGIN = "\0 \r\n\t\ufeff"


@dataclass(frozen=True, slots=True)
class WordsInside:
    """What a photograph itself says, beside its XMP, the best first; without what machines wrote.

    Attributes:
        descriptions: Sentences that describe it.
        titles: Sentences that name it, which stand in where nothing describes it.
        tags: Keywords.
        camera: Its name, by which more of what machines wrote is known; empty if it is not told.
        legacy: Some of it was read as Windows-1252.
        undecodable: Some of it is not text in that either.
    """

    descriptions: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    camera: str = ""
    legacy: bool = False
    undecodable: bool = False

    def human(self, texts: list[str]) -> list[str]:
        """Those texts that a person may have written, without padding."""
        trimmed = (text.strip(_MARGIN) for text in texts)
        return [text for text in trimmed if not is_machine_made(text, camera=self.camera)]


def words_in(image: Image.Image, path: Path) -> WordsInside:
    """Reads the words of an opened image that is not loaded yet: IPTC, EXIF, comments of JPEG and GIF, texts of PNG.

    Raises:
        UnreadableImageError: It takes too long.
    """
    facts = facts_of(image)
    first, details = facts.first, facts.below(DETAILS)
    legacy: list[bytes] = []
    records = iptc.records_of(image, legacy=legacy)
    texts = _png_texts(image, path)
    known = WordsInside(camera=camera_of(facts) or "")
    descriptions = [
        *records.get(iptc.CAPTION, []),
        _text(first.get(IMAGE_DESCRIPTION), legacy),
        _wide(first, WINDOWS_COMMENT),
        _comment(details.get(USER_COMMENT) or first.get(USER_COMMENT), legacy),
        _loose(image.info.get("comment"), legacy),
        *(texts.get(keyword, "") for keyword in ("description", "comment", "caption")),
    ]
    titles = [
        *records.get(iptc.TITLE, []),
        *records.get(iptc.HEADLINE, []),
        _wide(first, WINDOWS_TITLE),
        _wide(first, WINDOWS_SUBJECT),
        texts.get("title", ""),
    ]
    keywords = [*records.get(iptc.KEYWORD, []), *_wide(first, WINDOWS_KEYWORDS).split(";")]
    tags = dict.fromkeys(tag for text in keywords if (tag := text.strip(_MARGIN)))
    return WordsInside(
        tuple(known.human(descriptions)),
        tuple(known.human(titles)),
        tuple(tags),
        known.camera,
        bool(legacy),
        any(map(is_undecodable, legacy)),
    )


def _png_texts(image: Image.Image, path: Path) -> dict[str, str]:
    if image.format != "PNG":
        return {}
    try:
        return read_texts(path)
    except OSError as error:
        raise UnreadableImageError(f"it could not be read ({error.strerror})") from error


def _text(entry: Entry | None, legacy: list[bytes]) -> str:
    """A text up to its end; what stands behind that is left of another."""
    if entry is None or entry.kind not in (1, 2, 7):
        return ""
    raw = entry.raw.rstrip(b"\0 ")
    text = decode(raw, order=entry.order, legacy=legacy)
    return text.partition("\0")[0]


def _wide(directory: Directory, tag: int) -> str:
    """What Windows writes: UTF-16 in a row of bytes, of one order always."""
    entry = directory.get(tag)
    return decode_wide(entry.raw).partition("\0")[0] if entry is not None and entry.kind in (1, 2, 7) else ""


def _comment(entry: Entry | None, legacy: list[bytes]) -> str:
    return (
        decode_comment(entry.raw, order=entry.order, legacy=legacy)
        if entry is not None and entry.kind in (1, 2, 7)
        else ""
    )


def _loose(value: object, legacy: list[bytes]) -> str:
    return (
        decode(value.rstrip(b"\0 "), legacy=legacy)
        if isinstance(value, bytes)
        else value
        if isinstance(value, str)
        else ""
    )
