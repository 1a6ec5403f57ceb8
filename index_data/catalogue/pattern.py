"""Compares texts with patterns without regard to case, accents and the forms that Unicode has for one letter."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from index_data.catalogue.elements import Alike, AlikeStrange
from index_data.catalogue.search_words import carried, folded

_WILDCARDS = {"*": "%", "?": "_"}
_ESCAPED = re.compile(r"[\\%_]")


def matches(
    text: ColumnElement[str] | InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    pattern: str,
    *,
    whole: bool = False,
) -> ColumnElement[bool]:
    """Whether a text has a part, or is as a pattern with `*` and `?` says; without regard to case and accents."""
    pieces = re.split("([*?])", carried(pattern))
    escaped = "".join(_WILDCARDS.get(piece) or _ESCAPED.sub(r"\\\g<0>", folded(piece)) for piece in pieces)
    if len(pieces) == 1 and not whole:
        escaped = f"%{escaped}%"
    return (Alike if escaped.isascii() else AlikeStrange)(text, escaped)
