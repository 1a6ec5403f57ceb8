"""JSON lines: one object for each photograph."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from index_data.exchange.files import decoded
from index_data.exchange.notes import FileRead, Noted
from index_data.exchange.source import Source


def to_jsonl(notes: Iterable[Noted]) -> bytes:
    """One JSON object a line for each photograph, in ASCII."""
    return b"".join(json.dumps(record(note)).encode() + b"\n" for note in notes)


def record(note: Noted) -> dict[str, Any]:
    """A photograph as JSON values; a path that is not UTF-8 has its strange bytes as surrogate escapes."""
    return {
        "path": os.fsdecode(note.path),
        "content_hash": note.content_hash,
        "width": note.size and note.size[0],
        "height": note.size and note.size[1],
        "captions": [{"text": c.text, "author": c.author, "state": c.state} for c in note.captions],
        "tags": list(note.tags),
        **({"albums": list(note.albums)} if note.albums else {}),
        **({"latitude": note.position[0], "longitude": note.position[1]} if note.position else {}),
    }


def from_jsonl(file: Path, content: bytes) -> FileRead:
    """Reads such lines, and those of other programs: a caption may be a plain string under one of several names.

    Raises:
        ExchangeError: It is not text, or no line was understood.
    """
    source = Source(file)
    for number, line in enumerate(decoded(file, content).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            source.take(source.entry(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            source.pass_over(f"line {number}", f"it is not a photograph with captions ({error})")
    return source.read()
