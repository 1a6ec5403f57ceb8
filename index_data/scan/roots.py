"""Which folders a scan looks through, and by whose settings: each file belongs to the nearest chosen folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from captioning.images import MAX_PIXELS
from index_data.catalogue.library_records import FolderRecord
from index_data.scan.ignore import NO_RULES, Rules
from index_data.scan.walk import Entry, is_folder, is_inside, join, look_in, parent_of, rules_below


@dataclass(frozen=True, slots=True)
class FolderChange:
    """What a person says of the folders that are scanned, from now on.

    Attributes:
        exclude: Patterns in the syntax of `.gitignore`, beside those that were given before.
        hidden: Whether names with a leading dot are taken; none leaves it as it is.
        max_pixels: Pictures of more pixels are set aside; none leaves it as it is.
    """

    exclude: tuple[str, ...] = ()
    hidden: bool | None = None
    max_pixels: int | None = None

    def made_to(self, folder: FolderRecord) -> FolderRecord:
        """The folder with these settings."""
        return replace(
            folder,
            exclude=tuple(dict.fromkeys((*folder.exclude, *self.exclude))),
            hidden=folder.hidden if self.hidden is None else self.hidden,
            max_pixels=folder.max_pixels if self.max_pixels is None else self.max_pixels,
        )


UNCHANGED = FolderChange()


@dataclass(frozen=True, slots=True)
class Root:
    """A folder from which a scan looks down.

    Attributes:
        path: Absolute.
        folder: Whose settings hold: this one, or one around it.
        rules: That hold in it, beside its own `.imgsearchignore`.
        known: Whether the library knew the settings before, so that hidden files are there by choice.
    """

    path: bytes
    folder: FolderRecord
    rules: Rules = NO_RULES
    known: bool = True


@dataclass(slots=True)
class Scope:
    """What a scan looks at.

    Attributes:
        roots: Folders.
        files: Single files.
        apart: Chosen folders, which are no part of the folders around them.
        chosen: Folders to be remembered, with their settings.
        absorbed: Remembered folders that are a part of a chosen one now.
        solved: Paths that need no further attention: they are gone, or left out.
    """

    roots: list[Root] = field(default_factory=list)
    files: list[Entry] = field(default_factory=list)
    apart: frozenset[bytes] = frozenset()
    chosen: tuple[FolderRecord, ...] = ()
    absorbed: tuple[bytes, ...] = ()
    solved: set[bytes] = field(default_factory=set)

    def root_of(self, path: bytes) -> Root | None:
        """The root whose scan decides about a path; none if that lies elsewhere, or in a folder apart."""
        around = [root for root in self.roots if path == root.path or is_inside(path, root.path)]
        root = max(around, key=lambda root: len(root.path), default=None)
        if root is None or any(is_inside(at, root.path) and (path == at or is_inside(path, at)) for at in self.apart):
            return None
        return root

    def max_pixels(self, path: bytes) -> int:
        """The limit that holds for a file."""
        root = self.root_of(path)
        return (root and root.folder.max_pixels) or MAX_PIXELS


class Chosen:
    """The folders that were chosen, and the rules that hold in them."""

    def __init__(self, folders: Iterable[FolderRecord], *, always: Sequence[str] = ()) -> None:
        """Takes the folders, and patterns that are left out in all of them."""
        self._folders = {folder.path: folder for folder in folders}
        self._always = tuple(always)

    @property
    def by_path(self) -> Mapping[bytes, FolderRecord]:
        """The folders by their paths."""
        return self._folders

    def put(self, folder: FolderRecord) -> None:
        """Takes one more, or other settings of one."""
        self._folders[folder.path] = folder

    def drop(self, path: bytes) -> None:
        """Leaves one out."""
        del self._folders[path]

    def around(self, path: bytes) -> FolderRecord | None:
        """The nearest chosen folder above a path; of a chosen folder, the one around it."""
        above = [at for at in self._folders if is_inside(path, at)]
        return self._folders[max(above, key=len)] if above else None

    def below(self, path: bytes) -> list[FolderRecord]:
        """The chosen folders below a path."""
        return [folder for at, folder in self._folders.items() if is_inside(at, path)]

    def rules(self, folder: FolderRecord) -> Rules:
        """The rules of a chosen folder: its own, after those of a folder around it that reach it.

        Raises:
            FolderError: A pattern is invalid, or an `.imgsearchignore` on the way cannot be read.
        """
        outer = self.reached(folder.path)
        if outer is None:
            outer = NO_RULES.under(folder.path, self._always, source="the setting exclude")
        return outer.under(folder.path, folder.exclude, source="--exclude")

    def reached(self, path: bytes) -> Rules | None:
        """The rules at a folder as part of the chosen one around it; none if there is none, or it leaves it out.

        Raises:
            FolderError: A pattern is invalid, or an `.imgsearchignore` on the way cannot be read.
        """
        around = self.around(path)
        if around is None:
            return None
        return rules_below(around.path, self.rules(around), path, hidden=around.hidden)


def choose_roots(chosen: Chosen, folders: Sequence[bytes], change: FolderChange = UNCHANGED) -> Scope:
    """Says what a scan of some folders looks at: these, and the chosen folders below them, each by its own settings.

    A folder inside a chosen one is looked at as a part of that; it becomes one of its own where something is said of
    it, or where the other leaves it out.

    Args:
        chosen: The folders that were chosen before; those that are chosen now are added.
        folders: Absolute.
        change: What is said of them.

    Raises:
        FolderError: A pattern is invalid, or an `.imgsearchignore` cannot be read.
    """
    before = set(chosen.by_path)
    parts: list[Root] = []
    changed: list[FolderRecord] = []
    absorbed: list[bytes] = []
    for path in folders:
        known = chosen.by_path.get(path)
        rules = None if known else chosen.reached(path)
        around = chosen.around(path)
        if around is not None and rules is not None and change == UNCHANGED:
            parts.append(Root(path, around, rules))
            continue
        hidden = around.hidden if around is not None and rules is not None else False
        folder = change.made_to(known or FolderRecord(path, hidden=hidden))
        chosen.put(folder)
        changed.append(folder)
        absorbed += _absorbed(chosen, folder)
    for path in absorbed:
        chosen.drop(path)
    # One may have been absorbed by another.
    own = {folder.path: folder for folder in changed if folder.path in chosen.by_path}
    for path in folders:
        own.update({folder.path: folder for folder in chosen.below(path)})
    roots = [Root(path, folder, chosen.rules(folder), path in before) for path, folder in sorted(own.items())]
    parts = [part for part in parts if part.folder.path not in own]
    remembered = tuple(folder for folder in changed if folder.path in own)
    return Scope([*roots, *parts], apart=frozenset(chosen.by_path), chosen=remembered, absorbed=tuple(absorbed))


def _absorbed(chosen: Chosen, folder: FolderRecord) -> list[bytes]:
    """The chosen folders below one that say nothing that it does not say itself."""
    return [
        inner.path
        for inner in chosen.below(folder.path)
        if replace(inner, path=folder.path, exclude=()) == replace(folder, exclude=())
        and not inner.exclude
        and chosen.around(inner.path) == folder
        and chosen.reached(inner.path) is not None
    ]


def choose_files(chosen: Chosen, paths: Iterable[bytes]) -> Scope:
    """Says what another look at single paths looks at: these alone, and what lies below those that are folders.

    Raises:
        FolderError: A pattern is invalid, or an `.imgsearchignore` cannot be read.
    """
    scope = Scope(apart=frozenset(chosen.by_path))
    names: dict[bytes, set[bytes]] = defaultdict(set)
    for path in paths:
        if is_folder(path):
            root = _root_at(chosen, path)
            scope.roots += [root] if root else []
            scope.solved |= set() if root else {path}
        else:
            parent = parent_of(path)
            names[parent].add(path[len(join(parent, b"")) :])
    for parent, wanted in names.items():
        # What lies in a folder that is not there may come back with it.
        if is_folder(parent):
            root = _root_at(chosen, parent)
            looked = list(look_in(parent, wanted, root.rules, hidden=root.folder.hidden)) if root else []
            scope.files += looked
            scope.solved |= {join(parent, name) for name in wanted} - {entry.path for entry in looked}
    return scope


def _root_at(chosen: Chosen, path: bytes) -> Root | None:
    """A folder as part of a chosen one, or as one that nobody chose; none if a chosen one leaves it out."""
    folder = chosen.by_path.get(path) or chosen.around(path)
    if folder is None:
        return Root(path, FolderRecord(path), known=False)
    rules = chosen.rules(folder) if folder.path == path else chosen.reached(path)
    return None if rules is None else Root(path, folder, rules)
