"""The filters of a query over columns: which photographs meet every condition.

Axis legend: N photographs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import singledispatch
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index_data import catalogue
from index_data.catalogue.conditions import (
    Among,
    AtTime,
    CameraNamed,
    Condition,
    Copied,
    InFolder,
    InFormat,
    InPath,
    Judged,
    Judgement,
    Lasting,
    Measures,
    Not,
    OfVideo,
    Tagged,
    TakenWithin,
    Undated,
)
from index_data.catalogue.format_names import stored_formats
from index_data.catalogue.search_words import carried, folded
from index_data.columns.columns import ACCEPTED, ACTIVE, CONFIRMED, HUMAN, Columns
from index_data.columns.local_times import NEVER
from index_data.columns.postings import Rows

if TYPE_CHECKING:
    from index_data.catalogue import Session

Mask = NDArray[np.bool_]
"""Of each photograph (N,), bool, whether it is meant."""

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_WILDCARD = re.compile("[*?]")


def meeting(session: Session, columns: Columns, conditions: Sequence[Condition]) -> Mask:
    """Which photographs meet every condition: what `catalogue.matching_images` says, without reading them all.

    Args:
        session: At the moment of the columns; what they cannot tell is asked in it.
        columns: N photographs.
        conditions: What must be met.
    """
    mask = np.ones(len(columns), bool)
    for condition in conditions:
        told = _met(condition, columns)
        if told is None:
            asked = condition.condition if isinstance(condition, Not) else condition
            told = _marked(columns, columns.rows_of(np.array(catalogue.matching_images(session, [asked]), np.int64)))
            told = ~told if isinstance(condition, Not) else told
        mask &= told
    return mask


def _marked(columns: Columns, rows: Rows | NDArray[np.int64]) -> Mask:
    mask = np.zeros(len(columns), bool)
    mask[rows] = True
    return mask


@singledispatch
def _met(condition: Condition, columns: Columns) -> Mask | None:
    """Which photographs meet a condition; none where only the catalogue can tell."""
    return None


@_met.register
def _(condition: Not, columns: Columns) -> Mask | None:
    met = _met(condition.condition, columns)
    return None if met is None else ~met


@_met.register
def _(condition: InFolder, columns: Columns) -> Mask:
    separator = os.fsencode(os.sep)
    inside = (condition.folder.rstrip(separator) + separator).decode("utf-8", "surrogateescape")
    return _named(columns, "folders", lambda folder: folder.startswith(inside))


@_met.register
def _(condition: InPath, columns: Columns) -> Mask | None:
    if condition.name:
        return _in_names(columns, condition.pattern)
    if _WILDCARD.search(condition.pattern):
        return None
    part = folded(carried(condition.pattern))
    folders = columns.folded_folders
    parent, separator, name = part.rpartition(os.sep)
    lists = columns.lists["folders"]
    mask = _marked(columns, _rows(lists.named(at) for at, folder in enumerate(folders) if part in folder))
    if not separator:
        names = _in_names(columns, condition.pattern)
        return None if names is None else mask | names
    if not name:
        return mask
    if "\n" in name:
        return None
    # The part may begin in the folder and end in the name.
    ending = _rows(lists.named(at) for at, folder in enumerate(folders) if folder.endswith(parent + separator))
    both = _marked(columns, ending) & _names_beginning(columns, name.encode())
    # Of several places one may end so, and another begin so.
    return None if (columns.facts.copies[both] > 1).any() else mask | both


def _in_names(columns: Columns, pattern: str) -> Mask | None:
    """Which photographs have a file whose name has a part, or is as a pattern says."""
    part = folded(carried(pattern)).encode()
    if b"\n" in part:
        return None
    text = columns.names.raw
    if not _WILDCARD.search(pattern):
        at = list(_lines_with(text, part))
    elif "?" in pattern and not text.isascii():
        # What one letter is depends on whether letters are taken apart.
        return None
    else:
        pieces = re.split("([*?])", carried(pattern))
        wild = {"*": "[^\n]*", "?": "[^\n]"}
        whole = "".join(wild.get(piece) or re.escape(folded(piece)) for piece in pieces)
        at = [
            match.start() for match in re.finditer(f"^{whole}$".encode(), text, re.MULTILINE) if match.end() < len(text)
        ]
    numbers = np.searchsorted(columns.names.starts, np.array(at, np.int64), side="right") - 1
    return _marked(columns, columns.names.rows[numbers])


def _names_beginning(columns: Columns, part: bytes) -> Mask:
    """Which photographs have a file whose name begins with a part."""
    text = columns.names.raw
    at = [0] if text.startswith(part) else []
    end = text.find(b"\n" + part)
    while 0 <= end < len(text) - 1:
        at.append(end + 1)
        end = text.find(b"\n" + part, end + 1)
    lines = np.searchsorted(columns.names.starts, np.array(at, np.int64), side="right") - 1
    return _marked(columns, columns.names.rows[lines])


def _lines_with(text: bytes, part: bytes) -> Iterator[int]:
    """The places in lines at which a part stands, one of each line."""
    at = text.find(part)
    while 0 <= at < len(text):
        yield at
        at = text.find(part, text.index(b"\n", at) + 1)


@_met.register
def _(condition: Tagged, columns: Columns) -> Mask | None:
    return None if condition.proposed else _named(columns, "tags", _alike(condition.pattern, whole=True))


@_met.register
def _(condition: Among, columns: Columns) -> Mask:
    return _marked(columns, columns.rows_of(np.array(sorted(condition.images), np.int64)))


@_met.register
def _(condition: CameraNamed, columns: Columns) -> Mask:
    return _named(columns, "cameras", _alike(condition.part, whole=False))


@_met.register
def _(condition: InFormat, columns: Columns) -> Mask:
    names = {carried(name) for name in stored_formats(condition.name)}
    return _named(columns, "formats", lambda name: name.lower() in names)


@_met.register
def _(condition: Judged, columns: Columns) -> Mask:
    judged, mask = columns.facts.judged, np.zeros(len(columns), bool)
    match condition.judgement:
        case Judgement.NONE:
            mask[:] = judged & ACTIVE == 0
        case Judgement.HUMAN:
            mask[:] = judged & HUMAN != 0
        case Judgement.PROPOSED:
            mask[:] = judged & (ACTIVE | CONFIRMED) == ACTIVE
        case Judgement.ACCEPTED:
            mask[:] = judged & ACCEPTED != 0
    return mask


@_met.register
def _(condition: TakenWithin, columns: Columns) -> Mask:
    dates = columns.dates
    mask: Mask = dates != NEVER
    if condition.start is not None:
        mask &= dates >= (condition.start - _EPOCH) // _MICROSECOND
    if condition.end is not None:
        mask &= dates < (condition.end - _EPOCH) // _MICROSECOND
    return mask


@_met.register
def _(condition: Undated, columns: Columns) -> Mask:
    mask: Mask = columns.facts.taken == NEVER
    return mask


@_met.register
def _(condition: Measures, columns: Columns) -> Mask:
    size = columns.facts.width if condition.side == "width" else columns.facts.height
    mask = size >= (condition.least or 0)
    return mask if condition.most is None else mask & (size <= condition.most)


@_met.register
def _(condition: Copied, columns: Columns) -> Mask:
    copies = columns.facts.copies
    return copies > 1 if condition.copied else copies == 1


@_met.register
def _(condition: OfVideo, columns: Columns) -> Mask:
    met = _marked(columns, columns.moments.rows)
    return met if condition.of_video else ~met


@_met.register
def _(condition: Lasting, columns: Columns) -> Mask:
    lengths = columns.moments.times[:, 2]
    met = lengths >= (condition.least or 0)
    if condition.most is not None:
        met &= lengths <= condition.most
    return _marked(columns, columns.moments.rows[met])


@_met.register
def _(condition: AtTime, columns: Columns) -> Mask:
    starts, ends, lengths = columns.moments.times.T
    # The end of a film is the last moment's.
    last = (ends == condition.start) & (ends >= lengths)
    return _marked(columns, columns.moments.rows[(starts <= condition.end) & ((ends > condition.start) | last)])


def _named(columns: Columns, lists: str, fits: Callable[[str], bool]) -> Mask:
    """The photographs of all names that fit."""
    postings = columns.lists[lists]
    return _marked(columns, _rows(postings.named(at) for at, name in enumerate(postings.names) if fits(name)))


def _rows(parts: Iterator[Rows]) -> Rows:
    return np.concatenate([np.empty(0, np.int32), *parts])


def _alike(pattern: str, *, whole: bool) -> Callable[[str], bool]:
    """What `catalogue.pattern.matches` compares with a text."""
    pieces = re.split("([*?])", carried(pattern))
    wild = {"*": ".*", "?": "."}
    spelled = "".join(wild.get(piece) or re.escape(folded(piece)) for piece in pieces)
    expression = re.compile(spelled if len(pieces) > 1 or whole else f".*{spelled}.*", re.DOTALL)

    def fits(text: str) -> bool:
        # Of strange texts SQLite compares the letters as they are, too.
        return bool(expression.fullmatch(folded(text)) or (not text.isascii() and expression.fullmatch(text.lower())))

    return fits
