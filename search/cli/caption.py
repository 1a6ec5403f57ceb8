"""`imgsearch caption`: describes picture files that are in no library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.cli.console import printable, say
from search.cli.exit_codes import ExitCode
from search.cli.options import Format, FormatOption, LibraryOption, ModelOption, model_path
from search.cli.render import caption_hit_record, print_json, print_table

if TYPE_CHECKING:
    from captioning.describer import Description
    from search.engine import CaptionHit


def caption(
    files: Annotated[list[Path], typer.Argument(help="Picture files.")],
    *,
    nearest: Annotated[
        int, typer.Option("--nearest", min=0, help="Also show the library's K captions that come closest.")
    ] = 0,
    output: FormatOption = Format.TABLE,
    library: LibraryOption = None,
    model: ModelOption = "shipped",
) -> None:
    """Describes pictures in a sentence and in keywords; nothing is stored.

    Example: imgsearch caption new.jpg --nearest 3
    """
    from captioning.errors import UnreadableImageError
    from captioning.images import load_pixels
    from captioning.loading import LazyCaptioner

    captioner = LazyCaptioner.open(model_path(model))
    described: list[tuple[Path, Description]] = []
    for file in files:
        try:
            pixels = load_pixels(file, side=captioner.side)
        except UnreadableImageError as error:
            say(f"set aside: {printable(os.fsencode(file))}: {error.reason}")
            continue
        described.append((file, captioner.describe(pixels[None])[0]))
    neighbours: list[tuple[CaptionHit, ...]] = [()] * len(described)
    if nearest:
        neighbours = _neighbours(described, nearest, library, model)
    _print(described, neighbours, output)
    if len(described) < len(files):
        raise typer.Exit(ExitCode.SET_ASIDE)


def _neighbours(
    described: list[tuple[Path, Description]], count: int, library: Path | None, model: str
) -> list[tuple[CaptionHit, ...]]:
    from index_data.library import Library
    from index_data.locations import library_folder
    from search.engine import Engine

    with Library.open(library_folder(library)) as opened:
        engine = Engine(opened, model=model_path(model))
        return [engine.nearest_captions(description.embedding, count=count) for _, description in described]


def _print(described: list[tuple[Path, Description]], neighbours: list[tuple[CaptionHit, ...]], output: Format) -> None:
    if output is Format.JSON:
        print_json([_record(file, d, near) for (file, d), near in zip(described, neighbours, strict=True)])
        return
    rows = []
    for (file, description), near in zip(described, neighbours, strict=True):
        shown = ", ".join(f"{k.word} {k.probability:.2f}" for k in description.keywords)
        rows.append([f"{description.caption.confidence:.2f}", printable(os.fsencode(file)), description.caption.text])
        rows.append(["", "keywords", shown])
        rows.extend([f"{hit.score:.3f}", f"nearest {hit.rank + 1}", hit.caption] for hit in near)
    if rows:
        print_table(["score", "file", "caption"], rows)


def _record(file: Path, description: Description, near: tuple[CaptionHit, ...]) -> dict[str, Any]:
    return {
        "path": os.fsdecode(os.fsencode(file)),
        "caption": description.caption.text,
        "confidence": round(description.caption.confidence, 4),
        "keywords": {keyword.word: round(keyword.probability, 4) for keyword in description.keywords},
        "nearest": [caption_hit_record(hit) for hit in near],
    }
