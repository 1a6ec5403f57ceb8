from __future__ import annotations

import os
from pathlib import Path

import pytest

from index_data.errors import FolderError
from index_data.walk import FoundFile, SkippedFolder, is_inside, resolve_folders, walk


def names(folder: Path) -> list[str]:
    """Found files below a folder, as relative paths in the order found."""
    found = [entry for entry in walk(os.fsencode(folder)) if isinstance(entry, FoundFile)]
    return [os.fsdecode(os.path.relpath(entry.path, os.fsencode(folder))) for entry in found]


def touch(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_images_by_ending_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "c/d.heic", "c/notes.txt", "z.jpeg", "README"):
        touch(tmp_path / name)
    assert names(tmp_path) == ["a.png", "b.JPG", "c/d.heic", "z.jpeg"]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    for name in (".hidden.jpg", ".cache/a.jpg", "seen.jpg"):
        touch(tmp_path / name)
    assert names(tmp_path) == ["seen.jpg"]


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    touch(inside / "real.jpg", "12345")
    touch(tmp_path / "elsewhere" / "other.jpg", "123")
    (inside / "file.jpg").symlink_to(tmp_path / "elsewhere" / "other.jpg")
    (inside / "folder").symlink_to(tmp_path / "elsewhere")
    (inside / "folder.jpg").symlink_to(tmp_path / "elsewhere")
    (inside / "loop").symlink_to(inside)
    (inside / "nothing.jpg").symlink_to(tmp_path / "gone.jpg")
    assert names(inside) == ["file.jpg", "nothing.jpg", "real.jpg"]
    sizes = {e.path: e.byte_size for e in walk(os.fsencode(inside)) if isinstance(e, FoundFile)}
    assert sizes[os.fsencode(inside / "file.jpg")] == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pipes_and_folders_named_like_images_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    touch(tmp_path / "folder.jpg" / "in.png")
    assert names(tmp_path) == ["folder.jpg/in.png"]


def test_a_folder_that_cannot_be_listed_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "closed" / "a.jpg")
    touch(tmp_path / "open" / "b.jpg")
    closed, scandir = os.fsencode(tmp_path / "closed"), os.scandir

    def refuse(path: bytes) -> object:
        if path == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert SkippedFolder(closed, "the folder could not be listed (Permission denied)") in list(
        walk(os.fsencode(tmp_path))
    )
    assert names(tmp_path) == ["open/b.jpg"]


def test_folders_inside_others_are_walked_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "ab").mkdir()
    folders = [tmp_path / "a" / "b", tmp_path / "a", tmp_path / "ab", tmp_path / "a" / ".." / "ab"]
    assert resolve_folders(folders) == [os.fsencode(tmp_path / "a"), os.fsencode(tmp_path / "ab")]


def test_everything_is_inside_the_root() -> None:
    assert is_inside(b"/a", b"/")
    assert not is_inside(b"/ab", b"/a")
    assert not is_inside(b"/a", b"/a")


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"there is no folder .*missing"):
        resolve_folders([tmp_path / "missing"])
    with pytest.raises(FolderError, match=r"file\.jpg is not a folder"):
        resolve_folders([touch(tmp_path / "file.jpg")])
