"""`imgsearch captions`: finds stored captions by their meaning."""

from __future__ import annotations

from typing import Annotated

import typer

from search.cli.console import say, shown_place
from search.cli.exit_codes import ExitCode
from search.cli.hit_actions import none_known, opened_engine
from search.cli.options import OWN_MODEL, CountOption, Format, FormatOption, LibraryOption, ModelOption
from search.cli.render import caption_hit_record, print_json, print_paths, print_table


def captions(
    words: Annotated[list[str], typer.Argument(help="A sentence.")],
    *,
    count: CountOption = 10,
    output: FormatOption = Format.TABLE,
    library: LibraryOption = None,
    model: ModelOption = OWN_MODEL,
) -> None:
    """Finds stored captions that mean something like a sentence.

    People's captions and the model's are searched.

    Example: imgsearch captions "children playing in the snow"
    """
    sentence = " ".join(words)
    if not sentence.isascii() and any("\ud800" <= c <= "\udfff" for c in sentence):
        raise typer.BadParameter("the sentence holds bytes that are not text; write it in UTF-8")
    with opened_engine(library, model, "cpu") as (_, engine), none_known(output):
        hits = engine.captions_like(sentence, count=count)
    if output is Format.JSON:
        print_json([caption_hit_record(hit) for hit in hits])
    elif output is Format.PATHS:
        print_paths(list(dict.fromkeys(hit.paths[0] for hit in hits)))
    elif hits:
        rows = [
            [str(hit.rank + 1), f"{hit.score:.3f}", hit.caption, shown_place(hit.paths[0], hit.moment)] for hit in hits
        ]
        print_table(["rank", "score", "caption", "path"], rows)
    if not hits:
        say("The library holds no captions yet; add photographs with: imgsearch index FOLDER")
        raise typer.Exit(ExitCode.NOTHING_FOUND)
