"""The columns: a row for each photograph that has a place, and lists of rows by what is said of them.

Axis legend: N photographs, moments of films among them, K confirmed captions, L places, M moments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index_data.catalogue.search_words import folded
from index_data.catalogue.touched import LatestChange
from index_data.columns.local_times import NEVER, local_times
from index_data.columns.postings import Postings, Rows

ACTIVE, HUMAN, CONFIRMED, ACCEPTED = 1, 2, 4, 8
"""Bits of `judged`: a caption is active, an active one is a person's, one is confirmed, a model's is accepted."""

WORDS: Final = ("proposed", "confirmed", "paths", "keywords")
"""Lists by stems: of captions of models that nobody judged; of a person's captions and tags; of paths; of keywords."""

NAMED: Final = ("tags", "formats", "cameras", "folders")
"""Lists by whole texts, which are known again; folders end in a separator, undecodable bytes are half characters."""

LISTS: Final = (*WORDS, *NAMED)


@dataclass(frozen=True, eq=False)
class Facts:
    """Columns with one value for each photograph, all (N,).

    Attributes:
        described: Whether the model answers for it, bool.
        hubness: By the model's bank, float32, in [-1, 1]; 0 of those that it does not answer for.
        width: Pixels of the upright picture, int64.
        height: Likewise.
        taken: The camera's clock in microseconds since 1970, int64; `NEVER` without.
        written: When its oldest file was last written, in seconds since 1970, int64.
        copies: How many places it has, int32.
        judged: Bits, uint8; see `ACTIVE`.
        perceptual_hash: Int64; 0 without.
        has_hash: Whether it has one, bool.
    """

    described: NDArray[np.bool_]
    hubness: NDArray[np.float32]
    width: NDArray[np.int64]
    height: NDArray[np.int64]
    taken: NDArray[np.int64]
    written: NDArray[np.int64]
    copies: NDArray[np.int32]
    judged: NDArray[np.uint8]
    perceptual_hash: NDArray[np.int64]
    has_hash: NDArray[np.bool_]


FACTS: Final = tuple(field.name for field in fields(Facts))


@dataclass(frozen=True, eq=False)
class Lines:
    """The names of files, of each place one.

    Attributes:
        text: All of them, folded, in UTF-8, each followed by a line feed: bytes (any,), uint8.
        starts: Where each begins (L + 1,), int64; the last is the length of the text.
        rows: Of their photographs (L,), int32, in no order.
    """

    text: NDArray[np.uint8]
    starts: NDArray[np.int64]
    rows: Rows

    @cached_property
    def raw(self) -> bytes:
        """The text as bytes."""
        return self.text.tobytes()

    def sorted(self) -> list[tuple[int, bytes]]:
        """Each name behind the row of its photograph, in order."""
        return sorted(zip(self.rows.tolist(), self.raw.split(b"\n")[:-1], strict=True))

    def merged(self, moved: Rows, others: Lines, moved_others: Rows) -> Lines:
        """These without those of photographs that go, and others; see `Postings.merged`."""
        rows = moved[self.rows]
        kept = rows >= 0
        lengths = np.diff(self.starts)
        text = self.text if kept.all() else self.text[np.repeat(kept, lengths)]
        lengths = np.concatenate([lengths[kept], np.diff(others.starts)])
        return Lines(
            np.concatenate([text, others.text]),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.concatenate([rows[kept], moved_others[others.rows]]),
        )


@dataclass(frozen=True, eq=False)
class Moments:
    """When moments are in their films; of photographs nothing is kept.

    Attributes:
        rows: Of the moments (M,), int32, rising.
        videos: Numbers of their films (M,), int64.
        times: When each begins and ends, and how long its film is (M, 3), float64, in seconds.
    """

    rows: Rows
    videos: NDArray[np.int64]
    times: NDArray[np.float64]

    def equals(self, other: Moments) -> bool:
        """Whether these are the same."""
        pairs = ((self.rows, other.rows), (self.videos, other.videos), (self.times, other.times))
        return all(np.array_equal(*pair) for pair in pairs)

    def merged(self, moved: Rows, others: Moments, moved_others: Rows) -> Moments:
        """These without those that go, and others; see `Postings.merged`."""
        rows = moved[self.rows]
        kept = rows >= 0
        rows = np.concatenate([rows[kept], moved_others[others.rows]])
        order = np.argsort(rows)
        videos = np.concatenate([self.videos[kept], others.videos])
        return Moments(rows[order], videos[order], np.concatenate([self.times[kept], others.times])[order])


@dataclass(frozen=True, eq=False)
class Columns:
    """All of it, as it was at one moment.

    Attributes:
        change: The latest that they hold.
        bank: Digest of the sentences by which hubness was measured; empty without.
        ids: Numbers of the photographs (N,), int64, rising.
        facts: Of each.
        lists: By the names of `LISTS`.
        names: Of files.
        moments: Which of the photographs are moments of films.
        caption_ids: Numbers of the confirmed captions (K,), int64, in no order.
        caption_rows: Of their photographs (K,), int32.
    """

    change: LatestChange
    bank: str
    ids: NDArray[np.int64]
    facts: Facts
    lists: Mapping[str, Postings]
    names: Lines
    moments: Moments
    caption_ids: NDArray[np.int64]
    caption_rows: Rows

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def folded_folders(self) -> tuple[str, ...]:
        """The folders without case and accents, as `lists["folders"]` names them."""
        names = self.lists["folders"].names
        return tuple(folded(name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")) for name in names)

    @cached_property
    def dates(self) -> NDArray[np.int64]:
        """The camera's clock, else the local one when the file was written: (N,), int64, microseconds since 1970."""
        dates = self.facts.taken.copy()
        undated = np.flatnonzero(dates == NEVER)
        dates[undated] = local_times(self.facts.written[undated])
        return dates

    @cached_property
    def nothing(self) -> NDArray[np.float32]:
        """A zero for each (N,), float32, which must not be changed."""
        zeros = np.zeros(len(self), np.float32)
        zeros.flags.writeable = False
        return zeros

    @cached_property
    def least_hubness(self) -> float:
        """Of those that the model answers for; 1 without any."""
        return float(self.facts.hubness[self.facts.described].min(initial=1.0))

    def scaled_hubness(self, share: float) -> NDArray[np.float32]:
        """The hubness of each (N,), float32, times a share; kept, since every question asks for the same."""
        if share not in self._scaled:
            self._scaled[share] = np.float32(share) * self.facts.hubness
        return self._scaled[share]

    @cached_property
    def _scaled(self) -> dict[float, NDArray[np.float32]]:
        return {}

    @cached_property
    def newest_first(self) -> NDArray[np.int64]:
        """The rows (N,), int64, the newest first, those without any date last; the moments of a film in their order."""
        films = []
        if len(self.moments.rows):
            films = [np.zeros(len(self)), np.zeros(len(self), np.int64)]
            films[0][self.moments.rows], films[1][self.moments.rows] = self.moments.times[:, 0], self.moments.videos
        return np.lexsort((self.ids, *films, -self.dates, self.dates == NEVER))

    def ids_in(self, order: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers (N,), int64, of all photographs in an order that is kept: made once, since pages follow."""
        kept = self._in_order.get("last")
        if kept is None or kept[0] is not order:
            kept = self._in_order["last"] = order, self.ids[order]
        return kept[1]

    @cached_property
    def _in_order(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        return {}

    def by_path(self, read: Callable[[], NDArray[np.int64]]) -> NDArray[np.int64]:
        """The rows (N,), int64, by the path of each that comes first; kept, since their order takes long to read.

        Args:
            read: Gives the numbers (any,), int64, of the photographs in that order, as it is at the moment of the
                columns.
        """
        if "path" not in self._orders:
            self._orders["path"] = self.rows_of(read()).astype(np.int64)
        return self._orders["path"]

    @cached_property
    def _orders(self) -> dict[str, NDArray[np.int64]]:
        return {}

    def rows_of(self, ids: NDArray[np.int64]) -> Rows:
        """The rows (any,), int32, of photographs by their numbers (any,), int64; those that have none are left out."""
        if not len(self.ids):
            return np.empty(0, np.int32)
        rows = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1).astype(np.int32)
        known: Rows = rows[self.ids[rows] == ids]
        return known

    def videos_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of the film of each of some images (any,), int64, by theirs; 0 of those that are no moments."""
        moments = self.ids[self.moments.rows]
        if not len(moments):
            return np.zeros(len(ids), np.int64)
        at = np.minimum(np.searchsorted(moments, ids), len(moments) - 1)
        return np.where(moments[at] == ids, self.moments.videos[at], 0)

    def says(self, other: Columns) -> bool:
        """Whether other columns say the same, hubness aside, in whatever order they came to it."""
        return (
            np.array_equal(self.ids, other.ids)
            and all(
                np.array_equal(getattr(self.facts, name), getattr(other.facts, name))
                for name in FACTS
                if name != "hubness"
            )
            and all(self.lists[name].equals(other.lists[name]) for name in LISTS)
            and self.names.sorted() == other.names.sorted()
            and self.moments.equals(other.moments)
            and self._captions() == other._captions()
        )

    def _captions(self) -> list[tuple[int, int]]:
        return sorted(zip(self.caption_ids.tolist(), self.caption_rows.tolist(), strict=True))

    def renewed(self, touched: NDArray[np.int64], fresh: Columns) -> Columns:
        """The columns of a later moment.

        Args:
            touched: Numbers (any,), int64, of all photographs that may have changed or gone since.
            fresh: Those among them that are still there, as they are now.
        """
        kept = ~np.isin(self.ids, touched)
        ids = np.concatenate([self.ids[kept], fresh.ids])
        order = np.argsort(ids, kind="stable")
        places = np.empty(len(ids), np.int32)
        places[order] = np.arange(len(ids), dtype=np.int32)
        moved = np.full(len(self.ids), -1, np.int32)
        moved[kept] = places[: int(kept.sum())]
        new = places[int(kept.sum()) :]
        caption_rows = moved[self.caption_rows]
        standing = caption_rows >= 0
        return Columns(
            fresh.change,
            self.bank,
            ids[order],
            Facts(
                *(
                    np.concatenate([getattr(self.facts, name)[kept], getattr(fresh.facts, name)])[order]
                    for name in FACTS
                )
            ),
            {name: self.lists[name].merged(moved, fresh.lists[name], new) for name in LISTS},
            self.names.merged(moved, fresh.names, new),
            self.moments.merged(moved, fresh.moments, new),
            np.concatenate([self.caption_ids[standing], fresh.caption_ids]),
            np.concatenate([caption_rows[standing], new[fresh.caption_rows]]),
        )
