"""Draws photographs in threads: from the thumbnail cache where that is enough, else from their files."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from captioning.errors import UnreadableImageError
from captioning.images import load_thumbnail
from index_data import catalogue
from index_data.catalogue.records import SeenImage
from index_data.library import Library
from index_data.thumbnails import SIDE, Thumbnails, load_frame
from search.output.terminal_pictures import CHARACTERS
from search.tui.graphics.drawing import CELL, Drawing, Frame, Terminal, crop, draw, in_characters

if TYPE_CHECKING:
    from index_data.catalogue import Session

THREADS = 2
"""That decode beside the worker that asks for drawings."""

Drawn = Drawing | str
"""A drawing, or the reason why there is none."""


class Painter:
    """Draws the photographs of one library for one terminal; all but `frame` and `send` are for workers."""

    def __init__(self, library: Library, terminal: Terminal) -> None:
        self._library, self._terminal = library, terminal
        self._thumbnails = Thumbnails(library.paths.thumbnails)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="paint")

    def close(self) -> None:
        """Drops what has not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def frame(self, columns: int, rows: int) -> Frame:
        """A place for a picture, drawn as the terminal and the settings have it now."""
        return Frame(columns, rows, self._terminal.method(), self._terminal.colours())

    def cell_frame(self, columns: int, rows: int) -> Frame:
        """Likewise for one of many that scroll."""
        frame = self.frame(columns, rows)
        return replace(frame, method=in_characters(frame.method))

    def send(self, data: str) -> None:
        """Sends the terminal what a drawing needs beside its text."""
        self._terminal.send(data)

    def paint(self, ids: Sequence[int], frame: Frame, *, stop: Callable[[], bool]) -> Iterator[tuple[int, Drawn]]:
        """Draws photographs, in order, until told to stop."""
        seen = self._library.read(_seen, ids)
        work = partial(self._paint, frame=frame, stop=stop)
        for image, drawn in zip(ids, self._threads.map(work, [seen.get(image) for image in ids]), strict=True):
            if stop():
                return
            yield image, drawn

    def paint_one(self, source: int | bytes, frame: Frame) -> Drawing:
        """Draws one photograph, or a file.

        Raises:
            UnreadableImageError: The file cannot be read.
        """
        return draw(self.picture(source, frame), frame)

    def picture(self, source: int | bytes, frame: Frame) -> Image.Image:
        """The picture of a photograph, or of a file, or the part that a frame shows, with as many pixels as it shows.

        Raises:
            UnreadableImageError: The file cannot be read.
        """
        if isinstance(source, bytes):
            return crop(load_thumbnail(source, side=_side(frame)), frame)
        return crop(self._picture(self._library.read(_seen, [source]).get(source), frame), frame)

    def _paint(self, image: SeenImage | None, *, frame: Frame, stop: Callable[[], bool]) -> Drawn:
        if stop():
            return "not drawn"
        try:
            return draw(self._picture(image, frame), frame)
        except UnreadableImageError as error:
            return str(error)

    def _picture(self, image: SeenImage | None, frame: Frame) -> Image.Image:
        if image is None:
            raise UnreadableImageError("no longer in the library")
        side = _side(frame)
        thumbnail = self._thumbnails.get(image.content_hash, image.files, image.moment)
        if side <= SIDE:
            return thumbnail
        file = _present_file(image)
        if image.moment is not None:
            return load_frame(file, image.moment, side=side)
        return load_thumbnail(file, side=side)


def _seen(session: Session, ids: Sequence[int]) -> dict[int, SeenImage]:
    """Photographs and moments by their numbers, and for a film its first moment."""
    seen = catalogue.seen_images(session, ids)
    for video in catalogue.videos_among(session, set(ids) - seen.keys()):
        for first in catalogue.seen_images(session, list(catalogue.moments_of(session, video))[:1]).values():
            seen[video] = first
    return seen


def _side(frame: Frame) -> int:
    """Pixels or dots that a frame shows of the longer side."""
    if (dots := CHARACTERS.get(frame.method)) is None:
        return max(frame.columns * CELL.width, frame.rows * CELL.height) * frame.zoom
    down, across = dots.shape
    return max(frame.columns * across, frame.rows * down) * frame.zoom


def _present_file(image: SeenImage) -> Path:
    """The first file that still exists; the first of all where none does, so that the error names it."""
    files = [Path(os.fsdecode(file.path)) for file in image.files]
    return next(filter(Path.exists, files), files[0])


class Drawings:
    """The drawings made last, by photograph; those that fall out are released in the terminal."""

    def __init__(self, capacity: int, send: Callable[[str], None]) -> None:
        self._capacity, self._send = capacity, send
        self._held: OrderedDict[int, Drawn] = OrderedDict()

    def __contains__(self, image: int) -> bool:
        return image in self._held

    def get(self, image: int) -> Drawn | None:
        """The drawing of a photograph, if it is held."""
        if image in self._held:
            self._held.move_to_end(image)
        return self._held.get(image)

    def put(self, image: int, drawn: Drawn) -> None:
        """Takes a drawing, and sends the terminal what it needs for it."""
        self._release(self._held.pop(image, None))
        if isinstance(drawn, Drawing) and drawn.transfer:
            self._send(drawn.transfer)
        self._held[image] = drawn
        while len(self._held) > self._capacity:
            self._release(self._held.popitem(last=False)[1])

    def clear(self) -> None:
        """Releases all."""
        for drawn in self._held.values():
            self._release(drawn)
        self._held.clear()

    def drop(self, images: Sequence[int]) -> None:
        """Releases those of some photographs."""
        for image in images:
            self._release(self._held.pop(image, None))

    def _release(self, drawn: Drawn | None) -> None:
        if isinstance(drawn, Drawing) and drawn.release:
            self._send(drawn.release)
