"""Compares what the folders hold with what the catalogue knows: what is pending, what stayed, what is gone."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from index_data import catalogue
from index_data.catalogue import Session
from index_data.catalogue.records import KnownPlace
from index_data.scan.ignore import Selection
from index_data.scan.walk import FoundFile, Skipped, Unread, is_inside, reaches, walk


@dataclass(slots=True)
class ScanPlan:
    """The plan of a scan.

    Attributes:
        places: Every path the catalogue knows.
        files: Image files in the folders.
        pending: Those that are new, changed, or not yet described by the model in use.
        unchanged: How many are as they were.
        still_aside: Files set aside before that have not changed since, with the reasons.
        skipped: Folders that could not be listed, files that could not be asked.
        gone: Known paths in the folders that are no longer there.
        solved: Paths set aside before that are no longer there.
        unread: Pictures of kinds that are not read, by the endings of their names.
        emptied: Folders that are there and empty, with the paths that the catalogue knows below them: these are not
            taken for gone, since a drive may not be mounted.
    """

    places: dict[bytes, KnownPlace]
    files: int = 0
    pending: list[FoundFile] = field(default_factory=list)
    unchanged: int = 0
    still_aside: list[tuple[bytes, str]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    gone: set[bytes] = field(default_factory=set)
    solved: set[bytes] = field(default_factory=set)
    unread: Counter[str] = field(default_factory=Counter)
    emptied: dict[bytes, set[bytes]] = field(default_factory=dict)


def plan_scan(
    session: Session,
    roots: Sequence[bytes],
    model_key: str,
    *,
    selection: Selection,
    retry: bool = False,
    believe_empty: bool = False,
) -> ScanPlan:
    """Walks the folders and compares size and time of every file with the catalogue.

    Args:
        session: Of the catalogue.
        roots: Absolute folders.
        model_key: The model that must have described an image.
        selection: What to leave out; a known path that is left out counts as gone.
        retry: Take up files that were set aside even if they have not changed.
        believe_empty: Take what an empty folder held for gone.

    Raises:
        FolderError: A pattern to exclude is invalid, or an `.imgsearchignore` cannot be read.
    """
    places = catalogue.known_places(session, model_key)
    plan = ScanPlan(places)
    problems = catalogue.known_problems(session)
    aside = {} if retry else problems
    seen: set[bytes] = set()
    for root in roots:
        for entry in walk(root, selection):
            if isinstance(entry, Skipped):
                plan.skipped.append(entry)
                continue
            if isinstance(entry, Unread):
                plan.unread[entry.ending] += 1
                continue
            seen.add(entry.path)
            place = places.get(entry.path)
            # First what nearly all files of a later scan are.
            problem = aside.get(entry.path)
            if (
                problem is None
                and place is not None
                and place.mtime_ns == entry.mtime_ns
                and place.byte_size == entry.byte_size
                and place.described
            ):
                plan.unchanged += 1
            elif problem is not None and problem[:2] == (entry.byte_size, entry.mtime_ns):
                plan.still_aside.append((entry.path, problem[2]))
            else:
                plan.pending.append(entry)
    plan.files = len(seen)
    # What lies below a folder that could not be listed is not known to be gone.
    closed = [skipped.path for skipped in plan.skipped]

    def vanished(path: bytes) -> bool:
        if not any(reaches(root, path, hidden=selection.hidden) or path == root for root in roots):
            return False
        return not any(path == at or is_inside(path, at) for at in closed)

    plan.gone = {path for path in places.keys() - seen if vanished(path)}
    plan.solved = {path for path in problems.keys() - seen if vanished(path)}
    if not believe_empty:
        plan.emptied = _emptied(plan.gone, roots)
        plan.gone = plan.gone.difference(*plan.emptied.values())
    return plan


def _emptied(gone: Set[bytes], roots: Sequence[bytes]) -> dict[bytes, set[bytes]]:
    """The empty folders in which paths lay that are gone: of each path the nearest folder that is there."""
    nearest: dict[bytes, bytes | None] = {}
    emptied: dict[bytes, set[bytes]] = defaultdict(set)
    for path in gone:
        parent = _parent(path)
        if parent not in nearest:
            nearest[parent] = _empty_folder(parent, roots)
        if folder := nearest[parent]:
            emptied[folder].add(path)
    return dict(emptied)


def _parent(path: bytes) -> bytes:
    separator = os.fsencode(os.sep)
    return path.rpartition(separator)[0] or separator


def _empty_folder(folder: bytes, roots: Sequence[bytes]) -> bytes | None:
    """The nearest folder that is there, from one up to its root, if it is empty."""
    while True:
        try:
            with os.scandir(folder) as entries:
                # What a file system or a file manager puts there by itself.
                return None if any(not entry.name.startswith((b".", b"lost+found")) for entry in entries) else folder
        except OSError:
            if folder in roots or _parent(folder) == folder:
                return None
        folder = _parent(folder)
