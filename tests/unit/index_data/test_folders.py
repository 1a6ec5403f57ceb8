"""The folders that a person chose: each file belongs to the nearest, and each goes by its own settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from index_data import catalogue
from index_data.catalogue.library_records import FolderRecord, ScanCounts
from index_data.errors import FolderError
from index_data.folders import choose_folder, count_by_folder, folder_counts, give_up_folder, set_folder
from index_data.library import Library
from index_data.maintenance.prune import prune
from index_data.scan.events import ScanFinished
from index_data.scan.pipeline import index_folders, retry_files
from index_data.scan.roots import FolderChange
from tests.unit.index_data.conftest import FakeDescriber, index, paint


def scan(library: Library, describer: FakeDescriber, *folders: Path, **options: object) -> ScanCounts:
    """Scans folders, or all that are known, to the end."""
    *_, last = index_folders(library, folders, describer, **options)  # type: ignore[arg-type]
    assert isinstance(last, ScanFinished)
    return last.counts


def known(library: Library) -> list[tuple[str, tuple[str, ...]]]:
    """The chosen folders by name, with their patterns."""
    return [(Path(os.fsdecode(one.path)).name, one.exclude) for one in library.read(catalogue.folders)]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Folders, each with a picture of its own."""
    for number, name in enumerate(("a/1", "b/2", "private/3", "b/raw/4")):
        paint(tmp_path / "v" / f"{name}.png", (number, 9, 200 - number))
    return tmp_path / "v"


def test_a_parent_is_never_computed(library: Library, describer: FakeDescriber, tree: Path) -> None:
    assert scan(library, describer, tree / "a", tree / "b") == ScanCounts(new=3)
    assert known(library) == [("a", ()), ("b", ())]
    assert scan(library, describer) == ScanCounts(unchanged=3)
    counts = folder_counts(library)
    assert [count for _, count in counts.folders] == [1, 2]
    assert counts.elsewhere == 0


def test_no_known_folder_is_an_error(library: Library, describer: FakeDescriber) -> None:
    with pytest.raises(FolderError, match="knows no folders yet; name some: imgsearch index FOLDER"):
        scan(library, describer)


def test_a_folder_keeps_its_settings(library: Library, describer: FakeDescriber, tree: Path) -> None:
    assert scan(library, describer, tree, change=FolderChange(("private/",))) == ScanCounts(new=3)
    paint(tree / "later.png", (1, 1, 1))
    assert scan(library, describer) == ScanCounts(new=1, unchanged=3)
    # What is said later comes to what was said before.
    assert scan(library, describer, tree, change=FolderChange(("raw/",))) == ScanCounts(unchanged=3, removed=1)
    assert known(library) == [("v", ("private/", "raw/"))]
    set_folder(library, tree, exclude=("b/",))
    assert scan(library, describer) == ScanCounts(new=1, unchanged=2, removed=1)


def test_a_part_of_a_known_folder_goes_by_its_settings(library: Library, describer: FakeDescriber, tree: Path) -> None:
    (tree / ".imgsearchignore").write_text("a/\n")
    scan(library, describer, tree, change=FolderChange(("raw/",)))
    paint(tree / "b" / "raw" / "5.png", (5, 5, 5))
    paint(tree / "b" / "6.png", (6, 6, 6))
    assert scan(library, describer, tree / "b") == ScanCounts(new=1, unchanged=1)
    assert known(library) == [("v", ("raw/",))]


def test_a_folder_that_another_leaves_out_can_be_chosen_by_itself(
    library: Library, describer: FakeDescriber, tree: Path
) -> None:
    scan(library, describer, tree, change=FolderChange(("raw/",)))
    assert scan(library, describer, tree / "b" / "raw") == ScanCounts(new=1)
    # Each file belongs to the nearest folder, whichever of them is scanned.
    assert scan(library, describer, tree) == ScanCounts(unchanged=4)
    assert scan(library, describer) == ScanCounts(unchanged=4)
    assert known(library) == [("v", ("raw/",)), ("raw", ())]


def test_folders_inside_a_chosen_one_keep_what_they_say_and_else_become_a_part_of_it(
    library: Library, describer: FakeDescriber, tree: Path
) -> None:
    scan(library, describer, tree / "a")
    scan(library, describer, tree / "b", change=FolderChange(("raw/",)))
    assert scan(library, describer, tree) == ScanCounts(new=1, unchanged=2)
    assert known(library) == [("v", ()), ("b", ("raw/",))]


def test_a_known_folder_that_is_not_there_keeps_its_photographs(
    library: Library, describer: FakeDescriber, tree: Path
) -> None:
    scan(library, describer, tree / "a", tree / "b")
    (tree / "a").rename(tree / "away")
    assert scan(library, describer) == ScanCounts(unchanged=2, set_aside=1)
    assert library.status().images == 3
    (tree / "away").rename(tree / "a")
    assert scan(library, describer) == ScanCounts(unchanged=3)


def test_another_try_touches_the_listed_files_alone(library: Library, describer: FakeDescriber, tree: Path) -> None:
    for name in ("a/broken", "a/drafts/broken"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / f"{name}.png").write_bytes(b"no picture")
    scan(library, describer, tree)
    set_folder(library, tree, exclude=("drafts/",))
    listed = [problem.path for problem in library.read(catalogue.problems)]
    assert len(listed) == 2
    paint(tree / "new.png", (7, 7, 7))
    paint(tree / "a" / "broken.png", (8, 8, 8))
    paint(tree / "a" / "drafts" / "broken.png", (9, 9, 9))
    *_, last = retry_files(library, listed, describer)
    assert isinstance(last, ScanFinished)
    assert last.counts == ScanCounts(new=1)
    assert library.read(catalogue.problems) == []
    assert bytes(tree / "new.png") not in library.read(catalogue.all_places)


def test_another_try_looks_into_listed_folders_and_forgets_what_is_gone(
    library: Library, describer: FakeDescriber, tree: Path
) -> None:
    (tree / "gone.png").write_bytes(b"no picture")
    index(library, tree / "a", describer)
    with library.transaction(write=True) as session:
        for path in (tree / "b", tree / "gone.png", tree / "unmounted" / "x.png"):
            catalogue.put_problem(session, bytes(path), stamp=None, reason="closed")
    (tree / "gone.png").unlink()
    listed = [problem.path for problem in library.read(catalogue.problems)]
    *_, last = retry_files(library, listed, describer)
    assert isinstance(last, ScanFinished)
    assert last.counts == ScanCounts(new=2)
    # What lies in a folder that is away may come back with it.
    assert bytes(tree / "gone.png") not in {problem.path for problem in library.read(catalogue.problems)}
    assert bytes(tree / "unmounted" / "x.png") in {problem.path for problem in library.read(catalogue.problems)}


def test_a_folder_that_is_given_up_is_forgotten_by_prune(
    library: Library, describer: FakeDescriber, tree: Path
) -> None:
    scan(library, describer, tree / "a", tree / "b")
    assert give_up_folder(library, tree / "b") == 2
    assert library.status().images == 1
    choose_folder(library, tree / "b")
    described = describer.described
    assert scan(library, describer) == ScanCounts(new=2, unchanged=1)
    assert describer.described == described
    give_up_folder(library, tree / "b")
    assert prune(library) == 2
    with pytest.raises(FolderError, match=r"b is none of the library's folders; see them with: imgsearch folders"):
        give_up_folder(library, tree / "b")


def test_what_lies_in_another_folder_as_well_stays(library: Library, describer: FakeDescriber, tree: Path) -> None:
    scan(library, describer, tree / "b", change=FolderChange(("nothing/",)))
    scan(library, describer, tree)
    assert give_up_folder(library, tree / "b") == 0
    assert scan(library, describer) == ScanCounts(unchanged=4)
    scan(library, describer, tree / "b", change=FolderChange(("nothing/",)))
    assert give_up_folder(library, tree) == 2
    assert library.status().images == 2


def test_a_pattern_that_is_none_is_refused(library: Library, describer: FakeDescriber, tree: Path) -> None:
    scan(library, describer, tree)
    with pytest.raises(FolderError, match="invalid pattern"):
        set_folder(library, tree, exclude=("!",))
    assert known(library) == [("v", ())]


def test_files_are_counted_by_the_nearest_folder() -> None:
    places = [b"/a/1.jpg", b"/a/b/2.jpg", b"/c/d/3.jpg", b"/ab/5.jpg"]
    folders = [FolderRecord(path) for path in (b"/a", b"/a/b", b"/empty")]
    counts = count_by_folder(places, folders)
    assert [(folder.path, count) for folder, count in counts.folders] == [(b"/a", 1), (b"/a/b", 1), (b"/empty", 0)]
    assert counts.elsewhere == 2
