"""Makes tasks of a plan for the workers of a cluster, and hands what they read to whoever stores it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from captioning.runtime.devices import LARGEST_BATCH
from index_data.cluster.pool import Pool
from index_data.cluster.schedule import InOrder, Schedule
from index_data.cluster.tasks import FilmTask, MomentsTask, PhotographsTask, ReadFiles, Task, may_read
from index_data.scan.decode import ReadableFile, ReadableFilm, UnreadableFile
from index_data.scan.events import FilmProgress, ModelNeeded
from index_data.scan.plan import ScanPlan
from index_data.scan.readers import DescribedBatch, FilmSteps, PhotographSteps
from index_data.scan.walk import FoundFile
from index_data.scan.writer import ScanWriter

SMALLEST = 8
"""Photographs in a task, at least: as many as the first batch of a scan on one machine."""

SHARES = 4
"""Tasks that are left for each place of the workers when one is made: they grow smaller to the end, so that no worker
is left with a large one when the others are done."""


class ClusterReader:
    """Implements `index_data.scan.readers.PlanReader` with the workers of a pool."""

    def __init__(self, pool: Pool) -> None:
        """Takes the pool."""
        self._pool = pool

    def photographs(self, plan: ScanPlan, writer: ScanWriter) -> PhotographSteps:
        """Has the photographs of a plan read and described."""
        if not plan.pending:
            return
        yield ModelNeeded()
        self._pool.start(_landmarks(plan, plan.pending))
        known = _KnownContents(writer)
        begun = 0

        def next_task(places: int) -> Task | None:
            nonlocal begun
            size = min(max((len(plan.pending) - begun) // (SHARES * places), SMALLEST), LARGEST_BATCH)
            files = tuple(plan.pending[begun : begun + size])
            begun += len(files)
            limits = tuple(plan.scope.max_pixels(file.path) for file in files)
            return PhotographsTask(files, limits, known.among(files)) if files else None

        for step in Schedule(self._pool, next_task).run():
            if isinstance(step, int):
                yield step
            elif isinstance(step, InOrder):
                results = [result for result in step.files.results if not isinstance(result, ReadableFilm)]
                pictures = writer.undescribed(results)
                said = {content: step.files.descriptions[content] for content in pictures}
                yield DescribedBatch(results, pictures, said, step.looked)
                known.add(results)

    def films(self, plan: ScanPlan, writer: ScanWriter) -> FilmSteps:
        """Has the films of a plan read and described, several at once."""
        if not plan.films:
            return
        yield ModelNeeded()
        self._pool.start(_landmarks(plan, plan.films))
        known = _KnownContents(writer)
        todo = iter(plan.films)

        def next_task(places: int) -> Task | None:
            file = next(todo, None)
            return FilmTask(file, plan.beside.get(file.path), known.among([file])) if file else None

        def follow(files: ReadFiles) -> Task | None:
            film = files.results[0]
            if not isinstance(film, ReadableFilm) or film.kept or not film.moments:
                return None
            kept = writer.kept_moments(film.content_hash, [found.moment for found in film.moments])
            return MomentsTask(film, kept) if kept else None

        for step in Schedule(self._pool, next_task, follow=follow).run():
            if isinstance(step, FilmProgress):
                yield step
            elif isinstance(step, InOrder):
                film = step.files.results[0]
                # A copy of it may have been read at the same time, and is stored by now.
                if isinstance(film, ReadableFilm) and not film.live and writer.is_described(film.content_hash):
                    film = ReadableFilm(film.file, film.content_hash)
                if not isinstance(film, ReadableFile):
                    yield film
                known.add([film])


def _landmarks(plan: ScanPlan, files: Iterable[FoundFile]) -> tuple[bytes, ...]:
    """The first of the files in each folder of the plan that this machine sees."""
    roots: dict[bytes | None, bytes] = {}
    for file in files:
        root = plan.scope.root_of(file.path)
        key = root.path if root else None
        if key not in roots and may_read(file.path):
            roots[key] = file.path
    return tuple(roots.values())


class _KnownContents:
    """Which contents need no description: of a task's files, only those of their sizes can be theirs."""

    def __init__(self, writer: ScanWriter) -> None:
        self._writer = writer
        self._by_size: dict[int, set[bytes]] = defaultdict(set)
        for content, byte_size in writer.contents():
            self._by_size[byte_size].add(content)

    def among(self, files: Sequence[FoundFile]) -> frozenset[bytes]:
        """Those that files may have."""
        contents = (content for size in {file.byte_size for file in files} for content in self._by_size.get(size, ()))
        return frozenset(filter(self._writer.is_described, contents))

    def add(self, results: Iterable[ReadableFile | ReadableFilm | UnreadableFile]) -> None:
        """Adds what is stored."""
        for result in results:
            if not isinstance(result, UnreadableFile):
                self._by_size[result.file.byte_size].add(result.content_hash)
