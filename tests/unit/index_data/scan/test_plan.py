from __future__ import annotations

import os
from pathlib import Path

import pytest

from index_data import catalogue
from index_data.catalogue.records import ImageFacts
from index_data.library import Library
from index_data.scan.plan import ScanPlan, plan_scan
from index_data.scan.roots import Chosen, choose_roots
from tests.unit.index_data.conftest import FakeDescriber, index, paint


def look(library: Library, *folders: Path, model: str) -> ScanPlan:
    with library.transaction() as session:
        scope = choose_roots(Chosen(catalogue.folders(session)), [os.fsencode(folder) for folder in folders])
        return plan_scan(session, scope, model)


def test_every_file_is_pending_unchanged_or_still_aside(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    (photos / "bad.png").write_text("no picture")
    index(library, photos, describer)
    paint(photos / "fresh.png", (1, 2, 3))
    os.utime(photos / "0.png", ns=(1, 1))
    (photos / "1.png").unlink()
    plan = look(library, photos, model=describer.identity.id)
    assert [Path(os.fsdecode(file.path)).name for file in plan.pending] == ["0.png", "fresh.png"]
    assert (plan.unchanged, len(plan.still_aside), plan.files) == (5, 1, 8)
    assert plan.gone == {os.fsencode(photos / "1.png")}
    assert plan.solved == set()


def test_another_model_makes_everything_pending(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    assert len(look(library, photos, model="other").pending) == 7


def test_only_what_lies_in_the_folders_can_be_gone(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    with library.transaction() as session:
        for path in (photos.parent / "photos2" / "a.png", photos / "gone.png", photos / ".hidden" / "a.png"):
            catalogue.put_problem(session, os.fsencode(path), stamp=None, reason="closed")
    (photos / "0.png").unlink()
    found = look(library, photos / "deep", model=describer.identity.id)
    assert (found.gone, found.solved) == (set(), set())
    found = look(library, photos, model=describer.identity.id)
    assert found.gone == {os.fsencode(photos / "0.png")}
    assert found.solved == {os.fsencode(photos / "gone.png"), os.fsencode(photos / ".hidden" / "a.png")}


def beside(library: Library, folder: Path, *names: str) -> ScanPlan:
    """The plan for a folder with files of these names, all of them new."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return look(library, folder, model="any")


def test_a_raw_file_beside_the_photograph_of_its_stem_is_the_same_photograph(library: Library, tmp_path: Path) -> None:
    names = ("a.CR2", "a.JPG", "b.heic", "b.nef", "c.dng", "d/a.raf", "e.png", "e.orf", "f.jpg.arw", "f.jpg")
    plan = beside(library, tmp_path / "p", *names)
    folder = os.fsencode(tmp_path / "p")
    pending = [os.fsdecode(os.path.relpath(file.path, folder)) for file in plan.pending]
    assert pending == ["a.JPG", "b.heic", "e.png", "f.jpg", "c.dng", "d/a.raf", "e.orf", "f.jpg.arw"]
    assert (plan.files, plan.unread) == (8, {})


def test_without_the_package_for_raw_files_those_alone_are_counted_and_known_ones_stay(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index_data.scan.plan.reads_raw_files", lambda: False)
    known = tmp_path / "p" / "known.nef"
    with library.transaction(write=True) as session:
        ((_, image),) = catalogue.add_images(session, [(b"hash", 1, ImageFacts(1, 1, "NEF"))]).items()
        scan = catalogue.start_scan(session)
        catalogue.put_place(session, os.fsencode(known), image_id=image, byte_size=1, mtime_ns=1, scan_id=scan)
    plan = beside(library, tmp_path / "p", "a.CR2", "a.JPG", "b.nef", "known.nef")
    assert plan.unread == {".nef": 1}
    assert plan.gone == set()
