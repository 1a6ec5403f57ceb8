"""People's words as they are kept: one line, without what no screen and no file format can carry."""

from __future__ import annotations

import unicodedata

from index_data.errors import NoWordsError

LONGEST = 10_000
"""Characters that a caption or tag may have: each model reads every word of it."""

_TURNS = {*"\u061c\u200e\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
"""What turns the direction of writing, and with it what a screen shows behind the words."""


def visible(words: str) -> str:
    """Makes one line of words: single spaces, no control characters, composed accents.

    A half of a character becomes U+FFFD, which shows that something could not be read.
    """
    # What can be printed holds none of these, and is most.
    readable = words if words.isprintable() else "".join(_readable(c) for c in words if _is_character(c))
    return " ".join(unicodedata.normalize("NFC", readable).split())


def tidy(words: str) -> str:
    """Makes one line of words, as `visible` does.

    Raises:
        NoWordsError: Nothing is left, or more than `LONGEST`, or the words hold bytes that are not text in the
            encoding of the terminal.
    """
    if not words.isprintable() and any(unicodedata.category(c) == "Cs" for c in words):
        shown = words.encode("utf-8", "backslashreplace").decode()
        raise NoWordsError(f"'{shown}' holds bytes that are not text; write captions and tags in UTF-8")
    line = visible(words)
    if not line:
        raise NoWordsError("there are no words; a caption or tag holds at least one character that can be seen")
    if len(line) > LONGEST:
        raise NoWordsError(f"a caption or tag of {len(line):,} characters is too long; {LONGEST:,} are kept at most")
    return line


def _readable(c: str) -> str:
    kind = unicodedata.category(c)
    return " " if kind == "Cc" else "\N{REPLACEMENT CHARACTER}" if kind == "Cs" else c


def _is_character(c: str) -> bool:
    # XML has no way to write the last two of each plane.
    return ord(c) & 0xFFFE != 0xFFFE and c not in _TURNS
