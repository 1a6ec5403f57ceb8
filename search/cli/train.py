"""`imgsearch train`: makes a model from captioned photographs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.console import progress_bar, say
from search.cli.options import DeviceOption

if TYPE_CHECKING:
    from captioning.training.trainer import EpochFinished, TrainingEvent


def train(
    recipe: Annotated[Path, typer.Argument(help="TOML file that says which data, network and stages.", readable=False)],
    *,
    run: Annotated[Path, typer.Option("--run", help="Folder for checkpoint, model and curves.", readable=False)] = Path(
        "run"
    ),
    device: DeviceOption = "auto",
) -> None:
    """Trains a model by a recipe.

    Run it again after an interruption, and it goes on where it stopped. Several GPUs share every batch with: torchrun
    --nproc-per-node 2 -m -- search.cli train RECIPE --run RUN

    Example: imgsearch train captioning/recipes/first.toml --run runs/mine
    """
    from captioning.config_reading import read_train_config

    # Before torch, which takes seconds to load.
    config = read_train_config(recipe)
    import torch

    from captioning.runtime.devices import choose_device
    from captioning.runtime.tuning import keep_freed_memory
    from captioning.training.distributed import joined, own_device
    from captioning.training.trainer import Trainer

    keep_freed_memory()
    chosen = torch.device(choose_device(own_device(device)).name)
    with joined(chosen) as process_group:
        events = Trainer(config, run, device=chosen, process_group=process_group).train()
        if process_group.first:
            _show(events, run)
        else:
            for _ in events:
                pass


def _show(events: Iterator[TrainingEvent], run: Path) -> None:
    """Draws the bar, says what every epoch gave, and draws the curves at the end."""
    from captioning.training.plots import draw_curves
    from captioning.training.trainer import EpochFinished, StepFinished, TrainingFinished

    with progress_bar("training") as progress:
        task = progress.add_task("", total=None)
        for event in events:
            match event:
                case StepFinished():
                    losses = "  ".join(f"{name} {value:.3f}" for name, value in event.losses.items())
                    label = f"{event.stage} {event.epoch}/{event.epochs}  {losses}"
                    progress.update(task, description=label, completed=event.step, total=event.steps)
                case EpochFinished():
                    say(_epoch_line(event))
                case TrainingFinished():
                    picture = draw_curves(event.history, run / "curves.png")
                    say(f"The best model is {event.model}; the curves are in {picture}.")


def _epoch_line(event: EpochFinished) -> str:
    figures = {**event.losses, **event.scores}
    shown = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
    return f"{event.stage} {event.epoch}: {shown}{'  (best so far)' if event.best else ''}"
