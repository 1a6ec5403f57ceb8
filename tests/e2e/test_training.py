"""`imgsearch train`, killed and run again, ends as if nothing had happened; alone and with two processes."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open

from captioning.model_file import read_model_file
from captioning.training import plots, trainer
from captioning.training.checkpoint import save_checkpoint
from search.cli import main
from search.cli.exit_codes import ExitCode
from tests.patience import PATIENCE
from tests.processes import exit_codes, exit_codes_of_two
from tests.unit.captioning.drawn_training import drawn_config

RECIPE = """
name = "drawn"
images = ["{folder}"]
text = "{folder}/text.txt"
uncaptioned = true
ema = 0.5
initial_weights = "{folder}/backbone.safetensors"
checkpoint_minutes = {minutes}

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
epochs = 1
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
"""Those after which a training is killed: in the midst of the second stage."""

KILLED = f"""
from search.cli import main
from tests.e2e.test_training import die_after_saving
die_after_saving({STEPS})
main()
"""
"""The command line that is killed as soon as it has saved so many steps."""

TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    drawn_config(tmp_path / "data")
    for name, minutes in (("recipe", 0.0), ("rarely", 60.0)):
        (tmp_path / f"{name}.toml").write_text(RECIPE.format(folder=tmp_path / "data", minutes=minutes))
    return tmp_path / "recipe.toml"


@pytest.fixture
def rarely(recipe: Path) -> Path:
    """The same without a checkpoint after each step, which takes longer than the step."""
    return recipe.with_name("rarely.toml")


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


def die_after_saving(steps: int) -> None:
    """Has the process killed as soon as its training has saved so many steps."""

    def save(*arguments: Any, **options: Any) -> None:
        save_checkpoint(*arguments, **options)
        if arguments[4].total_steps == steps:
            os.kill(os.getpid(), signal.SIGKILL)

    trainer.save_checkpoint = save  # type: ignore[attr-defined]


def train(recipe: Path, run: Path, die_after: int = 0, draws: bool = False) -> None:
    """Trains as the command does, in a process that has everything loaded; drawing the curves takes as long again."""
    multiprocessing.set_start_method(None, force=True)
    if die_after:
        die_after_saving(die_after)
    if not draws:
        plots.draw_curves = lambda history, file: file
    sys.argv = ["imgsearch", "train", str(recipe), "--device", "cpu", "--run", str(run)]
    main()


def test_killed_and_run_again_it_ends_the_same(recipe: Path, rarely: Path, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert exit_codes(train, (rarely, whole, 0, True)) == [0]
    assert (whole / "curves.png").is_file()
    assert exit_codes(train, (recipe, killed, STEPS)) == [-signal.SIGKILL]
    assert steps_done(killed) == STEPS
    assert exit_codes(train, (recipe, killed)) == [0]
    end_the_same(killed, whole)


def train_and_tell(recipe: Path, run: Path, told: Path) -> None:
    """Trains, and keeps what the command says in a file for each process."""
    with (told / os.environ["RANK"]).open("wb") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    train(recipe, run)


def take_one_step_a_stage(recipe: Path) -> None:
    text = recipe.read_text().replace("\nsteps = 3", "\nsteps = 1")
    recipe.write_text(text.replace("\nbatch = 4", "\nbatch = 4\nsteps = 1"))


def test_of_several_processes_the_first_alone_speaks(rarely: Path, tmp_path: Path) -> None:
    take_one_step_a_stage(rarely)
    (tmp_path / "told").mkdir()
    codes = exit_codes_of_two(train_and_tell, rarely, tmp_path / "whole", tmp_path / "told")
    words = [(tmp_path / "told" / rank).read_text() for rank in "01"]
    assert codes == [0, 0], words
    assert [text.count("The best model is") for text in words] == [1, 0]


def train_and_lose_the_second(recipe: Path, run: Path, told: Path) -> None:
    """Trains and tells as above; the second process is killed before it shares the third step."""
    if os.environ["RANK"] == "1":
        take = trainer.Trainer._step

        def step(self: trainer.Trainer, *arguments: Any) -> dict[str, float]:
            if self.progress.total_steps == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return take(self, *arguments)

        trainer.Trainer._step = step  # type: ignore[method-assign, assignment]
    train_and_tell(recipe, run, told)


def test_a_lost_process_ends_the_training_with_one_sentence(recipe: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    take_one_step_a_stage(recipe)
    assert exit_codes_of_two(train_and_lose_the_second, recipe, run, tmp_path) == [ExitCode.FAILED, -signal.SIGKILL]
    words = (tmp_path / "0").read_text()
    # Whatever torch remarks on before.
    assert words.splitlines()[-1] == (
        "imgsearch: another process of this training has ended, and this one with it; run it again, and it goes on"
    )
    assert "Traceback" not in words
    assert steps_done(run) == 2
    # However many there are now.
    assert exit_codes(train, (recipe, run)) == [0]
    assert (run / "model.safetensors").is_file()


@pytest.mark.slow
def test_two_processes_killed_and_run_again_end_the_same(recipe: Path, tmp_path: Path) -> None:
    # Without `--`, torchrun takes `--run` to be its own.
    arguments: list[str | Path] = ["train", recipe, "--device", "cpu", "--run"]
    command = [sys.executable, *TORCHRUN, "-m", "--", "search.cli", *arguments]
    (tmp_path / "killed.py").write_text(KILLED)
    killed = [sys.executable, *TORCHRUN, "--", tmp_path / "killed.py", *arguments, tmp_path / "killed"]
    whole = subprocess.run([*command, tmp_path / "whole"], env=ENVIRONMENT, capture_output=True, check=False)
    assert whole.returncode == 0, whole.stderr.decode()[-3000:]
    assert whole.stderr.decode().count("The best model is") == 1
    assert subprocess.run(killed, env=ENVIRONMENT, check=False).returncode != 0
    assert steps_done(tmp_path / "killed") == STEPS
    assert subprocess.run([*command, tmp_path / "killed"], env=ENVIRONMENT, check=False).returncode == 0
    end_the_same(tmp_path / "killed", tmp_path / "whole")


@pytest.mark.gpu
@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="there are no two GPUs")
def test_two_gpus_train_together_and_a_lost_process_ends_both(recipe: Path, tmp_path: Path) -> None:
    arguments: list[str | Path] = ["train", recipe, "--device", "cuda", "--run"]
    command = [sys.executable, *TORCHRUN, "-m", "--", "search.cli", *arguments]
    whole = subprocess.run([*command, tmp_path / "whole"], env=ENVIRONMENT, capture_output=True, check=False)
    assert whole.returncode == 0, whole.stderr.decode()[-3000:]
    (tmp_path / "killed.py").write_text(KILLED)
    killed = subprocess.run(
        [sys.executable, *TORCHRUN, "--", tmp_path / "killed.py", *arguments, tmp_path / "killed"],
        env=ENVIRONMENT,
        check=False,
        timeout=PATIENCE,
    )
    assert killed.returncode != 0
    assert steps_done(tmp_path / "killed") == STEPS
    subprocess.run([*command, tmp_path / "killed"], env=ENVIRONMENT, check=True)
    assert read_model_file(tmp_path / "killed" / "model.safetensors").card["history"]
