"""Names of moments of films, for people to read and for commands to take; of a photograph it is that of its file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from index_data.film_times import named_moment
from search.output.film_words import span
from search.output.printable import printable

if TYPE_CHECKING:
    from index_data.catalogue.records import Moment

PLAY = "\N{BLACK RIGHT-POINTING TRIANGLE}"
"""Stands for films where there is no room for a word."""


def file_and_time(path: bytes, moment: Moment | None) -> str:
    """The name of a file, and behind it when a moment of it is."""
    name = printable(path.rpartition(os.fsencode(os.sep))[2])
    return name if moment is None else f"{name} {span(moment)}"


def named_place(path: bytes, moment: Moment | None) -> bytes:
    """A path as commands and queries take it: that of a moment ends in its time."""
    return path if moment is None else named_moment(path, moment)
