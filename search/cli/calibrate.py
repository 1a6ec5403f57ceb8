"""`imgsearch calibrate`: makes probabilities of a model's scores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from search.cli.console import progress_bar, say
from search.cli.options import DeviceOption, MeasuredModelOption, model_path
from search.cli.render import print_table


def calibrate(
    *,
    data: Annotated[
        list[Path], typer.Option("--data", help="Folder with captions.json and images/; repeatable.", readable=False)
    ],
    split: Annotated[str, typer.Option("--split", help="Which part of it, never the one to report on.")] = "val",
    sentences: Annotated[
        Path | None,
        typer.Option("--sentences", help="More sentences of all kinds, one a line, .gz or not.", readable=False),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws queries and sentences.")] = 0,
    model: MeasuredModelOption = "shipped",
    device: DeviceOption = "auto",
) -> None:
    """Makes probabilities of the scores of a model.

    It fits, on captioned pictures, how probable it is that a hit is relevant, and where hits end. What is fitted lies
    in a file beside the model and is taken from there from now on. Needs the extra `train`.

    Example: imgsearch calibrate --data data/flickr8k --data data/coco --model runs/mine/model.safetensors
    """
    from captioning.runtime.devices import choose_device
    from captioning.training.datasets import read_sentences
    from index_data.locations import relevance_file
    from index_data.scan.events import FilesListed, ScanProgressed
    from search.evaluation.calibration import Calibrated
    from search.evaluation.calibration import calibrate as fit_relevance

    chosen = choose_device(device)
    more_sentences = read_sentences(sentences) if sentences else []
    with progress_bar("images") as progress:
        task = progress.add_task("describing", total=None)
        fitting = fit_relevance(
            data, split=split, model=model_path(model), sentences=more_sentences, seed=seed, device=chosen
        )
        for event in fitting:
            match event:
                case FilesListed():
                    progress.update(task, total=event.pending)
                case ScanProgressed():
                    progress.update(task, completed=event.done)
                case Calibrated():
                    calibrated = event
    relevance = calibrated.relevance
    rows = [["hubness weight", f"{relevance.hubness_weight:.2f}"], ["least probability", f"{relevance.least:.2f}"]]
    rows += [["least share of the best", f"{relevance.share:.2f}"]]
    rows += [
        [name.replace("_", " "), f"{value:.3f}" if isinstance(value, float) else str(value)]
        for name, value in relevance.card.items()
    ]
    print_table(["fitted", "value"], rows)
    say(f"Wrote {relevance_file(calibrated.file)}.")
