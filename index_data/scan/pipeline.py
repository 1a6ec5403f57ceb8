"""Brings folders into a library: mark what is there, scan what changed, sweep what is gone.

Photographs come first, then films, both in the order of the plan. What is stored is stored whole: a kill at any moment
loses what is in flight, and the next run does it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from captioning.describer import Describer
from captioning.runtime.devices import CPU
from index_data import catalogue
from index_data.errors import UnknownFolderError
from index_data.library import Library
from index_data.scan.events import Event, FileSetAside, FilesListed, ScanFinished
from index_data.scan.films import index_films
from index_data.scan.local_reader import LocalReader
from index_data.scan.photographs import index_photographs
from index_data.scan.plan import always, plan_scan
from index_data.scan.readers import PlanReader
from index_data.scan.roots import UNCHANGED, Chosen, FolderChange, Scope, choose_files, choose_roots
from index_data.scan.walk import FoundFile, resolve_folders
from index_data.scan.writer import ScanWriter


def index_folders(
    library: Library,
    folders: Sequence[Path],
    describer: Describer,
    *,
    change: FolderChange = UNCHANGED,
    always_exclude: Sequence[str] = (),
    retry: bool = False,
    believe_empty: bool = False,
    batch: int = CPU.batch,
    complete: Callable[[FoundFile], bool] = always,
    reader: PlanReader | None = None,
) -> Iterator[Event]:
    """Indexes folders and tells what happens; the work is done as the events are taken.

    The folders are remembered with what is to be left out there, which holds for later scans as well.

    Args:
        library: Open; no other process may be writing to it.
        folders: Photographs and films, with everything below them; without any, all that are remembered.
        describer: Asked only if there is a picture to describe.
        change: What to leave out from now on; photographs of the library that are left out are no longer shown.
        always_exclude: Patterns that are left out in every folder.
        retry: Try files again that were set aside, even if they have not changed.
        believe_empty: Take what an empty folder held for gone; else a drive may not be mounted, and it is kept.
        batch: Photographs described and stored together.
        complete: Whether a new or changed film is no longer being recorded; the others are left for a later scan.
        reader: Reads and has described what is new or changed; else this machine does, by the describer.

    Raises:
        FolderError: A folder is missing or may not be read; nothing was changed.
        UnknownFolderError: No folder is named, and none is known.
        PatternError: A pattern to exclude is invalid; nothing was changed.
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The disk is full, or the library may not be changed.
        LibraryDamagedError: The catalogue is no longer readable.
        ClusterError: Other machines read, and can no longer be reached; all that was read is stored.
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        VectorSearchError: FAISS, which the search indexes are made with, could not be loaded.
        IndexKindError: `IMGSEARCH_INDEX` names no kind of index; all that was described is stored.
    """
    roots = resolve_folders(folders)

    def choose(chosen: Chosen) -> Scope:
        if not (roots or chosen.by_path):
            raise UnknownFolderError("the library knows no folders yet; name some: imgsearch index FOLDER")
        return choose_roots(chosen, roots or sorted(chosen.by_path), change)

    yield from _scan(
        library,
        choose,
        describer,
        always_exclude=always_exclude,
        retry=retry,
        believe_empty=believe_empty,
        reader=reader or LocalReader(describer, batch=batch),
        complete=complete,
    )


def retry_files(
    library: Library,
    paths: Sequence[bytes],
    describer: Describer,
    *,
    always_exclude: Sequence[str] = (),
    batch: int = CPU.batch,
) -> Iterator[Event]:
    """Looks again at files and folders that were set aside, and at no others; else it does as `index_folders`.

    What a chosen folder leaves out is no longer set aside, and stays out.

    Raises:
        FolderError: An `.imgsearchignore` cannot be read; nothing was changed.
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The disk is full, or the library may not be changed.
        LibraryDamagedError: The catalogue is no longer readable.
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        VectorSearchError: FAISS, which the search indexes are made with, could not be loaded.
        IndexKindError: `IMGSEARCH_INDEX` names no kind of index; all that was described is stored.
    """
    yield from _scan(
        library,
        lambda chosen: choose_files(chosen, paths),
        describer,
        always_exclude=always_exclude,
        retry=True,
        believe_empty=False,
        reader=LocalReader(describer, batch=batch),
    )


def _scan(
    library: Library,
    choose: Callable[[Chosen], Scope],
    describer: Describer,
    *,
    always_exclude: Sequence[str],
    retry: bool,
    believe_empty: bool,
    reader: PlanReader,
    complete: Callable[[FoundFile], bool] = always,
) -> Iterator[Event]:
    with library.writing():
        with library.transaction() as session:
            scope = choose(Chosen(catalogue.folders(session), always=always_exclude))
            plan = plan_scan(
                session,
                scope,
                describer.identity.id,
                retry=retry,
                believe_empty=believe_empty,
                complete=complete,
            )
        library.keep_text_encoder(describer)
        writer = ScanWriter(library, plan, describer)
        yield FilesListed(plan.files, plan.total)
        for path, reason in [*plan.still_aside, *((skipped.path, skipped.reason) for skipped in plan.skipped)]:
            yield FileSetAside(path, reason)
        # Closed here, so that an abandoned scan stops its threads before it gives back the lock.
        with closing(index_photographs(plan, reader, writer)) as events:
            yield from events
        with closing(index_films(plan, reader, writer)) as events:
            yield from events
        emptied = writer.emptied()
        for path, reason in emptied.items():
            yield FileSetAside(path, reason)
        counts = writer.finish()
        library.save_caches(describer.identity)
        yield ScanFinished(counts, writer.described, dict(plan.unread), tuple(emptied), len(plan.resting))
