"""`imgsearch train`, killed and run again, ends as if nothing had happened; alone and with two processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from captioning.model_file import read_model_file
from tests.unit.captioning.drawn_training import drawn_config

RECIPE = """
name = "drawn"
images = ["{folder}"]
text = "{folder}/text.txt"
uncaptioned = true
ema = 0.5
initial_weights = "{folder}/backbone.safetensors"
checkpoint_minutes = 0.0

[model]
backbone = "mobilenet_v3_small"
side = 32
word_size = 16
hidden = 16
text_hidden = 12
joint = 8
dropout = 0.2
minimum_count = 1
keywords = 6

[[stages]]
name = "text"
epochs = 1
objectives = {{ text_nll = 1.0 }}
text_batch = 4
steps = 3

[[stages]]
name = "whole"
epochs = 2
objectives = {{ nll = 1.0, mmi = 1.0, keyword = 0.1 }}
backbone_rate = 1e-4
batch = 4

[[stages]]
name = "reward"
epochs = 1
objectives = {{ scst = 1.0, nll = 0.2 }}
batch = 4
draws = 2
parts = ["decoder"]
"""
STEPS = 5
"""Those after which a training is killed: in the midst of the second stage's first epoch."""

KILLED = f"""
import os, signal
from captioning.training import trainer
from search.cli import main

def save(*arguments, **options):
    before(*arguments, **options)
    if arguments[4].total_steps == {STEPS}:
        os.kill(os.getpid(), signal.SIGKILL)

before, trainer.save_checkpoint = trainer.save_checkpoint, save
main()
"""
"""The command line that is killed as soon as it has saved so many steps."""

TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    drawn_config(tmp_path / "data")
    (tmp_path / "recipe.toml").write_text(RECIPE.format(folder=tmp_path / "data"))
    return tmp_path / "recipe.toml"


def steps_done(run: Path) -> int:
    with safe_open(run / "checkpoint.safetensors", framework="pt") as file:
        return int(json.loads(file.metadata()["progress"])["total_steps"])


def end_the_same(killed: Path, whole: Path) -> None:
    ours, theirs = (read_model_file(run / "model.safetensors") for run in (killed, whole))
    assert [row["stage"] for row in ours.card["history"]] == [row["stage"] for row in theirs.card["history"]]
    for mine, other in zip(ours.card["history"], theirs.card["history"], strict=True):
        assert mine["losses"] == pytest.approx(other["losses"], rel=1e-3, abs=1e-6)
    expected = theirs.tensors("pt")
    for name, tensor in ours.tensors("pt").items():
        torch.testing.assert_close(tensor, expected[name], rtol=1e-2, atol=1e-3, msg=name)


def kill_and_run_again(recipe: Path, folder: Path, *launcher: str) -> None:
    """Trains in one go, then killed and run again, by Python or by what launches several of it."""
    # Without `--`, torchrun takes `--run` to be its own.
    end_of_options = ["--"] if launcher else []
    arguments: list[str | Path] = ["train", recipe, "--device", "cpu", "--run"]
    command = [sys.executable, *launcher, "-m", *end_of_options, "search.cli", *arguments]
    (folder / "killed.py").write_text(KILLED)
    killed = [sys.executable, *launcher, *end_of_options, folder / "killed.py", *arguments, folder / "killed"]
    assert subprocess.run([*command, folder / "whole"], env=ENVIRONMENT, check=False).returncode == 0
    assert subprocess.run(killed, env=ENVIRONMENT, check=False).returncode != 0
    assert steps_done(folder / "killed") == STEPS
    assert subprocess.run([*command, folder / "killed"], env=ENVIRONMENT, check=False).returncode == 0


def test_killed_and_run_again_it_ends_the_same(recipe: Path, tmp_path: Path) -> None:
    kill_and_run_again(recipe, tmp_path)
    assert (tmp_path / "whole" / "curves.png").is_file()
    end_the_same(tmp_path / "killed", tmp_path / "whole")


def test_of_several_processes_the_first_alone_speaks(recipe: Path, tmp_path: Path) -> None:
    train: list[str | Path] = ["train", recipe, "--device", "cpu", "--run", tmp_path / "whole"]
    command = [sys.executable, *TORCHRUN, "-m", "--", "search.cli", *train]
    whole = subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=False)
    assert whole.returncode == 0, whole.stderr.decode()[-3000:]
    assert whole.stderr.decode().count("The best model is") == 1


@pytest.mark.slow
def test_two_processes_killed_and_run_again_end_the_same(recipe: Path, tmp_path: Path) -> None:
    kill_and_run_again(recipe, tmp_path, *TORCHRUN)
    end_the_same(tmp_path / "killed", tmp_path / "whole")
