from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from captioning.captioner import Captioner
from captioning.config import ModelConfig, StageConfig, TeacherConfig, TrainConfig
from captioning.errors import ModelFileError
from captioning.model_file import read_model_file
from captioning.network.model import build_network
from captioning.training import teacher
from captioning.training.data import weigh_pairs
from captioning.training.datasets import CaptionedImage
from captioning.training.pictures import DecodedPictures, read_picture
from captioning.training.teacher import Learner, Teacher, read_teacher, train_teacher
from tests.tiny_model import write_tiny_model

COLOURS = ("red", "green", "blue", "yellow")
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def questions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A sentence model that tells colours apart, and how many sentences each question had."""
    calls: list[int] = []

    def embeddings(sentences: list[str], folder: Path, *, device: torch.device) -> Tensor:
        calls.append(len(sentences))
        colours = [next(n for n, colour in enumerate(COLOURS) if colour in sentence) for sentence in sentences]
        return F.one_hot(torch.tensor(colours), 6).half()

    monkeypatch.setattr(teacher, "teacher_embeddings", embeddings)
    return calls


@pytest.fixture
def pictures(tmp_path: Path) -> list[CaptionedImage]:
    made = []
    for number in range(12):
        colour = COLOURS[number % 4]
        Image.new("RGB", (32, 32), colour).save(tmp_path / f"{number}.png")
        said = (f"a {colour} wall", f"{colour} paint") if number < 8 else ()
        made.append(CaptionedImage(tmp_path / f"{number}.png", "train", said))
    return made


def train(
    pictures: list[CaptionedImage], folder: Path, config: TeacherConfig, learner: Learner | None = None
) -> Teacher:
    captions = [caption for picture in pictures for caption in picture.captions]
    sentences = [*captions, *(f"something {colour}" for colour in COLOURS)]
    stages = (StageConfig("s", 1, {"soft_target": 1.0}),)
    whole = TrainConfig("m", stages, ("d",), ModelConfig(joint=8, side=32), teacher=config)
    pixels = DecodedPictures([picture.path for picture in pictures], side=32, device=CPU)
    return train_teacher(whole, pictures, pixels, sentences, folder, learner=learner)


def test_pictures_and_sentences_of_one_kind_are_put_together(
    pictures: list[CaptionedImage], tmp_path: Path, questions: list[int]
) -> None:
    model = write_tiny_model(tmp_path / "tiny.safetensors")
    config = TeacherConfig(models=(str(model),), epochs=60, batch=4, rate=1e-2)
    said = train(pictures, tmp_path, config)
    assert said.images.shape == (12, 8)
    assert said.sentences.shape == (16 + 4, 8)
    assert said.scale > 0
    # Text that belongs to no picture finds the pictures of its colour, those without captions too.
    nearest = said.sentences[16:].float() @ said.images.float().T
    for colour in range(4):
        assert {n % 4 for n in nearest[colour].topk(3).indices.tolist()} == {colour}
    # Asked again it reads what it said; asked otherwise it learns anew from the features that it kept.
    again = train(pictures, tmp_path, config)
    assert torch.equal(again.images, said.images)
    assert questions == [20]
    train(pictures, tmp_path, TeacherConfig(models=(str(model),), epochs=1, batch=4))
    assert questions == [20, 20]
    assert len(list(tmp_path.glob("features-*"))) == 1


def test_several_networks_see_side_by_side(pictures: list[CaptionedImage], tmp_path: Path) -> None:
    first, second = (str(write_tiny_model(tmp_path / f"{n}.safetensors", seed=n)) for n in (1, 2))
    train(pictures, tmp_path, TeacherConfig(models=(first, second), epochs=1, batch=4))
    assert len(list(tmp_path.glob("features-*"))) == 2


def test_several_spaces_judge_as_one(pictures: list[CaptionedImage], tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "tiny.safetensors")
    one = TeacherConfig(models=(str(model),), epochs=3, batch=4)
    alone = train(pictures, tmp_path, one)
    both = train(pictures, tmp_path, dataclasses.replace(one, spaces=2))
    assert both.images.shape == (12, 16)
    assert both.sentences.shape == (20, 16)
    torch.testing.assert_close(both.images.float().norm(dim=1), torch.ones(12), atol=2e-3, rtol=0)
    # The first of them has the same seed, and half the say.
    torch.testing.assert_close(both.images[:, :8].float() * 2**0.5, alone.images.float(), atol=2e-3, rtol=0)
    assert not torch.allclose(both.images[:, :8], both.images[:, 8:])


def test_a_missing_model_is_named(pictures: list[CaptionedImage], tmp_path: Path) -> None:
    config = TeacherConfig(models=(str(tmp_path / "none"),), epochs=1, batch=4)
    with pytest.raises(ModelFileError, match=r"there is no model file .*none"):
        train(pictures, tmp_path, config)
    weights = TeacherConfig(backbones={"resnet18": str(tmp_path / "none")}, epochs=1, batch=4)
    with pytest.raises(ModelFileError, match=r"there is no model file .*none"):
        train(pictures, tmp_path, weights)


def test_a_pair_that_fits_badly_counts_less(pictures: list[CaptionedImage]) -> None:
    places = F.normalize(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), dim=1)
    three = [CaptionedImage(Path("a"), "train", ("x", "y", "z", "w")), CaptionedImage(Path("b"), "train", ("v",))]
    cosines = torch.tensor([0.8, 0.4, -0.2, 0.9])
    first = torch.stack([cosines, (1 - cosines**2).sqrt()], dim=1)
    said = Teacher(places.half(), torch.cat([first, places[1:], places]).half(), 10.0)
    # The cosines of the pairs are 0.8, 0.4, -0.2, 0.9 and 1; the median is 0.8.
    assert weigh_pairs(three, said) == pytest.approx([1.0, 0.5, 0.0, 1.0, 1.0], abs=2e-3)


def test_a_models_own_space_can_be_the_teacher(
    pictures: list[CaptionedImage], tmp_path: Path, questions: list[int]
) -> None:
    model = write_tiny_model(tmp_path / "tiny.safetensors")
    said = train(pictures, tmp_path, TeacherConfig(space=str(model)))
    assert not questions
    captioner = Captioner.load(model)
    red, green = (read_picture(pictures[n].path, side=32).permute(1, 2, 0).numpy() for n in (0, 1))
    described = captioner.describe(np.stack([red, green]))
    for row, description in enumerate(described):
        torch.testing.assert_close(said.images[row].float(), torch.from_numpy(description.embedding), rtol=0, atol=2e-3)
    place = torch.from_numpy(captioner.encode_text(["something red"])[0])
    torch.testing.assert_close(said.sentences[-len(COLOURS)].float(), place, rtol=0, atol=2e-3)
    assert said.scale == pytest.approx(float(captioner.network.joint.scale.detach()))


def test_a_network_under_training_is_seen_and_read_with_as_well(
    pictures: list[CaptionedImage], tmp_path: Path, questions: list[int]
) -> None:
    model = write_tiny_model(tmp_path / "tiny.safetensors")
    config = TeacherConfig(models=(str(model),), epochs=2, batch=4)
    before = train(pictures, tmp_path, config)
    file = read_model_file(write_tiny_model(tmp_path / "other.safetensors", seed=2))
    learner = Learner(build_network(file).eval(), file.vocabulary)
    after = train(pictures, tmp_path, config, learner)
    assert after.file != before.file
    assert not torch.equal(after.images, before.images)
    assert after.file is not None
    assert torch.equal(read_teacher(after.file).images, after.images)
    # The same network is not asked twice, another one is.
    assert train(pictures, tmp_path, config, learner).file == after.file
    assert questions == [20, 20]
    with torch.no_grad():
        learner.network.joint.log_scale.add_(1)
    assert train(pictures, tmp_path, config, learner).file != after.file
    after.file.write_bytes(b"nothing")
    with pytest.raises(ModelFileError, match="what the teacher said could not be read"):
        read_teacher(after.file)
