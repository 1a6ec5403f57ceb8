"""Takes back what was moved: each file to where it lay before."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from index_data import catalogue
from index_data.catalogue.annotation_records import ActionRecord, FileChanged
from index_data.errors import FilesNotReturnedError
from index_data.file_stamp import file_stamp
from index_data.library import Library
from index_data.metadata.sidecars import is_sidecar
from index_data.relocation import move, trash
from index_data.relocation.desktop_trash import RESTORABLE, file_of, trashed_files
from index_data.relocation.file_move import put_also
from index_data.relocation.outcome import Outcome, reason_of

KINDS = (move.KIND, trash.KIND)
"""Of the actions that move files."""


def return_files(library: Library, action: ActionRecord) -> ActionRecord:
    """Brings the files that an action moved back, as far as they are there and nothing lies in their place.

    The action counts as undone whatever came of it, and is not offered again: what could not be brought back is named.

    Args:
        library: Open.
        action: The latest, of one of `KINDS`.

    Raises:
        FilesNotReturnedError: Some files could not be brought back; the others were.
        LibraryLockedError: Another program holds the catalogue.
        LibraryNotWritableError: The disk is full, or the library may not be changed.
    """
    changes = library.read(catalogue.file_changes, action.action_id)
    in_trash = trashed_files(change.was for change in changes if change.became is None) if RESTORABLE else {}
    outcomes = []
    for change in reversed(changes):
        try:
            _bring_back(library, change, in_trash.get(change.was))
            outcomes.append(Outcome(change.was))
        except OSError as error:
            outcomes.append(Outcome(change.was, reason_of(error)))
    with library.transaction(write=True) as session:
        catalogue.end_file_action(session, action.action_id)
    _tell(outcomes)
    return replace(action, state="dropped")


def _bring_back(library: Library, change: FileChanged, note: Path | None) -> None:
    """Moves one file back.

    Raises:
        OSError: It could not be, and stays where it is.
    """
    target = Path(os.fsdecode(change.was))
    source = file_of(note) if note else None if change.became is None else Path(os.fsdecode(change.became))
    if source is None or not os.path.lexists(source):
        if os.path.lexists(target):
            return  # whoever moved it, or brought it back, was killed on the way
        if change.became is None and not RESTORABLE:
            raise OSError(0, "it lies in the trash; take it out there, and index brings its words back")
        where = "in the trash" if change.became is None else f"at {os.fsdecode(change.became)}"
        raise FileNotFoundError(0, f"it is not {where} any more")
    if os.path.lexists(target):
        raise FileExistsError(0, "another file lies there by now")
    before = source.stat().st_mtime_ns
    target.parent.mkdir(parents=True, exist_ok=True)
    put_also(source, target)
    size, mtime_ns = file_stamp(target.stat())
    with library.transaction(write=True) as session:
        if change.became is not None:
            catalogue.move_place(session, change.became, change.was, mtime_ns=(before % 2**63, mtime_ns))
        elif not is_sidecar(change.was):
            image = change.image_id
            catalogue.put_place_back(session, change.was, image_id=image, byte_size=size, mtime_ns=mtime_ns)
            catalogue.advance_vector_generation(session)
    source.unlink()
    if note is not None:
        note.unlink(missing_ok=True)


def _tell(outcomes: Sequence[Outcome]) -> None:
    failed = [outcome for outcome in outcomes if outcome.problem]
    if failed:
        first, more = failed[0], len(failed) - 1
        others = f"; and {more:,} more" if more else ""
        shown = first.path.decode("utf-8", "backslashreplace")
        raise FilesNotReturnedError(f"not brought back: {shown}: {first.problem}{others}")
