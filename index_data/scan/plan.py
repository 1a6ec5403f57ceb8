"""Compares what the folders hold with what the catalogue knows: what is pending, what stayed, what is gone."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from captioning.images.raw import reads_raw_files
from index_data import catalogue
from index_data.catalogue.records import KnownPlace
from index_data.scan.ignore import Selection
from index_data.scan.pairs import LIVE, stem_of, stems_of_stills
from index_data.scan.roots import Scope
from index_data.scan.walk import Entry, FoundFile, Kind, Skipped, Unread, is_inside, parent_of, reaches, walk

if TYPE_CHECKING:
    from index_data.catalogue import Session


def always(film: FoundFile) -> bool:
    """Whether a film is complete where nobody waits for that."""
    return True


@dataclass(slots=True)
class ScanPlan:
    """The plan of a scan.

    Attributes:
        scope: What was looked at.
        places: Every path the catalogue knows.
        files: Image files in the folders.
        pending: Photographs that are new, changed, or not yet described by the model in use.
        films: Likewise films.
        beside: Photographs of which films may be the moving side, by the paths of these.
        resting: Films that may still be recorded.
        companions: Numbers of known films that are the moving side of a photograph.
        unchanged: How many are as they were.
        still_aside: Files set aside before that have not changed since, with the reasons.
        skipped: Folders that could not be listed, files that could not be asked.
        gone: Known paths in the folders that are no longer there.
        solved: Paths set aside before that are no longer there.
        unread: Pictures of kinds that are not read, by the endings of their names.
        emptied: Folders that are there and empty, with the paths that the catalogue knows below them: these are not
            taken for gone, since a drive may not be mounted.
    """

    scope: Scope
    places: dict[bytes, KnownPlace]
    files: int = 0
    pending: list[FoundFile] = field(default_factory=list)
    films: list[FoundFile] = field(default_factory=list)
    beside: dict[bytes, bytes] = field(default_factory=dict)
    resting: list[FoundFile] = field(default_factory=list)
    companions: frozenset[int] = frozenset()
    unchanged: int = 0
    still_aside: list[tuple[bytes, str]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    gone: set[bytes] = field(default_factory=set)
    solved: set[bytes] = field(default_factory=set)
    unread: Counter[str] = field(default_factory=Counter)
    emptied: dict[bytes, set[bytes]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many files are pending, photographs and films."""
        return len(self.pending) + len(self.films)


def plan_scan(
    session: Session,
    scope: Scope,
    model_key: str,
    *,
    retry: bool = False,
    believe_empty: bool = False,
    complete: Callable[[FoundFile], bool] = always,
) -> ScanPlan:
    """Looks through folders and files, and compares size and time of every file with the catalogue.

    Args:
        session: Of the catalogue.
        scope: What to look at; a known path that is left out there counts as gone.
        model_key: The model that must have described an image.
        retry: Take up files that were set aside even if they have not changed.
        believe_empty: Take what an empty folder held for gone.
        complete: Whether a new or changed film is no longer being recorded.

    Raises:
        FolderError: A pattern to exclude is invalid, or an `.imgsearchignore` cannot be read.
    """
    places = catalogue.known_places(session, model_key)
    plan = ScanPlan(scope, places, companions=frozenset(catalogue.films_without_moments(session)))
    problems = catalogue.known_problems(session)
    sorter = _Sorter(plan, {} if retry else problems, complete)
    for entry in _entries(scope):
        sorter.add(entry)
    sorter.end()
    seen = sorter.seen
    plan.files = len(seen)
    # What lies below a folder that could not be listed is not known to be gone.
    closed = [skipped.path for skipped in plan.skipped]

    def vanished(path: bytes) -> bool:
        root = scope.root_of(path)
        if root is None or not (path == root.path or reaches(root.path, path, hidden=root.known or root.folder.hidden)):
            return False
        return not any(path == at or is_inside(path, at) for at in closed)

    plan.gone = {path for path in places.keys() - seen if vanished(path)}
    plan.solved = {path for path in problems.keys() - seen if vanished(path)} | (scope.solved & problems.keys())
    if not believe_empty:
        plan.emptied = _emptied(plan.gone, [root.path for root in scope.roots])
        plan.gone = plan.gone.difference(*plan.emptied.values())
    return plan


class _Sorter:
    """Puts what the walks come by where it belongs in a plan."""

    def __init__(
        self,
        plan: ScanPlan,
        aside: Mapping[bytes, tuple[int, int, str]],
        complete: Callable[[FoundFile], bool],
    ) -> None:
        """Takes the files that were set aside, with size, time and reason; the rest is as `plan_scan` has it."""
        self._plan, self._aside, self._complete = plan, aside, complete
        self._raws: list[FoundFile] = []
        self._films: list[FoundFile] = []
        self.seen: set[bytes] = set()
        """The files that are looked at, and those that belong to them."""

    def add(self, entry: Entry) -> None:
        """Sorts what needs no look at its neighbours, and keeps the rest for the end."""
        if isinstance(entry, Skipped):
            self._plan.skipped.append(entry)
        elif isinstance(entry, Unread):
            self._plan.unread[entry.ending] += 1
        elif entry.kind is Kind.RAW:
            self._raws.append(entry)
        elif entry.kind is Kind.VIDEO:
            self._films.append(entry)
        else:
            self._take(entry, self._plan.pending)

    def end(self) -> None:
        """Sorts what may belong to a photograph beside it."""
        if not (self._raws or self._films):
            return
        stills, readable = self._stills(), reads_raw_files()
        for raw in self._raws:
            if stem_of(raw.path) in stills:
                continue
            if readable or raw.path in self._plan.places:
                self._take(raw, self._plan.pending)
            else:
                self._plan.unread[raw.ending] += 1
        fresh = {file.path for file in self._plan.pending}
        for film in self._films:
            still = stills.get(stem_of(film.path)) if film.ending in LIVE else None
            self._take_film(film, still, again=still in fresh)

    def _stills(self) -> dict[bytes, bytes]:
        """The photographs that other files may belong to; those beside single files are known, and not looked at."""
        scope, stills = self._plan.scope, {}
        if scope.files:
            stills = stems_of_stills(path for path in self._plan.places if scope.root_of(path) is None)
        return stills | stems_of_stills(self.seen)

    def _take_film(self, film: FoundFile, still: bytes | None, *, again: bool) -> None:
        """Sorts a film.

        Args:
            film: As it was found.
            still: The photograph whose moving side it may be.
            again: Whether that is to be found out even if the film did not change.
        """
        pending: list[FoundFile] = []
        place = self._plan.places.get(film.path)
        if place is not None and (place.byte_size, place.mtime_ns) == (film.byte_size, film.mtime_ns):
            companion = place.image_id in self._plan.companions
            if companion and still:
                self.seen.add(film.path)
                return
            if companion or again:
                self.seen.add(film.path)
                pending = [film]
        self._take(film, pending)
        for file in pending:
            if not self._complete(file):
                self._plan.resting.append(file)
                continue
            self._plan.films.append(file)
            if still:
                self._plan.beside[file.path] = still

    def _take(self, file: FoundFile, pending: list[FoundFile]) -> None:
        """Sorts a file by itself, and puts it to those that are pending if it is."""
        if file.path in self.seen:
            return
        self.seen.add(file.path)
        place = self._plan.places.get(file.path)
        # First what nearly all files of a later scan are.
        problem = self._aside.get(file.path)
        if (
            problem is None
            and place is not None
            and place.mtime_ns == file.mtime_ns
            and place.byte_size == file.byte_size
            and place.described
        ):
            self._plan.unchanged += 1
        elif problem is not None and problem[:2] == (file.byte_size, file.mtime_ns):
            self._plan.still_aside.append((file.path, problem[2]))
        else:
            pending.append(file)


def _entries(scope: Scope) -> Iterator[Entry]:
    for root in scope.roots:
        yield from walk(root.path, Selection(hidden=root.folder.hidden), rules=root.rules, apart=scope.apart)
    yield from scope.files


def _emptied(gone: Set[bytes], roots: Sequence[bytes]) -> dict[bytes, set[bytes]]:
    """The empty folders in which paths lay that are gone: of each path the nearest folder that is there."""
    nearest: dict[bytes, bytes | None] = {}
    emptied: dict[bytes, set[bytes]] = defaultdict(set)
    for path in gone:
        parent = parent_of(path)
        if parent not in nearest:
            nearest[parent] = _empty_folder(parent, roots)
        if folder := nearest[parent]:
            emptied[folder].add(path)
    return dict(emptied)


def _empty_folder(folder: bytes, roots: Sequence[bytes]) -> bytes | None:
    """The nearest folder that is there, from one up to its root, if it is empty."""
    while True:
        try:
            with os.scandir(folder) as entries:
                # What a file system or a file manager puts there by itself.
                return None if any(not entry.name.startswith((b".", b"lost+found")) for entry in entries) else folder
        except OSError:
            if folder in roots or parent_of(folder) == folder:
                return None
        folder = parent_of(folder)
