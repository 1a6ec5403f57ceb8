"""The words by which texts are found: as people type them, with or without accents, in whatever form Unicode has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_APOSTROPHES = "\u02bc\u2018\u2019\u201b\u2032\u00b4`"
_HYPHENS = "\u2010\u2011\u2212"
_DIVIDED = str.maketrans({**dict.fromkeys(_APOSTROPHES, "'"), **dict.fromkeys("-" + _HYPHENS, " ")})
PLAIN = str.maketrans(
    {
        **dict.fromkeys(_APOSTROPHES, "'"),
        **dict.fromkeys(_HYPHENS, "-"),
        # Letters that Unicode does not take for others with a mark.
        **dict(zip("ØøŁłĐđÐðĦħŦŧı", "OoLlDdDdHhTti", strict=True)),
        **{"Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Þ": "TH", "þ": "th", "ẞ": "SS", "ß": "ss"},
    }
)
# Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic, and what is not seen at all. Marks of other scripts
# are letters of their own, and so is the breve of the Cyrillic short i.
MARKS = re.compile(
    "(?<![\u0418\u0438])\u0306|[\u0300-\u0305\u0307-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
_SCRIPT_MARKS = (
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0980-\u0983\u09bc-\u09cd\u0a01-\u0a51\u0abc-\u0acd"
)
_SCRIPT_MARKS += "\u0b3c-\u0b57\u0bbe-\u0bcd\u0c3e-\u0c56\u0cbc-\u0cd6\u0d3b-\u0d57\u0dca-\u0ddf\u0e31\u0e34-\u0e3a"
_SCRIPT_MARKS += "\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u0f18-\u0fbc\u102b-\u103e\u1056-\u109d\u17b4-\u17d3"
_SCRIPT_MARKS += "\u3099\u309a"
_WORD = rf"[^\W_](?:[^\W_]|[{_SCRIPT_MARKS}])*"
_COMPOUND = re.compile(rf"{_WORD}(?:['-]{_WORD})*")
ASCII_COMPOUND = re.compile("[A-Za-z0-9]+(?:['-][A-Za-z0-9]+)*")
# Scripts that are written without blanks between words, or whose particles cling to words: Thai, Lao, Burmese, Khmer,
# kana, ideographs and Hangul.
_RUNS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
)
_RUN = rf"[々〆〇{_RUNS}]+"
_RUN_WITHIN = re.compile(_RUN)
_CHARACTER = re.compile(rf".[{_SCRIPT_MARKS}]*")
# Runs of such a script; numbers behind a word of some length (`Paris2019`, but not `DSC0815`); and what lies between.
_PIECE = re.compile(rf"(?P<run>{_RUN})|(?<=[^\W\d_]{{4}})\d+|(?:(?!(?<=[^\W\d_]{{4}})\d|{_RUN})[^'-])+")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_NO_CHARACTER = "\N{REPLACEMENT CHARACTER}"
_HALF_CHARACTER = re.compile("[\ud800-\udc7f\udd00-\udfff]")

_TAKEN_APART = (("ss", "ß"), ("ae", "æ"), ("oe", "œ"), ("o", "ø"), ("l", "ł"), ("d", "đ"), ("th", "þ"))

LONGEST_RUN = 8
"""Characters of a script without blanks that are compared as one word."""


def plain(text: str) -> str:
    """A text in the one form in which texts are compared, case aside: composed, of compatible letters, no accents."""
    if text.isascii():
        return text.replace("`", "'")
    letters = unicodedata.normalize("NFKD", text).translate(PLAIN)
    return unicodedata.normalize("NFC", MARKS.sub("", letters))


def folded(text: str) -> str:
    """The same without case."""
    return text.lower() if text.isascii() else plain(plain(text).casefold())


def carried(text: str) -> str:
    """A text as SQLite can carry it: what is not UTF-8 becomes what `folded` makes of it in a path."""
    strange = _HALF_CHARACTER.sub(_NO_CHARACTER, text).replace("\0", _NO_CHARACTER)
    return strange.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def asked_words(text: str) -> list[str]:
    """The words of a query, lower case, as `captioning.vocabulary.tokenize` splits them, but whole in every script.

    Scripts without blanks are cut where they are longer than what is compared as one word.
    """
    words: list[str] = []
    for compound in _COMPOUND.findall(unicodedata.normalize("NFC", text).lower().translate(_DIVIDED)):
        pieces = _pieces(compound)
        if not any(run for _, run in pieces):
            words.append(compound)
            continue
        for piece, run in pieces:
            characters = _CHARACTER.findall(piece) if run else [piece]
            words += ("".join(characters[at : at + LONGEST_RUN]) for at in range(0, len(characters), LONGEST_RUN))
    return words


def has_run(text: str) -> bool:
    """Whether a text holds a script without blanks, of whose words the full-text index knows only the whole."""
    return not text.isascii() and _RUN_WITHIN.search(unicodedata.normalize("NFC", text)) is not None


def spellings(word: str) -> list[str]:
    """How the full-text index may have a word: as it is, without accents, with letters that it does not take apart."""
    base = folded(word)
    return list(dict.fromkeys((word, base, *(base.replace(*pair) for pair in _TAKEN_APART if pair[0] in base))))


def compounds(text: str) -> list[str]:
    """The words of a text, plain, with all that a hyphen, an apostrophe or nothing joins."""
    words: list[str] = (ASCII_COMPOUND if text.isascii() else _COMPOUND).findall(plain(text))
    return words


def word_forms(compound: str) -> frozenset[str]:
    """All with which a word of a query is compared, folded, of one of the `compounds` of a text.

    Of scripts without blanks these are all parts of up to `LONGEST_RUN` characters.
    """
    pieces = _pieces(compound)
    forms: set[str] = set()
    if not any(run for _, run in pieces):
        forms |= {folded(compound), _joined(pieces)}
    for piece, run in pieces:
        if run:
            characters = _CHARACTER.findall(piece)
            forms.update(
                "".join(characters[start:end])
                for start in range(len(characters))
                for end in range(start + 1, min(start + LONGEST_RUN, len(characters)) + 1)
            )
        else:
            forms.add(folded(piece))
    return frozenset(forms)


def _joined(pieces: Sequence[tuple[str, bool]]) -> str:
    return folded("".join(piece for piece, _ in pieces))


def _pieces(compound: str) -> list[tuple[str, bool]]:
    """The parts of a compound, each with whether it is of a script without blanks."""
    if compound.isascii() and compound.isalpha() and compound.islower():
        return [(compound, False)]
    return [
        (piece[0], piece["run"] is not None)
        for word in re.split("['-]", compound)
        for part in _CAPITAL.split(word)
        for piece in _PIECE.finditer(part)
    ]
