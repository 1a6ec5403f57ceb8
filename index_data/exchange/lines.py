"""One line or row per photograph or caption: JSON lines, CSV, and lists as Flickr8k has them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from index_data.errors import ExchangeError
from index_data.exchange.files import decoded
from index_data.exchange.notes import Noted, NotedCaption

COLUMNS = ("path", "caption", "author", "state", "tags")
POSITION_COLUMNS = ("latitude", "longitude")
PATH_COLUMNS = ("path", "image", "image_name", "file", "file_name", "filename")
CAPTION_COLUMNS = ("caption", "comment", "text", "description", "sentence")
_TAG = re.compile(r"(?:\\.|[^\\;])+")
_FLICKR = re.compile(r"^(?P<name>[^\t]+?)#\d+\t(?P<caption>.*)$")


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
            raise ExchangeError(f"{file}, line {number}: it is no photograph with captions ({error})") from error
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


def noted_caption(text: object, entry: Mapping[str, Any]) -> NotedCaption:
    """A caption with what else an entry says of it; without a word on its author it is a person's.

    Raises:
        ValueError: It is no text, or its author or state is none that there is.
    """
    author, state = entry.get("author") or "person", entry.get("state") or "accepted"
    if not isinstance(text, str) or author not in ("person", "model") or state not in ("proposed", "accepted"):
        raise ValueError(f"{text!r} by {author!r}, {state!r} is no caption")
    return NotedCaption(text, author, state)


def to_csv(notes: Iterable[Noted]) -> bytes:
    """A row for each caption, and one for a photograph that has tags alone; tags are parted by semicolons."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    listed = list(notes)
    placed = any(one.position for one in listed)
    rows.writerow([*COLUMNS, *(POSITION_COLUMNS if placed else ())])
    for one in listed:
        position = (one.position or ("", "")) if placed else ()
        path, tags = os.fsdecode(one.path), ";".join(re.sub(r"([\\;])", r"\\\1", tag) for tag in one.tags)
        if one.captions:
            rows.writerows([path, c.text, c.author, c.state, tags, *position] for c in one.captions)
        elif tags or one.position:
            rows.writerow([path, "", "", "", tags, *position])
    return out.getvalue().encode("utf-8", "surrogateescape")


def from_csv(file: Path, content: bytes) -> list[Noted]:
    """Reads such rows, or those of any table with a header that names a path and a caption.

    Raises:
        ExchangeError: There is no such header, or a row does not fit it.
    """
    text = decoded(file, content)
    header = text.partition("\n")[0]
    separator = max(",;|\t", key=header.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator == "|")
    names = {name.strip().lower(): name for name in rows.fieldnames or ()}
    path = next((names[name] for name in PATH_COLUMNS if name in names), None)
    caption = next((names[name] for name in CAPTION_COLUMNS if name in names), None)
    if path is None or caption is None:
        raise ExchangeError(f"{file} has no header that names a path and a caption, such as: {','.join(COLUMNS)}")
    known = {name: names.get(name, "") for name in ("author", "state", "tags")}
    return _joined(_read_rows(file, rows, path, caption, known))


def from_flickr(file: Path, content: bytes) -> list[Noted]:
    """Reads lines of image name, `#`, number, tabulator, caption.

    Raises:
        ExchangeError: A line is of another form.
    """

    def pairs() -> Iterator[Noted]:
        for number, line in enumerate(decoded(file, content).splitlines(), start=1):
            found = _FLICKR.match(line)
            if found is None and line.strip():
                raise ExchangeError(f"{file}, line {number}: it is not of the form image#0, tabulator, caption")
            if found is not None:
                yield Noted(os.fsencode(found["name"]), (NotedCaption(found["caption"]),))

    return _joined(pairs())


def _read_rows(
    file: Path, rows: csv.DictReader[str], path: str, caption: str, known: Mapping[str, str]
) -> Iterator[Noted]:
    try:
        for row in rows:
            if not row[path] or row[caption] is None:
                raise ValueError("it has too few cells")
            tags = [re.sub(r"\\(.)", r"\1", tag) for tag in _TAG.findall(row.get(known["tags"]) or "")]
            more = {name: row.get(known[name]) for name in ("author", "state")}
            captions = (noted_caption(row[caption], more),) if row[caption] else ()
            yield Noted(os.fsencode(row[path]), captions, tuple(tags))
    except (ValueError, csv.Error) as error:
        raise ExchangeError(f"{file}, line {rows.line_num}: {error}") from error


def _joined(parts: Iterable[Noted]) -> list[Noted]:
    """Puts what was said of one path in several rows together, in the order of the paths' first rows."""
    captions: dict[bytes, list[NotedCaption]] = defaultdict(list)
    tags: dict[bytes, dict[str, None]] = defaultdict(dict)
    for one in parts:
        captions[one.path] += one.captions
        tags[one.path] |= dict.fromkeys(one.tags)
    return [Noted(path, tuple(said), tuple(tags[path])) for path, said in captions.items()]
