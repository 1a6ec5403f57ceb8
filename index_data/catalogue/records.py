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


class SeenPlace(NamedTuple):
    """What a scan saw at a path.

    Attributes:
        image_id: The image.
        byte_size: Of the file.
        mtime_ns: Of the file, in nanoseconds.
    """

    image_id: int
    byte_size: int
    mtime_ns: int


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
