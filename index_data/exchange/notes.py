"""What passes between a library and a file, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NotedCaption:
    """A sentence; `state` is ``accepted`` where a person confirmed it, else ``proposed``."""

    text: str
    author: str = "person"
    state: str = "accepted"


@dataclass(frozen=True, slots=True)
class Noted:
    """A photograph with its words.

    Attributes:
        path: As the file system knows it, or only the end of that.
        captions: The one that is shown first.
        tags: In order.
        content_hash: BLAKE2b of the file's content, 256 bits, hexadecimal; empty where the format has no place for it.
        size: Width and height in pixels, upright; for readers of the format alone.
        position: Latitude and longitude in degrees, where it was asked for and is known.
    """

    path: bytes
    captions: tuple[NotedCaption, ...] = ()
    tags: tuple[str, ...] = ()
    content_hash: str = field(default="", compare=False)
    size: tuple[int, int] | None = field(default=None, compare=False)
    position: tuple[float, float] | None = field(default=None, compare=False)
