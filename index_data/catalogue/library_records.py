"""What the catalogue hands out of a library as a whole: its albums, folders, scans and counts, in frozen copies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class AlbumRecord:
    """An album, or a search that was saved under a name.

    Attributes:
        album_id: Its number.
        name: No other has it, whatever the case of its letters.
        query: Of a saved search; none of an album.
        count: Photographs that an album holds and that have a place; 0 of a saved search.
    """

    album_id: int
    name: str
    query: str | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How many images were taken in a month.

    Attributes:
        month: Such as ``2019-07``.
        count: Images.
        by_file: Of these, those whose file's date alone tells it.
    """

    month: str
    count: int
    by_file: int


@dataclass(frozen=True, slots=True)
class FolderRecord:
    """A folder that a person chose to have indexed.

    Attributes:
        path: Absolute.
        exclude: Patterns in the syntax of `.gitignore`: what is left out.
        hidden: Whether names with a leading dot are taken.
        max_pixels: A picture of more is set aside; none is the usual limit.
    """

    path: bytes
    exclude: tuple[str, ...] = ()
    hidden: bool = False
    max_pixels: int | None = None


@dataclass(frozen=True, slots=True)
class ProblemRecord:
    """A file or folder that was set aside; the time is UTC, the size unknown where it could not be asked."""

    path: bytes
    byte_size: int | None
    reason: str
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class ScanCounts:
    """What a scan found; every image file it saw is in exactly one count, except those removed.

    Attributes:
        new: Images that had no place: never seen before, or come back.
        changed: Files whose content is another than before.
        unchanged: Files as they were.
        moved: Known images at a new path whose old path is gone or shows another image.
        duplicate: Known images at one more path.
        removed: Paths that are gone.
        set_aside: Files and folders that could not be read.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    moved: int = 0
    duplicate: int = 0
    removed: int = 0
    set_aside: int = 0

    @property
    def readable(self) -> int:
        """Files that hold a picture the library now knows."""
        return self.new + self.changed + self.unchanged + self.moved + self.duplicate


@dataclass(frozen=True, slots=True)
class LastScan:
    """The latest scan; `finished_at` is none while it runs, or when it was killed. Times are UTC."""

    started_at: datetime
    finished_at: datetime | None
    counts: ScanCounts


class ImageCounts(NamedTuple):
    """How much a library can show.

    Attributes:
        photographs: Those that have a place.
        places: Their paths.
        videos: Films that have a place, and moments: one without is the moving side of a photograph.
        video_places: Their paths.
        moments: Of those films.
    """

    photographs: int
    places: int
    videos: int
    video_places: int
    moments: int

    @property
    def images(self) -> int:
        """All that can be found: photographs and moments."""
        return self.photographs + self.moments


@dataclass(frozen=True, slots=True)
class TagProgress:
    """How far a library has learnt its tags.

    Attributes:
        learnt: Tags.
        proposed: Proposals that wait for a person.
        changed: Tags that have examples enough, and other ones than they were learnt from.
        learnt_at: UTC, the latest time; none if never.
    """

    learnt: int = 0
    proposed: int = 0
    changed: int = 0
    learnt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """A library at a glance.

    Attributes:
        folder: Where it lies, or the address of its database.
        revision: Of its schema.
        images: Photographs with a place.
        places: Paths of those photographs.
        videos: Films with a place.
        video_places: Paths of those films.
        moments: Of those films.
        captions: Captions by author and state, such as ``("model", "proposed")``.
        set_aside: Files and folders that could not be read.
        models: Photographs and moments described, by model.
        index_kind: How vectors are searched.
        sizes: Bytes of each file of the library, by name.
        last_scan: The latest scan, if there was one.
        tags: How far its tags are learnt.
    """

    folder: str
    revision: str
    images: int
    places: int
    videos: int
    video_places: int
    moments: int
    captions: dict[tuple[str, str], int]
    set_aside: int
    models: dict[str, int]
    index_kind: str
    sizes: dict[str, int] = field(default_factory=dict)
    last_scan: LastScan | None = None
    tags: TagProgress = TagProgress()
