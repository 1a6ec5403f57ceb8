"""What the steps of a stage work on: how many there are, and each one's pictures and sentences.

Of each step's pictures and sentences a process draws its part alone.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from itertools import islice, repeat

import torch
from torch import Tensor

from captioning.config import StageConfig, TrainConfig
from captioning.errors import ConfigurationError
from captioning.training.batches import Batch, TrainingPictures, count_steps, draw_batches, draw_text_batches
from captioning.training.data import TrainingData
from captioning.training.distributed import SINGLE_PROCESS, ProcessGroup

TextBatch = tuple[Tensor, Tensor]
"""Sentences alone: their positions (M,) and word ids (M, T), both int64."""

MOST_WORKERS = 8
"""Processes that prepare batches for one GPU."""


class TrainingLoader:
    """Draws the batches of every stage of a training."""

    def __init__(
        self,
        config: TrainConfig,
        training_data: TrainingData,
        *,
        device: torch.device,
        process_group: ProcessGroup = SINGLE_PROCESS,
    ) -> None:
        self._config, self._training_data, self._device, self._process_group = (
            config,
            training_data,
            device,
            process_group,
        )
        self._stage: StageConfig | None = None
        self._pictures: TrainingPictures | None = None

    def steps(self, stage: StageConfig) -> int:
        """The steps of an epoch of a stage.

        Raises:
            ConfigurationError: There is less data than one batch, or a process would have no part of it.
        """
        training_data = self._training_data
        text_steps = count_steps(len(training_data.sentences), stage.text_batch) if stage.uses_text else math.inf
        extra = round(stage.extra * (len(training_data.pictures) - training_data.captioned))
        picture_steps = count_steps(training_data.captioned + extra, stage.batch) if stage.uses_pictures else math.inf
        steps = int(min(text_steps, picture_steps, stage.steps or math.inf))
        if steps < 1:
            raise ConfigurationError(f"stage {stage.name!r}: there is less data than one batch")
        for uses, size in ((stage.uses_pictures, stage.batch), (stage.uses_text, stage.text_batch)):
            if uses and size < 2 * self._process_group.size:
                raise ConfigurationError(
                    f"stage {stage.name!r}: a batch of {size} is too small for {self._process_group.size} processes"
                )
        return steps

    def batches(
        self, stage: StageConfig, epoch: int, steps: int, *, skip: int
    ) -> Iterator[tuple[Batch | None, TextBatch | None]]:
        """Yields what the steps of an epoch work on, from step `skip` on; what a stage does not use is none."""
        training_data = self._training_data
        seed = self._config.seed + 7919 * self._config.stages.index(stage)
        batches: Iterator[Batch | None] = repeat(None)
        texts: Iterator[TextBatch | None] = repeat(None)
        if stage.uses_pictures:
            drawn = draw_batches(
                self._pictures_of(stage),
                training_data.vocabulary,
                writable=self._config.model.writable,
                keywords=len(training_data.keywords),
                batch=stage.batch,
                seed=seed,
                epoch=epoch,
                skip=skip,
                always=training_data.captioned,
                extra=stage.extra,
                process_group=self._process_group,
                workers=self._workers,
                pinned=self._device.type == "cuda",
            )
            batches = (self._with_pixels(batch, stage.distortion) for batch in drawn)
        if stage.uses_text:
            texts = draw_text_batches(
                training_data.sentences,
                training_data.vocabulary,
                batch=stage.text_batch,
                seed=seed,
                epoch=epoch,
                skip=skip,
                process_group=self._process_group,
            )
        return islice(zip(batches, texts, strict=False), steps - skip)

    def _pictures_of(self, stage: StageConfig) -> TrainingPictures:
        """The pictures as a stage draws them, their sentences taken apart once for all its epochs."""
        if self._pictures is None or self._stage is not stage:
            self._stage, self._pictures = stage, self._training_data.training(stage)
        return self._pictures

    def _with_pixels(self, batch: Batch, distortion: int) -> Batch:
        pixels = self._training_data.pixels
        return batch.with_pixels(pixels.take(batch.index), distortion=distortion) if pixels.held else batch

    @property
    def _workers(self) -> int:
        if self._device.type == "cpu":
            # One prepares the next batch while the network works on this one.
            return 1
        return max(1, min(MOST_WORKERS, (os.cpu_count() or 2) // self._process_group.size))
