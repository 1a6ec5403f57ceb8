from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path

import pytest

from index_data.errors import FolderError
from index_data.scan.ignore import Selection
from index_data.scan.walk import FoundFile, Kind, Skipped, Unread, _file, is_inside, reaches, resolve_folders, walk
from tests.unit.index_data.conftest import paint


def names(folder: Path) -> list[str]:
    """Found files below a folder, as relative paths in the order found."""
    found = [entry for entry in walk(os.fsencode(folder)) if isinstance(entry, FoundFile)]
    return [os.fsdecode(os.path.relpath(entry.path, os.fsencode(folder))) for entry in found]


def touch(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_images_by_ending_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "c/d.heic", "c/notes.txt", "z.jpeg", "README", "jpg", "x.jpg.txt"):
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
    assert Skipped(closed, "the folder could not be listed (Permission denied)") in list(walk(os.fsencode(tmp_path)))
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
    assert not is_inside(b"/", b"/")


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"there is no folder .*missing"):
        resolve_folders([tmp_path / "missing"])
    with pytest.raises(FolderError, match=r"file\.jpg is not a folder"):
        resolve_folders([touch(tmp_path / "file.jpg")])


def test_a_link_to_itself_and_an_unreadable_root_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(
        FolderError, match=r"loop is a link that leads back to itself|the folder .*loop may not be read"
    ):
        resolve_folders([tmp_path / "loop"])

    def refuse(path: Path) -> object:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(FolderError, match="may not be read: Permission denied"):
        resolve_folders([tmp_path])


def test_a_folder_reached_by_a_link_is_the_folder_itself(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert resolve_folders([tmp_path / "link", tmp_path / "real"]) == [os.fsencode(tmp_path / "real")]


def test_a_hidden_folder_that_is_named_is_walked(tmp_path: Path) -> None:
    touch(tmp_path / ".hidden" / "a.jpg")
    assert names(tmp_path / ".hidden") == ["a.jpg"]
    both = [os.fsencode(tmp_path), os.fsencode(tmp_path / ".hidden")]
    assert resolve_folders([tmp_path / ".hidden", tmp_path]) == both


def test_what_the_walk_of_a_folder_comes_by() -> None:
    assert reaches(b"/a", b"/a/b.jpg")
    assert reaches(b"/", b"/a/b.jpg")
    assert reaches(b"/.a", b"/.a/b.jpg")
    assert not reaches(b"/a", b"/a/.b/c.jpg")
    assert not reaches(b"/a", b"/a/.b.jpg")
    assert not reaches(b"/", b"/.a/b.jpg")
    assert not reaches(b"/a", b"/ab/c.jpg")


def test_the_root_of_the_file_system_gives_plain_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg")
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: scandir(os.fsencode(tmp_path) if path == b"/" else path))
    assert [entry.path for entry in walk(b"/")] == [os.fsencode(tmp_path / "a.jpg")]
    assert resolve_folders([Path("/"), tmp_path]) == [b"/"]


def test_folders_deeper_than_python_recurses(tmp_path: Path) -> None:
    touch(tmp_path / ("d/" * 100) / "deep.jpg")
    limit, depth = sys.getrecursionlimit(), len(inspect.stack(0))
    try:
        sys.setrecursionlimit(depth + 50)
        entries = list(walk(os.fsencode(tmp_path)))
    finally:
        sys.setrecursionlimit(limit)
    assert [entry.path for entry in entries] == [os.fsencode(tmp_path / ("d/" * 100) / "deep.jpg")]


def test_a_file_that_does_not_answer_is_reported_and_one_that_vanished_is_not(tmp_path: Path) -> None:
    class Entry:
        name, path = b"a.jpg", b"/p/a.jpg"

        def __init__(self, error: OSError) -> None:
            self.error = error

        def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
            raise self.error

    stale = Entry(OSError(5, "Input/output error"))
    reason = "its size and time could not be read (Input/output error)"
    assert _file(stale, Kind.PHOTOGRAPH) == Skipped(b"/p/a.jpg", reason)  # type: ignore[arg-type]
    assert _file(Entry(FileNotFoundError(2, "gone")), Kind.PHOTOGRAPH) is None  # type: ignore[arg-type]


def test_names_with_newlines_and_of_any_bytes(tmp_path: Path) -> None:
    for name in (b"caf\xe9.jpg", b"two\nlines.jpg", b"tab\t.jpg"):
        (tmp_path / os.fsdecode(name)).touch()
    found = [entry.path for entry in walk(os.fsencode(tmp_path))]
    assert found == [os.fsencode(tmp_path) + b"/" + name for name in (b"caf\xe9.jpg", b"tab\t.jpg", b"two\nlines.jpg")]


def test_times_that_a_database_could_not_hold(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.jpg")
    os.utime(path, (2**34, 2**34))
    (found,) = walk(os.fsencode(tmp_path))
    assert isinstance(found, FoundFile)
    assert 0 <= found.mtime_ns < 2**63


CACHES = [
    *(
        "@eaDir/a.jpg",
        "#recycle",
        "#Recycle",
        "@Recycle",
        "@Recently-Snapshot",
        ".@__thumb",
        "$RECYCLE.BIN",
        "RECYCLER",
    ),
    *("$RECYCLE.BIN", "RECYCLER", "Found.001"),
    *("System Volume Information", ".Trash-1000", ".Trashes", "lost+found", ".thumbnails", "__MACOSX", "eaDir_tmp"),
    *("Catalog Previews.lrdata/A/B", "Smart Previews.lrdata", "Photos Library.photoslibrary/resources/derivatives/A"),
    *("Photos Library.photoslibrary/private/x", "Old.photolibrary/Thumbnails/1", "A.aplibrary/Previews/1"),
    *("iPod Photo Cache", ".picasaoriginals", "CaptureOne/Cache", "appdata_oc1a2b3/preview", ".dtrash/files"),
]


@pytest.mark.parametrize("folder", CACHES)
@pytest.mark.parametrize("hidden", [False, True])
def test_thumbnails_and_bins_of_other_programs_are_passed_over(tmp_path: Path, folder: str, hidden: bool) -> None:
    paint(tmp_path / "here.png", (1, 2, 3))
    paint(tmp_path / folder / "there.png", (4, 5, 6))
    found = list(walk(bytes(tmp_path), Selection(hidden=hidden)))
    assert [entry.path for entry in found] == [bytes(tmp_path / "here.png")]


def test_what_a_pattern_takes_or_a_person_names_is_no_cache(tmp_path: Path) -> None:
    inside = paint(tmp_path / "@eaDir" / "a.png", (1, 2, 3))
    assert [entry.path for entry in walk(bytes(tmp_path), Selection(("!@eaDir/",)))] == [bytes(inside)]
    assert [entry.path for entry in walk(bytes(tmp_path / "@eaDir"))] == [bytes(inside)]
    assert resolve_folders([tmp_path, tmp_path / "@eaDir"]) == [bytes(tmp_path), bytes(tmp_path / "@eaDir")]


@pytest.mark.parametrize("kept", ["a.photoslibrary/originals/7", "b.photolibrary/Masters/2012", "recycling"])
def test_originals_are_no_cache(tmp_path: Path, kept: str) -> None:
    inside = paint(tmp_path / kept / "a.png", (1, 2, 3))
    assert [entry.path for entry in walk(bytes(tmp_path))] == [bytes(inside)]


def test_pictures_that_are_not_read_are_named(tmp_path: Path) -> None:
    names = ["c.EXR", "d.psd", "e.svg", ".hidden.psd", "words.txt", "x.xmp", "drafts.psd"]
    for name in names:
        (tmp_path / name).write_bytes(b"II*\0")
    found = list(walk(bytes(tmp_path), Selection(("drafts*",))))
    assert all(isinstance(entry, Unread) for entry in found)
    assert {entry.ending for entry in found if isinstance(entry, Unread)} == {".exr", ".psd", ".svg"}


def test_every_file_says_what_it_is_by_its_name(tmp_path: Path) -> None:
    for name in ("a.CR2", "b.nef", "c.JPG", "d.heic"):
        touch(tmp_path / name)
    files = [entry for entry in walk(bytes(tmp_path)) if isinstance(entry, FoundFile)]
    assert {Path(os.fsdecode(file.path)).name: file.kind for file in files} == {
        "a.CR2": Kind.RAW,
        "b.nef": Kind.RAW,
        "c.JPG": Kind.PHOTOGRAPH,
        "d.heic": Kind.PHOTOGRAPH,
    }
