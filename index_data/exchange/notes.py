"""What passes between a library and a file, whatever the format."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

PATH_COLUMNS = ("path", "image", "image_name", "file", "file_name", "filename")
"""What programs call the path of a photograph."""


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


def noted_caption(text: object, entry: Mapping[str, Any]) -> NotedCaption:
    """A caption with what else an entry says of it; without a word on its author it is a person's.

    Raises:
        ValueError: It is not text, or its author or state is unknown.
    """
    author, state = entry.get("author") or "person", entry.get("state") or "accepted"
    if not isinstance(text, str) or author not in ("person", "model") or state not in ("proposed", "accepted"):
        raise ValueError(f"{text!r} by {author!r}, {state!r} is not a caption")
    return NotedCaption(text, author, state)


def joined(parts: Iterable[Noted]) -> list[Noted]:
    """Puts what was said of one path in several rows together, in the order of the paths' first rows."""
    captions: dict[bytes, list[NotedCaption]] = defaultdict(list)
    tags: dict[bytes, dict[str, None]] = defaultdict(dict)
    for one in parts:
        captions[one.path] += one.captions
        tags[one.path] |= dict.fromkeys(one.tags)
    return [Noted(path, tuple(said), tuple(tags[path])) for path, said in captions.items()]
