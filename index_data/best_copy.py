"""What tells duplicates apart, and which of them is the best to keep."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index_data import catalogue
from index_data.catalogue.conditions import Mark
from index_data.catalogue.records import ImageDate
from index_data.duplicates import DuplicateGroup
from index_data.library import Library


@dataclass(frozen=True, slots=True)
class Copy:
    """One file of a group of duplicates.

    Attributes:
        path: Where it lies.
        image_id: The photograph that it shows, or the film; exact copies share it.
        byte_size: Of the file.
        width: Pixels of the upright picture.
        height: Likewise.
        date: When it was taken.
        caption: That is shown; a film has none.
        tags: In order.
        marks: How a person values it.
        is_link: Whether it is a link to a file, which is neither kept nor removed.
    """

    path: bytes
    image_id: int
    byte_size: int
    width: int
    height: int
    date: ImageDate
    caption: str
    tags: tuple[str, ...]
    marks: Mapping[Mark, str]
    is_link: bool


def read_copies(library: Library, group: DuplicateGroup) -> list[Copy]:
    """The files of a group, the best first; those that the library has forgotten since are left out.

    Best is the file with the most pixels, of these the one with the most bytes, then the one of which people said the
    most, then the first by path. A link is never the best.
    """
    ids = list(group.images)
    with library.transaction() as session:
        seen, records = catalogue.seen_images(session, ids), catalogue.images(session, ids)
        seen |= catalogue.seen_videos(session, ids)
        facts, dates = catalogue.contents(session, ids), catalogue.dates_of(session, ids)
        tags, marks = catalogue.tags_of(session, ids), catalogue.marks_of(session, ids)
    copies = [
        Copy(
            path=file.path,
            image_id=image,
            byte_size=file.byte_size,
            width=facts[image][1],
            height=facts[image][2],
            date=dates[image],
            caption=records[image].caption if image in records else "",
            tags=tags.get(image, ()),
            marks=marks.get(image, {}),
            is_link=Path(os.fsdecode(file.path)).is_symlink(),
        )
        for image, known in seen.items()
        for file in known.files
        if file.path in group.paths
    ]
    return sorted(copies, key=_badness)


def _badness(copy: Copy) -> tuple[bool, int, int, int, bytes]:
    said = len(copy.tags) + len(copy.marks)
    return copy.is_link, -copy.width * copy.height, -copy.byte_size, -said, copy.path
