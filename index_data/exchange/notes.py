"""What passes between a library and a file, whatever the format."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import IntEnum

from index_data.annotation.normalize import LONGEST, visible
from index_data.catalogue.conditions import Mark

MOST_WORDS = 1_000
"""Captions, and tags, that are taken of one photograph."""


class Provenance(IntEnum):
    """Where a caption of a library came from, by how much it weighs against words that lie with a photograph."""

    PROPOSED = 0
    """A model wrote it, and nobody has reviewed it."""
    ACCEPTED = 1
    """A model wrote it, and a person accepted it, perhaps with a thousand others."""
    IMPORTED = 2
    """It came from a file or from another photograph's words."""
    TYPED = 3
    """A person wrote it here."""


@dataclass(frozen=True, slots=True)
class NotedCaption:
    """A sentence.

    Attributes:
        text: The words.
        author: ``model`` or ``person``.
        state: ``accepted`` where a person confirmed it, else ``proposed``.
        source: Where imgsearch had it from; none for words of other programs.
    """

    text: str
    author: str = "person"
    state: str = "accepted"
    source: Provenance | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Noted:
    """A photograph with its words.

    Attributes:
        path: As the file system knows it, or only the end of that; of a moment with `@` and its time behind the film's,
            or where `span` tells the time, that of the subtitles beside the film.
        captions: The one that is shown first.
        tags: In order.
        marks: How a person values it.
        albums: Names of those that hold it.
        span: When the words are shown in a film, from and to, in seconds; none for words of anything else.
        content_hash: BLAKE2b of the file's content, 256 bits, hexadecimal; empty where the format has no place for it.
        size: Width and height in pixels, upright; for readers of the format alone.
        position: Latitude and longitude in degrees, where it was asked for and is known.
        remarks: What was odd in the words as they were read, such as their encoding.
    """

    path: bytes
    captions: tuple[NotedCaption, ...] = ()
    tags: tuple[str, ...] = ()
    marks: tuple[tuple[Mark, str], ...] = field(default=(), kw_only=True)
    albums: tuple[str, ...] = field(default=(), kw_only=True)
    span: tuple[float, float] | None = field(default=None, kw_only=True)
    content_hash: str = field(default="", compare=False)
    size: tuple[int, int] | None = field(default=None, compare=False)
    position: tuple[float, float] | None = field(default=None, compare=False)
    remarks: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Aside:
    """A file or entry of a file that was passed over, and why."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class SidecarsWritten:
    """How many sidecars were written, how many said it all before, and which could not be written.

    Attributes:
        written: Files that were made or changed.
        unchanged: Files that said it all.
        aside: Files that could not be written, and why.
        spared: Photographs whose description a person or another program wrote, so that it stays.
    """

    written: int
    unchanged: int
    aside: tuple[Aside, ...]
    spared: int = 0


@dataclass(frozen=True, slots=True)
class FileRead:
    """What a file of captions holds.

    Attributes:
        notes: The entries that were understood.
        aside: The others, by file and line.
        remarks: What was odd in the file as a whole, such as its encoding.
    """

    notes: tuple[Noted, ...]
    aside: tuple[Aside, ...] = ()
    remarks: tuple[str, ...] = ()


def joined(read: FileRead) -> FileRead:
    """Puts what was said of one photograph in several rows together, in the order of their first rows."""
    captions: dict[tuple[bytes, str], list[NotedCaption]] = defaultdict(list)
    tags: dict[tuple[bytes, str], dict[str, None]] = defaultdict(dict)
    albums: dict[tuple[bytes, str], dict[str, None]] = defaultdict(dict)
    for note in read.notes:
        captions[note.path, note.content_hash] += note.captions
        tags[note.path, note.content_hash] |= dict.fromkeys(note.tags)
        albums[note.path, note.content_hash] |= dict.fromkeys(note.albums)
    notes = tuple(
        Noted(key[0], tuple(said), tuple(tags[key]), key[1], albums=tuple(albums[key]))
        for key, said in captions.items()
    )
    return replace(read, notes=notes)


def excess(entry: Noted) -> str:
    """What of an entry is more than a library takes of one photograph, if something is."""
    texts = (*(c.text for c in entry.captions), *entry.tags)
    longest = max((len(visible(text)) for text in texts), default=0)
    if longest > LONGEST:
        return f"a caption or tag of {longest:,} characters is too long; {LONGEST:,} are kept at most"
    most = max(len(entry.captions), len(entry.tags))
    return f"it has {most:,} captions or tags; {MOST_WORDS:,} are kept at most" if most > MOST_WORDS else ""


def within_bounds(entry: Noted) -> Noted:
    """An entry without what is too much."""
    captions = [c for c in entry.captions if len(visible(c.text)) <= LONGEST]
    tags = [tag for tag in entry.tags if len(visible(tag)) <= LONGEST]
    return replace(
        entry,
        captions=tuple(captions[:MOST_WORDS]),
        tags=tuple(tags[:MOST_WORDS]),
        albums=entry.albums[:MOST_WORDS],
        remarks=(),
    )
