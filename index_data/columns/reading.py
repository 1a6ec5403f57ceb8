"""Reads photographs from the catalogue into columns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity
from captioning.text.out_of_vocabulary import stem
from index_data import catalogue
from index_data.catalogue.photograph_facts import PhotographFacts, photograph_facts
from index_data.catalogue.search_words import folded
from index_data.catalogue.touched import latest_change
from index_data.columns.columns import (
    ACCEPTED,
    ACTIVE,
    CONFIRMED,
    HUMAN,
    LISTS,
    Columns,
    Facts,
    Lines,
    Moments,
)
from index_data.columns.hubness import Bank, hubness
from index_data.columns.numbered_texts import numbered_texts
from index_data.columns.postings import PostingsMaker, each_once
from index_data.columns.stems import Numbering, number_of

if TYPE_CHECKING:
    from index_data.catalogue import Session

CHUNK = 20_000
"""Vectors that are read at once."""

TYPES = {"copies": np.int32, "judged": np.uint8, "has_hash": np.bool_}
"""Columns of other types than int64."""

COUNTED = ("width", "height", "taken", "written", "copies", "judged", "perceptual_hash", "has_hash")
"""Columns that the facts of a photograph tell; vectors tell the others."""

_SEPARATOR = os.fsencode(os.sep)
_END = ord("\n")


def read_columns(
    session: Session,
    model: ModelIdentity,
    bank: Bank | None,
    images: NDArray[np.int64] | None = None,
) -> Columns:
    """Reads photographs that have a place.

    Args:
        session: In which everything is read.
        model: Whose vectors tell the hubness.
        bank: By which it is measured; without, it is 0.
        images: Numbers (any,), int64, of those that are read; none for all.
    """
    change = latest_change(session)
    shown = catalogue.shown_images(session) if images is None else catalogue.shown_among(session, images.tolist())
    ids = np.array(shown, np.int64)
    maker = _Maker(ids)
    for facts in photograph_facts(session, shown):
        maker.add(facts)
    values = maker.facts()
    stored = catalogue.ImageVectors(session, model.id)
    described = stored.ids() if images is None else np.sort(stored.ids_among(shown))
    values["described"] = np.isin(ids, described)
    measured = np.zeros(len(ids), np.float32)
    if bank is not None:
        for at in range(0, len(described), CHUNK):
            rows = stored.read(described[at : at + CHUNK].tolist())
            measured[np.searchsorted(ids, rows.ids)] = hubness(rows.vectors, bank.vectors)
    return Columns(
        change,
        "" if bank is None else bank.digest,
        ids,
        Facts(hubness=measured, **values),  # type: ignore[arg-type]
        {name: lists.made(weighted=name == "keywords") for name, lists in maker.lists.items()},
        maker.lines(),
        maker.moments(),
        np.concatenate(maker.caption_ids),
        np.concatenate(maker.caption_rows).astype(np.int32),
    )


class _Maker:
    """Takes what is known of photographs apart, many at a time."""

    def __init__(self, ids: NDArray[np.int64]) -> None:
        self.lists = {name: PostingsMaker() for name in LISTS}
        self.caption_ids = [np.empty(0, np.int64)]
        self.caption_rows = [np.empty(0, np.int64)]
        self._ids = ids
        self._facts: dict[str, NDArray[Any]] = {name: np.zeros(len(ids), TYPES.get(name, np.int64)) for name in COUNTED}
        self._moments: list[tuple[int, int, float, float, float]] = []
        self._names: list[bytes] = []
        self._name_rows = [np.empty(0, np.int64)]
        self._read = 0

    def add(self, facts: PhotographFacts) -> None:
        images, widths, heights, formats, taken, cameras, hashes = _columns_of(facts.images, 7)
        rows = self._rows(images)
        self._read += len(rows)
        columns = self._facts
        columns["width"][rows] = np.array(widths, np.int64)
        columns["height"][rows] = np.array(heights, np.int64)
        # No date is `NEVER`: both are the least of all numbers.
        columns["taken"][rows] = np.array(taken, "datetime64[us]").astype(np.int64)
        columns["has_hash"][rows] = [number is not None for number in hashes]
        columns["perceptual_hash"][rows] = np.array([number or 0 for number in hashes], np.int64)
        self.lists["formats"].add_named(rows, formats)
        known = [at for at, camera in enumerate(cameras) if camera is not None]
        self.lists["cameras"].add_named(rows[known], [cameras[at] for at in known])
        self._add_texts(facts)
        self._add_keywords(facts)
        self._add_places(facts)
        for image, (moment, video) in sorted(facts.moments.items()):
            row = int(self._rows([image])[0])
            self._moments.append((row, video.video_id, moment.start, moment.end, video.duration))

    def _rows(self, images: Sequence[int]) -> NDArray[np.int64]:
        numbers = np.array(images, np.int64)
        rows = np.searchsorted(self._ids, numbers)
        if not np.array_equal(self._ids.take(rows, mode="clip"), numbers):
            raise LookupError("a photograph that is spoken of is not there")
        return rows

    def _add_words(self, name: str, rows: NDArray[np.int64], texts: Sequence[str]) -> None:
        words = numbered_texts(texts)
        self.lists[name].add(words.numbers, rows[words.texts], words.stems)

    def _add_texts(self, facts: PhotographFacts) -> None:
        """Adds the words of captions and tags."""
        images, numbers, texts, authors, states = _columns_of(facts.captions, 5)
        rows = self._rows(images)
        human = np.array([author == "person" for author in authors], bool)
        accepted = np.array([state == "accepted" for state in states], bool)
        confirmed = human | accepted
        bits = ACTIVE | HUMAN * human | CONFIRMED * confirmed | ACCEPTED * (accepted & ~human)
        np.bitwise_or.at(self._facts["judged"], rows, bits.astype(np.uint8))
        self.caption_ids.append(np.array(numbers, np.int64)[confirmed])
        self.caption_rows.append(rows[confirmed])
        tagged, tags = _columns_of(facts.tags, 2)
        self.lists["tags"].add_named(self._rows(tagged), tags)
        self._add_words("proposed", rows[~confirmed], list(compress(texts, ~confirmed)))
        told = [*compress(texts, confirmed), *tags]
        self._add_words("confirmed", np.concatenate([rows[confirmed], self._rows(tagged)]), told)

    def _add_keywords(self, facts: PhotographFacts) -> None:
        images, models, words, chances = _columns_of(facts.keywords, 4)
        rows, numbers = self._rows(images), np.array(models, np.int64)
        order = np.lexsort((-numbers, rows))
        first, photograph = _first_of_each(rows[order])
        newest = numbers[order][first][photograph] == numbers[order]
        order = order[newest]
        numbering = Numbering()
        places = numbering.of(words)[order]
        stems = np.array([number_of(stem(word)) for word in numbering], np.uint64)
        different = each_once(stems)
        weights = np.array(chances, np.float32)[order]
        self.lists["keywords"].add(different, rows[order], np.searchsorted(different, stems)[places], weights)

    def _add_places(self, facts: PhotographFacts) -> None:
        images, paths, changed = _columns_of(facts.places, 3)
        rows, times = self._rows(images), np.array(changed, np.int64)
        order = np.lexsort((times, rows))
        first, photograph = _first_of_each(rows[order])
        self._facts["copies"][rows[order][first]] = np.bincount(photograph)
        oldest = times[order][first]
        # Whole seconds; SQLite divides towards zero.
        self._facts["written"][rows[order][first]] = np.sign(oldest) * (np.abs(oldest) // 1_000_000_000)
        self._add_words("paths", rows, [path.decode("utf-8", "replace") for path in paths])
        parts = [path.rpartition(_SEPARATOR) for path in paths]
        folders = [(folder + separator).decode("utf-8", "surrogateescape") for folder, separator, _ in parts]
        self.lists["folders"].add_named(rows, folders)
        self._names.append(_lines([name.decode("utf-8", "replace") for _, _, name in parts]))
        self._name_rows.append(rows)

    def facts(self) -> dict[str, NDArray[np.generic]]:
        if self._read != len(self._ids):
            raise LookupError("nothing is known of a photograph that has a place")
        return dict(self._facts)

    def lines(self) -> Lines:
        text = np.frombuffer(b"".join(self._names), np.uint8)
        starts = np.concatenate([[0], np.flatnonzero(text == _END) + 1]).astype(np.int64)
        return Lines(text, starts, np.concatenate(self._name_rows).astype(np.int32))

    def moments(self) -> Moments:
        rows, videos, *times = zip(*self._moments, strict=True) if self._moments else ((), (), (), (), ())
        return Moments(np.array(rows, np.int32), np.array(videos, np.int64), np.array(times, np.float64).T)


def _columns_of(rows: Sequence[Sequence[Any]], count: int) -> Sequence[Sequence[Any]]:
    """The columns of rows, which may be none."""
    return list(zip(*rows, strict=True)) if rows else [()] * count


def _first_of_each(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of rows (any,), int64, rising, where each begins, and to which of these each belongs (any,), int64."""
    begins = np.ones(len(rows), bool)
    begins[1:] = rows[1:] != rows[:-1]
    return np.flatnonzero(begins), np.cumsum(begins) - 1


def _lines(names: Sequence[str]) -> bytes:
    """The names of files as `Lines` has them."""
    if not names:
        return b""
    joined = "\n".join(names)
    if joined.isascii() and joined.count("\n") < len(names):
        joined = joined.lower()
    else:
        # A line feed would be the end of the name.
        joined = "\n".join(folded(name).replace("\n", "\0") for name in names)
    return joined.encode() + b"\n"
