"""Trains a network by the stages of a configuration, resumable at any step, and keeps the best by validation."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW

from captioning.config import StageConfig, TrainConfig
from captioning.config_reading import train_config_from
from captioning.errors import ConfigurationError
from captioning.model_file import write_model_file
from captioning.runtime.precision import learns_in_half
from captioning.training.batches import Batch
from captioning.training.checkpoint import Progress, load_checkpoint, read_header, restore_optimizer, save_checkpoint
from captioning.training.data import TrainingData, gather_training_data, retaught, start_network
from captioning.training.distributed import SINGLE_PROCESS, ProcessGroup
from captioning.training.loader import TextBatch, TrainingLoader
from captioning.training.optim import build_optimizer, set_rates
from captioning.training.task import StageLosses
from captioning.training.teacher import Learner, Teacher, read_teacher
from captioning.training.validation import validate


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step of gradient descent was taken."""

    stage: str
    epoch: int
    epochs: int
    step: int
    steps: int
    losses: dict[str, float]


@dataclass(frozen=True, slots=True)
class EpochFinished:
    """An epoch ended; `scores` is empty where nothing was validated."""

    stage: str
    epoch: int
    losses: dict[str, float]
    scores: dict[str, float]
    best: bool


@dataclass(frozen=True, slots=True)
class TrainingFinished:
    """The last stage ended; the best weights are in `model`."""

    model: Path
    history: list[dict[str, Any]]


TrainingEvent = StepFinished | EpochFinished | TrainingFinished


class Trainer:
    """One training run in one folder: `checkpoint.safetensors` while it lasts, `model.safetensors` as its result."""

    def __init__(
        self, config: TrainConfig, run: Path, *, device: torch.device, process_group: ProcessGroup = SINGLE_PROCESS
    ) -> None:
        """Reads the data and builds the network; goes on from the folder's checkpoint if there is one.

        Args:
            config: What is done, with what.
            run: The folder; the first of several processes writes to it, the others read it.
            device: Where this process's network runs.
            process_group: The processes that train together.

        Raises:
            ConfigurationError: The folder holds a checkpoint of another configuration.
            CaptionsFileError: The data could not be read.
            ModelFileError: Initial weights or checkpoint are damaged or do not fit.
        """
        self.config, self.run, self.device, self.process_group = config, run, device, process_group
        run.mkdir(parents=True, exist_ok=True)
        if config.threads:
            torch.set_num_threads(config.threads)
        torch.manual_seed(config.seed)
        with process_group.rank_zero_first():
            self.training_data: TrainingData = gather_training_data(config, run, device=device)
        self.loader = TrainingLoader(config, self.training_data, device=device, process_group=process_group)
        resuming = self.checkpoint.is_file()
        if resuming and self._saved_config() != config:
            raise ConfigurationError(f"the folder {run} holds a training with another configuration; name another one")
        self.network = start_network(config, self.training_data, pretrained=not resuming).to(device)
        self.average = {
            key: value.clone() for key, value in self.network.state_dict().items() if value.is_floating_point()
        }
        self.progress, self.moments = Progress(), dict[str, Tensor]()
        if resuming:
            self.progress, self.moments = load_checkpoint(self.checkpoint, self.network, self.average)
            if self.progress.teacher:
                self._take_teacher(read_teacher(run / self.progress.teacher))
        self.half = learns_in_half(device)

    @property
    def checkpoint(self) -> Path:
        """The state of the unfinished training."""
        return self.run / "checkpoint.safetensors"

    @property
    def model(self) -> Path:
        """The best model so far."""
        return self.run / "model.safetensors"

    def train(self) -> Iterator[TrainingEvent]:
        """Runs what is left of the stages; without any, the mean of the models to start from is the result."""
        if not self.config.stages:
            scores = self._validate()
            if self.process_group.first:
                self._write_model(scores)
        for index in range(self.progress.stage, len(self.config.stages)):
            yield from self._stage(self.config.stages[index])
            self.progress.stage, self.progress.epoch = index + 1, 0
        yield TrainingFinished(self.model, self.progress.history)

    def _stage(self, stage: StageConfig) -> Iterator[TrainingEvent]:
        if not (self.progress.epoch or self.progress.step):
            # What was found best so far; what this stage freezes would otherwise drift from there to the last step's.
            self._load_average()
            if stage.renew_teacher:
                self._renew_teacher()
        optimizer = build_optimizer(self.network, stage, weight_decay=self.config.weight_decay)
        restore_optimizer(optimizer, self.network, self.moments)
        self.moments = {}
        losses = self._losses(stage)
        for epoch in range(self.progress.epoch, stage.epochs):
            if stage.patience and self._stale_epochs(stage) >= stage.patience:
                break
            yield from self._epoch(stage, epoch, losses, optimizer)
            yield self._finish_epoch(stage, epoch)
            self._save(optimizer)

    def _renew_teacher(self) -> None:
        """Trains the teacher anew, seeing and reading with the network under training as well."""
        learner = Learner(self.network.eval(), self.training_data.vocabulary)
        with self.process_group.rank_zero_first():
            self._take_teacher(retaught(self.config, self.training_data, self.run, learner))

    def _take_teacher(self, teacher: Teacher) -> None:
        self.training_data = self.training_data.taught_by(teacher)
        self.loader = TrainingLoader(
            self.config, self.training_data, device=self.device, process_group=self.process_group
        )
        assert teacher.file is not None
        self.progress.teacher = teacher.file.name

    def _stale_epochs(self, stage: StageConfig) -> int:
        """Epochs of the stage since its best validation score."""
        scores = [row["scores"].get("score", 0.0) for row in self.progress.history if row["stage"] == stage.name]
        return len(scores) - 1 - scores.index(max(scores)) if scores else 0

    def _losses(self, stage: StageConfig) -> nn.Module:
        """Gives a batch's losses by name; made anew for each stage, which chooses the parameters that learn."""
        losses = StageLosses(
            self.network,
            stage,
            self.training_data,
            device=self.device,
            smoothing=self.config.smoothing,
            half=self.half,
            process_group=self.process_group,
        )
        return self.process_group.parallel(losses)

    def _epoch(self, stage: StageConfig, epoch: int, compute: nn.Module, optimizer: AdamW) -> Iterator[StepFinished]:
        steps = self.loader.steps(stage)
        saved = time.monotonic()
        for batch, text in self.loader.batches(stage, epoch, steps, skip=self.progress.step):
            set_rates(optimizer, done=(epoch * steps + self.progress.step) / (stage.epochs * steps))
            losses = self._step(stage, batch, text, compute, optimizer)
            self.progress.step += 1
            self.progress.total_steps += 1
            for name, value in losses.items():
                self.progress.losses[name] = self.progress.losses.get(name, 0.0) + value / steps
            yield StepFinished(stage.name, epoch + 1, stage.epochs, self.progress.step, steps, losses)
            if time.monotonic() - saved > 60 * self.config.checkpoint_minutes:
                self._save(optimizer)
                saved = time.monotonic()

    def _step(
        self, stage: StageConfig, batch: Batch | None, text: TextBatch | None, compute: nn.Module, optimizer: AdamW
    ) -> dict[str, float]:
        # Dropout depends on step and process alone, so that a resumed training draws what an uninterrupted one does.
        torch.manual_seed(self.config.seed * 1_000_003 + self.progress.total_steps + self.process_group.rank * 2**40)
        self.network.train()
        # The norms' statistics stay: batches are small, and a step takes two thirds of the time.
        self.network.encoder.backbone.eval()
        for tower in (self.network.text_encoder, self.network.joint.text):
            # A tower that stays as it is reads as it will be asked to: without dropout.
            tower.train(any(parameter.requires_grad for parameter in tower.parameters()))
        losses: dict[str, Tensor] = compute(batch, text)
        total = torch.stack([stage.objectives[name] * value for name, value in losses.items()]).sum()
        # All of the network's: what an earlier stage left on frozen layers would count in the norm that is clipped.
        self.network.zero_grad(set_to_none=True)
        torch.autograd.backward(total)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        optimizer.step()
        self._average()
        return {name: float(self.process_group.mean(value.detach())) for name, value in losses.items()}

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(self.config.ema, (1 + self.progress.total_steps) / (10 + self.progress.total_steps))
        state = self.network.state_dict()
        torch._foreach_lerp_(list(self.average.values()), [state[key] for key in self.average], 1 - decay)

    def _load_average(self) -> dict[str, Tensor]:
        """Puts the averaged weights into the network, and gives those that it had."""
        own = {key: value.clone() for key, value in self.network.state_dict().items()}
        self.network.load_state_dict({**own, **self.average})
        return own

    def _finish_epoch(self, stage: StageConfig, epoch: int) -> EpochFinished:
        due = stage.uses_pictures and ((epoch + 1) % stage.validate_every == 0 or epoch + 1 == stage.epochs)
        losses, scores = self.progress.losses, self._validate() if due else {}
        self.progress.epoch, self.progress.step, self.progress.losses = epoch + 1, 0, {}
        self.progress.history.append({"stage": stage.name, "epoch": epoch + 1, "losses": losses, "scores": scores})
        best = scores.get("score", float("-inf")) > self.progress.best
        if best:
            self.progress.best = scores["score"]
            if self.process_group.first:
                self._write_model(scores)
        return EpochFinished(stage.name, epoch + 1, losses, scores, best)

    def _validate(self) -> dict[str, float]:
        """Scores the averaged weights; the first process alone, so that all decide by the same figures."""
        scores: dict[str, float] = {}
        if self.process_group.first:
            own = self._load_average()
            scores = validate(
                self.network,
                self.training_data.validation,
                self.training_data.validation_pixels,
                self.training_data.vocabulary,
                half=self.half,
            )
            self.network.load_state_dict(own)
        return self.process_group.from_first(scores)

    def _write_model(self, scores: dict[str, float]) -> None:
        card = {"training": self._header()["config"], "validation": scores, "history": self.progress.history}
        write_model_file(
            self.model,
            self.average,
            name=self.config.name,
            config=self.config.model,
            vocabulary=self.training_data.vocabulary,
            keywords=tuple(self.training_data.keywords),
            card=card,
        )

    def _saved_config(self) -> TrainConfig:
        return train_config_from(read_header(self.checkpoint)["config"])

    def _header(self) -> dict[str, Any]:
        return {"config": dataclasses.asdict(self.config)}

    def _save(self, optimizer: AdamW) -> None:
        if not self.process_group.first:
            return
        save_checkpoint(self.checkpoint, self.network, self.average, optimizer, self.progress, header=self._header())
