"""`imgsearch query`: finds photographs by a sentence or by a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from search.cli.console import say
from search.cli.exit_codes import ExitCode
from search.cli.options import (
    CountOption,
    DeviceOption,
    Format,
    FormatOption,
    LibraryOption,
    ModelOption,
    index_gpu,
    model_path,
)
from search.cli.render import print_hits


def query(
    text: Annotated[str | None, typer.Argument(help="What the picture shows, in your own words.")] = None,
    *,
    image: Annotated[Path | None, typer.Option("--image", help="Find what looks like this picture.")] = None,
    count: CountOption = 10,
    output: FormatOption = Format.TABLE,
    library: LibraryOption = None,
    model: ModelOption = "shipped",
    device: DeviceOption = "auto",
) -> None:
    """Shows the photographs that fit best, by a description or by another picture.

    Example: imgsearch query "a dog on a beach" -k 5
    """
    from captioning.devices import choose_device
    from index_data.library import Library
    from index_data.locations import library_folder
    from search.engine import Engine

    if (text is None) == (image is None):
        raise typer.BadParameter("give either a description or --image FILE, not both and not neither")
    chosen = choose_device(device)
    # For a single question a copy of the vectors on a GPU takes longer than it saves.
    gpu = index_gpu(chosen) if chosen.asked else None
    with Library.open(library_folder(library), gpu=gpu) as opened:
        engine = Engine(opened, model=model_path(model), device=chosen)
        answer = engine.search_text(text, count=count) if text is not None else None
        if image is not None:
            answer = engine.search_image(image, count=count)
        assert answer is not None
        for one in answer.stand_ins:
            say(f"Read {one.word} as {' or '.join(one.known)}.")
        if answer.earlier_models:
            say(
                "Some photographs still wait to be described by this model; bring them up to date with: imgsearch index"
            )
        if answer.unknown_words:
            say(f"The model does not know: {', '.join(answer.unknown_words)}. The other words were used.")
        print_hits(answer.hits, output)
    if not answer.hits:
        say("The library holds no photographs yet; add some with: imgsearch index FOLDER")
        raise typer.Exit(ExitCode.NOTHING_FOUND)
