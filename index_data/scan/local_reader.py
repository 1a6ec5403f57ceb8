"""Reads and describes on this machine."""

from __future__ import annotations

from captioning.describer import Describer
from index_data.scan.films import read_films
from index_data.scan.photographs import read_photographs
from index_data.scan.plan import ScanPlan
from index_data.scan.readers import FilmSteps, PhotographSteps
from index_data.scan.writer import ScanWriter


class LocalReader:
    """Implements `index_data.scan.readers.PlanReader` with the threads of this process."""

    def __init__(self, describer: Describer, *, batch: int) -> None:
        """Takes who describes, and how many photographs are described and stored together."""
        self._describer, self._batch = describer, batch

    def photographs(self, plan: ScanPlan, writer: ScanWriter) -> PhotographSteps:
        """Reads the photographs of a plan in batches, ahead of the network."""
        return read_photographs(plan, self._describer, writer, batch=self._batch)

    def films(self, plan: ScanPlan, writer: ScanWriter) -> FilmSteps:
        """Reads the films of a plan, one after the other."""
        return read_films(plan, self._describer, writer)
