"""Writes hits as a contact sheet: one page with small pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from captioning.errors import UnreadableImageError
from search.engine.hits import Hit
from search.output.html import inline_picture, write_page
from search.output.printable import printable


def write_contact_sheet(page: Path, hits: Sequence[Hit], *, title: str) -> None:
    """Writes hits in their order; a photograph that cannot be read now stands without its picture.

    Raises:
        PageError: The page cannot be written there.
    """
    cards = [
        {
            "hit": hit,
            "picture": _picture(hit.paths[0]),
            "path": printable(hit.paths[0]),
            "probability": None if hit.probability is None else f"{hit.probability:.0%}",
        }
        for hit in hits
    ]
    write_page(page, "contact_sheet.html", title=title, cards=cards)


def _picture(path: bytes) -> str | None:
    try:
        return inline_picture(Path(os.fsdecode(path)))
    except UnreadableImageError:
        return None
