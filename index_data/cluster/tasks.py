"""What a worker is asked to do: a few files a task, without the library, and small enough to be done again."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from queue import SimpleQueue
from typing import Protocol

import numpy as np

from captioning.describer import Describer
from captioning.errors import UnreadableVideoError
from captioning.outputs import Description
from index_data.catalogue.records import Moment
from index_data.scan.decode import ReadableFile, ReadableFilm, UnreadableFile, changed_meanwhile, hash_file, unreadable
from index_data.scan.decode import read_file as read_photograph
from index_data.scan.events import FilmProgress
from index_data.scan.films import describe_moments, read_film
from index_data.scan.walk import FoundFile

BROKE_DOWN = "the process that read it broke down"
"""The reason where a file ended its reader each time."""

PARTS = 8
"""Into how many a task is divided whose worker ended, to find the file that ends it."""


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """What a task gives.

    Attributes:
        results: Of its files, in their order; photographs without pixels.
        descriptions: What the model says of photographs, by their content hashes.
    """

    results: tuple[ReadableFile | ReadableFilm | UnreadableFile, ...]
    descriptions: Mapping[bytes, Description] = field(default_factory=dict)


TaskSteps = Generator[int | FilmProgress, None, ReadFiles]
"""Tells how many more pictures were looked at, or how far a film is, and gives what was read."""


class Hands(Protocol):
    """What a worker has to work with."""

    @property
    def describer(self) -> Describer:
        """Of the model that the scan asks."""
        ...

    @property
    def threads(self) -> Executor:
        """Read files, one each."""
        ...


class Task(Protocol):
    """Some files to be read, and described where that is needed; it travels to a worker."""

    @property
    def files(self) -> Sequence[FoundFile]:
        """Them."""
        ...

    def run(self, hands: Hands) -> TaskSteps:
        """Does it, on a worker."""
        ...

    def parts(self) -> Sequence[Task]:
        """The same divided, in order; itself where it is of one file."""
        ...


@dataclass(frozen=True, slots=True)
class PhotographsTask:
    """Reads photographs and has those described whose content is not known.

    Attributes:
        files: Them.
        limits: The most pixels that each may have.
        known: Content hashes that need no description, among which those of these files are.
    """

    files: tuple[FoundFile, ...]
    limits: tuple[int, ...]
    known: frozenset[bytes] = frozenset()

    def run(self, hands: Hands) -> TaskSteps:
        """Reads them side by side, then describes them at once."""

        def read(file: FoundFile, limit: int) -> ReadableFile | UnreadableFile:
            side = hands.describer.side
            return read_photograph(file, side=side, described=self.known.__contains__, max_pixels=limit)

        results = list(hands.threads.map(read, self.files, self.limits))
        pixels = {
            result.content_hash: result.pixels
            for result in results
            if isinstance(result, ReadableFile) and result.pixels is not None
        }
        said: list[Description] = []
        if pixels:
            stack = np.stack(list(pixels.values()))
            said = yield from _telling(lambda looked: hands.describer.describe(stack, looked=looked))
        bare = (replace(result, pixels=None) if isinstance(result, ReadableFile) else result for result in results)
        return ReadFiles(tuple(bare), dict(zip(pixels, said, strict=True)))

    def parts(self) -> Sequence[PhotographsTask]:
        """Up to `PARTS` of them."""
        size = -(-len(self.files) // PARTS)
        return [
            replace(self, files=self.files[at : at + size], limits=self.limits[at : at + size])
            for at in range(0, len(self.files), size)
        ]


@dataclass(frozen=True, slots=True)
class FilmTask:
    """Reads a film and has its moments described, unless its content is known.

    Attributes:
        file: It.
        beside: The photograph whose moving side it may be.
        known: Content hashes that need no description.
    """

    file: FoundFile
    beside: bytes | None = None
    known: frozenset[bytes] = frozenset()

    @property
    def files(self) -> Sequence[FoundFile]:
        """The film alone."""
        return (self.file,)

    def run(self, hands: Hands) -> TaskSteps:
        """Reads it and describes it."""
        steps = read_film(self.file, hands.describer, _Known(self.known), beside=self.beside)
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return ReadFiles((end.value,))
            if isinstance(step, FilmProgress):
                yield step

    def parts(self) -> Sequence[FilmTask]:
        """Itself."""
        return (self,)


@dataclass(frozen=True, slots=True)
class MomentsTask:
    """Has moments of a film described that another model found, and that stay beside those of this one.

    Attributes:
        film: As it was read.
        kept: The moments, by their numbers.
    """

    film: ReadableFilm
    kept: Mapping[int, Moment]

    @property
    def files(self) -> Sequence[FoundFile]:
        """The film alone."""
        return (self.film.file,)

    def run(self, hands: Hands) -> TaskSteps:
        """Reads their frames and describes them."""
        yield from ()
        return ReadFiles((self._with_kept(hands.describer),))

    def parts(self) -> Sequence[MomentsTask]:
        """Itself."""
        return (self,)

    def _with_kept(self, describer: Describer) -> ReadableFilm | UnreadableFile:
        file = self.film.file
        try:
            stamp, content = hash_file(file.path)
            if content != self.film.content_hash:
                return UnreadableFile(file, "it changed while it was read", passing=True)
            try:
                described = describe_moments(file.path, describer, self.kept)
            except UnreadableVideoError as error:
                return UnreadableFile(file, error.reason)
            return changed_meanwhile(file, stamp) or replace(self.film, kept=described)
        except OSError as error:
            return unreadable(file, error)


def joined(parts: Sequence[ReadFiles]) -> ReadFiles:
    """What a task gives, of what its parts gave."""
    if len(parts) == 1:
        return parts[0]
    descriptions = {content: said for part in parts for content, said in part.descriptions.items()}
    return ReadFiles(tuple(chain.from_iterable(part.results for part in parts)), descriptions)


def may_read(path: bytes) -> bool:
    """Whether a file is there, and this process may read it."""
    return os.access(path, os.R_OK)


def set_aside(task: Task) -> ReadFiles:
    """What is stored of files that end whoever reads them."""
    return ReadFiles(tuple(UnreadableFile(file, BROKE_DOWN) for file in task.files))


@dataclass(frozen=True, slots=True)
class _Known:
    """What a worker knows of films: their contents; what stays of a film's moments, only the library can tell."""

    contents: frozenset[bytes]

    def is_described(self, content_hash: bytes) -> bool:
        return content_hash in self.contents

    def kept_moments(self, content_hash: bytes, found: Sequence[Moment]) -> Mapping[int, Moment]:
        return {}


def _telling(work: Callable[[Callable[[int], None]], list[Description]]) -> Generator[int, None, list[Description]]:
    """Does what tells how far it is, in another thread, and passes that on."""
    reports: SimpleQueue[int] = SimpleQueue()
    with ThreadPoolExecutor(1, thread_name_prefix="network") as thread:
        underway = thread.submit(work, reports.put)
        # Wakes who waits for it, also if it ends with an error.
        underway.add_done_callback(lambda _: reports.put(0))
        while not (underway.done() and reports.empty()):
            if count := reports.get():
                yield count
        return underway.result()
