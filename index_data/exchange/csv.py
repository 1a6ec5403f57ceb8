"""Tables: a header and a row for each caption, parted by commas, semicolons, bars or tabulators."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from index_data.errors import ExchangeError
from index_data.exchange.files import decoded
from index_data.exchange.notes import FileRead, Noted, joined
from index_data.exchange.source import CAPTION_NAMES, PATH_NAMES, TAG_NAMES, Source

COLUMNS = ("path", "caption", "author", "state", "tags")
ALBUM_COLUMN = "albums"
POSITION_COLUMNS = ("latitude", "longitude")
SEPARATORS = ",;|\t"
MOST_OPEN_QUOTES = 100
"""Rows whose quotation mark never ends; each is read on its own."""

_TAG = re.compile(r"(?:\\.|[^\\;])+", re.DOTALL)
_FORMULA = re.compile("'*[=+\\-@\t\r\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\uff0d\uff20]")


def to_csv(notes: Iterable[Noted]) -> bytes:
    """A row for each caption, and one for a photograph that has none; tags are parted by semicolons, and so are albums.

    Words that a spreadsheet would run as a formula have an apostrophe before them.
    """
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    listed = list(notes)
    placed = any(note.position for note in listed)
    collected = any(note.albums for note in listed)
    rows.writerow([*COLUMNS, *([ALBUM_COLUMN] if collected else ()), *(POSITION_COLUMNS if placed else ())])
    for note in listed:
        position = (note.position or ("", "")) if placed else ()
        path = os.fsdecode(note.path)
        tags = _parted(note.tags)
        rest = (tags, *([_parted(note.albums)] if collected else ()), *position)
        if note.captions:
            rows.writerows([path, guarded(c.text), c.author, c.state, *rest] for c in note.captions)
        elif any(rest):
            rows.writerow([path, "", "", "", *rest])
    return out.getvalue().encode("utf-8", "surrogateescape")


def _parted(names: Iterable[str]) -> str:
    """Names in one cell."""
    return ";".join(re.sub(r"([\\;])", r"\\\1", guarded(name)) for name in names)


def guarded(words: str) -> str:
    """Words as a spreadsheet shows them without running them."""
    return f"'{words}" if _FORMULA.match(words) else words


def unguarded(words: str) -> str:
    """Words as they were before `guarded`."""
    return words[1:] if words.startswith("'") and _FORMULA.match(words) else words


def from_csv(file: Path, content: bytes) -> FileRead:
    """Reads such rows, or those of any table with a header that names a path, and a caption or tags.

    Raises:
        ExchangeError: It is no text, there is no such header, or no row was understood.
    """
    lines = _lines(decoded(file, content))
    separator = None
    if lines and (named := re.fullmatch(r"sep=(.)\s*", lines[0], re.IGNORECASE)):  # as Excel writes it
        separator = named[1]
        lines[0] = "\n"
    source = Source(file)
    header = next((line for line in lines if line.strip()), "")
    separator = separator or max(SEPARATORS, key=header.count)
    rows = _rows(source, lines, separator)
    try:
        names = next((cells for _, cells in rows if any(map(str.strip, cells))), [])
    except csv.Error as error:
        raise ExchangeError(f"{file} has no header that could be read: {error}") from error
    columns = _columns(names)
    if "path" not in columns or not columns.keys() & {"caption", "tags", ALBUM_COLUMN}:
        raise ExchangeError(f"{file} has no header that names a path and a caption, such as: {','.join(COLUMNS)}")
    source.speak()
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            source.take(_noted(source, cells, columns, width=len(names)))
        except ValueError as error:
            source.pass_over(f"line {number}", str(error))
    return joined(source.read())


def _lines(text: str) -> list[str]:
    """Lines with their ends, parted as files' lines are and nowhere else."""
    return re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$", text)


def _rows(source: Source, lines: Sequence[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yields the rows with the number of their last line; what cannot be read is passed over.

    Raises:
        csv.Error: The first row cannot be read.
    """
    start, opened, first = 0, 0, True
    while start < len(lines):
        rest = iter(lines[start:])
        reader = csv.reader(rest, delimiter=separator, skipinitialspace=separator == "|")
        before = start
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if first:
                    raise
                source.pass_over(f"line {start + reader.line_num}", str(error))
                continue
            last = start + reader.line_num
            if last == len(lines) and last - before > 1 and _is_open(lines[before:last], separator):
                # It would swallow every row after it.
                opened += 1
                source.pass_over(f"line {before + 1}", "a quotation mark in it has no end")
                if opened == MOST_OPEN_QUOTES:
                    raise ExchangeError(
                        f"{source.file} has more than {MOST_OPEN_QUOTES} quotation marks without an end"
                    )
                start = before + 1
                break
            yield last, cells
            first, before = False, last


def _is_open(lines: Sequence[str], separator: str) -> bool:
    """Whether a row ends within quotation marks."""
    try:
        list(csv.reader(lines, delimiter=separator, skipinitialspace=separator == "|", strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def _columns(names: Sequence[str]) -> dict[str, int]:
    """Which column holds what, of those that are known."""
    numbers: dict[str, int] = {}
    for number, name in enumerate(names):
        numbers.setdefault(name.strip().lower(), number)
    names_by_key: Mapping[str, Sequence[str]] = {
        "path": PATH_NAMES,
        "caption": CAPTION_NAMES,
        "tags": TAG_NAMES,
        **{name: (name,) for name in ("author", "state", "content_hash", ALBUM_COLUMN)},
    }
    columns = {
        key: next((numbers[name] for name in known if name in numbers), None) for key, known in names_by_key.items()
    }
    return {key: number for key, number in columns.items() if number is not None}


def _noted(source: Source, cells: Sequence[str], columns: Mapping[str, int], *, width: int) -> Noted:
    """Reads a row.

    Raises:
        ValueError: It does not fit the header, names no path, or holds no words.
    """
    if any(cell.strip() for cell in cells[width:]):
        raise ValueError("it has more cells than the header")
    if len(cells) <= max(columns[name] for name in ("path", "caption") if name in columns):
        raise ValueError("it has too few cells")
    row = {name: cells[number] if number < len(cells) else "" for name, number in columns.items()}
    if not row["path"]:
        raise ValueError("it names no path")
    tags, albums = (_names(source, row.get(column, "")) for column in ("tags", ALBUM_COLUMN))
    more = {name: row.get(name) for name in ("author", "state")}
    caption = source.caption(unguarded(row.get("caption", "")), more) if row.get("caption") else None
    content_hash = row.get("content_hash", "").strip()
    return Noted(os.fsencode(row["path"]), (caption,) if caption else (), tags, content_hash, albums=albums)


def _names(source: Source, cell: str) -> tuple[str, ...]:
    """Names that stand in one cell.

    Raises:
        ValueError: They are no text.
    """
    parts = (re.sub(r"\\(.)", r"\1", name, flags=re.DOTALL) for name in _TAG.findall(cell))
    return tuple(unguarded(source.words(part)) for part in parts)
