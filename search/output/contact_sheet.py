"""Writes hits as a contact sheet: one page with small pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from captioning.errors import UnreadableImageError
from index_data.relocation.outcome import Outcome
from search.engine.hits import Hit
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
            picture = inline_picture(Path(os.fsdecode(hit.paths[0])))
        except UnreadableImageError as error:
            problem = error.reason
        probability = None if hit.probability is None else f"{hit.probability:.0%}"
        path = printable(hit.paths[0])
        cards.append({"hit": hit, "picture": picture, "path": path, "probability": probability})
        yield Outcome(hit.paths[0], problem)
    write_page(page, "contact_sheet.html", title=title, cards=cards)
