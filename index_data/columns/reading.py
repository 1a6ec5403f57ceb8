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
    HUMAN,
    LISTS,
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

COUNTED = ("width", "height", "taken", "written", "copies", "judged", "perceptual_hash", "has_hash")
"""Columns that the facts of a photograph tell; vectors tell the others."""

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
    maker = _Maker()
    for row, facts in enumerate(photograph_facts(session, shown)):
        maker.add(row, facts)
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
        np.array(maker.caption_ids, np.int64),
        np.array(maker.caption_rows, np.int32),
    )


class _Maker:
    """Takes photographs apart."""

    def __init__(self) -> None:
        self.lists = {name: PostingsMaker() for name in LISTS}
        self.caption_ids: list[int] = []
        self.caption_rows: list[int] = []
        self._facts: list[tuple[int, ...]] = []
        self._moments: list[tuple[int, int, float, float, float]] = []
        self._names: list[bytes] = []
        self._name_rows: list[int] = []
        self._folders: dict[bytes, tuple[frozenset[int], dict[int, str]]] = {}

    def add(self, row: int, facts: PhotographFacts) -> None:
        self._facts.append(
            (
                facts.width,
                facts.height,
                NEVER if facts.taken_at is None else (facts.taken_at - _EPOCH) // _MICROSECOND,
                _seconds(min(mtime for _, mtime in facts.places)),
                len(facts.places),
                self._add_captions(row, facts),
                facts.perceptual_hash or 0,
                facts.perceptual_hash is not None,
            )
        )
        if facts.moment is not None:
            moment, video = facts.moment
            self._moments.append((row, video.video_id, moment.start, moment.end, video.duration))
        if facts.keywords:
            keywords: dict[int, float] = {}
            for keyword, chance in facts.keywords.items():
                number = number_of(stem(keyword))
                keywords[number] = max(chance, keywords.get(number, 0.0))
            self.lists["keywords"].add_weighted(row, keywords)
        self._add_places(row, facts.places)
        self.lists["formats"].add_named(row, {number_of(facts.format): facts.format})
        if facts.camera is not None:
            self.lists["cameras"].add_named(row, {number_of(facts.camera): facts.camera})
        if facts.tags:
            self.lists["tags"].add_named(row, {number_of(tag): tag for tag in facts.tags})

    def _add_captions(self, row: int, facts: PhotographFacts) -> int:
        """Adds the words of captions and tags, and gives the bits of `judged`."""
        bits = 0
        proposed: list[str] = []
        confirmed: list[str] = []
        for number, text, author, state in facts.captions:
            bits |= ACTIVE | HUMAN * (author == "person") | ACCEPTED * (author == "model" and state == "accepted")
            if author == "person" or state == "accepted":
                bits |= CONFIRMED
                confirmed.append(text)
                self.caption_ids.append(number)
                self.caption_rows.append(row)
            else:
                proposed.append(text)
        self.lists["proposed"].add(row, numbers_of(proposed))
        if confirmed or facts.tags:
            self.lists["confirmed"].add(row, numbers_of((*confirmed, *facts.tags)))
        return bits

    def _add_places(self, row: int, places: Sequence[tuple[bytes, int]]) -> None:
        numbers: set[int] = set()
        folders: dict[int, str] = {}
        for path, _ in places:
            # No word goes on behind a separator, and many files lie in one folder.
            folder, separator, name = path.rpartition(_SEPARATOR)
            known = self._folders.get(folder)
            if known is None:
                whole = (folder + separator).decode("utf-8", "surrogateescape")
                known = numbers_of([folder.decode("utf-8", "replace")]), {number_of(whole): whole}
                self._folders[folder] = known
            readable = name.decode("utf-8", "replace")
            numbers |= known[0]
            numbers |= numbers_of([readable])
            folders |= known[1]
            # A line feed would be the end of the name.
            self._names.append(folded(readable).encode().replace(b"\n", b"\0") + b"\n")
            self._name_rows.append(row)
        self.lists["paths"].add(row, numbers)
        self.lists["folders"].add_named(row, folders)

    def facts(self) -> dict[str, NDArray[np.generic]]:
        columns = zip(*self._facts, strict=True) if self._facts else [()] * len(COUNTED)
        return {
            name: np.array(column, TYPES.get(name, np.int64)) for name, column in zip(COUNTED, columns, strict=True)
        }

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
