"""What is named for removal leaves every photograph with a file: the disk is asked, whatever the library believes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index_data.duplicates import exact_duplicates
from index_data.library import Library
from index_data.removable import CopyChecked, check_copies
from tests.unit.index_data.conftest import FakeDescriber, index, paint

PICTURE = (10, 20, 30)


def checked(library: Library) -> list[CopyChecked]:
    return list(check_copies(library, exact_duplicates(library)))


def removable(library: Library) -> list[str]:
    return [Path(os.fsdecode(copy.path)).name for copy in checked(library) if not copy.obstacle]


def copies(folder: Path, *names: str) -> list[Path]:
    first, *others = names
    made = [paint(folder / first, PICTURE)]
    return made + [Path(shutil.copy(made[0], folder / name)) for name in others]


def test_all_but_the_first_copy(library: Library, tmp_path: Path) -> None:
    copies(tmp_path / "p", "a.png", "b.png", "c.png")
    index(library, tmp_path / "p", FakeDescriber())
    assert removable(library) == ["b.png", "c.png"]


def gone(kept: Path) -> None:
    kept.unlink()


def changed(kept: Path) -> None:
    paint(kept, (9, 9, 9))


def changed_unseen(kept: Path) -> None:
    """Same size, same time."""
    status = kept.stat()
    kept.write_bytes(bytes(status.st_size))
    os.utime(kept, ns=(status.st_atime_ns, status.st_mtime_ns))


def emptied(kept: Path) -> None:
    kept.write_bytes(b"")


def a_folder(kept: Path) -> None:
    kept.unlink()
    kept.mkdir()


def a_link_to_the_copy(kept: Path) -> None:
    kept.unlink()
    kept.symlink_to("b.png")


def a_hard_link_of_the_copy(kept: Path) -> None:
    kept.unlink()
    os.link(kept.with_name("b.png"), kept)


@pytest.mark.parametrize(
    "happen", [gone, changed, changed_unseen, emptied, a_folder, a_link_to_the_copy, a_hard_link_of_the_copy]
)
def test_a_group_whose_first_file_is_not_what_it_was(
    library: Library, tmp_path: Path, happen: Callable[[Path], None]
) -> None:
    kept, *_ = copies(tmp_path / "p", "a.png", "b.png")
    index(library, tmp_path / "p", FakeDescriber())
    happen(kept)
    assert removable(library) == []
    assert all(copy.obstacle for copy in checked(library))


def test_a_copy_that_changed_stays(library: Library, tmp_path: Path) -> None:
    _, second, _ = copies(tmp_path / "p", "a.png", "b.png", "c.png")
    index(library, tmp_path / "p", FakeDescriber())
    changed_unseen(second)
    assert removable(library) == ["c.png"]
    assert next((copy.stale, copy.obstacle) for copy in checked(library)) == (
        True,
        "it has changed since it was indexed",
    )


@pytest.mark.parametrize("link", ["0.png", "z.png"])
def test_links_and_what_they_lead_to_stay(library: Library, tmp_path: Path, link: str) -> None:
    first, second = copies(tmp_path / "p", "a.png", "b.png")
    (tmp_path / "p" / link).symlink_to(second)
    index(library, tmp_path / "p", FakeDescriber())
    assert removable(library) == []
    second.unlink()
    assert first.exists()


def test_one_file_by_two_paths(library: Library, tmp_path: Path) -> None:
    first, _ = copies(tmp_path / "p", "a.png", "c.png")
    os.link(first, tmp_path / "p" / "b.png")
    os.link(tmp_path / "p" / "c.png", tmp_path / "p" / "d.png")
    index(library, tmp_path / "p", FakeDescriber())
    assert removable(library) == ["c.png"]
    # A folder that became a link since.
    shutil.move(tmp_path / "p", tmp_path / "q")
    (tmp_path / "p").symlink_to(tmp_path / "q")
    index(library, tmp_path / "q", FakeDescriber())
    assert all(Path(os.fsdecode(copy.path)).exists() for copy in checked(library))


@given(st.lists(st.sampled_from(["file", "link", "hard", "gone", "changed"]), min_size=2, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_removal_never_takes_the_last_file(tmp_path: Path, empty_library: Path, kinds: list[str]) -> None:
    shutil.rmtree(tmp_path / "x", ignore_errors=True)
    folder = tmp_path / "x" / "p"
    original = paint(tmp_path / "x" / "original.png", PICTURE)
    folder.mkdir()
    for number, kind in enumerate(kinds):
        path = folder / f"{number}.png"
        if kind == "link":
            path.symlink_to(f"{(number + 1) % len(kinds)}.png")
        elif kind == "hard":
            os.link(original, path)
        else:
            shutil.copy(original, path)
    with Library.open(Path(shutil.copytree(empty_library, tmp_path / "x" / "library"))) as library:
        index(library, folder, FakeDescriber())
        for number, kind in enumerate(kinds):
            if kind in ("gone", "changed"):
                (gone if kind == "gone" else changed_unseen)(folder / f"{number}.png")
        content = original.read_bytes()

        def whole() -> int:
            return sum(path.is_file() and path.read_bytes() == content for path in folder.iterdir())

        before = whole()
        for copy in checked(library):
            if not copy.obstacle:
                Path(os.fsdecode(copy.path)).unlink()
    assert (whole() > 0) == (before > 0)
