"""Learnt models are numbered, used and forgotten, and what is wrong with them is told in a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from captioning.errors import ModelFileError
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.corrections import Correction, corrections
from index_data.errors import LearntModelError, LibraryLockedError, LibraryNotWritableError
from index_data.learning_status import learning_status
from index_data.learnt_models import LearntModels
from index_data.library import Library
from tests.tiny_model import write_tiny_model
from tests.unit.index_data.conftest import FakeDescriber, index


def write(path: Path, number: int) -> None:
    write_tiny_model(path, name=f"tiny+{number}", seed=number)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[int, bytes]:
    """Two models."""
    folder = tmp_path_factory.mktemp("written")
    for number in (1, 2):
        write(folder / str(number), number)
    return {number: (folder / str(number)).read_bytes() for number in (1, 2)}


@pytest.fixture
def models(library: Library, written: dict[int, bytes]) -> LearntModels:
    """Two models, which no process has in use."""
    learnt = LearntModels(library)

    def write_again(path: Path, number: int) -> None:
        path.write_bytes(written[number])

    with learnt.learning():
        assert [learnt.add(write_again) for _ in range(2)] == [1, 2]
    return learnt


def test_nothing_is_learnt_at_first(library: Library) -> None:
    models = LearntModels(library)
    assert (models.numbers(), models.used(), models.path_in_use(), models.forget()) == ([], 0, None, 0)
    assert not library.paths.learnt.exists()


def test_one_is_used_until_another_is_or_all_are_forgotten(models: LearntModels, library: Library) -> None:
    assert (models.numbers(), models.used()) == ([1, 2], 0)
    models.use(2)
    assert models.path_in_use() == models.path(2)
    assert models.read(2).file.name == "tiny+2"
    models.use(1)
    assert LearntModels(library).used() == 1
    models.use(0)
    assert models.path_in_use() is None
    models.use(2)
    assert models.forget() == 2
    assert (models.numbers(), models.path_in_use()) == ([], None)


@pytest.mark.library_in_a_folder
def test_a_moved_library_takes_them_along(models: LearntModels, library: Library, tmp_path: Path) -> None:
    models.use(2)
    library.close()
    moved = library.paths.folder.rename(tmp_path / "elsewhere")
    with Library.open(moved) as there:
        assert LearntModels(there).path_in_use() == moved / "learnt" / "2.safetensors"


@pytest.mark.library_in_a_folder
def test_what_is_not_there_or_damaged_is_told(models: LearntModels, library: Library) -> None:
    with pytest.raises(LearntModelError, match="there is no learnt model 7; there are: 1, 2"):
        models.use(7)
    models.use(2)
    models.path(1).write_bytes(b"nonsense")
    with pytest.raises(ModelFileError, match="not a readable safetensors file"):
        models.use(1)
    assert models.used() == 2
    (library.paths.learnt / "2.safetensors").unlink()
    with pytest.raises(LearntModelError, match="no learnt model 2; there are: 1; go back with: imgsearch learn --forg"):
        models.path_in_use()
    assert "no learnt model 2" in learning_status(library).fault
    assert len(models.faults()) == 2
    models.remove_unreadable()
    assert (models.faults(), models.numbers(), models.used()) == ([], [], 0)
    (library.paths.learnt / "in-use").write_text("the best")
    with pytest.raises(LearntModelError, match="does not say which model is used"):
        models.used()


def test_two_do_not_learn_at_once(library: Library) -> None:
    models = LearntModels(library)
    with models.learning(), pytest.raises(LibraryLockedError, match="another imgsearch is learning in"):
        LearntModels(library).learning().__enter__()
    with models.learning():
        pass


def test_what_a_killed_process_left_is_a_stray(models: LearntModels, library: Library) -> None:
    left = library.paths.learnt / "3.safetensors.0123456789abcdef.new"
    left.touch(0o600)
    assert library.stray_files() == [left]
    library.remove_stray_files()
    assert models.numbers() == [1, 2]


@pytest.mark.library_in_a_folder
@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="folders that take no files are files' owners'")
def test_a_read_only_library_is_told(library: Library) -> None:
    library.paths.folder.chmod(0o500)
    try:
        with pytest.raises(LibraryNotWritableError, match="could not be changed"):
            LearntModels(library).learning().__enter__()
    finally:
        library.paths.folder.chmod(0o700)


def test_a_planted_link_is_not_followed(library: Library, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    library.paths.learnt.symlink_to(tmp_path / "other")
    models = LearntModels(library)
    assert models.numbers() == []
    with pytest.raises(LibraryNotWritableError, match="could not be changed"):
        models.learning().__enter__()
    assert list((tmp_path / "other").iterdir()) == []


def test_corrections_are_what_people_confirmed_and_undone_ones_are_none(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    notes = Annotations(library)
    notes.accept([1])
    notes.accept([2])
    said = library.read(corrections)
    first, second = (library.read(catalogue.images, [image])[image].caption for image in (1, 2))
    assert [correction.text for correction in said] == [first, second]
    assert len({correction.photograph for correction in said}) == 2
    status = learning_status(library)
    assert (status.corrections, status.unlearnt, status.model) == (2, 2, None)
    notes.undo()
    assert library.read(corrections) == [Correction(said[0].photograph, first)]
