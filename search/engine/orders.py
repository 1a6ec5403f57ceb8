"""Orders of photographs that are not those of their scores.

Axis legend: N photographs of the library.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index_data import catalogue
from index_data.albums import known_album
from index_data.columns.columns import Columns
from search.engine.features import Ids
from search.engine.open_vectors import FEW, Mask
from search.engine.query import Query, Sort

if TYPE_CHECKING:
    from index_data.catalogue import Session


def in_order(session: Session, columns: Columns, ids: Ids, query: Query, *, seed: int) -> Ids:
    """The places of photographs (any,), int64, in an order that is not that of their scores."""
    if query.sort is Sort.RANDOM:
        return shuffled(ids, seed)
    rows = columns.rows_of(ids)
    met = np.zeros(len(columns), bool)
    met[rows] = True
    order = everything_in_order(session, columns, met, query)
    places = np.empty(len(columns), np.int64)
    places[order] = np.arange(len(order))
    return np.argsort(places[rows], kind="stable")


def shuffled(ids: Ids, seed: int) -> Ids:
    """The places of photographs (any,), int64, at random: each keeps its place among others, whichever there are."""
    # SplitMix64 (Steele, Lea and Flood 2014), of which every number gives another one.
    keys = ids.astype(np.uint64) + np.uint64(_mixed(np.array([seed], np.uint64))[0])
    return np.argsort(_mixed(keys), kind="stable")


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers (any,), uint64, as if drawn, each always the same."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def everything_in_order(session: Session, columns: Columns, met: Mask | None, query: Query) -> Ids:
    """The rows of photographs (N,), bool, and maybe of others, in the order that a query asks for; none for all."""
    if query.sort is Sort.PATH:
        return _by_path(session, columns, met, query)
    if query.album is None:
        return columns.newest_first
    album = known_album(session, query.album)
    held = list(catalogue.positions_in(session, album.album_id))
    first = columns.rows_of(np.array(held, np.int64))
    others = columns.newest_first
    return np.concatenate([first, others[~np.isin(others, first)]])


def _by_path(session: Session, columns: Columns, met: Mask | None, query: Query) -> Ids:
    """The same by the path of each that the query means."""
    few = met is not None and FEW * int(np.count_nonzero(met)) < len(columns)
    # Of a single path it need not be asked which is meant.
    choosy = bool(query.places) and bool((columns.facts.copies[slice(None) if met is None else met] > 1).any())
    if not (few or choosy):
        return columns.by_path(partial(catalogue.all_by_path, session))
    among = columns.ids[met].tolist() if few else None
    by_path = np.array(catalogue.images_by_path(session, wanted=query.places, among=among), np.int64)
    return columns.rows_of(by_path).astype(np.int64)
