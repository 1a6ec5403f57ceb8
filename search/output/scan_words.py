"""What a scan found, in words: the same for every face."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from search.output.printable import counted, photographs, printable

if TYPE_CHECKING:
    from index_data.catalogue.library_records import ScanCounts
    from index_data.scan.events import Described, FilmProgress, ScanFinished


def scan_figures(counts: ScanCounts) -> str:
    """The figures that are not zero, such as ``2 new, 1 copy, 1 skipped``; empty if there are none."""
    figures = [("new", counts.new), ("changed", counts.changed), ("moved", counts.moved)]
    figures += [("copy" if counts.duplicate == 1 else "copies", counts.duplicate), ("removed", counts.removed)]
    figures += [("skipped", counts.set_aside), ("unchanged", counts.unchanged)]
    return ", ".join(f"{count:,} {name}" for name, count in figures if count)


def described_words(described: Described) -> str:
    """What was described, such as ``12 photographs, 2 videos with 31 moments``; empty where that was no video."""
    if not described.videos:
        return ""
    videos = f"{counted(described.videos, 'video')} with {counted(described.moments, 'moment')}"
    return f"{photographs(described.photographs)}, {videos}" if described.photographs else videos


def film_words(film: FilmProgress) -> str:
    """How far a film is looked at, such as ``holiday.mp4 3:20 of 10:00``."""
    from index_data.film_times import clock

    name = printable(film.path.rpartition(os.fsencode(os.sep))[2])
    return f"{name} {clock(film.seconds)} of {clock(film.duration)}"


def finished_words(finished: ScanFinished) -> str:
    """What a scan found, and if there were videos among it, what was described; empty for nothing."""
    described = described_words(finished.described)
    return "; ".join(filter(None, (scan_figures(finished.counts), described and f"described: {described}")))
