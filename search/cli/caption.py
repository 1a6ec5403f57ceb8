"""`imgsearch caption`: describes picture files that are in no library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.cli.console import complain
from search.cli.exit_codes import ExitCode
from search.cli.options import DetailsOption, DeviceOption, Format, FormatOption, LibraryOption, ModelOption, model_path
from search.cli.render import caption_hit_record, print_json, print_table
from search.output.printable import printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from captioning.outputs import Caption, Description
    from search.engine.hits import CaptionHit


def caption(
    files: Annotated[list[Path], typer.Argument(help="Picture files.", readable=False)],
    *,
    nearest: Annotated[
        int, typer.Option("--nearest", min=0, help="Also show the library's K captions that come closest.")
    ] = 0,
    attention: Annotated[
        bool, typer.Option("--attention", help="With --format json: also where the writer looked for each word.")
    ] = False,
    details: DetailsOption = False,
    output: FormatOption = Format.TABLE,
    library: LibraryOption = None,
    model: ModelOption = "shipped",
    device: DeviceOption = "auto",
) -> None:
    """Describes picture files; nothing is stored.

    Example: imgsearch caption new.jpg --nearest 3
    """
    from captioning.errors import UnreadableImageError
    from captioning.images import load_pixels
    from captioning.lazy_captioner import LazyCaptioner
    from captioning.runtime.devices import choose_device

    if attention and output is not Format.JSON:
        raise typer.BadParameter("attention maps are only printed with --format json", param_hint="--attention")
    captioner = LazyCaptioner.open(model_path(model), device=choose_device(device))
    described: list[tuple[Path, Description]] = []
    maps: list[NDArray[np.float32] | None] = []
    for file in files:
        try:
            pixels = load_pixels(file, side=captioner.side)
        except UnreadableImageError as error:
            complain(f"not described: {printable(os.fsencode(file))}: {error.reason}")
            continue
        described.append((file, captioner.describe(pixels[None])[0]))
        sentence = described[-1][1].caption.text
        maps.append(captioner.attention(pixels[None], [sentence])[0] if attention else None)
    neighbours: list[tuple[CaptionHit, ...]] = [()] * len(described)
    if nearest:
        neighbours = _neighbours(described, nearest, library, model)
    if output is Format.JSON:
        print_json([_record(*parts) for parts in zip(described, maps, neighbours, strict=True)])
    else:
        _print_rows(described, neighbours, details=details)
    if len(described) < len(files):
        raise typer.Exit(ExitCode.SET_ASIDE if described else ExitCode.FILE)


def _neighbours(
    described: list[tuple[Path, Description]], count: int, library: Path | None, model: str
) -> list[tuple[CaptionHit, ...]]:
    from index_data.library import Library
    from index_data.locations import library_folder
    from search.engine.engine import Engine

    with Library.open(library_folder(library)) as opened:
        engine = Engine(opened, model=model_path(model))
        return [engine.nearest_captions(description.embedding, count=count) for _, description in described]


def _print_rows(
    described: list[tuple[Path, Description]], neighbours: list[tuple[CaptionHit, ...]], *, details: bool
) -> None:
    rows = []
    for (file, description), near in zip(described, neighbours, strict=True):
        words = [f"{k.word} {k.probability:.2f}" if details else k.word for k in description.keywords]
        rows.append([f"{description.caption.confidence:.2f}", printable(os.fsencode(file)), description.caption.text])
        rows.append(["", "keywords", ", ".join(words)])
        rows += [[f"{hit.score:.3f}", f"nearest {hit.rank + 1}", hit.caption] for hit in near]
    if rows and details:
        print_table(["score", "file", "caption"], rows, figures=1)
    elif rows:
        print_table(["file", "caption"], [row[1:] for row in rows])


def _record(
    described: tuple[Path, Description], maps: NDArray[np.float32] | None, near: tuple[CaptionHit, ...]
) -> dict[str, Any]:
    file, description = described
    return {
        "path": os.fsdecode(os.fsencode(file)),
        "caption": description.caption.text,
        "confidence": round(description.caption.confidence, 4),
        "words": _words(description.caption, maps),
        "keywords": {keyword.word: round(keyword.probability, 4) for keyword in description.keywords},
        "nearest": [caption_hit_record(hit) for hit in near],
    }


def _words(caption: Caption, maps: NDArray[np.float32] | None) -> list[dict[str, Any]]:
    """Each word with its probability and, where asked for, the weights of the picture's cells, row by row."""
    said = zip(caption.text.split(), caption.word_confidences, strict=True)
    words: list[dict[str, Any]] = [{"word": word, "probability": round(value, 4)} for word, value in said]
    if maps is not None:
        for word, weights in zip(words, maps, strict=True):
            word["attention"] = [[round(float(value), 4) for value in row] for row in weights]
    return words
