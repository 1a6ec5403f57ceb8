"""`imgsearch demo`: the whole job in one command, on your photographs or on a few that packages carry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from search.cli.console import say
from search.cli.hit_output import HitFormat, print_answer
from search.cli.index import index_into
from search.cli.options import OWN_MODEL, LibraryOption, model_path

QUESTIONS = (
    "a cat",
    "a cup of coffee on a table",
    "a flower",
    "a motorcycle",
    "a spreadsheet of taxes",
)
SHOWN = 3


def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="Your photographs; without it, those of installed packages.", readable=False)
    ] = None,
    *,
    library: LibraryOption = None,
) -> None:
    """Shows the whole job on a few photographs.

    It indexes FOLDER and asks a few questions. Without FOLDER it takes the photographs inside scikit-image and
    scikit-learn, copied into a library of their own.

    Example: imgsearch demo
    """
    from captioning.runtime.devices import choose_device
    from index_data import catalogue
    from index_data.addresses import library_address
    from index_data.locations import demo_folder
    from index_data.new_library import open_or_make
    from search.engine.engine import Engine
    from search.engine.options import SearchOptions
    from search.engine.query_language import parse
    from search.samples import copy_sample_photographs

    place = demo_folder() if folder is None and library is None else library_address(library)
    photographs = folder
    if photographs is None:
        photographs = (place if isinstance(place, Path) else demo_folder()) / "photographs"
        copy_sample_photographs(photographs)
    with open_or_make(place) as opened:
        index_into(opened, [photographs], model=model_path(OWN_MODEL, opened), device=choose_device("auto"))
        engine = Engine(opened, model=model_path(OWN_MODEL, opened))
        questions = (
            QUESTIONS if folder is None else [f"a {word}" for word in opened.read(catalogue.frequent_keywords, SHOWN)]
        )
        for question in questions:
            say(f'\n$ imgsearch query "{question}" -k {SHOWN}')
            answer = engine.search(parse(question), SearchOptions(count=SHOWN))
            print_answer(answer, HitFormat.TABLE)
            if not answer.hits:
                say("Nothing matches.")
    option = f" --library '{place}'" if place != library_address(None) else ""
    say(f'\nNow ask your own: imgsearch query "a dog on a beach"{option}')
