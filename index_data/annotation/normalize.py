"""People's words as they are kept: one line, without what no screen and no file format can carry."""

from __future__ import annotations

import unicodedata

from index_data.errors import NoWordsError


def visible(words: str) -> str:
    """Makes one line of words: single spaces, no control characters, no halves of characters, composed accents."""
    kept = "".join(" " if unicodedata.category(c) == "Cc" else c for c in words if _is_character(c))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def tidy(words: str) -> str:
    """Makes one line of words, as `visible` does.

    Raises:
        NoWordsError: Nothing is left.
    """
    line = visible(words)
    if not line:
        raise NoWordsError("there are no words; a caption or tag holds at least one character that can be seen")
    return line


def _is_character(c: str) -> bool:
    # XML has no way to write the last two of each plane.
    return unicodedata.category(c) != "Cs" and ord(c) & 0xFFFE != 0xFFFE
