"""Learning from corrections: what is better is kept and used, what is not changes nothing, and too little is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from captioning.adaptation.adapted_model import AdaptedModel
from captioning.adaptation.fine_tuning import AdaptationConfig
from captioning.lazy_captioner import LazyCaptioner
from captioning.model_file import read_model_file
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.corrections import corrections, reviewed
from index_data.errors import LibraryLockedError
from index_data.learning_status import learning_status
from index_data.learnt_models import LearntModels
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from search.engine.relevance import read_relevance, write_relevance
from search.errors import TooLittleToLearnError
from search.evaluation.learning import STATEMENT, LearningFinished, learn_corrections
from search.evaluation.learning_scores import LearningScores, folds_of, is_better, probes_kept
from search.output.learning_words import learning_rows
from tests.tiny_model import write_tiny_model
from tests.unit.search.conftest import tiny_relevance

QUICK = AdaptationConfig(epochs=1, least_steps=60, writer_rate=0.03, joint_rate=1e-4, keyword_rate=1e-4)
NOTHING = AdaptationConfig(epochs=1, least_steps=1, writer_rate=0.0, joint_rate=0.0, keyword_rate=0.0)
COUNT = 9


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine dark pictures, then nine bright ones."""
    draw, folder = np.random.default_rng(3), tmp_path_factory.mktemp("pictures")
    for number in range(2 * COUNT):
        least = 0 if number < COUNT else 180
        Image.fromarray(draw.integers(least, least + 70, (32, 32, 3)).astype(np.uint8)).save(
            folder / f"{number:02}.png"
        )
    return folder


@pytest.fixture(scope="module")
def base(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model to begin with, and what weighs its hits."""
    copy = Path(shutil.copy(tiny_model, tmp_path_factory.mktemp("base") / "tiny.safetensors"))
    write_relevance(tiny_relevance(copy), copy)
    return copy


@pytest.fixture(scope="module")
def described(pictures: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of them, in which a person says of each dark one that it is ben."""
    folder = tmp_path_factory.mktemp("described") / "library"
    with Library.open(folder, create=True) as library:
        list(index_folders(library, [pictures], LazyCaptioner.open(base)))
        notes = Annotations(library)
        dark = notes.images_named([bytes(pictures / f"{number:02}.png") for number in range(COUNT)])
        for image in dark:
            notes.edit(image, "ben")
    return folder


@pytest.fixture
def library(described: Path, tmp_path: Path) -> Iterator[Library]:
    """A copy that a test may change."""
    with Library.open(Path(shutil.copytree(described, tmp_path / "library"))) as opened:
        yield opened


@pytest.fixture(autouse=True)
def few_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes a training."""
    monkeypatch.setattr("search.evaluation.learning_trial.FOLDS", 2)


def learn(library: Library, base: Path, config: AdaptationConfig, *, dry_run: bool = False) -> LearningFinished:
    *_, finished = learn_corrections(library, base=base, config=config, dry_run=dry_run)
    assert isinstance(finished, LearningFinished)
    return finished


def test_what_is_learnt_is_measured_kept_used_and_undone(
    library: Library, base: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = LearntModels(library)
    finished = learn(library, base, QUICK)
    assert (finished.corrections, finished.new_words, finished.number) == (COUNT, ("ben",), 1)
    assert finished.after.cider_d > finished.before.cider_d
    path = models.path_in_use()
    assert path == library.paths.learnt / "1.safetensors"
    file = read_model_file(path)
    assert file.name == "tiny+1"
    card = file.card["learnt"]
    assert (card["base"], card["seed"], card["statement"]) == (read_model_file(base).identity.id, 0, STATEMENT)
    assert card["after"] == finished.after.as_record()
    assert len(card["corrections"]) == COUNT
    assert json.dumps(card)
    fitted = read_relevance(file)
    assert fitted is not None
    assert fitted.model == file.identity.id
    assert all(found.stat().st_mode & 0o077 == 0 for found in library.paths.learnt.iterdir())
    status = learning_status(library)
    assert (status.corrections, status.unlearnt, status.other_base) == (COUNT, 0, True)
    # The next index describes anew; until then the earlier vectors answer.
    assert library.read(catalogue.answering_models) == [read_model_file(base).identity]
    list(index_folders(library, [pictures], LazyCaptioner.open(path)))
    assert library.read(catalogue.answering_models) == [file.identity]
    records = library.read(catalogue.images, library.read(catalogue.shown_images)).values()
    assert sum("ben" in record.keywords for record in records) == COUNT
    # An undone correction is left out of the next learning.
    Annotations(library).undo()
    status = learning_status(library)
    assert (status.corrections, status.unlearnt, status.outdated) == (COUNT - 1, 0, 1)
    ((_, text),) = learning_rows(status)
    assert "; 1 correction undone or changed since" in text
    monkeypatch.setattr("search.evaluation.learning.is_better", lambda after, before: True)
    again = learn(library, base, NOTHING)
    assert (again.corrections, again.number) == (COUNT - 1, 2)
    assert models.used() == 2
    with models.learning():
        models.use(0)
    assert learning_status(library).unlearnt == COUNT - 1


def test_what_is_not_better_changes_nothing(library: Library, base: Path) -> None:
    notes = Annotations(library)
    for record in library.read(reviewed):
        notes.edit(record.image_id, "a dog on the beach")
    finished = learn(library, base, NOTHING)
    assert finished.after.as_record() == {**finished.before.as_record(), "probes_kept": None}
    assert not finished.better
    assert finished.number is None
    assert LearntModels(library).numbers() == []


def test_what_does_no_better_is_left_as_it_was(library: Library, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if it were worse whenever it says something else.
    monkeypatch.setattr("search.evaluation.learning.is_better", lambda after, before: after.cider_d == before.cider_d)
    finished = learn(library, base, QUICK)
    assert (finished.left_out, finished.number) == (("sentences",), 1)
    path = LearntModels(library).path_in_use()
    assert path is not None
    learnt = read_model_file(path)
    assert learnt.card["learnt"]["left_out"] == ["sentences"]
    former, tensors = (AdaptedModel.start(file).network.state_dict() for file in (read_model_file(base), learnt))
    written = [name for name in former if name.startswith("decoder.")]
    assert written
    # New words have rows of their own behind the others.
    assert all(torch.equal(tensors[name][: len(former[name])], former[name]) for name in written if former[name].dim())
    assert any(not torch.equal(tensors[name], former[name]) for name in former if name.startswith("joint.image."))


def test_stopped_while_learning_it_leaves_what_was(library: Library, base: Path) -> None:
    learning = learn_corrections(library, base=base, config=QUICK)
    next(learning)
    with pytest.raises(LibraryLockedError, match="another imgsearch is learning"):
        learn(library, base, QUICK)
    learning.close()  # type: ignore[attr-defined]
    assert LearntModels(library).path_in_use() is None
    assert library.stray_files() == []


KILLED = """
import os, signal, sys
from pathlib import Path
from captioning.adaptation.fine_tuning import AdaptationConfig
from index_data.library import Library
from search.evaluation import learning, learning_trial

learning_trial.FOLDS, learning.is_better = 2, lambda after, before: True
learning.write_relevance = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
config = AdaptationConfig(epochs=1, least_steps=1)
with Library.open(Path(sys.argv[1])) as library:
    list(learning.learn_corrections(library, base=Path(sys.argv[2]), config=config))
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_killed_while_it_keeps_what_it_learnt_there_is_no_model_and_the_next_learns(
    library: Library, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model is written by then, and what weighs its hits is not."""
    command = [sys.executable, "-c", KILLED, str(library.paths.folder), str(base)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    models = LearntModels(library)
    assert (models.numbers(), models.path_in_use(), models.faults()) == ([], None, [])
    assert library.stray_files() == [library.paths.learnt / "1.new"]
    monkeypatch.setattr("search.evaluation.learning.is_better", lambda after, before: True)
    assert learn(library, base, NOTHING).number == models.used() == 1
    assert read_relevance(models.read(1).file) is not None
    assert library.stray_files() == []


def test_models_of_another_base_are_learnt_told_and_used(
    library: Library, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.evaluation.learning.is_better", lambda after, before: True)
    # What is shown was said by the first base, so that the other is asked what it says.
    other = write_tiny_model(tmp_path / "other.safetensors", name="other", seed=8)
    numbers = [learn(library, file, NOTHING).number for file in (base, other)]
    models = LearntModels(library)
    assert numbers == models.numbers() == [1, 2]
    ids = [read_model_file(file).identity.id for file in (base, other)]
    assert [models.read(number).card["base"] for number in models.numbers()] == ids
    assert read_relevance(models.read(2).file) is None
    monkeypatch.setattr("index_data.learning_status.read_model_file", lambda: read_model_file(base))
    assert learning_status(library).other_base
    models.use(1)
    assert not learning_status(library).other_base


def test_contradictory_corrections_and_what_is_undone_meanwhile_do_no_harm(library: Library, base: Path) -> None:
    notes = Annotations(library)
    said = library.read(corrections)
    for record in library.read(reviewed)[::2]:
        notes.edit(record.image_id, "a red cat on the beach")
    learning = learn_corrections(library, base=base, config=QUICK)
    next(learning)
    notes.undo()
    *_, finished = learning
    assert isinstance(finished, LearningFinished)
    assert finished.corrections == COUNT
    figures = [*finished.before.as_record().values(), *finished.after.as_record().values()]
    assert all(figure is not None and 0 <= figure <= 10 for figure in figures)
    # Nothing is kept that is not better, and what people say is what they said.
    assert (finished.number is not None) is finished.better
    assert len(set(said) & set(library.read(corrections))) == COUNT - COUNT // 2


def test_too_little_is_told(library: Library, base: Path, pictures: Path) -> None:
    notes = Annotations(library)
    for _ in range(COUNT - 2):
        notes.undo()
    with pytest.raises(
        TooLittleToLearnError, match="there are 2 confirmed captions, and the model learns from 8 or mor"
    ):
        learn(library, base, QUICK)
    notes.accept(library.read(catalogue.shown_images))
    with pytest.raises(TooLittleToLearnError, match="there are 0 photographs beside those"):
        learn(library, base, QUICK)


def test_a_dry_run_only_measures_and_pictures_that_are_gone_are_left_out(
    library: Library, base: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.evaluation.learning.is_better", lambda after, before: True)
    away = (pictures / "00.png").rename(pictures.parent / "away.png")
    try:
        finished = learn(library, base, NOTHING, dry_run=True)
    finally:
        away.rename(pictures / "00.png")
    assert (finished.corrections, finished.number) == (COUNT - 1, None)
    assert not library.paths.learnt.exists()


SCORES = LearningScores(0.5, 0.1, 0.2, 0.3, 0.4, 1.0)


@pytest.mark.parametrize(
    ("after", "better"),
    [
        (LearningScores(0.6, 0.1, 0.2, 0.3, 0.4, 0.9), True),
        (LearningScores(0.5, 0.2, 0.3, 0.3, 0.5, 0.9), True),
        (LearningScores(0.5, 0.2, 0.3, 0.3, 0.4, 0.9), False),
        (LearningScores(0.4, 0.2, 0.3, 0.4, 0.5, 0.9), False),
        (LearningScores(0.6, 0.1, 0.2, 0.2, 0.4, 0.9), False),
        (LearningScores(0.6, 0.1, 0.2, 0.3, 0.3, 0.9), False),
        (LearningScores(0.6, 0.1, 0.2, 0.298, 0.4, 0.9), True),
        (LearningScores(0.502, 0.1, 0.2, 0.298, 0.4, 0.9), False),
        (LearningScores(0.6, 0.1, 0.2, 0.3, 0.4, 0.4), False),
        (LearningScores(0.6, 0.0, 0.1, 0.3, 0.4, None), True),
    ],
)
def test_better_is_what_gains_something_and_loses_next_to_nothing(after: LearningScores, *, better: bool) -> None:
    assert is_better(after, SCORES) is better


def test_folds_hold_each_correction_once() -> None:
    folds = folds_of(10, folds=3, seed=4)
    assert sorted(row for fold in folds for row in fold) == list(range(10))
    assert sorted(map(len, folds)) == [3, 3, 4]
    assert folds == folds_of(10, folds=3, seed=4)
    assert len(folds_of(2, folds=3, seed=0)) == 2


def test_probes_that_find_the_same_photographs_are_kept() -> None:
    draw = np.random.default_rng(0)
    photographs = draw.normal(size=(30, 4)).astype(np.float32)
    sentences = draw.normal(size=(5, 4)).astype(np.float32)
    assert probes_kept(photographs, photographs, sentences) == 1.0
    assert probes_kept(photographs, -photographs, sentences) < 0.2
