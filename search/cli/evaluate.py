"""`imgsearch eval`: measures a model on captioned photographs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from search.cli.console import progress_bar
from search.cli.options import ModelOption, model_path
from search.cli.render import print_json, print_table


class ReportFormat(StrEnum):
    """How figures are printed."""

    TABLE = "table"
    JSON = "json"


def evaluate(
    *,
    data: Annotated[Path, typer.Option("--data", help="Folder with captions.json and images/.")],
    split: Annotated[str, typer.Option("--split", help="Which part of it: val to choose by, test to report.")] = "test",
    model: ModelOption = "shipped",
    output: Annotated[ReportFormat, typer.Option("--format", "-f", help="A table to read, or JSON.")] = (
        ReportFormat.TABLE
    ),
) -> None:
    """Measures captions, keywords and retrieval both ways, through the engine that answers queries.

    Example: imgsearch eval --data data/flickr8k --split test
    """
    from index_data.events import FilesListed, ScanProgressed
    from search.evaluation import EvaluationFinished, evaluate

    with progress_bar("images") as progress:
        task = progress.add_task("describing", total=None)
        for event in evaluate(data, split, model=model_path(model)):
            match event:
                case FilesListed():
                    progress.update(task, total=event.pending)
                case ScanProgressed():
                    progress.update(task, completed=event.done)
                case EvaluationFinished():
                    report = event.report
    if output is ReportFormat.JSON:
        print_json(report)
    else:
        print_table(["measure", "value"], _rows(report))


def _rows(report: dict[str, Any]) -> list[list[str]]:
    """Flattens the report; fractions are shown as percentages, as papers print them."""
    rows = [[name, str(report[name])] for name in ("model", "data", "split", "images", "captions")]
    for side in ("image_retrieval", "caption_retrieval"):
        scores = report[side]
        recalls = " ".join(f"{100 * scores[f'recall_at_{k}']:.1f}" for k in (1, 5, 10))
        rows.append([f"{side.replace('_', ' ')} R@1/5/10", recalls])
        rows.append([f"{side.replace('_', ' ')} median rank", f"{scores['median_rank'] + 1:.1f}"])
    rows.append(["rsum", f"{100 * report['rsum']:.1f}"])
    rows.append(["BLEU-1..4", " ".join(f"{100 * report[f'bleu_{n}']:.1f}" for n in (1, 2, 3, 4))])
    rows.append(["ROUGE-L", f"{100 * report['rouge_l']:.1f}"])
    rows.append(["CIDEr-D", f"{report['cider_d']:.3f}"])
    rows.append(["METEOR, exact words only", f"{100 * report['meteor_exact']:.1f}"])
    keywords = report["keywords"]
    figures = " ".join(f"{100 * keywords[name]:.1f}" for name in ("precision", "recall", "f1"))
    rows.append(["keywords, precision/recall/F1", figures])
    return rows
