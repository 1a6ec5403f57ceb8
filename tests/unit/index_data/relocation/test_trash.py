"""Photographs go to the desktop's trash and come back from it, with all that was said of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from index_data import catalogue
from index_data.catalogue.conditions import Mark
from index_data.duplicates import DuplicateGroup, exact_duplicates
from index_data.errors import FilesNotReturnedError
from index_data.maintenance.prune import prune
from index_data.relocation import reversal, trash_photographs, trash_rest
from tests.unit.index_data.conftest import check_invariants, paint
from tests.unit.index_data.relocation.conftest import Kept


class Killed(BaseException):
    """What a killed process would not see."""


def to_trash(kept: Kept, *files: Path) -> list[str]:
    """Moves files to the trash, and gives the problems."""
    return [outcome.problem for outcome in trash_photographs(kept.library, kept.at(*files))]


def names(trash: Path) -> list[str]:
    return sorted(path.name for path in (trash / "files").iterdir())


def test_it_is_no_longer_shown_and_its_words_come_back_with_the_file(kept: Kept, trash: Path) -> None:
    ((image, _),) = kept.at(kept.folder / "0.png")
    assert to_trash(kept, kept.folder / "0.png") == [""]
    assert names(trash) == ["0.png", "0.png.xmp", "0.xmp"]
    assert kept.place(image) == []
    assert kept.tagged() == []
    assert kept.notes.history(image)[-1].kind == "trash"
    # Pruning forgets what only a model said.
    assert prune(kept.library) == 0
    counts = kept.scan()
    assert (counts.unchanged, counts.removed) == (6, 0)
    check_invariants(kept.library, kept.folder, kept.library.read(catalogue.answering_models)[0])
    # A person takes it out by hand.
    shutil.move(trash / "files" / "0.png", kept.folder / "other name.png")
    kept.scan()
    assert kept.tagged() == [image]
    assert kept.notes.captions([image])[image][0].text == "our house"


def test_a_photograph_that_was_only_rated_is_not_pruned(kept: Kept, trash: Path) -> None:
    ((image, _),) = kept.at(kept.folder / "1.png")
    kept.notes.mark([image], {Mark.RATING: "5"})
    assert to_trash(kept, kept.folder / "1.png") == [""]
    assert prune(kept.library) == 0


def test_undoing_brings_everything_back_at_once(kept: Kept, trash: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in kept.folder.rglob("*.*")}
    ((image, _), (other, _)) = kept.at(kept.folder / "0.png", kept.folder / "deep" / "er" / "0.png")
    assert to_trash(kept, kept.folder / "0.png", kept.folder / "deep" / "er" / "0.png") == ["", ""]
    shutil.rmtree(kept.folder / "deep")
    paint(kept.folder / "deep" / "er" / "1.png", (40, 200, 10))
    action = kept.notes.undo()
    assert (action.kind, set(action.images)) == ("trash", {image, other})
    assert kept.place(image) == [kept.folder / "0.png"]
    assert names(trash) == []
    assert list((trash / "info").iterdir()) == []
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in kept.folder.rglob("*.*")}
    assert {path.name for path in before} == {path.name for path in after}
    assert after[kept.folder / "0.png"] == before[kept.folder / "0.png"]
    assert kept.scan().readable == 7


def test_of_two_files_from_one_path_the_one_that_went_last_comes_back(kept: Kept, trash: Path) -> None:
    ((image, _),) = kept.at(kept.folder / "1.png")
    content = (kept.folder / "1.png").read_bytes()
    assert to_trash(kept, kept.folder / "1.png") == [""]
    shutil.move(trash / "info" / "1.png.trashinfo", trash / "info" / "old.png.trashinfo")
    note = (trash / "info" / "old.png.trashinfo").read_text()
    (trash / "info" / "old.png.trashinfo").write_text(note.replace("DeletionDate=2", "DeletionDate=1"))
    shutil.move(trash / "files" / "1.png", trash / "files" / "old.png")
    (kept.folder / "1.png").write_bytes(content)
    kept.scan()
    assert to_trash(kept, kept.folder / "1.png") == [""]
    kept.notes.undo()
    assert names(trash) == ["old.png"]
    assert kept.place(image) == [kept.folder / "1.png"]


def test_once_the_trash_is_emptied_undoing_says_so_and_the_next_undoes_what_was_before(kept: Kept, trash: Path) -> None:
    assert to_trash(kept, kept.folder / "1.png") == [""]
    shutil.rmtree(trash)
    with pytest.raises(FilesNotReturnedError, match=r"not brought back: .*1\.png: it is not in the trash any more"):
        kept.notes.undo()
    assert kept.notes.undo().kind == "tag"


def test_where_the_trash_tells_no_origin_undoing_says_where_the_file_lies(
    kept: Kept, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reversal, "RESTORABLE", False)
    assert to_trash(kept, kept.folder / "1.png") == [""]
    with pytest.raises(FilesNotReturnedError, match="it lies in the trash; take it out there"):
        kept.notes.undo()


def test_links_and_what_has_changed_stay_and_the_rest_goes_on(kept: Kept, trash: Path) -> None:
    paint(kept.folder / "1.png", (1, 2, 3))
    (kept.folder / "link.png").symlink_to(kept.folder / "2.png")
    kept.scan(kept.folder)
    paint(kept.folder / "3.png", (3, 2, 1))
    files = [kept.folder / name for name in ("link.png", "3.png", "2.png")]
    assert to_trash(kept, *files) == [
        "it is a link; what it leads to can be moved",
        "it has changed since it was indexed",
        "",
    ]
    assert names(trash) == ["2.png"]


def test_what_the_system_refuses_stays_and_is_no_action(
    kept: Kept, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise OSError(f"no trash for {Path(path).name}")

    monkeypatch.setattr("send2trash.send2trash", refuse)
    assert to_trash(kept, kept.folder / "0.png", kept.folder / "1.png") == ["no trash for 0.png", "no trash for 1.png"]
    assert len(kept.library.read(catalogue.shown_images)) == 7
    assert kept.notes.undo().kind == "tag"


@pytest.mark.parametrize("moved", [True, False])
def test_nothing_is_lost_when_it_is_killed_in_between(kept: Kept, trash: Path, moved: bool) -> None:
    ((image, _),) = kept.at(kept.folder / "0.png")
    content = (kept.folder / "0.png").read_bytes()

    def killed(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index_data.catalogue.remove_places" if moved else "send2trash.send2trash", killed)
        patch.setattr("index_data.catalogue.forget_file_change", killed)
        with pytest.raises(Killed):
            to_trash(kept, kept.folder / "0.png")
    assert (kept.folder / "0.png").exists() is not moved
    assert kept.notes.undo().kind == "trash"
    assert (kept.folder / "0.png").read_bytes() == content
    kept.scan()
    assert kept.tagged() == [image]


def test_the_rest_of_a_group_goes_and_what_is_not_a_copy_any_more_stays(kept: Kept, trash: Path) -> None:
    for name in ("b.png", "c.png", "d.png"):
        shutil.copy(kept.folder / "1.png", kept.folder / name)
    os.link(kept.folder / "b.png", kept.folder / "hard.png")
    (kept.folder / "soft.png").symlink_to("c.png")
    kept.scan()
    (group,) = exact_duplicates(kept.library)
    # The person keeps another than the first.
    kept_file = os.fsencode(kept.folder / "b.png")
    others = tuple(path for path in group.paths if path != kept_file)
    paint(kept.folder / "d.png", (7, 7, 7))
    outcomes = list(trash_rest(kept.library, [DuplicateGroup(group.images, (kept_file, *others))]))
    assert {Path(os.fsdecode(outcome.path)).name: outcome.problem for outcome in outcomes} == {
        "soft.png": "it is a link",
        "1.png": "",
        "c.png": "a link leads to it",
        "d.png": "it has changed since it was indexed",
        "hard.png": "it is the same file by another path",
    }
    assert names(trash) == ["1.png"]
    kept.notes.undo()
    assert names(trash) == []


def test_the_rest_of_a_group_stays_where_the_kept_file_is_a_link_or_gone(kept: Kept, trash: Path) -> None:
    shutil.copy(kept.folder / "1.png", kept.folder / "b.png")
    kept.scan()
    (group,) = exact_duplicates(kept.library)
    (kept.folder / "1.png").unlink()
    (outcome,) = trash_rest(kept.library, [group])
    assert "would be kept" in outcome.problem
    (kept.folder / "1.png").symlink_to("b.png")
    (outcome,) = trash_rest(kept.library, [group])
    assert outcome.problem == "it is a link"
    assert (kept.folder / "b.png").exists()
    assert not (trash / "files").exists()
