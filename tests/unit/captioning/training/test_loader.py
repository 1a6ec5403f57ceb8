"""What the steps of a training work on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from captioning.config import StageConfig
from captioning.errors import ConfigurationError
from captioning.training.data import gather_training_data
from captioning.training.distributed import ProcessGroup
from captioning.training.loader import TrainingLoader
from tests.unit.captioning.drawn_training import drawn_config


def test_a_batch_that_is_too_small_for_the_processes_is_refused(tmp_path: Path) -> None:
    config = drawn_config(tmp_path)
    training_data = gather_training_data(config, tmp_path, device=torch.device("cpu"))
    stage = StageConfig("whole", 1, {"mmi": 1.0}, batch=4)
    assert (
        TrainingLoader(config, training_data, device=torch.device("cpu"), process_group=ProcessGroup(0, 2)).steps(stage)
        == 4
    )
    with pytest.raises(ConfigurationError, match="stage 'whole': a batch of 4 is too small for 3 processes"):
        TrainingLoader(config, training_data, device=torch.device("cpu"), process_group=ProcessGroup(0, 3)).steps(stage)
