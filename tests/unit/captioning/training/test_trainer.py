"""A whole training on drawn pictures: it learns, it resumes with the same result, and it refuses what does not fit."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

from captioning.config import StageConfig, TeacherConfig, TrainConfig
from captioning.errors import CaptionsFileError, ConfigurationError, ModelFileError
from captioning.model_file import read_model_file
from captioning.network.backbones import IMAGENET_MEAN, IMAGENET_STD, Backbone, Normalization
from captioning.training.plots import draw_curves
from captioning.training.trainer import EpochFinished, StepFinished, Trainer, TrainingFinished
from tests.unit.captioning.drawn_training import COLOURS, write_backbone
from tests.unit.captioning.drawn_training import SIZES as DRAWN_SIZES

SIZES = dataclasses.replace(DRAWN_SIZES, dropout=0.1)
TEXT_STAGE = StageConfig("text", 1, {"text_nll": 1.0}, rate=1e-2, text_batch=4, steps=2)
WHOLE_STAGE = StageConfig(
    "whole",
    2,
    {"nll": 1.0, "mmi": 1.0, "triplet": 0.5, "keyword": 0.1},
    rate=3e-3,
    backbone_rate=1e-3,
    batch=4,
    captions=1,
)


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    folder = tmp_path / "data"
    (folder / "images").mkdir(parents=True)
    entries = []
    for number in range(16):
        name, colour = list(COLOURS.items())[number % 4]
        Image.new("RGB", (40, 40), colour).save(folder / "images" / f"{number}.png")
        split = "val" if number >= 12 else "train"
        entries.append({"filename": f"{number}.png", "split": split, "captions": [f"a {name} wall", f"{name} paint"]})
    (folder / "captions.json").write_text(json.dumps(entries))
    (folder / "text.txt").write_text("\n".join(f"a {name} thing number {n}" for n in range(5) for name in COLOURS))
    return TrainConfig(
        "drawn",
        (TEXT_STAGE, WHOLE_STAGE, REWARD_STAGE),
        (str(folder),),
        model=SIZES,
        text=str(folder / "text.txt"),
        ema=0.5,
        checkpoint_minutes=0.0,
    )


def one_convolution(name: str, *, pretrained: bool = False) -> Backbone:
    """A backbone of few tensors, since all are written and read again at every step."""
    features = nn.Sequential(nn.Conv2d(3, 24, 32, stride=32), nn.BatchNorm2d(24), nn.ReLU())
    return Backbone(features, 24, Normalization(IMAGENET_MEAN, IMAGENET_STD))


@pytest.fixture(autouse=True)
def small_backbone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks start from random weights, as if published ones had been loaded."""
    for module in ("network.model", "training.data"):
        monkeypatch.setattr(f"captioning.{module}.build_backbone", one_convolution)


REWARD_STAGE = StageConfig("reward", 1, {"scst": 1.0, "nll": 0.2}, rate=1e-3, batch=4, parts=("decoder",), draws=2)


def trainer(config: TrainConfig, run: Path) -> Trainer:
    return Trainer(config, run, device=torch.device("cpu"))


def history(run: Path) -> list[dict[str, Any]]:
    with safe_open(run / "checkpoint.safetensors", framework="pt") as file:
        rows: list[dict[str, Any]] = json.loads(file.metadata()["progress"])["history"]
    return rows


def test_a_run_resumed_after_a_kill_ends_like_an_undisturbed_one(config: TrainConfig, tmp_path: Path) -> None:
    undisturbed = list(trainer(config, tmp_path / "undisturbed").train())
    epochs = [event.stage for event in undisturbed if isinstance(event, EpochFinished)]
    assert epochs == ["text", "whole", "whole", "reward"]
    assert isinstance(undisturbed[-1], TrainingFinished)
    steps = sum(isinstance(event, StepFinished) for event in undisturbed)
    assert steps == 2 + 2 * 3 + 3
    for stop in (1, 5, 9):
        # A checkpoint is written after every step here, so leaving the generator is as good as a kill.
        run = tmp_path / f"stopped-{stop}"
        events = trainer(config, run).train()
        seen = 0
        while seen <= stop:
            seen += isinstance(next(events), StepFinished)
        events.close()  # type: ignore[attr-defined]
        list(trainer(config, run).train())
        expected = load_file(tmp_path / "undisturbed" / "checkpoint.safetensors")
        resumed = load_file(run / "checkpoint.safetensors")
        assert set(resumed) == set(expected)
        for name, tensor in expected.items():
            torch.testing.assert_close(resumed[name], tensor, rtol=1e-4, atol=1e-5, msg=name)
        # The history tells of whole epochs, the interrupted one included.
        for ours, theirs in zip(history(run), history(tmp_path / "undisturbed"), strict=True):
            assert (ours["stage"], ours["epoch"]) == (theirs["stage"], theirs["epoch"])
            assert ours["losses"] == pytest.approx(theirs["losses"], rel=1e-3)


def test_it_learns_and_writes_a_model_with_its_history(config: TrainConfig, tmp_path: Path) -> None:
    *_, finished = trainer(config, tmp_path / "run").train()
    assert isinstance(finished, TrainingFinished)
    losses = [row["losses"] for row in finished.history if row["stage"] == "whole"]
    assert sum(losses[-1].values()) < sum(losses[0].values())
    file = read_model_file(finished.model)
    assert file.name == "drawn"
    assert {"red", "green", "blue", "white", "wall"} <= set(file.vocabulary.words)
    assert set(file.card) == {"training", "validation", "history"}
    assert 0 <= file.card["validation"]["rsum"] <= 6
    # Run again, the training says at once that nothing is left to do.
    assert list(trainer(config, tmp_path / "run").train()) == [finished]
    picture = draw_curves(finished.history, tmp_path / "curves.png")
    with Image.open(picture) as image:
        assert image.width > 300


def test_a_folder_with_another_configuration_is_refused(config: TrainConfig, tmp_path: Path) -> None:
    next(trainer(config, tmp_path / "run").train())
    events = trainer(config, tmp_path / "run").train()
    next(events)
    next(events)
    with pytest.raises(ConfigurationError, match="holds a training with another configuration"):
        trainer(dataclasses.replace(config, seed=2), tmp_path / "run")


def test_a_damaged_checkpoint_is_refused(config: TrainConfig, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoint.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelFileError, match=r"the checkpoint .* could not be read"):
        trainer(config, tmp_path / "run")


def test_too_little_data_is_refused(config: TrainConfig, tmp_path: Path) -> None:
    large = dataclasses.replace(WHOLE_STAGE, batch=50)
    with pytest.raises(ConfigurationError, match="there is less data than one batch"):
        list(trainer(dataclasses.replace(config, stages=(large,)), tmp_path / "run").train())
    with pytest.raises(CaptionsFileError, match="there is no captions file"):
        trainer(dataclasses.replace(config, images=(str(tmp_path / "none"),)), tmp_path / "other")


def test_a_frozen_backbone_keeps_its_weights(config: TrainConfig, tmp_path: Path) -> None:
    frozen = dataclasses.replace(WHOLE_STAGE, epochs=1, steps=2, backbone_rate=0.0)
    run = trainer(dataclasses.replace(config, stages=(frozen,), checkpoint_minutes=5.0), tmp_path / "run")
    before = {key: value.clone() for key, value in run.network.state_dict().items()}
    list(run.train())
    changed = {key for key, value in run.network.state_dict().items() if not torch.equal(value, before[key])}
    assert changed
    assert not {key for key in changed if key.startswith("encoder.backbone.")}


def test_a_stage_that_stopped_getting_better_ends(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([1.0, 3.0, 2.0, 2.5, 9.0])
    monkeypatch.setattr("captioning.training.trainer.validate", lambda *_, **__: {"score": next(scores)})
    stage = dataclasses.replace(WHOLE_STAGE, epochs=9, patience=2, steps=1)
    config = dataclasses.replace(config, stages=(stage,))
    events = trainer(config, tmp_path / "run").train()
    # Killed in the fourth epoch, it knows afterwards how long it has been waiting.
    while not (isinstance(event := next(events), StepFinished) and event.epoch == 4):
        pass
    events.close()  # type: ignore[attr-defined]
    *_, finished = trainer(config, tmp_path / "run").train()
    assert isinstance(finished, TrainingFinished)
    assert [row["scores"]["score"] for row in finished.history] == [1.0, 3.0, 2.0, 2.5]


def test_a_stage_is_validated_as_often_as_it_asks_and_at_its_end(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captioning.training.trainer.validate", lambda *_, **__: {"score": 1.0})
    stage = dataclasses.replace(WHOLE_STAGE, epochs=5, validate_every=2, steps=1)
    *_, finished = trainer(dataclasses.replace(config, stages=(stage,)), tmp_path / "run").train()
    assert isinstance(finished, TrainingFinished)
    assert [bool(row["scores"]) for row in finished.history] == [False, True, False, True, True]


def test_a_teacher_trained_anew_is_found_again_after_a_kill(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "captioning.training.teacher.teacher_embeddings",
        lambda sentences, folder, *, device: torch.eye(8).half()[[len(sentence) % 8 for sentence in sentences]],
    )
    weights = tmp_path / "mobilenet.safetensors"
    write_backbone(weights)
    teacher = TeacherConfig(backbones={SIZES.backbone: str(weights)}, epochs=1, batch=4)
    first = dataclasses.replace(WHOLE_STAGE, name="first", objectives={"soft_target": 1.0}, epochs=1, steps=1)
    stages = (first, dataclasses.replace(first, name="again", epochs=2, renew_teacher=True))
    config = dataclasses.replace(config, stages=stages, teacher=teacher)
    begun = trainer(config, tmp_path / "run")
    before = begun.training_data.teacher
    events = begun.train()
    while not (isinstance(event := next(events), StepFinished) and (event.stage, event.epoch) == ("again", 2)):
        pass
    renewed = begun.training_data.teacher
    assert before is not None
    assert renewed is not None
    assert not torch.equal(before.images, renewed.images)
    events.close()  # type: ignore[attr-defined]
    resumed = trainer(config, tmp_path / "run")
    assert resumed.training_data.teacher is not None
    assert torch.equal(resumed.training_data.teacher.images, renewed.images)
    assert isinstance(list(resumed.train())[-1], TrainingFinished)


def test_a_training_goes_on_from_a_former_model(config: TrainConfig, tmp_path: Path) -> None:
    first = dataclasses.replace(config, stages=(dataclasses.replace(WHOLE_STAGE, epochs=1, steps=1),))
    *_, finished = trainer(first, tmp_path / "first").train()
    assert isinstance(finished, TrainingFinished)
    former = read_model_file(finished.model)
    second = dataclasses.replace(first, start=str(finished.model), text="")
    begun = trainer(second, tmp_path / "second")
    assert begun.training_data.vocabulary.words == former.vocabulary.words
    assert begun.training_data.keywords == former.keywords
    for name, tensor in former.tensors("pt").items():
        assert torch.equal(begun.network.state_dict()[name], tensor.float()), name
    smaller = dataclasses.replace(second, model=dataclasses.replace(SIZES, joint=4))
    with pytest.raises(
        ModelFileError, match=r"first.model\.safetensors has other sizes than the configuration asks for"
    ):
        trainer(smaller, tmp_path / "third")
    with pytest.raises(ModelFileError, match="there is no model file"):
        trainer(dataclasses.replace(second, start=str(tmp_path / "none")), tmp_path / "third")


def test_the_mean_of_two_models_is_validated_and_written(config: TrainConfig, tmp_path: Path) -> None:
    tensors = []
    for seed in (1, 2):
        short = dataclasses.replace(config, seed=seed, stages=(dataclasses.replace(WHOLE_STAGE, epochs=1, steps=1),))
        *_, finished = trainer(short, tmp_path / str(seed)).train()
        assert isinstance(finished, TrainingFinished)
        tensors.append(read_model_file(finished.model).tensors("pt"))
    weights = {str(tmp_path / "1" / "model.safetensors"): 1.25, str(tmp_path / "2" / "model.safetensors"): -0.25}
    mean = dataclasses.replace(config, stages=(), start=weights, text="")
    (finished,) = trainer(mean, tmp_path / "mean").train()
    assert isinstance(finished, TrainingFinished)
    file = read_model_file(finished.model)
    assert file.card["training"]["start"] == weights
    assert 0 <= file.card["validation"]["rsum"] <= 6
    for name, value in file.tensors("pt").items():
        expected = 1.25 * tensors[0][name].float() - 0.25 * tensors[1][name].float()
        torch.testing.assert_close(value.float(), expected, rtol=2e-3, atol=1e-4, msg=name)
    draw_curves(finished.history, tmp_path / "curves.png")
    # A model of other words has no place in it.
    other = dataclasses.replace(config, text="", stages=(dataclasses.replace(WHOLE_STAGE, epochs=1, steps=1),))
    list(trainer(other, tmp_path / "other").train())
    mixed = {str(tmp_path / "1" / "model.safetensors"): 0.5, str(tmp_path / "other" / "model.safetensors"): 0.5}
    with pytest.raises(ModelFileError, match=r"have no mean: their configuration, vocabulary and keywords must be"):
        trainer(dataclasses.replace(mean, start=mixed), tmp_path / "mixed")


def test_a_text_tower_that_stays_reads_without_dropout(config: TrainConfig, tmp_path: Path) -> None:
    modes = []
    for frozen in ((), ("text_encoder", "joint.text", "joint.log_scale")):
        stage = dataclasses.replace(WHOLE_STAGE, epochs=1, steps=1, frozen=frozen)
        training = trainer(dataclasses.replace(config, stages=(stage,)), tmp_path / str(len(frozen)))
        before = training.network.joint.log_scale.item()
        next(training.train())
        network = training.network
        modes.append((network.text_encoder.training, network.joint.text.training, network.joint.image.training))
        assert (network.joint.log_scale.item() == before) == bool(frozen)
    assert modes == [(True, True, True), (False, False, True)]


def test_a_training_is_rewarded_by_near_sentences_from_beginning_to_end(config: TrainConfig, tmp_path: Path) -> None:
    sizes = dataclasses.replace(SIZES, embedding_cells=2)
    short = dataclasses.replace(config, model=sizes, stages=(dataclasses.replace(WHOLE_STAGE, epochs=1, steps=1),))
    *_, finished = trainer(short, tmp_path / "first").train()
    assert isinstance(finished, TrainingFinished)
    stage = StageConfig(
        "reward",
        1,
        {"scst": 1.0, "embedding_scst": 0.5, "image_teacher": 3.0},
        batch=4,
        text_batch=4,
        steps=2,
        draws=2,
        nearness=1.0,
        borrow=1.2,
        grid_dropout=0.5,
        backbone_rate=1e-3,
        frozen=("text_encoder", "joint.text"),
    )
    second = dataclasses.replace(
        short,
        start=str(finished.model),
        neighbours=6,
        teacher=TeacherConfig(space=str(finished.model)),
        stages=(stage,),
    )
    *_, finished = trainer(second, tmp_path / "second").train()
    assert isinstance(finished, TrainingFinished)
    assert set(finished.history[-1]["losses"]) == {"scst", "embedding_scst", "image_teacher"}
    written = json.loads(next((tmp_path / "second").glob("neighbours-*.json")).read_text())
    # All of them have captions of their own, and ask nevertheless.
    assert len(written) == 12
    assert all(row["nearest"] for row in written)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_run_on_a_gpu_resumes(config: TrainConfig, tmp_path: Path) -> None:
    device = torch.device("cuda")
    events = Trainer(config, tmp_path / "run", device=device).train()
    for _ in range(5):
        next(events)
    events.close()  # type: ignore[attr-defined]
    *_, finished = Trainer(config, tmp_path / "run", device=device).train()
    assert isinstance(finished, TrainingFinished)
    assert finished.model.is_file()
