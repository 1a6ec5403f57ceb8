"""The narrow interface behind which the files of a plan are read and described: on this machine, or on others.

Whoever scans takes what a reader gives and stores it, in one process. It comes in the order of the plan, so that the
same rows are written wherever it was read, and never further ahead than a few batches, so that memory stays flat.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple, Protocol

from captioning.outputs import Description
from index_data.scan.decode import ReadableFile, ReadableFilm, UnreadableFile
from index_data.scan.events import FilmProgress, ModelNeeded
from index_data.scan.plan import ScanPlan
from index_data.scan.writer import ScanWriter


class DescribedBatch(NamedTuple):
    """Photographs that are ready to be stored.

    Attributes:
        results: Of every file, in the order of the plan.
        pictures: Those among them that `ScanWriter.undescribed` named, by their content hashes.
        descriptions: What the model says of each of these.
        looked: How many of its pictures were told of as looked at.
    """

    results: Sequence[ReadableFile | UnreadableFile]
    pictures: Mapping[bytes, ReadableFile]
    descriptions: Mapping[bytes, Description]
    looked: int


PhotographSteps = Generator[ModelNeeded | DescribedBatch | int]
"""Batches, and meanwhile how many more pictures were looked at; who closes it early ends the work."""

FilmSteps = Generator[ModelNeeded | FilmProgress | ReadableFilm | UnreadableFile]
"""Films, and meanwhile how far the next one is looked at; who closes it early ends the work."""


class PlanReader(Protocol):
    """Reads and describes the files of a plan; `index_data.scan.local_reader.LocalReader` does so on this machine."""

    def photographs(self, plan: ScanPlan, writer: ScanWriter) -> PhotographSteps:
        """Reads the photographs, each of `plan.pending` once and in that order.

        What the content of a file decides, `ScanWriter.is_described` knows; nothing here writes to the library.
        """
        ...

    def films(self, plan: ScanPlan, writer: ScanWriter) -> FilmSteps:
        """Reads the films, each of `plan.films` once and in that order; asked when every photograph is stored."""
        ...
