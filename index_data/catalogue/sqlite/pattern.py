"""Compares texts with patterns without regard to case, beyond the ASCII letters that SQLite folds by itself."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, LargeBinary, cast, func
from sqlalchemy.orm import InstrumentedAttribute

_NO_CHARACTER = "\N{REPLACEMENT CHARACTER}"
_HALF_CHARACTER = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def matches(
    text: ColumnElement[str] | InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    pattern: str,
    *,
    whole: bool = False,
) -> ColumnElement[bool]:
    """Whether a text has a part, or is as a pattern with `*` and `?` says; without regard to case."""
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if "*" in pattern or "?" in pattern:
        escaped = escaped.replace("*", "%").replace("?", "_")
    elif not whole:
        escaped = f"%{escaped}%"
    # SQLite folds the case of ASCII letters alone.
    if pattern.isascii():
        return text.like(escaped.replace("\0", _NO_CHARACTER), escape="\\")
    return func.casefold(cast(text, LargeBinary)).like(carried(escaped).casefold(), escape="\\")


def carried(text: str) -> str:
    """A text as SQLite can carry it: what is not UTF-8 becomes what `casefold` makes of it in a path."""
    strange = _HALF_CHARACTER.sub(_NO_CHARACTER, text).replace("\0", _NO_CHARACTER)
    return strange.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
