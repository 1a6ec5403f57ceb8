"""Brings films into a library, one after the other.

Of each its content is hashed; in one that the model has not described, moments are found and described. A film is
stored with all of them in one transaction.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from queue import SimpleQueue
from threading import Event as Signal
from typing import Protocol

import numpy as np
from PIL import Image

from captioning.describer import Describer
from captioning.errors import UnreadableVideoError
from captioning.outputs import Description
from captioning.videos.description import DescribedMoment, describe_video
from captioning.videos.facts import VideoFacts
from captioning.videos.reader import read_facts, read_frame
from index_data.catalogue.records import ImageFacts, Moment, MomentDescription
from index_data.metadata.dates import date_in_name
from index_data.scan.decode import ReadableFilm, UnreadableFile, changed_meanwhile, hash_file, unreadable
from index_data.scan.events import Described, FileSetAside, FilmProgress, ModelNeeded, ScanProgressed
from index_data.scan.pairs import is_live_photo
from index_data.scan.plan import ScanPlan
from index_data.scan.readers import FilmSteps, PlanReader
from index_data.scan.walk import FoundFile
from index_data.scan.writer import ScanWriter

Steps = Generator[ModelNeeded | FilmProgress, None, ReadableFilm | UnreadableFile]
"""Tells how far the reading of a film is, and gives what was read; who closes it early ends the work."""


class KnownFilms(Protocol):
    """What is known of films before they are read; `index_data.scan.writer.ScanWriter` knows it of a library."""

    def is_described(self, content_hash: bytes) -> bool:
        """Whether the model in use has described the film of this content."""
        ...

    def kept_moments(self, content_hash: bytes, found: Sequence[Moment]) -> Mapping[int, Moment]:
        """The moments of a film that stay beside those that were found, and that the model has not described."""
        ...


def index_films(
    plan: ScanPlan, reader: PlanReader, writer: ScanWriter
) -> Generator[ModelNeeded | ScanProgressed | FileSetAside]:
    """Stores the films of a plan as they are read and described, and tells how far it is.

    Args:
        plan: Of the scan.
        reader: Reads and describes them.
        writer: Of the scan.

    Raises:
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        DeviceError: The device cannot be used, or has too little memory.
        ClusterError: Other machines read, and can no longer be reached.
        LibraryNotWritableError: The disk is full.
    """
    done = len(plan.pending)
    with closing(reader.films(plan, writer)) as steps:
        for step in steps:
            if isinstance(step, ModelNeeded):
                if writer.described == Described():
                    yield step
            elif isinstance(step, FilmProgress):
                yield ScanProgressed(done, plan.total, film=step)
            else:
                arrival = writer.write_film(step)
                if isinstance(step, UnreadableFile):
                    yield FileSetAside(step.file.path, step.reason)
                done += 1
                yield ScanProgressed(done, plan.total, (arrival,) if arrival else ())


def read_films(plan: ScanPlan, describer: Describer, known: KnownFilms) -> FilmSteps:
    """Reads the films of a plan and has their moments described, one film after the other.

    Raises:
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        DeviceError: The device cannot be used, or has too little memory.
    """
    for file in plan.films:
        with closing(read_film(file, describer, known, beside=plan.beside.get(file.path))) as steps:
            result = yield from steps
        yield result


def read_film(file: FoundFile, describer: Describer, known: KnownFilms, *, beside: bytes | None) -> Steps:
    """Reads a film and has its moments described, unless its content needs it no more.

    Args:
        file: As it was found.
        describer: Asked only for a film that it has not described.
        known: What is known of its content.
        beside: The photograph whose moving side it may be.

    Raises:
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        DeviceError: The device cannot be used, or has too little memory.
    """
    try:
        stamp, content = hash_file(file.path)
        try:
            result = yield from _moments_read(file, content, describer, known, beside)
        except UnreadableVideoError as error:
            result = UnreadableFile(file, error.reason)
        return changed_meanwhile(file, stamp) or result
    except OSError as error:
        return unreadable(file, error)


def _moments_read(
    file: FoundFile, content: bytes, describer: Describer, known: KnownFilms, beside: bytes | None
) -> Steps:
    described = known.is_described(content)
    if described and beside is None:
        return ReadableFilm(file, content)
    facts = read_facts(file.path)
    film = partial(ReadableFilm, file, content, _image_facts(facts, file.path), facts.duration)
    if beside is not None and is_live_photo(beside, facts):
        return film(live=True)
    if described:
        return ReadableFilm(file, content)
    yield ModelNeeded()
    moments = yield from _described(file.path, describer, facts)
    found = [
        MomentDescription(Moment(each.start, each.end, each.time), each.perceptual_hash, each.description)
        for each in moments
    ]
    kept = known.kept_moments(content, [each.moment for each in found])
    return film(found, describe_moments(file.path, describer, kept))


def _image_facts(facts: VideoFacts, path: bytes) -> ImageFacts:
    taken_at = facts.recorded_at or date_in_name(path)
    return ImageFacts(facts.width, facts.height, facts.format, taken_at, facts.camera)


def _described(
    path: bytes, describer: Describer, facts: VideoFacts
) -> Generator[FilmProgress, None, list[DescribedMoment]]:
    """Has a film described in another thread, and tells how far that is."""
    reports: SimpleQueue[float | None] = SimpleQueue()
    stop = Signal()

    def seen(seconds: float) -> None:
        if stop.is_set():
            raise _AbandonedError
        reports.put(seconds)

    with ThreadPoolExecutor(1, thread_name_prefix="film") as thread:
        underway = thread.submit(describe_video, path, describer, facts=facts, seen=seen)
        # Wakes who waits for it, also if it ends with an error.
        underway.add_done_callback(lambda _: reports.put(None))
        try:
            yield FilmProgress(path, 0.0, facts.duration)
            while (seconds := reports.get()) is not None:
                yield FilmProgress(path, seconds, facts.duration)
        finally:
            stop.set()
        return underway.result()


class _AbandonedError(Exception):
    """Nobody waits for the film any more."""


def describe_moments(path: bytes, describer: Describer, moments: Mapping[int, Moment]) -> dict[int, Description]:
    """What a model says of moments that another one found, by their numbers.

    Raises:
        UnreadableVideoError: The film can no longer be read.
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        DeviceError: The device cannot be used, or has too little memory.
    """
    if not moments:
        return {}
    size = (describer.side, describer.side)
    frames = [read_frame(path, moment.time).resize(size, Image.Resampling.BICUBIC) for moment in moments.values()]
    return dict(zip(moments, describer.describe(np.stack([np.asarray(frame) for frame in frames])), strict=True))
