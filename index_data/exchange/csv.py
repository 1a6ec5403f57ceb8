"""Tables of comma-separated values: a row for each caption."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from index_data.errors import ExchangeError
from index_data.exchange.files import decoded
from index_data.exchange.notes import PATH_COLUMNS, Noted, joined, noted_caption

COLUMNS = ("path", "caption", "author", "state", "tags")
POSITION_COLUMNS = ("latitude", "longitude")
CAPTION_COLUMNS = ("caption", "comment", "text", "description", "sentence")
_TAG = re.compile(r"(?:\\.|[^\\;])+")


def to_csv(notes: Iterable[Noted]) -> bytes:
    """A row for each caption, and one for a photograph that has tags alone; tags are parted by semicolons."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    listed = list(notes)
    with_position = any(one.position for one in listed)
    rows.writerow([*COLUMNS, *(POSITION_COLUMNS if with_position else ())])
    for one in listed:
        position = (one.position or ("", "")) if with_position else ()
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
    return joined(_read_rows(file, rows, path, caption, known))


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
