"""Compares texts with patterns without regard to case, accents and the forms that Unicode has for one letter."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, LargeBinary, cast, func, literal, or_
from sqlalchemy.orm import InstrumentedAttribute

from index_data.catalogue.search_words import carried, folded

_STRANGE = "*[^\x01-\x7f]*"
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
    strange = text.op("GLOB", is_comparison=True)(literal(_STRANGE))
    alike = func.folded(cast(text, LargeBinary)).like(escaped, escape="\\")
    # SQLite folds the case of ASCII letters alone, and does so faster.
    return or_(text.like(escaped, escape="\\"), strange & alike) if escaped.isascii() else strange & alike
