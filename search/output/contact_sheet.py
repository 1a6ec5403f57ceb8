"""Writes hits as a contact sheet: one page with small pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from captioning.errors import UnreadableFileError
from index_data.relocation.outcome import Outcome
from search.engine.hits import Hit
from search.output.film_words import span
from search.output.html import inline_picture, write_page
from search.output.printable import printable


def write_contact_sheet(page: Path, hits: Sequence[Hit], *, title: str) -> None:
    """Writes hits in their order; a photograph that cannot be read now stands without its picture.

    Raises:
        PageError: The page cannot be written there.
    """
    for _ in contact_sheet(page, hits, title=title):
        pass


def contact_sheet(page: Path, hits: Sequence[Hit], *, title: str) -> Iterator[Outcome]:
    """The same as its outcomes are taken, one for each hit; the page is written after the last.

    Raises:
        PageError: The page cannot be written there.
    """
    cards = []
    for hit in hits:
        picture, problem = None, ""
        try:
            time = None if hit.moment is None else hit.moment.time
            picture = inline_picture(Path(os.fsdecode(hit.paths[0])), time=time)
        except UnreadableFileError as error:
            problem = error.reason
        probability = None if hit.probability is None else f"{hit.probability:.0%}"
        times = "" if hit.moment is None else span(hit.moment)
        path = printable(hit.paths[0])
        cards.append({"hit": hit, "picture": picture, "path": path, "times": times, "probability": probability})
        yield Outcome(hit.paths[0], problem)
    write_page(page, "contact_sheet.html", title=title, cards=cards)
