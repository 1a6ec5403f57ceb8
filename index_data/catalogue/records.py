"""What the catalogue hands out: frozen copies of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index_data.catalogue.annotation_records import StoredCaption
from index_data.catalogue.conditions import Mark

if TYPE_CHECKING:
    from captioning.outputs import Description


class KnownPlace(NamedTuple):
    """A path the catalogue knows, with what tells whether the file changed.

    Attributes:
        image_id: The image that was seen there.
        byte_size: Of the file.
        mtime_ns: Of the file, in nanoseconds.
        described: Whether the model in use has described the image.
    """

    image_id: int
    byte_size: int
    mtime_ns: int
    described: bool


class Moment(NamedTuple):
    """A shot of a film, in seconds since its beginning.

    Attributes:
        start: Of its first frame.
        end: Of its end.
        time: Of its most telling frame, in between.
    """

    start: float
    end: float
    time: float


class VideoRecord(NamedTuple):
    """A film by its number, and how many seconds it lasts."""

    video_id: int
    duration: float


@dataclass(frozen=True, slots=True)
class MomentDescription:
    """A moment that was found, with what a model says of its most telling frame.

    Attributes:
        moment: When it is.
        perceptual_hash: Of the frame, a signed number of 64 bits.
        description: Of the frame.
    """

    moment: Moment
    perceptual_hash: int
    description: Description


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image that can be shown.

    Attributes:
        image_id: Its number.
        paths: Where it was last seen, at least one place, the one first that was asked for; a moment's are its film's.
        caption: A person's sentence if there is one, else the model's, else empty.
        keywords: The annotation, most probable first.
        moment: When it is in its film; none of a photograph.
        video: The film; likewise.
    """

    image_id: int
    paths: tuple[bytes, ...]
    caption: str
    keywords: tuple[str, ...]
    moment: Moment | None = None
    video: VideoRecord | None = None


class ImageDate(NamedTuple):
    """When an image was taken.

    Attributes:
        moment: By the camera's clock, or by the local one if it is the file's; none where the file's is nonsense.
        of_file: Whether nothing tells when it was taken, and this is when its oldest file was last written.
    """

    moment: datetime | None
    of_file: bool


UNDATED = ImageDate(None, of_file=True)


class SeenFile(NamedTuple):
    """A file at which an image was seen, with what tells whether it changed since."""

    path: bytes
    byte_size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class SeenImage:
    """An image with its content hash, and the files at which it was last seen, at least one.

    Of a moment of a film the files are the film's, and `moment` says when it is.
    """

    image_id: int
    content_hash: bytes
    files: tuple[SeenFile, ...]
    moment: Moment | None = None


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
class ImageDetails:
    """All that is known of one image.

    Attributes:
        seen: Its content and its files.
        byte_size: Of each of the files.
        width: Pixels of the upright picture.
        height: Likewise.
        format: Such as ``JPEG``.
        taken_at: The camera's clock, if it told.
        camera: Its name, if it told.
        added_at: When the library first saw it, UTC.
        captions: The active ones, the one that is shown first.
        keywords: The annotation, each word with its probability, most probable first.
        tags: A person's words, in order.
        marks: How a person values it.
        albums: Names of those that hold it, in order.
        date: When it was taken, else that of its file.
        alike: Other images with the same perceptual hash.
        video: The film, of a moment.
        moments: All of that film, by their numbers, in order.
    """

    seen: SeenImage
    byte_size: int
    width: int
    height: int
    format: str
    taken_at: datetime | None
    camera: str | None
    added_at: datetime
    captions: tuple[StoredCaption, ...]
    keywords: tuple[tuple[str, float], ...]
    tags: tuple[str, ...]
    marks: Mapping[Mark, str]
    albums: tuple[str, ...]
    date: ImageDate
    alike: tuple[int, ...]
    video: VideoRecord | None = None
    moments: Mapping[int, Moment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaptionRecord:
    """A stored sentence, and where its image was last seen."""

    caption_id: int
    image_id: int
    text: str
    paths: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ImageWords:
    """What is said of an image, by who says it.

    Attributes:
        proposed: Captions of models that nobody has judged.
        confirmed: Captions that a person wrote or accepted.
        tags: In order.
        paths: In order; bytes that are not UTF-8 are replaced.
        keywords: The newest model's, with their probabilities.
    """

    proposed: tuple[str, ...]
    confirmed: tuple[str, ...]
    tags: tuple[str, ...]
    paths: tuple[str, ...]
    keywords: Mapping[str, float]


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
class ImageFacts:
    """What a file says of its picture; width and height are of the upright picture, in pixels.

    The perceptual hash is a signed number of 64 bits.
    """

    width: int
    height: int
    format: str
    taken_at: datetime | None = None
    camera: str | None = None
    perceptual_hash: int | None = None


@dataclass(frozen=True, slots=True)
class VectorRows:
    """Vectors (rows, D), float32, with their owners' ids (rows,), int64."""

    ids: NDArray[np.int64]
    vectors: NDArray[np.float32]


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
