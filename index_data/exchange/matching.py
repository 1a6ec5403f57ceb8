"""Finds the photographs that the entries of a file tell of."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index_data import catalogue
from index_data.exchange.notes import Noted
from index_data.library import Library


@dataclass(frozen=True, slots=True)
class Aside:
    """A file or entry of a file that was passed over, and why."""

    path: bytes
    reason: str


def matched(
    library: Library, entries: Sequence[Noted], folders: Sequence[Path]
) -> tuple[list[tuple[int, Noted]], tuple[Aside, ...]]:
    """The numbers of the photographs that entries tell of, and the entries that tell of none.

    A photograph is known by its content, else by its path, which may begin in one of the folders or in `images` below
    it, else by its name if only one photograph has it.
    """
    with library.transaction() as session:
        by_content = catalogue.images_of_content(session, filter(None, map(_content, entries)))
        places = catalogue.all_places(session)
    roots = [root for folder in folders for root in (folder.resolve(), folder.resolve() / "images")]
    names: dict[bytes, set[int]] = defaultdict(set)
    for path, shown in places.items():
        names[_name(path)].add(shown)
    found: list[tuple[int, Noted]] = []
    aside: list[Aside] = []
    for one in entries:
        image = by_content.get(_content(one), _at(one.path, places, roots))
        same = names.get(_name(one.path), set())
        if image is not None:
            found.append((image, one))
        elif len(same) == 1:
            found.append((next(iter(same)), one))
        else:
            reason = f"{len(same)} photographs of the library have this name" if same else "it is not in the library"
            aside.append(Aside(one.path, reason))
    return found, tuple(aside)


def _content(one: Noted) -> bytes:
    try:
        return bytes.fromhex(one.content_hash)
    except ValueError:  # another program's hash
        return b""


def _name(path: bytes) -> bytes:
    return path.rpartition(os.fsencode(os.sep))[2]


def _at(path: bytes, places: Mapping[bytes, int], roots: Sequence[Path]) -> int | None:
    """The photograph at a path, which may begin in one of the roots."""
    candidates = [path, *(os.fsencode(os.path.normpath(root / os.fsdecode(path))) for root in roots)]
    return next((places[one] for one in candidates if one in places), None)
