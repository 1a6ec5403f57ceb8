"""Descriptions and keywords that other programs left with a photograph: sidecar, XMP, IPTC, EXIF, comments."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from captioning.errors import UnreadableImageError
from captioning.images import open_image
from index_data.annotation.normalize import visible
from index_data.exchange.notes import Noted, NotedCaption, Provenance
from index_data.exchange.xmp import read_titles, read_xmp
from index_data.metadata.facts import packet_of
from index_data.metadata.machine_text import is_makers_default
from index_data.metadata.packet import MOST_BYTES, XmpError
from index_data.metadata.sidecars import present_sidecars
from index_data.metadata.words import WordsInside, words_in
from index_data.small_files import read_small

LEGACY = "their words are not UTF-8 and were read as Windows-1252"
UNDECODABLE = "some of their words are text neither in UTF-8 nor in Windows-1252, and were left out"


@dataclass(frozen=True, slots=True)
class WordsFound:
    """The words that lie with a photograph, and why some of what lies there was passed over."""

    noted: Noted
    aside: tuple[str, ...] = ()


@dataclass(slots=True)
class _Sources:
    """What was read so far, the best first."""

    noted: list[Noted] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)

    def add_packet(self, packet: bytes) -> None:
        self.noted.append(read_xmp(packet))
        self.titles += read_titles(packet)


def sidecars(path: bytes) -> tuple[Path, Path]:
    """Where a photograph's sidecar may lie: `photo.jpg.xmp`, which is ours to write, and `photo.xmp`."""
    file = Path(os.fsdecode(path))
    return file.with_name(f"{file.name}.xmp"), file.with_suffix(".xmp")


def read_photograph(path: bytes) -> WordsFound:
    """Reads the words that lie with a photograph: the first description, else the first title, and all keywords.

    What no person can have written is left out. What is damaged or no XMP is named and hides nothing else.
    """
    sources = _Sources()
    for file in present_sidecars(path):
        _read_sidecar(sources, file)
    beside = len(sources.noted)
    inside = WordsInside()
    try:
        with open_image(path) as image:
            if packet := packet_of(image):
                # A damaged block says nothing; the picture may still be whole.
                with suppress(XmpError):
                    sources.add_packet(packet)
            inside = words_in(image, Path(os.fsdecode(path)))
    except UnreadableImageError as error:
        sources.aside.append(error.reason)
    # A camera writes no sidecar, but programs copy into it what a camera wrote.
    # What imgsearch wrote was somebody's, whatever its words.
    captions = [
        said
        for noted in sources.noted[:beside]
        for said in noted.captions
        if said.source is not None or not is_makers_default(said.text)
    ]
    captions += [said for noted in sources.noted[beside:] for said in noted.captions if inside.human([said.text])]
    captions += map(NotedCaption, (*inside.descriptions, *inside.human(sources.titles), *inside.titles))
    # What imgsearch wrote and no person typed gives way to the words of others, wherever they stand.
    captions.sort(key=lambda caption: caption.source not in (None, Provenance.TYPED))
    first = next((caption for caption in captions if visible(caption.text)), None)
    tags = dict.fromkeys(filter(visible, _tags([*sources.noted, Noted(path, tags=inside.tags)])))
    albums = dict.fromkeys(album for noted in sources.noted for album in noted.albums if visible(album))
    remarks = (UNDECODABLE,) if inside.undecodable else (LEGACY,) if inside.legacy else ()
    # A sidecar's go before those inside.
    marks = {mark: value for noted in reversed(sources.noted) for mark, value in noted.marks}
    said = Noted(
        *(path, (first,) if first else (), tuple(tags)),
        marks=tuple(marks.items()),
        albums=tuple(albums),
        remarks=remarks,
    )
    return WordsFound(said, tuple(sources.aside))


def _tags(notes: Iterable[Noted]) -> Iterable[str]:
    return (tag for noted in notes for tag in noted.tags)


def _read_sidecar(sources: _Sources, file: Path) -> None:
    try:
        packet = read_small(file, limit=MOST_BYTES)
        if packet.strip(b"\0 \r\n\t"):
            sources.add_packet(packet)
    except (OSError, XmpError) as error:
        sources.aside.append(f"its sidecar {file.name} could not be read ({getattr(error, 'strerror', None) or error})")
