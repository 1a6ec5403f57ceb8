"""Photographs are moved, the library follows, and nothing is ever lost or replaced."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index_data import catalogue
from index_data.errors import FilesNotReturnedError, FolderError, NothingToUndoError
from index_data.relocation import move_photographs
from index_data.relocation.file_move import put_also
from tests.unit.index_data.conftest import check_invariants, paint
from tests.unit.index_data.relocation.conftest import SIDECAR, Kept


class Killed(BaseException):
    """What a killed process would not see."""


def move(kept: Kept, folder: Path, *files: Path) -> list[str]:
    """Moves files, and gives the problems."""
    return [outcome.problem for outcome in move_photographs(kept.library, kept.at(*files), folder)]


def test_captions_tags_history_and_sidecars_go_along_and_the_path_changes(kept: Kept, tmp_path: Path) -> None:
    ((image, _),) = kept.at(kept.folder / "0.png")
    content, target = (kept.folder / "0.png").read_bytes(), kept.folder / "new" / "deep"
    assert move(kept, target, kept.folder / "0.png", kept.folder / "1.png") == ["", ""]
    assert kept.place(image) == [target / "0.png"]
    assert sorted(path.name for path in target.iterdir()) == ["0.png", "0.png.xmp", "0.xmp", "1.png"]
    assert (target / "0.png").read_bytes() == content
    assert not list(kept.folder.glob("0*"))
    assert kept.notes.captions([image])[image][0].text == "our house"
    assert kept.tagged() == [image]
    assert [entry.kind for entry in kept.notes.history(image)] == ["propose", "edit", "edit", "tag", "move"]
    # The next scan has nothing to do.
    counts = kept.scan()
    assert (counts.unchanged, counts.moved, counts.new, counts.removed) == (7, 0, 0, 0)


def test_moving_is_undone_as_one_action_and_what_was_before_follows(kept: Kept, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in kept.folder.rglob("*") if path.is_file()}
    ((image, _),) = kept.at(kept.folder / "0.png")
    assert move(kept, tmp_path / "out", kept.folder / "0.png", kept.folder / "1.png") == ["", ""]
    action = kept.notes.undo()
    assert (action.kind, action.state, len(action.images)) == ("move", "dropped", 2)
    assert {path: path.read_bytes() for path in kept.folder.rglob("*") if path.is_file()} == before
    assert list((tmp_path / "out").iterdir()) == []
    assert kept.place(image) == [kept.folder / "0.png"]
    assert kept.scan().unchanged == 7
    # Files are not moved again by redoing; what was undone before them still is not forgotten.
    with pytest.raises(NothingToUndoError):
        kept.notes.redo()
    assert kept.notes.undo().kind == "tag"
    assert kept.notes.redo().kind == "tag"


def test_a_name_that_is_taken_gets_a_number_and_its_sidecars_too(kept: Kept, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    # Nobody's sidecar there is to tell of the photograph.
    (out / "0.png.xmp").write_bytes(b"another's")
    (out / "1.png").mkdir()
    (out / "2.png").symlink_to(tmp_path / "nowhere")
    assert move(kept, out, *(kept.folder / f"{number}.png" for number in range(3))) == ["", "", ""]
    names = ["0-2.png", "0-2.png.xmp", "0-2.xmp", "0.png.xmp", "1-2.png", "1.png", "2-2.png", "2.png"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert (out / "0.png.xmp").read_bytes() == b"another's"


def test_a_sidecar_that_another_file_may_own_stays_and_a_copy_goes_along(kept: Kept, tmp_path: Path) -> None:
    (kept.folder / "0.CR3").write_bytes(b"raw")
    assert move(kept, tmp_path / "out", kept.folder / "0.png") == [""]
    assert (kept.folder / "0.xmp").read_bytes() == (tmp_path / "out" / "0.xmp").read_bytes() == SIDECAR
    assert not (kept.folder / "0.png.xmp").exists()


def no_links(*_: object) -> None:
    raise OSError(errno.EXDEV, "Invalid cross-device link")


def test_a_file_goes_to_another_file_system_with_its_times(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_links)
    source = kept.folder / "0.png"
    os.utime(source, ns=(5, 7_000_000_001))
    kept.scan()
    assert move(kept, kept.folder / "out", source) == [""]
    assert (kept.folder / "out" / "0.png").stat().st_mtime_ns == 7_000_000_001
    assert kept.scan().unchanged == 7
    assert kept.notes.undo().kind == "move"
    assert source.stat().st_mtime_ns == 7_000_000_001


def test_a_file_system_that_rounds_times_makes_no_file_look_changed(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def round_times(source: Path, target: Path) -> None:
        shutil.copyfile(source, target)
        os.utime(target, ns=(0, source.stat().st_mtime_ns // 2_000_000_000 * 2_000_000_000))

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(shutil, "copy2", round_times)
    # What had changed before is still read again.
    paint(kept.folder / "1.png", (1, 2, 3))
    assert move(kept, kept.folder / "out", kept.folder / "0.png", kept.folder / "1.png") == ["", ""]
    counts = kept.scan()
    assert (counts.unchanged, counts.changed) == (6, 1)


def test_each_failure_is_a_sentence_and_the_rest_goes_on(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [kept.folder / f"{number}.png" for number in range(4)]
    places = kept.at(*files)
    files[0].unlink()
    files[1].unlink()
    files[1].symlink_to(files[2])
    places[2] = (999, places[2][1])
    outcomes = list(move_photographs(kept.library, places, tmp_path / "out"))
    assert [outcome.problem for outcome in outcomes] == [
        "No such file or directory",
        "it is a link; what it leads to can be moved",
        "the library does not know it there any more",
        "",
    ]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["3.png"]
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match=r"the folder .*file/below cannot be made: Not a directory"):
        move(kept, tmp_path / "file" / "below", files[3].parent.parent / "out" / "3.png")


def test_a_photograph_that_lies_there_already_stays_and_a_full_disk_leaves_nothing_half(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert move(kept, kept.folder, kept.folder / "0.png") == [""]
    assert (kept.folder / "0.png").exists()

    def full(source: Path, target: Path) -> None:
        if source.suffix == ".xmp":
            target.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        shutil.copyfile(source, target)

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(shutil, "copy2", full)
    assert move(kept, tmp_path / "out", kept.folder / "0.png") == ["No space left on device"]
    assert list((tmp_path / "out").iterdir()) == []
    assert kept.scan().unchanged == 7
    assert kept.notes.undo().kind == "tag"


def after_the_link(patch: pytest.MonkeyPatch) -> None:
    def killed(source: Path, target: Path) -> None:
        put_also(source, target)
        raise Killed

    patch.setattr("index_data.relocation.move.put_also", killed)


def before_the_source_goes(patch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise Killed

    patch.setattr(Path, "unlink", killed)


@pytest.mark.parametrize("kill", [after_the_link, before_the_source_goes])
def test_nothing_is_lost_when_it_is_killed_in_between(
    kept: Kept, tmp_path: Path, kill: Callable[[pytest.MonkeyPatch], None]
) -> None:
    ((image, _),) = kept.at(kept.folder / "0.png")
    content, out = (kept.folder / "0.png").read_bytes(), kept.folder / "out"
    with pytest.MonkeyPatch.context() as patch:
        kill(patch)
        with pytest.raises(Killed):
            move(kept, out, kept.folder / "0.png")
    # The library knows a file that is there, and the next scan the other.
    (place,) = kept.place(image)
    assert place.read_bytes() == content
    kept.scan()
    assert kept.tagged() == [image]
    check_invariants(kept.library, kept.folder, kept.library.read(catalogue.answering_models)[0])


def test_undoing_names_what_cannot_be_brought_back_and_goes_on_with_the_rest(kept: Kept, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert move(kept, out, *(kept.folder / f"{number}.png" for number in range(3))) == ["", "", ""]
    paint(kept.folder / "0.png", (9, 9, 9))
    (out / "1.png").unlink()
    with pytest.raises(FilesNotReturnedError, match=r"not brought back: .*/1\.png: it is not at .*; and 1 more"):
        kept.notes.undo()
    assert (out / "0.png").exists()
    assert (kept.folder / "2.png").exists()
    assert kept.notes.undo().kind == "tag"


def test_undoing_goes_on_where_it_was_killed(kept: Kept, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert move(kept, out, kept.folder / "0.png", kept.folder / "1.png") == ["", ""]
    # As if the first had been brought back, and the power had gone.
    shutil.move(out / "1.png", kept.folder / "1.png")
    assert kept.notes.undo().kind == "move"
    assert (kept.folder / "0.png").exists()
    assert kept.scan().readable == 7


def test_whoever_stops_taking_outcomes_ends_it_between_two(kept: Kept, tmp_path: Path) -> None:
    outcomes = move_photographs(kept.library, kept.at(kept.folder / "0.png", kept.folder / "1.png"), tmp_path / "out")
    next(outcomes)
    assert (kept.folder / "1.png").exists()
    assert not (kept.folder / "0.png").exists()
