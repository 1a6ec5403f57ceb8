"""`imgsearch search`: brings the current folder up to date and searches it, in one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from search.cli.file_acts import ClipOption, CopyOption
from search.cli.hit_actions import (
    HtmlOption,
    OpenOption,
    PageOption,
    ShowOption,
    Uses,
    give_answer,
    none_known,
)
from search.cli.hit_output import HitFormat, HitFormatOption
from search.cli.index import index_into
from search.cli.minus_words import joined
from search.cli.options import OWN_MODEL, CountOption, DeviceOption, ForceOption, LibraryOption, ModelOption, model_path


def search(
    words: Annotated[list[str], typer.Argument(help="What the picture shows, and filters, as in imgsearch query.")],
    *,
    count: CountOption = 10,
    page: PageOption = 1,
    output: HitFormatOption = HitFormat.TABLE,
    show: ShowOption = False,
    html: HtmlOption = None,
    force: ForceOption = False,
    open_first: OpenOption = 0,
    copy_to: CopyOption = None,
    clip: ClipOption = False,
    library: LibraryOption = None,
    model: ModelOption = OWN_MODEL,
    device: DeviceOption = "auto",
) -> None:
    """Brings the current folder up to date and searches it.

    WORDS are those of imgsearch query. The folder is remembered in the library, unless it lies in one that is.

    Example: imgsearch search a dog on a beach
    """
    import os
    from dataclasses import replace

    from captioning.runtime.devices import choose_device
    from index_data.addresses import library_address
    from index_data.catalogue.conditions import InFolder
    from index_data.new_library import open_or_make
    from search.engine.engine import Engine
    from search.engine.options import SearchOptions
    from search.engine.query_language import parse

    text, here, chosen = joined(words), Path.cwd(), choose_device(device)
    parsed = parse(text)
    inside = replace(parsed, conditions=(*parsed.conditions, InFolder(os.fsencode(here))))
    uses = Uses(show, html, force, open_first, copy_to, clip)
    with open_or_make(library_address(library)) as opened, none_known(output):
        uses.check(opened)
        index_into(opened, [here], model=model_path(model, opened), device=chosen)
        engine = Engine(opened, model=model_path(model, opened), device=chosen)
        give_answer(
            engine.search(inside, SearchOptions(count=count, skip=(page - 1) * count)),
            output,
            uses,
            library=opened,
            title=text,
            without_hits="Nothing here matches.",
            page=page,
        )
