"""A file of captions while it is read: its entries in whatever form, and what was odd in it."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from index_data.errors import ExchangeError
from index_data.exchange.notes import Aside, FileRead, Noted, NotedCaption

PATH_NAMES = ("path", "image", "image_name", "file", "file_name", "filename", "sourcefile")
CAPTION_NAMES = ("caption", "comment", "text", "description", "sentence")
TAG_NAMES = ("tags", "keywords", "subject")
"""What other programs call these, in any case of letters; `captions` holds several."""


class UndecodableError(ValueError):
    """Bytes are text in no encoding that is tried."""


def words_of(raw: bytes) -> tuple[str, bool]:
    """Reads words that name no encoding: as UTF-8, else as Windows-1252; says whether it was the second.

    Raises:
        UndecodableError: They are neither.
    """
    try:
        return raw.decode("utf-8"), False
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252"), True
    except UnicodeDecodeError as error:
        raise UndecodableError("its words are text neither in UTF-8 nor in Windows-1252") from error


class Source:
    """Gathers the entries of one file; odd ones are named and leave the others alone."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._notes: list[Noted] = []
        self._aside: list[Aside] = []
        self._legacy = self._speaks = False

    def take(self, note: Noted) -> None:
        """Adds an entry that was understood."""
        self._notes.append(note)

    def pass_over(self, place: str, reason: str) -> None:
        """Names an entry that was not understood, by its place in the file, such as `line 3`."""
        self._aside.append(Aside(os.fsencode(f"{self.file}, {place}"), reason))

    def speak(self) -> None:
        """Notes that the file has a place for captions or tags, be it empty."""
        self._speaks = True

    def words(self, text: str) -> str:
        """Words of an entry; bytes that are not UTF-8 are surrogate escapes and read as Windows-1252.

        Raises:
            UndecodableError: They are neither, or hold half a character.
        """
        if text.isascii():
            return text
        try:
            words, legacy = words_of(text.encode("utf-8", "surrogateescape"))
        except UnicodeEncodeError as error:
            raise UndecodableError("its words hold half a character") from error
        self._legacy |= legacy
        return words

    def read(self) -> FileRead:
        """What the file holds.

        Raises:
            ExchangeError: Nothing in it was understood.
        """
        if self._aside and not self._notes:
            first, more = self._aside[0], len(self._aside) - 1
            others = f", and so are {more} more entries" if more else ""
            raise ExchangeError(f"{os.fsdecode(first.path)}: {first.reason}{others}")
        if self._notes and not self._speaks:
            names = ", ".join(("captions", *CAPTION_NAMES, *TAG_NAMES))
            raise ExchangeError(f"{self.file} has neither captions nor tags under a name that is known: {names}")
        remarks = []
        if self._legacy:
            remarks.append(f"{self.file} is not UTF-8 throughout; what is not was read as Windows-1252.")
        if not any(note.captions or note.tags or note.albums for note in self._notes):
            remarks.append(f"{self.file} holds no captions and no tags.")
        return FileRead(tuple(self._notes), tuple(self._aside), tuple(remarks))

    def entry(self, values: object) -> Noted:
        """Reads an entry that is a mapping of names to values, as JSON and its relatives have them.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: It is not of this form.
        """
        if not isinstance(values, Mapping):
            raise TypeError("it is not an object with names and values")
        named = {str(name).strip().lower(): value for name, value in values.items()}
        path = next((named[name] for name in PATH_NAMES if named.get(name) is not None), None)
        if not isinstance(path, str) or not path:
            raise ValueError("it names no path")
        name = next((name for name in ("captions", *CAPTION_NAMES) if name in named), "")
        captions = tuple(filter(None, (self._said(said, named) for said in _listed(named.get(name)))))
        tag_name = next((name for name in TAG_NAMES if name in named), "")
        tags = tuple(filter(None, (self._text(tag) for tag in _listed(named.get(tag_name)))))
        albums = tuple(filter(None, (self._text(album) for album in _listed(named.get("albums")))))
        if name or tag_name or albums:
            self.speak()
        return Noted(os.fsencode(path), captions, tags, str(named.get("content_hash") or ""), albums=albums)

    def caption(self, text: object, entry: Mapping[str, Any]) -> NotedCaption | None:
        """A caption with what else an entry says of it, none if it is empty; unless it says else, it is a person's.

        Raises:
            ValueError: It is not text, or its author or state is unknown.
        """
        author, state = entry.get("author") or "person", entry.get("state") or "accepted"
        words = self._text(text)
        if author not in ("person", "model") or state not in ("proposed", "accepted"):
            raise ValueError(f"{words!r} by {author!r}, {state!r} is not a caption")
        return NotedCaption(words, author, state) if words else None

    def _said(self, words: object, entry: Mapping[str, Any]) -> NotedCaption | None:
        if isinstance(words, Mapping):
            return self.caption(words["text"], words)
        return self.caption(words, {name: entry.get(name) for name in ("author", "state")})

    def _text(self, value: object) -> str:
        """Words, also where a program wrote a year as a number; empty for nothing."""
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return ""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str):
            raise TypeError(f"{value!r} is not text")
        return self.words(value)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else () if value is None else (value,)
