"""Brings films into a library, one after the other.

Of each its content is hashed; in one that the model has not described, moments are found and described. A film is
stored with all of them in one transaction.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from queue import SimpleQueue
from threading import Event as Signal

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
from index_data.scan.walk import FoundFile
from index_data.scan.writer import ScanWriter

Steps = Generator[ModelNeeded | FilmProgress, None, ReadableFilm | UnreadableFile]
"""Tells how far the reading of a film is, and gives what was read; who closes it early ends the work."""


def index_films(
    plan: ScanPlan, describer: Describer, writer: ScanWriter
) -> Generator[ModelNeeded | ScanProgressed | FileSetAside]:
    """Reads the films of a plan, has their moments described, stores them, and tells how far it is.

    Args:
        plan: Of the scan.
        describer: Asked only for films that it has not described.
        writer: Of the scan.

    Raises:
        ModelFileError: The model is read when it is first asked, and its file is missing or damaged.
        DeviceError: The device cannot be used, or has too little memory.
        LibraryNotWritableError: The disk is full.
    """
    for number, file in enumerate(plan.films, len(plan.pending)):
        with closing(_read_film(file, describer, writer, beside=plan.beside.get(file.path))) as steps:
            result = yield from _progress(steps, number, plan.total)
        arrival = writer.write_film(result)
        if isinstance(result, UnreadableFile):
            yield FileSetAside(file.path, result.reason)
        yield ScanProgressed(number + 1, plan.total, (arrival,) if arrival else ())


def _progress(
    steps: Steps, done: int, total: int
) -> Generator[ModelNeeded | ScanProgressed, None, ReadableFilm | UnreadableFile]:
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            result: ReadableFilm | UnreadableFile = end.value
            return result
        yield step if isinstance(step, ModelNeeded) else ScanProgressed(done, total, film=step)


def _read_film(file: FoundFile, describer: Describer, writer: ScanWriter, *, beside: bytes | None) -> Steps:
    """Reads a film and has its moments described, unless its content needs it no more.

    Args:
        file: As it was found.
        describer: Asked only for a film that it has not described.
        writer: Knows which these are.
        beside: The photograph whose moving side it may be.
    """
    try:
        stamp, content = hash_file(file.path)
        try:
            result = yield from _moments_read(file, content, describer, writer, beside)
        except UnreadableVideoError as error:
            result = UnreadableFile(file, error.reason)
        return changed_meanwhile(file, stamp) or result
    except OSError as error:
        return unreadable(file, error)


def _moments_read(
    file: FoundFile, content: bytes, describer: Describer, writer: ScanWriter, beside: bytes | None
) -> Steps:
    described = writer.is_described(content)
    if described and beside is None:
        return ReadableFilm(file, content)
    facts = read_facts(file.path)
    film = partial(ReadableFilm, file, content, _image_facts(facts, file.path), facts.duration)
    if beside is not None and is_live_photo(beside, facts):
        return film(live=True)
    if described:
        return ReadableFilm(file, content)
    if writer.described == Described():
        yield ModelNeeded()
    moments = yield from _described(file.path, describer, facts)
    found = [
        MomentDescription(Moment(each.start, each.end, each.time), each.perceptual_hash, each.description)
        for each in moments
    ]
    kept = writer.kept_moments(content, [each.moment for each in found])
    return film(found, _described_again(file.path, describer, kept))


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


def _described_again(path: bytes, describer: Describer, moments: Mapping[int, Moment]) -> dict[int, Description]:
    """What a model says of moments that another one found."""
    if not moments:
        return {}
    size = (describer.side, describer.side)
    frames = [read_frame(path, moment.time).resize(size, Image.Resampling.BICUBIC) for moment in moments.values()]
    return dict(zip(moments, describer.describe(np.stack([np.asarray(frame) for frame in frames])), strict=True))
