"""`imgsearch review list`, `history` and `stats`: what waits for a person, what happened, how far it has come."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index_data.annotation.order import Order, Part
from search.cli.console import say, shown_path
from search.cli.evaluate import ReportFormat
from search.cli.options import Format, FormatOption, LibraryOption, ModelOption, model_path
from search.cli.photographs import named_images, opened_library
from search.cli.render import print_json, print_paths, print_table

if TYPE_CHECKING:
    from index_data.annotation.queue import QueueItem

FiguresOption = Annotated[ReportFormat, typer.Option("--format", "-f", help="A table to read, or JSON.")]


def list_queue(
    *,
    asked: Annotated[
        str | None, typer.Option("--query", "-q", help="Only what answers this query, as `imgsearch query` reads it.")
    ] = None,
    order: Annotated[
        Order | None,
        typer.Option("--order", "-o", help="What comes first; by uncertainty, or by the query if there is one."),
    ] = None,
    part: Annotated[
        Part, typer.Option("--part", help="Those without a person's word, those with one, or all.")
    ] = Part.WAITING,
    count: Annotated[int, typer.Option("-k", "--count", min=1, help="How many to list.")] = 20,
    output: FormatOption = Format.TABLE,
    library: LibraryOption = None,
    model: ModelOption = "shipped",
) -> None:
    """Lists the photographs that wait for a person's word, the most doubtful captions first.

    Uncertainty is high where the model was unsure of its words, where they lie far from the picture, and where the
    nearest pictures are described otherwise.

    Example: imgsearch review list -k 50 --query "dog path:2019"
    """
    from index_data.annotation.queue import queue

    if order is Order.QUERY and asked is None:
        raise typer.BadParameter("the order of a query needs one: --query")
    order = order or (Order.UNCERTAINTY if asked is None else Order.QUERY)
    with opened_library(library) as (opened, _):
        among = None
        if asked is not None:
            from search.engine.engine import Engine
            from search.engine.options import SearchOptions
            from search.engine.query_language import parse

            engine = Engine(opened, model=model_path(model))
            answer = engine.search(parse(asked), SearchOptions(collapse_duplicates=False))
            among = answer.ranking.image_ids.tolist()
        items = queue(opened, order=order, part=part, among=among, limit=count)
    if output is Format.JSON:
        print_json([_item_record(item) for item in items])
    elif output is Format.PATHS:
        print_paths([item.paths[0] for item in items])
    elif items:
        rows = [
            [
                f"{item.uncertainty.value:.2f}" if item.uncertainty else "",
                item.caption.state if item.caption else "none",
                shown_path(item.paths[0]),
                item.caption.text if item.caption else "",
            ]
            for item in items
        ]
        print_table(["uncertainty", "state", "path", "caption"], rows)
    else:
        say("No photograph waits for review." if part is Part.WAITING else "No photograph fits.")


def history(
    file: Annotated[Path, typer.Argument(help="A photograph of the library.")],
    *,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Tells everything that happened to the captions and tags of a photograph.

    Example: imgsearch review history beach.jpg
    """
    with opened_library(library) as (_, notes):
        (image,) = named_images(notes, [file], None)
        entries = notes.history(image)
    if output is ReportFormat.JSON:
        print_json(
            [
                {
                    "at": f"{one.at.isoformat()}Z",
                    "action": one.kind,
                    "tag" if one.is_tag else "caption": one.text,
                    "author": one.author,
                    "was": one.was or None,
                    "became": one.became,
                    "undone_at": one.undone_at and f"{one.undone_at.isoformat()}Z",
                }
                for one in entries
            ]
        )
        return
    rows = []
    for one in entries:
        became = f"{one.became} (undone)" if one.undone_at else one.became
        subject = f"tag: {one.text}" if one.is_tag else one.text
        rows.append([f"{one.at:%Y-%m-%d %H:%M:%S}", one.author, one.kind, one.was, became, subject])
    print_table(["at (UTC)", "author", "action", "was", "became", "caption or tag"], rows)


def stats(*, output: FiguresOption = ReportFormat.TABLE, library: LibraryOption = None) -> None:
    """Shows how far the review has come, and how far people agreed with each model.

    Example: imgsearch review stats
    """
    from index_data.annotation.queue import progress

    with opened_library(library) as (opened, _):
        found = progress(opened)
    if output is ReportFormat.JSON:
        models = {model: {**dataclasses.asdict(one), "unchanged": one.unchanged} for model, one in found.models.items()}
        print_json({"images": found.images, "reviewed": found.reviewed, "waiting": found.waiting, "models": models})
        return
    rows = [["photographs", f"{found.images:,}"], ["reviewed", f"{found.reviewed:,}"]]
    rows.append(["waiting", f"{found.waiting:,}"])
    for model, one in found.models.items():
        rows.append([model, f"{one.accepted:,} accepted, {one.edited:,} edited, {one.rejected:,} rejected"])
        rows.append(["  accepted unchanged", f"{one.unchanged:.1%}"])
        rows.append(["  BLEU-4 with the final words", "" if one.bleu_4 is None else f"{100 * one.bleu_4:.1f}"])
        distance = "" if one.edit_distance is None else f"{one.edit_distance:.1%}"
        rows.append(["  words changed by an edit", distance])
    print_table(["measure", "value"], rows)


def _item_record(item: QueueItem) -> dict[str, Any]:
    caption, uncertainty = item.caption, item.uncertainty
    return {
        "path": os.fsdecode(item.paths[0]),
        "other_paths": [os.fsdecode(path) for path in item.paths[1:]],
        "caption": caption and caption.text,
        "author": caption and caption.author,
        "state": caption and caption.state,
        "tags": list(item.tags),
        "uncertainty": uncertainty
        and {
            "value": round(uncertainty.value, 4),
            "confidence": uncertainty.confidence and round(uncertainty.confidence, 4),
            "similarity": round(uncertainty.similarity, 4),
            "neighbour_agreement": uncertainty.neighbour_agreement and round(uncertainty.neighbour_agreement, 4),
        },
    }
