"""JSON lines: one object a line for each photograph."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from index_data.errors import ExchangeError
from index_data.exchange.files import decoded
from index_data.exchange.notes import PATH_COLUMNS, Noted, NotedCaption, noted_caption


def to_jsonl(notes: Iterable[Noted]) -> bytes:
    """One JSON object a line for each photograph, in ASCII."""
    return b"".join(json.dumps(record(one)).encode() + b"\n" for one in notes)


def record(one: Noted) -> dict[str, Any]:
    """A photograph as JSON values; a path that is not UTF-8 has its strange bytes as surrogate escapes."""
    return {
        "path": os.fsdecode(one.path),
        "content_hash": one.content_hash,
        "width": one.size and one.size[0],
        "height": one.size and one.size[1],
        "captions": [{"text": c.text, "author": c.author, "state": c.state} for c in one.captions],
        "tags": list(one.tags),
        **({"latitude": one.position[0], "longitude": one.position[1]} if one.position else {}),
    }


def from_jsonl(file: Path, content: bytes) -> list[Noted]:
    """Reads such lines; a caption may be a plain string, and a single one may stand under `caption`.

    Raises:
        ExchangeError: A line is no such object.
    """
    notes = []
    for number, line in enumerate(decoded(file, content).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            notes.append(from_record(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ExchangeError(f"{file}, line {number}: it is not a photograph with captions ({error})") from error
    return notes


def from_record(entry: Mapping[str, Any]) -> Noted:
    """Reads JSON values as `record` makes them.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: They are not of this form.
    """
    path = next(entry[name] for name in PATH_COLUMNS if name in entry) if set(PATH_COLUMNS) & set(entry) else None
    if not isinstance(path, str) or not path:
        raise ValueError("it names no path")
    said = entry.get("captions", [entry["caption"]] if "caption" in entry else [])
    tags = entry.get("tags", [])
    if not (isinstance(said, list) and isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        raise TypeError("captions and tags must be lists")
    captions = tuple(NotedCaption(one) if isinstance(one, str) else noted_caption(one["text"], one) for one in said)
    return Noted(os.fsencode(path), captions, tuple(tags), str(entry.get("content_hash") or ""))
