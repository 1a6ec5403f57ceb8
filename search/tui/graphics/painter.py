"""Draws photographs in threads: from the thumbnail cache where that is enough, else from their files."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image

from captioning.errors import UnreadableImageError
from captioning.images import load_thumbnail
from index_data import catalogue
from index_data.catalogue.records import SeenImage
from index_data.library import Library
from index_data.thumbnails import SIDE, Thumbnails
from search.tui.graphics.drawing import CELL, Drawing, Frame, Pictures, draw

THREADS = 2
"""That decode beside the worker that asks for drawings."""

Drawn = Drawing | str
"""A drawing, or the reason why there is none."""


class Painter:
    """Draws the photographs of one library; called from workers."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._thumbnails = Thumbnails(library.paths.thumbnails)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="paint")

    def close(self) -> None:
        """Drops what has not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def paint(self, ids: Sequence[int], frame: Frame, *, stop: Callable[[], bool]) -> Iterator[tuple[int, Drawn]]:
        """Draws photographs, in order, until told to stop."""
        seen = self._library.read(catalogue.seen_images, ids)
        work = partial(self._one, frame=frame, stop=stop)
        for image, drawn in zip(ids, self._threads.map(work, [seen.get(one) for one in ids]), strict=True):
            if stop():
                return
            yield image, drawn

    def paint_one(self, shown: int | bytes, frame: Frame) -> Drawing:
        """Draws one photograph, or a file.

        Raises:
            UnreadableImageError: The file cannot be read.
        """
        return draw(self.picture(shown, frame), frame)

    def picture(self, shown: int | bytes, frame: Frame) -> Image.Image:
        """The picture of a photograph, or of a file, with as many pixels as a frame shows.

        Raises:
            UnreadableImageError: The file cannot be read.
        """
        if isinstance(shown, bytes):
            return load_thumbnail(shown, side=_side(frame))
        return self._picture(self._library.read(catalogue.seen_images, [shown]).get(shown), frame)

    def _one(self, image: SeenImage | None, *, frame: Frame, stop: Callable[[], bool]) -> Drawn:
        if stop():
            return "not drawn"
        try:
            return draw(self._picture(image, frame), frame)
        except UnreadableImageError as error:
            return str(error)

    def _picture(self, image: SeenImage | None, frame: Frame) -> Image.Image:
        if image is None:
            raise UnreadableImageError("no longer in the library")
        kept = self._thumbnails.get(image.content_hash, image.files)
        return kept if _side(frame) <= SIDE else load_thumbnail(_first(image), side=_side(frame))


def _side(frame: Frame) -> int:
    """Pixels that a frame shows of the longer side; blocks have one dot a column and two a row."""
    if frame.way in (Pictures.KITTY, Pictures.SIXEL):
        return max(frame.columns * CELL.width, frame.rows * CELL.height)
    return max(frame.columns, 2 * frame.rows)


def _first(image: SeenImage) -> bytes:
    """The first file that is there."""
    there = (file.path for file in image.files if Path(os.fsdecode(file.path)).exists())
    return next(there, image.files[0].path)


class Drawings:
    """The drawings made last, by photograph; those that fall out are released in the terminal."""

    def __init__(self, most: int, write: Callable[[str], None]) -> None:
        self._most, self._write = most, write
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
            self._write(drawn.transfer)
        self._held[image] = drawn
        while len(self._held) > self._most:
            self._release(self._held.popitem(last=False)[1])

    def clear(self) -> None:
        """Lets go of all."""
        for drawn in self._held.values():
            self._release(drawn)
        self._held.clear()

    def drop(self, images: Sequence[int]) -> None:
        """Lets go of some."""
        for image in images:
            self._release(self._held.pop(image, None))

    def _release(self, drawn: Drawn | None) -> None:
        if isinstance(drawn, Drawing) and drawn.release:
            self._write(drawn.release)
