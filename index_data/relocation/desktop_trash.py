"""The desktop's trash, as freedesktop.org describes it: what lies there, and from where it came."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

RESTORABLE = sys.platform not in ("darwin", "win32")
"""Whether the system's trash tells where its files came from; elsewhere people take them out by hand."""

_INFO = ".trashinfo"


def trashed_files(paths: Iterable[bytes]) -> dict[bytes, Path]:
    """The files in the trash that came from some paths; of several from one path the latest.

    Returns:
        Notes of the trash, by path; `file_of` gives the file that each belongs to.
    """
    wanted = set(paths)
    latest: dict[bytes, tuple[str, Path]] = {}
    for trash, top in _trashes({os.path.dirname(path) for path in wanted}):  # noqa: PTH120 - paths are bytes
        for note in _notes(trash):
            origin, date = _read(note, top)
            if origin in wanted and os.path.lexists(file_of(note)) and (date, note) > latest.get(origin, ("", note)):
                latest[origin] = date, note
    return {path: note for path, (_, note) in latest.items()}


def file_of(note: Path) -> Path:
    """The file in the trash that a note belongs to."""
    return note.parent.parent / "files" / note.name.removesuffix(_INFO)


def _trashes(folders: Iterable[bytes]) -> Iterator[tuple[Path, Path]]:
    """The trashes where files of some folders may lie, each with the folder in which its relative paths begin."""
    home = Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()
    yield home / "Trash", home
    user = str(os.getuid())
    for top in {_mount_point(Path(os.fsdecode(folder))) for folder in folders}:
        yield top / ".Trash" / user, top
        yield top / f".Trash-{user}", top


def _mount_point(folder: Path) -> Path:
    path = folder.resolve()
    return next(above for above in (path, *path.parents) if above.is_mount() or above.parent == above)


def _notes(trash: Path) -> list[Path]:
    try:
        return sorted(note for note in (trash / "info").iterdir() if note.name.endswith(_INFO))
    except OSError:
        return []


def _read(note: Path, top: Path) -> tuple[bytes, str]:
    """From where a file came, and when; nothing where the note is unreadable."""
    try:
        lines = note.read_bytes().splitlines()
    except OSError:
        return b"", ""
    values = dict(line.partition(b"=")[::2] for line in lines)
    origin = unquote_to_bytes(values.get(b"Path", b""))
    date = values.get(b"DeletionDate", b"").decode("ascii", "replace")
    return (os.path.join(os.fsencode(top), origin) if origin else b""), date  # noqa: PTH118 - paths are bytes
