"""What a scan leaves out: patterns, `.imgsearchignore` files, hidden names, pictures too large."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from index_data import catalogue
from index_data.catalogue.library_records import ScanCounts
from index_data.errors import FolderError
from index_data.folders import set_folder
from index_data.library import Library
from index_data.scan.ignore import EVERYTHING, Selection
from index_data.scan.pipeline import index_folders
from index_data.scan.roots import FolderChange
from index_data.scan.walk import FoundFile, walk
from tests.unit.index_data.conftest import FakeDescriber, index, paint


def names(folder: Path, selection: Selection = EVERYTHING) -> list[str]:
    """Found files below a folder, as relative paths in the order found."""
    found = [entry for entry in walk(os.fsencode(folder), selection) if isinstance(entry, FoundFile)]
    return [os.fsdecode(os.path.relpath(entry.path, os.fsencode(folder))) for entry in found]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Pictures in nested folders."""
    for name in ("a.jpg", "b.png", "drafts/c.jpg", "trip/drafts/d.jpg", "trip/e.png", "trip/deep/f.jpg", ".g/h.jpg"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path / "tree"


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ([], "a.jpg b.png drafts/c.jpg trip/deep/f.jpg trip/drafts/d.jpg trip/e.png"),
        (["*.png"], "a.jpg drafts/c.jpg trip/deep/f.jpg trip/drafts/d.jpg"),
        (["drafts/"], "a.jpg b.png trip/deep/f.jpg trip/e.png"),
        (["/drafts"], "a.jpg b.png trip/deep/f.jpg trip/drafts/d.jpg trip/e.png"),
        (["trip/**/*.jpg"], "a.jpg b.png drafts/c.jpg trip/e.png"),
        (["*.jpg", "!a.jpg"], "a.jpg b.png trip/e.png"),
        (["*"], ""),
        (["# a comment", ""], "a.jpg b.png drafts/c.jpg trip/deep/f.jpg trip/drafts/d.jpg trip/e.png"),
    ],
)
def test_patterns_mean_what_they_mean_to_git(tree: Path, patterns: list[str], left: str) -> None:
    assert names(tree, Selection(tuple(patterns))) == left.split()
    (tree / ".imgsearchignore").write_text("\n".join(patterns))
    assert names(tree) == left.split()


def test_an_ignore_file_holds_in_its_folder_and_below_and_the_deepest_decides(tree: Path) -> None:
    (tree / ".imgsearchignore").write_text("*.jpg\n")
    (tree / "trip" / ".imgsearchignore").write_text("!f.jpg\ne.png\n")
    assert names(tree) == ["b.png", "trip/deep/f.jpg"]
    assert names(tree, Selection(("b.png",))) == ["trip/deep/f.jpg"]


def test_hidden_names_are_taken_on_request(tree: Path) -> None:
    assert names(tree, Selection(("trip/", "drafts/"), hidden=True)) == [".g/h.jpg", "a.jpg", "b.png"]


def test_an_ignore_file_that_cannot_be_read_stops_the_scan(tree: Path) -> None:
    (tree / "trip" / ".imgsearchignore").mkdir()
    with pytest.raises(FolderError, match=r"trip/.imgsearchignore could not be read: Is a directory"):
        names(tree)


def test_what_is_no_pattern_is_said(tree: Path) -> None:
    with pytest.raises(FolderError, match="--exclude holds an invalid pattern"):
        names(tree, Selection(("!",)))
    (tree / ".imgsearchignore").write_text("!\n")
    with pytest.raises(FolderError, match=r"tree/.imgsearchignore holds an invalid pattern"):
        names(tree)


def test_names_that_are_not_utf_8_can_be_left_out(tree: Path) -> None:
    odd = os.fsencode(tree) + b"/caf\xe9.jpg"
    Path(os.fsdecode(odd)).write_bytes(b"x")
    assert len(names(tree)) == 7
    assert len(names(tree, Selection(("caf*",)))) == 6


def counts(library: Library, folder: Path, describer: FakeDescriber, **options: object) -> ScanCounts:
    """Runs a scan with options to its end."""
    *_, last = index_folders(library, [folder], describer, **options)  # type: ignore[arg-type]
    found = last.counts  # type: ignore[union-attr]
    return found


def test_what_is_left_out_later_is_no_longer_shown_and_comes_back_with_its_words(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    left = FolderChange(("deep/",))
    assert counts(library, photos, describer, change=left) == ScanCounts(unchanged=5, removed=2)
    assert library.status().images == 5
    assert index(library, photos, describer) == ScanCounts(unchanged=5)
    set_folder(library, photos, exclude=())
    assert index(library, photos, describer) == ScanCounts(unchanged=5, new=2)
    assert describer.described == 7


def test_the_choice_of_hidden_photographs_is_kept_until_another_is_made(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    paint(photos / ".hidden" / "one.png", (1, 2, 3))
    paint(photos / ".hidden" / "two.png", (3, 2, 1))
    assert counts(library, photos, describer, change=FolderChange(hidden=True)) == ScanCounts(new=9)
    assert index(library, photos, describer) == ScanCounts(unchanged=9)
    (photos / ".hidden" / "one.png").unlink()
    assert index(library, photos, describer) == ScanCounts(unchanged=8, removed=1)
    set_folder(library, photos, hidden=False)
    assert index(library, photos, describer) == ScanCounts(unchanged=7, removed=1)


def test_a_picture_of_too_many_pixels_is_set_aside_and_tried_again_on_request(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    paint(photos / "z.png", (9, 9, 9)).rename(photos / "large.png")
    assert counts(library, photos, describer, change=FolderChange(max_pixels=119)) == ScanCounts(set_aside=8)
    assert {problem.reason for problem in library.read(catalogue.problems)} == {"it declares more than 119 pixels"}
    assert index(library, photos, describer) == ScanCounts(set_aside=8)
    set_folder(library, photos, max_pixels=1000)
    assert counts(library, photos, describer, retry=True) == ScanCounts(new=8)
    assert library.read(catalogue.problems) == []


def test_problems_are_told_with_path_size_reason_and_time(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    (photos / "bad\nname.jpg").write_bytes(b"not a picture")
    index(library, photos, describer)
    (problem,) = library.read(catalogue.problems)
    assert problem.path == os.fsencode(photos / "bad\nname.jpg")
    assert problem.byte_size == 13
    assert problem.reason == "it is not an image that can be decoded"
    assert problem.noted_at.year >= 2026
