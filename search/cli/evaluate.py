"""`imgsearch eval`: measures a model on captioned photographs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from search.cli.console import progress_bar
from search.cli.options import (
    DeviceOption,
    FiguresOption,
    ForceOption,
    MeasuredModelOption,
    ReportFormat,
    index_gpu,
    model_path,
)
from search.cli.render import print_json, print_table


def evaluate(
    *,
    data: Annotated[Path, typer.Option("--data", help="Folder with captions.json and images/.", readable=False)],
    split: Annotated[str, typer.Option("--split", help="Which part of it: val to choose by, test to report.")] = "test",
    model: MeasuredModelOption = "shipped",
    device: DeviceOption = "auto",
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write a page with diagram and pictures.", readable=False)
    ] = None,
    force: ForceOption = False,
    output: FiguresOption = ReportFormat.TABLE,
) -> None:
    """Measures a model on captioned photographs.

    Captions, keywords and retrieval both ways, through the engine that answers queries.

    Example: imgsearch eval --data data/flickr8k --split test --html report.html
    """
    from captioning.runtime.devices import choose_device
    from index_data.replaceable import FileKind, check_replaceable
    from index_data.scan.events import FilesListed, ScanProgressed
    from search.evaluation.evaluation import EvaluationFinished, evaluate
    from search.evaluation.report import figure_rows, write_report

    if html is not None:
        check_replaceable(html, FileKind.PAGE, force=force)
    chosen = choose_device(device)
    gpu = index_gpu(chosen)
    with progress_bar("images") as progress:
        task = progress.add_task("describing", total=None)
        for event in evaluate(data, split, model=model_path(model), device=chosen, gpu=gpu):
            match event:
                case FilesListed():
                    progress.update(task, total=event.pending)
                case ScanProgressed():
                    progress.update(task, completed=event.done)
                case EvaluationFinished():
                    finished = event
    if html is not None:
        write_report(html, finished)
    if output is ReportFormat.JSON:
        print_json(finished.report)
    else:
        print_table(["measure", "value"], figure_rows(finished.report))
