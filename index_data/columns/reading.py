"""Reads photographs from the catalogue into columns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

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
    FACTS,
    HUMAN,
    LISTS,
    NAMED,
    Columns,
    Facts,
    Lines,
    Moments,
)
from index_data.columns.hubness import Bank, hubness
from index_data.columns.local_times import NEVER
from index_data.columns.postings import PostingsMaker
from index_data.columns.stems import number_of, numbers_of

if TYPE_CHECKING:
    from index_data.catalogue import Session

CHUNK = 20_000
"""Vectors that are read at once."""

TYPES = {"copies": np.int32, "judged": np.uint8, "has_hash": np.bool_}
"""Columns of other types than int64."""

READ_APART = ("described", "hubness")
"""Columns that vectors tell."""

_SEPARATOR = os.fsencode(os.sep)
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


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
    maker = _Maker(len(ids))
    for row, facts in enumerate(photograph_facts(session, shown)):
        maker.add(row, facts)
    values: dict[str, NDArray[np.generic]] = {
        name: np.array(column, TYPES.get(name, np.int64)) for name, column in maker.facts.items()
    }
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
        {name: lists.made() for name, lists in maker.lists.items()},
        maker.lines(),
        maker.moments(),
        np.array(maker.caption_ids, np.int64),
        np.array(maker.caption_rows, np.int32),
    )


class _Maker:
    """Takes photographs apart."""

    def __init__(self, count: int) -> None:
        self.facts: dict[str, list[int]] = {name: [0] * count for name in FACTS if name not in READ_APART}
        self.lists = {name: PostingsMaker(weighted=name == "keywords", named=name in NAMED) for name in LISTS}
        self.caption_ids: list[int] = []
        self.caption_rows: list[int] = []
        self._moments: list[tuple[int, int, float, float, float]] = []
        self._names: list[bytes] = []
        self._name_rows: list[int] = []
        self._folder_numbers: dict[bytes, frozenset[int]] = {}

    def add(self, row: int, facts: PhotographFacts) -> None:
        values = {
            "width": facts.width,
            "height": facts.height,
            "taken": NEVER if facts.taken_at is None else (facts.taken_at - _EPOCH) // _MICROSECOND,
            "written": _seconds(min(mtime for _, mtime in facts.places)),
            "copies": len(facts.places),
            "judged": self._judged(row, facts),
            "perceptual_hash": facts.perceptual_hash or 0,
            "has_hash": facts.perceptual_hash is not None,
        }
        for name, value in values.items():
            self.facts[name][row] = value
        if facts.moment is not None:
            moment, video = facts.moment
            self._moments.append((row, video.video_id, moment.start, moment.end, video.duration))
        self._add_words(row, facts)
        named: dict[str, Sequence[str]] = {
            "tags": facts.tags,
            "formats": [facts.format],
            "cameras": [] if facts.camera is None else [facts.camera],
            "folders": self._folders(row, [path for path, _ in facts.places]),
        }
        for name, texts in named.items():
            self.lists[name].add_named(row, {number_of(text): text for text in texts})

    def _judged(self, row: int, facts: PhotographFacts) -> int:
        bits = 0
        for number, _, author, state in facts.captions:
            bits |= ACTIVE | HUMAN * (author == "person") | ACCEPTED * (author == "model" and state == "accepted")
            if author == "person" or state == "accepted":
                bits |= CONFIRMED
                self.caption_ids.append(number)
                self.caption_rows.append(row)
        return bits

    def _add_words(self, row: int, facts: PhotographFacts) -> None:
        texts: dict[bool, list[str]] = {False: [], True: []}
        for _, text, author, state in facts.captions:
            texts[author == "person" or state == "accepted"].append(text)
        self.lists["proposed"].add(row, numbers_of(texts[False]))
        self.lists["confirmed"].add(row, numbers_of((*texts[True], *facts.tags)))
        self.lists["paths"].add(row, frozenset[int]().union(*(self._path_numbers(path) for path, _ in facts.places)))
        keywords: dict[int, float] = {}
        for keyword, chance in facts.keywords.items():
            number = number_of(stem(keyword))
            keywords[number] = max(chance, keywords.get(number, 0.0))
        self.lists["keywords"].add_weighted(row, keywords)

    def _path_numbers(self, path: bytes) -> frozenset[int]:
        # No word goes on behind a separator, and many files lie in one folder.
        folder, _, name = path.rpartition(_SEPARATOR)
        numbers = self._folder_numbers.get(folder)
        if numbers is None:
            numbers = self._folder_numbers[folder] = numbers_of([folder.decode("utf-8", "replace")])
        return numbers | numbers_of([name.decode("utf-8", "replace")])

    def _folders(self, row: int, paths: Sequence[bytes]) -> list[str]:
        folders = []
        for path in paths:
            folder, separator, name = path.rpartition(_SEPARATOR)
            folders.append((folder + separator).decode("utf-8", "surrogateescape"))
            # A line feed would be the end of the name.
            self._names.append(folded(name.decode("utf-8", "replace")).encode().replace(b"\n", b"\0") + b"\n")
            self._name_rows.append(row)
        return folders

    def lines(self) -> Lines:
        starts = np.concatenate([[0], np.cumsum([len(name) for name in self._names])]).astype(np.int64)
        text = np.frombuffer(b"".join(self._names), np.uint8)
        return Lines(text, starts, np.array(self._name_rows, np.int32))

    def moments(self) -> Moments:
        rows, videos, *times = zip(*self._moments, strict=True) if self._moments else ((), (), (), (), ())
        return Moments(np.array(rows, np.int32), np.array(videos, np.int64), np.array(times, np.float64).T)


def _seconds(nanoseconds: int) -> int:
    """Whole seconds; SQLite divides towards zero."""
    whole = abs(nanoseconds) // 1_000_000_000
    return whole if nanoseconds >= 0 else -whole
