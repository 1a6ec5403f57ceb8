from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import text

from captioning.describer import unheard
from captioning.outputs import Description
from index_data import catalogue
from index_data.catalogue.library_records import ScanCounts
from index_data.errors import FolderError
from index_data.library import Library
from index_data.scan.events import (
    Arrival,
    Described,
    FileSetAside,
    FilesListed,
    ModelNeeded,
    ScanFinished,
    ScanProgressed,
)
from index_data.scan.pipeline import index_folders
from tests.unit.index_data.conftest import FakeDescriber, check_invariants, events, index, paint


def captions(library: Library, describer: FakeDescriber) -> dict[str, str]:
    """Caption by file name, for every image that has a place."""
    with library.transaction() as session:
        ids = catalogue.ImageVectors(session, describer.identity.id).ids().tolist()
    return {os.fsdecode(path): r.caption for r in library.read(catalogue.images, ids).values() for path in r.paths}


def test_first_run_describes_every_picture(library: Library, photos: Path, describer: FakeDescriber) -> None:
    reports = events(library, photos, describer)
    assert reports[0] == FilesListed(7, 7)
    assert [len(event.arrivals) for event in reports if isinstance(event, ScanProgressed) if event.arrivals] == [
        3,
        3,
        1,
    ]
    assert reports[-1] == ScanFinished(ScanCounts(new=7), Described(7))
    assert captions(library, describer)[str(photos / "2.png")] == "fake sees 80 10 200"
    check_invariants(library, photos, describer.identity)


def test_progress_counts_every_picture_and_says_when_the_model_loads(
    library: Library, tmp_path: Path, describer: FakeDescriber
) -> None:
    folder = tmp_path / "many"
    for number in range(30):
        paint(folder / f"{number:02d}.png", (number, 10, 200))
    told = list(index_folders(library, [folder], describer, batch=64))
    assert told[:2] == [FilesListed(30, 30), ModelNeeded()]
    progress = [event for event in told if isinstance(event, ScanProgressed)]
    # Every picture as it is looked at, and each batch when it is stored.
    assert sorted({event.done for event in progress}) == list(range(1, 31))
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert [len(event.arrivals) for event in progress if event.arrivals] == [8, 16, 6]
    assert {event.total for event in progress} == {30}
    os.utime(folder / "00.png", ns=(1, 1))
    (folder / "01.png").rename(folder / "moved.png")
    paint(folder / "02.png", (99, 99, 99))
    shutil.copy(folder / "03.png", folder / "copy.png")
    told = list(index_folders(library, [folder], describer))
    assert [event.arrivals for event in told if isinstance(event, ScanProgressed) if event.arrivals] == [
        (
            Arrival(os.fsencode(folder / "02.png"), "changed", "fake sees 99 99 99"),
            Arrival(os.fsencode(folder / "copy.png"), "duplicate", ""),
            Arrival(os.fsencode(folder / "moved.png"), "moved", ""),
        )
    ]
    (folder / "04.png").rename(folder / "again.png")
    assert ModelNeeded() not in list(index_folders(library, [folder], describer))


def test_second_run_asks_the_model_nothing(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    describer.described = 0
    assert index(library, photos, describer) == ScanCounts(unchanged=7)
    assert describer.described == 0


def test_a_touched_file_is_read_but_not_described(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    describer.described = 0
    os.utime(photos / "0.png", ns=(1, 1))
    assert index(library, photos, describer) == ScanCounts(unchanged=7)
    assert index(library, photos, describer) == ScanCounts(unchanged=7)
    assert describer.described == 0


def test_a_changed_file_is_described_anew(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    paint(photos / "0.png", (99, 99, 99))
    os.utime(photos / "0.png", ns=(1, 1))
    assert index(library, photos, describer) == ScanCounts(unchanged=6, changed=1)
    assert captions(library, describer)[str(photos / "0.png")] == "fake sees 99 99 99"
    check_invariants(library, photos, describer.identity)


@pytest.mark.every_database
def test_moves_and_renames_keep_what_is_known(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    before = captions(library, describer)
    describer.described = 0
    (photos / "0.png").rename(photos / "deep" / "moved.png")
    (photos / "deep" / "er").rename(photos / "renamed")
    assert index(library, photos, describer) == ScanCounts(unchanged=4, moved=3)
    assert describer.described == 0
    after = captions(library, describer)
    assert after[str(photos / "deep" / "moved.png")] == before[str(photos / "0.png")]
    assert sorted(after.values()) == sorted(before.values())
    check_invariants(library, photos, describer.identity)


def test_copies_are_one_image_in_two_places(library: Library, photos: Path, describer: FakeDescriber) -> None:
    shutil.copy(photos / "0.png", photos / "again.png")
    assert index(library, photos, describer) == ScanCounts(new=7, duplicate=1)
    shutil.copy(photos / "1.png", photos / "later.png")
    assert index(library, photos, describer) == ScanCounts(unchanged=8, duplicate=1)
    assert describer.described == 7
    status = library.status()
    assert (status.images, status.places) == (7, 9)
    check_invariants(library, photos, describer.identity)


def test_copies_within_one_batch_are_described_once(library: Library, tmp_path: Path, describer: FakeDescriber) -> None:
    first = paint(tmp_path / "p" / "a.png", (1, 2, 3))
    shutil.copy(first, tmp_path / "p" / "b.png")
    assert index(library, tmp_path / "p", describer, batch=32) == ScanCounts(new=1, duplicate=1)
    assert describer.described == 1


def test_copies_in_batches_that_are_described_at_once_are_described_once(
    library: Library, tmp_path: Path, describer: FakeDescriber
) -> None:
    first = paint(tmp_path / "p" / "a.png", (1, 2, 3))
    for name in "bcdef":
        shutil.copy(first, tmp_path / "p" / f"{name}.png")
    assert index(library, tmp_path / "p", describer, batch=1) == ScanCounts(new=1, duplicate=5)
    assert describer.described == 1
    check_invariants(library, tmp_path / "p", describer.identity)


def test_what_is_removed_comes_back_with_its_caption(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    (photos / "0.png").rename(photos.parent / "kept.png")
    assert index(library, photos, describer) == ScanCounts(unchanged=6, removed=1)
    check_invariants(library, photos, describer.identity)
    describer.described = 0
    (photos.parent / "kept.png").rename(photos / "0.png")
    assert index(library, photos, describer) == ScanCounts(unchanged=6, new=1)
    assert describer.described == 0
    check_invariants(library, photos, describer.identity)


def test_a_bad_file_is_set_aside_and_tried_again_only_when_it_changes(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    bad = photos / "bad.png"
    bad.write_text("this is no picture")
    aside = FileSetAside(os.fsencode(bad), "it is not an image that can be decoded")
    reports = events(library, photos, describer)
    assert aside in reports
    assert reports[-1] == ScanFinished(ScanCounts(new=7, set_aside=1), Described(7))
    reports = events(library, photos, describer)
    assert reports[0] == FilesListed(8, 0)
    assert aside in reports
    assert reports[-1] == ScanFinished(ScanCounts(unchanged=7, set_aside=1))
    paint(bad, (5, 5, 5))
    assert index(library, photos, describer) == ScanCounts(unchanged=7, new=1)
    assert library.status().set_aside == 0
    bad.write_text("broken again")
    assert index(library, photos, describer) == ScanCounts(unchanged=7, set_aside=1)
    check_invariants(library, photos, describer.identity)
    bad.unlink()
    assert index(library, photos, describer) == ScanCounts(unchanged=7)
    check_invariants(library, photos, describer.identity)


def test_a_folder_that_closed_keeps_its_images(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    closed = os.fsencode(photos / "deep")
    scandir = os.scandir

    def refuse(path: bytes | str) -> object:
        if path == closed:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    told = events(library, photos, describer)
    assert FileSetAside(closed, "the folder could not be listed (Permission denied)") in told
    assert told[-1] == ScanFinished(ScanCounts(unchanged=5, set_aside=1))
    assert library.status().images == 7
    monkeypatch.undo()
    assert index(library, photos, describer) == ScanCounts(unchanged=7)
    assert library.status().set_aside == 0


def test_a_missing_folder_touches_nothing(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    photos.rename(photos.parent / "unmounted")
    with pytest.raises(FolderError, match="there is no folder"):
        index(library, photos, describer)
    assert library.status().images == 7


def test_another_model_describes_anew_and_leaves_a_persons_words(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    with library.transaction() as session:
        session.execute(
            text(
                "INSERT INTO caption (image_id, text, author, state, created_at) "
                "SELECT image_id, 'my own words', 'person', 'proposed', '2026-01-01 00:00:00.000000' "
                "FROM place WHERE path = :path"
            ),
            {"path": os.fsencode(photos / "0.png")},
        )
    other = FakeDescriber("other")
    assert index(library, photos, other) == ScanCounts(unchanged=7)
    assert other.described == 7
    found = captions(library, other)
    assert found[str(photos / "0.png")] == "my own words"
    assert found[str(photos / "1.png")] == "other sees 40 10 200"
    assert library.status().captions == {("model", "proposed"): 7, ("person", "proposed"): 1}
    assert library.read(catalogue.count_models) == {other.identity.id: 7}


def test_an_abandoned_run_is_carried_on(library: Library, photos: Path, describer: FakeDescriber) -> None:
    run = index_folders(library, [photos], describer, batch=3)
    for event in run:
        if isinstance(event, ScanProgressed) and event.arrivals:
            break
    run.close()  # type: ignore[attr-defined]
    scan = library.status().last_scan
    assert scan is not None
    assert scan.finished_at is None
    assert index(library, photos, describer) == ScanCounts(unchanged=3, new=4)
    # Once more at most what was described and not yet stored.
    assert 7 <= describer.described <= 7 + 4
    check_invariants(library, photos, describer.identity)


def test_names_that_are_not_utf8_survive(library: Library, tmp_path: Path, describer: FakeDescriber) -> None:
    folder = tmp_path / "p"
    paint(folder / "plain.png", (1, 2, 3))
    for name in (b"caf\xe9.png", b"new\nline.png"):
        shutil.copy(folder / "plain.png", folder / os.fsdecode(name))
    index(library, folder, describer)
    (record,) = library.read(catalogue.images, [1]).values()
    found = {os.fsencode(Path(os.fsdecode(path)).name) for path in record.paths}
    assert found == {b"caf\xe9.png", b"new\nline.png", b"plain.png"}


def test_a_file_that_was_closed_is_tried_at_every_scan(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    closed = os.fsencode(paint(photos / "closed.png", (1, 1, 1)))
    opened = os.open

    def refuse(path: bytes | str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == closed:
            raise PermissionError(13, "Permission denied", path)
        return opened(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refuse)
    for _ in range(2):
        reports = events(library, photos, describer)
        assert reports[0] == FilesListed(8, 1)
        assert FileSetAside(closed, "it may not be read (permission denied)") in reports
        assert reports[-1] == ScanFinished(ScanCounts(unchanged=7, set_aside=1))
    # Opening it again changes neither its size nor its time.
    monkeypatch.undo()
    assert index(library, photos, describer) == ScanCounts(unchanged=7, new=1)
    assert library.status().set_aside == 0
    check_invariants(library, photos, describer.identity)


def test_a_copy_of_a_picture_in_a_closed_folder_takes_nothing_from_it(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    closed = photos / "deep"
    copy = Path(shutil.copy(closed / "er" / "0.png", photos / "copy.png"))
    scandir, lstat = os.scandir, os.lstat

    def closed_to(function: Callable[..., object]) -> Callable[[bytes | str], object]:
        def refuse(path: bytes | str) -> object:
            if os.fsdecode(path).startswith(str(closed)):
                raise PermissionError(13, "Permission denied", path)
            return function(path)

        return refuse

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", closed_to(scandir))
        patch.setattr(os, "lstat", closed_to(lstat))
        assert index(library, photos, describer) == ScanCounts(unchanged=5, duplicate=1, set_aside=1)
    assert library.status().places == 8
    copy.unlink()
    assert index(library, photos, describer) == ScanCounts(unchanged=7, removed=1)


def test_numbered_files_renamed_by_one_have_moved(library: Library, tmp_path: Path, describer: FakeDescriber) -> None:
    folder = tmp_path / "p"
    for number in range(5):
        paint(folder / f"{number}.png", (number * 40, 10, 200))
    index(library, folder, describer)
    before = captions(library, describer)
    describer.described = 0
    for number in reversed(range(5)):
        (folder / f"{number}.png").rename(folder / f"{number + 1}.png")
        os.utime(folder / f"{number + 1}.png", ns=(number, number))
    assert index(library, folder, describer) == ScanCounts(changed=4, moved=1, removed=1)
    assert describer.described == 0
    after = captions(library, describer)
    assert [after[str(folder / f"{n + 1}.png")] for n in range(5)] == [
        before[str(folder / f"{n}.png")] for n in range(5)
    ]
    check_invariants(library, folder, describer.identity)


def test_a_picture_that_moves_to_another_indexed_folder(
    library: Library, photos: Path, tmp_path: Path, describer: FakeDescriber
) -> None:
    paint(tmp_path / "other" / "a.png", (3, 3, 3))
    index(library, photos, describer)
    index(library, tmp_path / "other", describer)
    (photos / "0.png").rename(tmp_path / "other" / "0.png")
    # Only the second folder is scanned, and still the first one's place is known to be gone.
    assert index(library, tmp_path / "other", describer) == ScanCounts(unchanged=1, moved=1)
    assert index(library, photos, describer) == ScanCounts(unchanged=6)
    assert library.status().places == 8


def test_a_hidden_folder_indexed_by_name_is_not_swept_by_its_parents_scan(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    (photos / "deep").rename(photos / ".deep")
    assert index(library, photos / ".deep", describer) == ScanCounts(new=2)
    assert index(library, photos, describer) == ScanCounts(new=5, unchanged=2)
    assert library.status().places == 7
    (photos / ".deep" / "er" / "0.png").unlink()
    assert index(library, photos / ".deep", describer) == ScanCounts(unchanged=1, removed=1)


def test_an_image_come_back_keeps_its_very_caption(library: Library, photos: Path, describer: FakeDescriber) -> None:
    def rows() -> list[tuple[int, int, str]]:
        with library.transaction() as session:
            return [tuple(row) for row in session.execute(text("SELECT id, image_id, text FROM caption ORDER BY id"))]

    index(library, photos, describer)
    before = rows()
    photos.rename(photos.parent / "away")
    photos.mkdir()
    # Else an empty folder could be that of a drive that is not mounted.
    (photos / "note.txt").touch()
    assert index(library, photos, describer) == ScanCounts(removed=7)
    assert (library.status().images, len(library.indexes.image(describer.identity))) == (0, 0)
    shutil.rmtree(photos)
    (photos.parent / "away").rename(photos)
    assert index(library, photos, describer) == ScanCounts(new=7)
    assert rows() == before


def test_an_unchanged_file_whose_image_changed_back(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    original = (photos / "0.png").read_bytes()
    paint(photos / "0.png", (9, 9, 9))
    assert index(library, photos, describer) == ScanCounts(unchanged=6, changed=1)
    (photos / "0.png").write_bytes(original)
    os.utime(photos / "0.png", ns=(5, 5))
    assert index(library, photos, describer) == ScanCounts(unchanged=6, changed=1)
    assert describer.described == 8
    check_invariants(library, photos, describer.identity)


def test_a_failing_model_leaves_the_batches_before_it(library: Library, photos: Path, describer: FakeDescriber) -> None:
    class Failing(FakeDescriber):
        def describe(self, pixels: NDArray[np.uint8], *, looked: Callable[[int], None] = unheard) -> list[Description]:
            if len(pixels) == 1:
                raise RuntimeError("out of memory")
            return super().describe(pixels, looked=looked)

    with pytest.raises(RuntimeError, match="out of memory"):
        index(library, photos, Failing())
    assert library.status().images == 6
    assert index(library, photos, describer) == ScanCounts(unchanged=6, new=1)
