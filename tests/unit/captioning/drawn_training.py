"""A training on drawn pictures, and one step of each of its stages, alone or as one of several processes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from captioning.config import ModelConfig, StageConfig, TrainConfig
from captioning.network.attention_decoder import CaptionDecoder, Memory
from captioning.network.backbones import build_backbone
from captioning.network.plain_decoder import PlainDecoder
from captioning.training import self_critical
from captioning.training.distributed import joined
from captioning.training.optim import build_optimizer
from captioning.training.scst import CaptionRewards
from captioning.training.teacher import Teacher
from captioning.training.trainer import Trainer

COLOURS = {"red": (220, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 220), "white": (250, 250, 250)}
SIZES = ModelConfig(
    # Small: its whole state is written and read again at every step.
    backbone="mobilenet_v3_small",
    side=32,
    word_size=16,
    hidden=16,
    text_hidden=12,
    joint=8,
    dropout=0.0,
    minimum_count=1,
    keywords=6,
)
EVERY_OBJECTIVE = {"nll": 1.0, "mmi": 1.0, "triplet": 0.5, "keyword": 0.1}
STAGES = (
    StageConfig("text", 1, {"text_nll": 1.0}, rate=1e-2, text_batch=5, steps=2),
    StageConfig("whole", 2, EVERY_OBJECTIVE, rate=1e-3, backbone_rate=3e-4, batch=5, captions=2),
)
TAUGHT = (
    StageConfig("text", 1, {"text_nll": 1.0, "text_relation": 1.0, "text_teacher": 1.0}, text_batch=5),
    StageConfig("whole", 1, {**EVERY_OBJECTIVE, "soft_target": 1.0, "image_teacher": 1.0}, backbone_rate=1e-3, batch=7),
    StageConfig("reward", 1, {"scst": 1.0, "nll": 0.2}, batch=5, parts=("decoder",), draws=3),
)


def drawn_config(folder: Path, **changes: object) -> TrainConfig:
    """Draws pictures of four colours into a folder, some of them without captions, and configures a training."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    weights = folder / "backbone.safetensors"
    write_backbone(weights)
    entries = []
    for number in range(20):
        name, colour = list(COLOURS.items())[number % 4]
        Image.new("RGB", (40, 40), colour).save(folder / "images" / f"{number}.png")
        split = "val" if number >= 16 else "train"
        captions = [] if number in (3, 6) else [f"a {name} wall", f"{name} paint on a wall"]
        entries.append({"filename": f"{number}.png", "split": split, "captions": captions})
    (folder / "captions.json").write_text(json.dumps(entries))
    (folder / "text.txt").write_text("\n".join(f"a {name} thing number {n}" for n in range(5) for name in COLOURS))
    config = TrainConfig("drawn", STAGES, (str(folder),), model=SIZES, text=str(folder / "text.txt"), uncaptioned=True)
    return dataclasses.replace(config, ema=0.5, initial_weights=str(weights), **changes)  # type: ignore[arg-type]


def write_backbone(path: Path) -> None:
    """Writes random initial weights of the backbone, with norms that know what they are given.

    Norms that do not would pass on so little that all pictures look alike but for rounding.
    """
    torch.manual_seed(1)
    features = build_backbone(SIZES.backbone).features.train()
    for module in features.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # The mean of all batches, not mostly of what was there before them.
    with torch.no_grad():
        for _ in range(3):
            features(torch.randn(16, 3, SIZES.side, SIZES.side))
    save_file(features.state_dict(), path)


def taught(trainer: Trainer) -> None:
    """Gives the training a teacher that says anything, always the same."""
    generator = torch.Generator().manual_seed(3)

    def places(count: int, size: int) -> Tensor:
        return F.normalize(torch.randn(count, size, generator=generator), dim=-1).half()

    training_data = trainer.training_data
    teacher = Teacher(places(len(training_data.pictures), 8), places(len(training_data.sentences), 8), 10.0)
    weights = torch.rand(len(training_data.sentences), generator=generator).tolist()
    trainer.training_data = trainer.loader._training_data = dataclasses.replace(
        training_data,
        teacher=teacher,
        relations=places(len(training_data.sentences), 6),
        weights=weights,
        rewards=CaptionRewards(
            [picture.captions for picture in training_data.pictures[: training_data.captioned]],
            training_data.vocabulary,
        ),
    )


def say_by_number(decoder: CaptionDecoder | PlainDecoder, memory: Memory) -> Tensor:
    """Three different sentences for each picture, of different lengths and worth, instead of drawn ones."""
    sentences = torch.tensor([[4, 10, 5, 2], [11, 9, 2, 0], [4, 12, 2, 0]])
    return sentences.repeat(len(memory.global_feature) // 3, 1)


def steps_of_all_stages(trainer: Trainer) -> dict[str, Tensor]:
    """The losses and gradients of each stage's first step, by name."""
    steps: dict[str, Tensor] = {}
    for stage in trainer.config.stages:
        build_optimizer(trainer.network, stage, weight_decay=0.0)
        compute = trainer._losses(stage)
        trainer.network.train()
        trainer.network.encoder.backbone.eval()
        trainer.network.zero_grad(set_to_none=True)
        batch, text = next(trainer.loader.batches(stage, 0, trainer.loader.steps(stage), skip=0))
        found = compute(batch, text)
        torch.autograd.backward(torch.stack([stage.objectives[name] * value for name, value in found.items()]).sum())
        steps |= {f"{stage.name} {name}": trainer.process_group.mean(value.detach()) for name, value in found.items()}
        gradients = {name: p.grad for name, p in trainer.network.named_parameters() if p.grad is not None}
        steps |= {f"{stage.name} gradient of {name}": gradient.clone() for name, gradient in gradients.items()}
    return steps


def write_steps(folder: Path) -> None:
    """Writes the losses and gradients of the steps to a folder; processes that torchrun joins share every batch."""
    torch.set_num_threads(1)
    with joined(torch.device("cpu")) as process_group, pytest.MonkeyPatch.context() as patch:
        patch.setattr(self_critical, "draw_sentences", say_by_number)
        with process_group.rank_zero_first():
            config = drawn_config(folder / "data")
        trainer = Trainer(
            config, folder / f"run-{process_group.size}", device=torch.device("cpu"), process_group=process_group
        )
        # The stages that ask a teacher have none to train here.
        object.__setattr__(trainer.config, "stages", TAUGHT)
        trainer.half = False
        taught(trainer)
        steps = steps_of_all_stages(trainer)
        if process_group.first:
            save_file(steps, folder / f"told-by-{process_group.size}.safetensors")


def train_whole(folder: Path) -> None:
    """Trains by the drawn recipe in a folder of its own for each number of processes, to its end."""
    torch.set_num_threads(1)
    with joined(torch.device("cpu")) as process_group:
        with process_group.rank_zero_first():
            config = drawn_config(folder / "data")
        run = folder / f"run-{process_group.size}"
        trainer = Trainer(config, run, device=torch.device("cpu"), process_group=process_group)
        trainer.half = False
        for _ in trainer.train():
            pass
