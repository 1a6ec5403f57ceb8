"""Finds the photographs that the entries of a file tell of."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote_to_bytes

from index_data import catalogue
from index_data.exchange.films import subtitles_beside
from index_data.exchange.notes import Aside, Noted
from index_data.exchange.source import UndecodableError, words_of
from index_data.film_times import clock, moment_at, moment_within, split_time
from index_data.library import Library

_DRIVE = re.compile(rb"[A-Za-z]:[\\/]|[\\/]{2}[^\\/]")
"""How an absolute path begins on Windows: with a drive, or with a server."""


def matched(
    library: Library, entries: Sequence[Noted], folders: Sequence[Path]
) -> tuple[list[tuple[int, Noted]], tuple[Aside, ...]]:
    """The numbers of the photographs that entries tell of, and the entries that tell of none.

    An entry with a content hash goes to the photograph of that content or to none. Else a photograph is known by its
    path, which may begin in one of the folders or in `images` below it, and may be written as Windows, browsers and
    Macs write it; else by its name and the folders before it, as far as only one photograph has them. A film is known
    likewise, and of it the moment of the time behind the path. Subtitles tell of the film that they lie beside.
    """
    with library.transaction() as session:
        places = catalogue.all_places(session)
        by_content = catalogue.images_of_content(session, filter(None, map(_content, entries)))
        films = catalogue.videos_among(session, {*places.values(), *by_content.values()})
        timed = any(entry.span or split_time(entry.path) for entry in entries)
        moments = {film: catalogue.moments_of(session, film) for film in films} if timed else {}
    finder = _Places(places, folders)
    subtitled = _Subtitled({path: film for path, film in places.items() if film in films}, folders)
    matches: list[tuple[int, Noted]] = []
    aside: list[Aside] = []
    for entry in entries:
        if entry.span is not None:
            image = moment_within(moments.get(subtitled.film_of(entry.path), {}), entry.span)
            if image is None:
                aside.append(Aside(entry.path, subtitled.obstacle(entry.path, entry.span)))
            else:
                matches.append((image, entry))
            continue
        file, time = split_time(entry.path) or (entry.path, None)
        image = by_content.get(_content(entry)) if entry.content_hash else finder.image_at(entry.path)
        if image is None and time is not None and not entry.content_hash:
            image = finder.image_at(file)
        if image is None and entry.content_hash:
            aside.append(Aside(entry.path, "no photograph of the library has its content hash"))
        elif image is None:
            aside.append(Aside(entry.path, finder.obstacle(entry.path)))
        elif image not in films:
            matches.append((image, entry))
        elif time is None:
            aside.append(Aside(entry.path, "it is a video; name a moment of it, with @ and a time behind the path"))
        elif (moment := moment_at(moments[image], time)) is None:
            aside.append(Aside(entry.path, "the video shows nothing at that time"))
        else:
            matches.append((moment, entry))
    return matches, tuple(aside)


class _Subtitled:
    """The films of a library, found by the subtitles beside them."""

    def __init__(self, films: Mapping[bytes, int], folders: Sequence[Path]) -> None:
        owners: dict[bytes, set[int]] = defaultdict(set)
        for path, film in films.items():
            owners[os.fsencode(subtitles_beside(path))].add(film)
        self._places = _Places({path: min(those) for path, those in owners.items() if len(those) == 1}, folders)

    def film_of(self, subtitles: bytes) -> int:
        """The number of a film, 0 for none."""
        return self._places.image_at(subtitles) or 0

    def obstacle(self, subtitles: bytes, span: tuple[float, float]) -> str:
        """Why words of subtitles mean no moment."""
        if not self.film_of(subtitles):
            return "it lies beside no video of the library, or beside several"
        return f"its video has no moment from {clock(span[0])} to {clock(span[1])}"


class _Places:
    """The places of a library, found by paths as other programs write them."""

    def __init__(self, places: Mapping[bytes, int], folders: Sequence[Path]) -> None:
        self._places = places
        self._roots = [root for folder in folders for root in (folder.resolve(), folder.resolve() / "images")]
        self._by_name: dict[bytes, list[bytes]] = defaultdict(list)
        self._composed: dict[bytes, set[int]] = defaultdict(set)
        for path, image in places.items():
            composed = _composed(path)
            self._by_name[_name(composed)].append(path)
            if not path.isascii():
                self._composed[composed].add(image)

    def image_at(self, path: bytes) -> int | None:
        """The photograph that a path means, if it means one."""
        spellings = list(dict.fromkeys(_spellings(path)))
        for spelling in spellings:
            for candidate in self._candidates(spelling):
                image = self._places.get(candidate)
                same = {image} if image is not None else self._composed.get(_composed(candidate), set())
                if len(same) == 1:
                    return next(iter(same))
        for spelling in spellings:
            if images := self._named(spelling):
                return next(iter(images)) if len(images) == 1 else None
        return None

    def obstacle(self, path: bytes) -> str:
        """Why a path means no photograph."""
        same = next(filter(None, map(self._named, _spellings(path))), set())
        return f"{len(same)} photographs of the library have this name" if same else "it is not in the library"

    def _candidates(self, path: bytes) -> Iterator[bytes]:
        """Where a path may lead, which may begin in one of the roots."""
        yield path
        for root in self._roots:
            yield os.fsencode(os.path.normpath(root / os.fsdecode(path)))

    def _named(self, path: bytes) -> set[int]:
        """The photographs of a path's name, those alone that share the most of the folders before it."""
        wanted = _composed(path)
        shared = {place: _shared(wanted, _composed(place)) for place in self._by_name.get(_name(wanted), ())}
        most = max(shared.values(), default=0)
        return {self._places[place] for place, count in shared.items() if count == most}


def _content(note: Noted) -> bytes:
    try:
        return bytes.fromhex(note.content_hash)
    except ValueError:  # another program's hash
        return b""


def _spellings(path: bytes) -> Iterator[bytes]:
    """A path, and what it would be if it was written by Windows, in an address, or before UTF-8, likeliest first."""
    yield path
    address = re.fullmatch(rb"file:(?://(?:localhost)?(?=/))?(.+)", path, re.IGNORECASE | re.DOTALL)
    plain = address[1] if address else path
    for text in (plain, unquote_to_bytes(plain)):
        yield text
        slashes = text.lstrip(b"/") if _DRIVE.match(text.lstrip(b"/")) else text
        # A drive is no folder here, and what lies below it may lie anywhere.
        yield slashes.replace(b"\\", b"/")
        with suppress(UndecodableError):
            words, legacy = words_of(text)
            if legacy:
                yield words.encode().replace(b"\\", b"/")


def _composed(path: bytes) -> bytes:
    """A path with composed accents, as most programs write it; a Mac may write them after their letters."""
    composed = path if path.isascii() else os.fsencode(unicodedata.normalize("NFC", os.fsdecode(path)))
    return composed.replace(os.fsencode(os.sep), b"/")


def _name(composed: bytes) -> bytes:
    return composed.rpartition(b"/")[2]


def _shared(path: bytes, second: bytes) -> int:
    """How many of the last parts of two paths are the same."""
    count = 0
    for left, right in zip(reversed(path.split(b"/")), reversed(second.split(b"/")), strict=False):
        if left != right:
            break
        count += 1
    return count
