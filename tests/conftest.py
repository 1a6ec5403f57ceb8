"""Fixtures that more than one part of the tests uses."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.tiny_model import write_tiny_model

# The machine that runs the tests may be busy; results must not depend on how many threads there are.
torch.set_num_threads(2)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file that runs in a moment."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.safetensors")
