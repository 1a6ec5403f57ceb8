"""The tables of a catalogue, as the migrations make them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from index_data.catalogue.postgresql.vector_type import VectorType

WholeNumber = BigInteger().with_variant(Integer(), "sqlite")
"""A number of 64 bits, which SQLite calls otherwise."""

StoredVector = LargeBinary().with_variant(VectorType(), "postgresql")
"""Little-endian float32, unit norm."""


class Base(DeclarativeBase):
    """Gives every constraint a name, so that migrations can find it again."""

    type_annotation_map: ClassVar = {int: WholeNumber}

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Model(Base):
    """A model that described images of this library."""

    __tablename__ = "model"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, doc="Name and start of the digest.")
    digest: Mapped[str] = mapped_column(String(64))
    dimension: Mapped[int]


class Image(Base):
    """A picture, known by its content alone."""

    __tablename__ = "image"
    id: Mapped[int] = mapped_column(primary_key=True)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True, doc="BLAKE2b, 256 bits.")
    byte_size: Mapped[int]
    width: Mapped[int] = mapped_column(doc="Pixels, as the picture is seen upright.")
    height: Mapped[int]
    format: Mapped[str]
    taken_at: Mapped[datetime | None] = mapped_column(doc="The camera's clock; it knows no time zone.")
    camera: Mapped[str | None]
    added_at: Mapped[datetime] = mapped_column(doc="UTC.")
    perceptual_hash: Mapped[int | None] = mapped_column(
        BigInteger, doc="`captioning.images.difference_hash`; none of images described before it was kept."
    )


class Video(Base):
    """A film: a row of `image` that is no photograph, and of which only the moments are ever found.

    One without moments is the moving side of a photograph.
    """

    __tablename__ = "video"
    __table_args__ = (CheckConstraint("duration >= 0", name="duration"),)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    duration: Mapped[float] = mapped_column(Float, doc="Seconds.")


class VideoMoment(Base):
    """A shot of a film: a row of `image`, of which everything is said as of a photograph. Times are seconds."""

    __tablename__ = "moment"
    __table_args__ = (
        CheckConstraint("0 <= start_time AND start_time <= frame_time AND frame_time <= end_time", name="in_order"),
    )
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("video.image_id", ondelete="CASCADE"), index=True)
    start_time: Mapped[float] = mapped_column(Float)
    end_time: Mapped[float] = mapped_column(Float)
    frame_time: Mapped[float] = mapped_column(Float, doc="Of its most telling frame.")


class ScanRun(Base):
    """One run of the indexer; without an end, it is running or was killed."""

    __tablename__ = "scan"
    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(doc="UTC.")
    finished_at: Mapped[datetime | None] = mapped_column(doc="UTC.")
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    moved: Mapped[int] = mapped_column(default=0)
    duplicate: Mapped[int] = mapped_column(default=0)
    removed: Mapped[int] = mapped_column(default=0)
    set_aside: Mapped[int] = mapped_column(default=0)


class Place(Base):
    """A path at which an image was last seen."""

    __tablename__ = "place"
    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), index=True)
    path: Mapped[bytes] = mapped_column(LargeBinary, unique=True, doc="As the file system knows it.")
    byte_size: Mapped[int]
    mtime_ns: Mapped[int]
    scan_id: Mapped[int] = mapped_column(ForeignKey("scan.id"), doc="The scan that wrote this row.")


class Folder(Base):
    """A folder that a person chose to have indexed, with what is left out there."""

    __tablename__ = "folder"
    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[bytes] = mapped_column(LargeBinary, unique=True, doc="Absolute, as the file system knows it.")
    exclude: Mapped[str] = mapped_column(doc="Patterns in the syntax of `.gitignore`: a list in JSON.")
    hidden: Mapped[bool] = mapped_column(doc="Whether names with a leading dot are taken.")
    max_pixels: Mapped[int | None] = mapped_column(BigInteger, doc="None is the usual limit.")


class Problem(Base):
    """A file or folder that was set aside; it is tried again when its size or time changes, a size of -1 at once."""

    __tablename__ = "problem"
    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    byte_size: Mapped[int]
    mtime_ns: Mapped[int]
    reason: Mapped[str]
    noted_at: Mapped[datetime] = mapped_column(doc="UTC.")


class Caption(Base):
    """A sentence about an image, by a model or by a person; its words never change.

    Proposed and accepted ones are active. One that was edited gave way to another; one is withdrawn when what wrote it
    was undone.
    """

    __tablename__ = "caption"
    __table_args__ = (
        CheckConstraint("author IN ('model', 'person')", name="author"),
        CheckConstraint("state IN ('proposed', 'accepted', 'rejected', 'edited', 'withdrawn')", name="state"),
        CheckConstraint("(author = 'model') = (model_id IS NOT NULL)", name="model_known"),
        Index(None, "author", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    author: Mapped[str]
    model_id: Mapped[int | None] = mapped_column(ForeignKey("model.id"))
    state: Mapped[str]
    confidence: Mapped[float | None] = mapped_column(Float, doc="In [0, 1]; none for a person's.")
    created_at: Mapped[datetime] = mapped_column(doc="UTC.")
    origin_id: Mapped[int | None] = mapped_column(
        ForeignKey("caption.id", ondelete="SET NULL"), doc="The caption that a person edited into this one."
    )
    imported: Mapped[bool] = mapped_column(
        server_default=false(),
        default=False,
        doc="Whether it came from a file or a photograph; else it was typed here.",
    )


class Tag(Base):
    """A person's word for an image."""

    __tablename__ = "tag"
    __table_args__ = (UniqueConstraint("image_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(index=True)
    tagged_at: Mapped[datetime] = mapped_column(doc="UTC.")


class LearntTag(Base):
    """A tag as the library learnt it last from the photographs that had it."""

    __tablename__ = "learnt_tag"
    __table_args__ = (CheckConstraint("quality >= 0 AND quality <= 1", name="quality"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    model: Mapped[str] = mapped_column(doc="The key of the model whose vectors it was learnt on.")
    learnt_at: Mapped[datetime] = mapped_column(doc="UTC.")
    examples: Mapped[int] = mapped_column(doc="Images that had the tag.")
    refused: Mapped[int] = mapped_column(doc="Images that a person said do not have it.")
    images: Mapped[int] = mapped_column(doc="All among which it was looked for.")
    quality: Mapped[float] = mapped_column(Float, doc="How well each example was known by the others, in [0, 1].")
    digest: Mapped[str] = mapped_column(doc="Of the examples: it changes when they do.")


class ProposedTag(Base):
    """A tag that an image is likely to have: the model's word, until a person accepts or rejects it.

    Of one that was accepted, the person's own word is a row of `tag`; one that was rejected is never proposed again.
    """

    __tablename__ = "proposed_tag"
    __table_args__ = (
        CheckConstraint("probability >= 0 AND probability <= 1", name="probability"),
        CheckConstraint("state IN ('proposed', 'accepted', 'rejected')", name="state"),
        Index(None, "name", "state"),
    )
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    probability: Mapped[float] = mapped_column(Float, doc="In [0, 1].")
    state: Mapped[str]
    learnt_id: Mapped[int | None] = mapped_column(
        ForeignKey("learnt_tag.id", ondelete="SET NULL"),
        index=True,
        doc="What proposed it; none where the tag was learnt anew since, or in another library.",
    )


class ImageMark(Base):
    """How a person values an image: stars, a colour, whether it is picked or rejected, or a favourite."""

    __tablename__ = "mark"
    __table_args__ = (CheckConstraint("name IN ('rating', 'label', 'pick', 'favourite')", name="name"),)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(doc="One of `conditions.MARK_VALUES`.")


class Album(Base):
    """A person's choice of images under a name, or with a query a search that was saved under it."""

    __tablename__ = "album"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    query: Mapped[str | None] = mapped_column(doc="As it was typed; none of an album, which holds images.")


class AlbumImage(Base):
    """An image in an album."""

    __tablename__ = "album_image"
    album_id: Mapped[int] = mapped_column(ForeignKey("album.id", ondelete="CASCADE"), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(doc="Grows in the order of the album, with gaps.")


class Action(Base):
    """One thing that a person did to any number of images; undone ones can be redone until the next is done."""

    __tablename__ = "action"
    __table_args__ = (CheckConstraint("state IN ('done', 'undone', 'dropped')", name="state"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(doc="What the person asked for, such as `edit`.")
    state: Mapped[str] = mapped_column(index=True, doc="`dropped` is undone for good.")
    done_at: Mapped[datetime] = mapped_column(doc="UTC.")
    undone_at: Mapped[datetime | None] = mapped_column(doc="UTC, the last time.")


class Change(Base):
    """What an action changed: the state of a caption or tag, a mark's value, or a place in an album."""

    __tablename__ = "change"
    __table_args__ = (
        CheckConstraint(
            "(caption_id IS NOT NULL) + (tag IS NOT NULL) + (mark IS NOT NULL) + (album IS NOT NULL) = 1",
            name="one_subject",
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"), index=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), index=True)
    caption_id: Mapped[int | None] = mapped_column(ForeignKey("caption.id", ondelete="CASCADE"), index=True)
    tag: Mapped[str | None]
    was: Mapped[str] = mapped_column(doc="A state of the caption or tag, a value of the mark, or a position.")
    became: Mapped[str] = mapped_column(doc="Likewise.")
    mark: Mapped[str | None]
    album: Mapped[str | None] = mapped_column(doc="Its name: an album that is gone can come back.")


class FileChange(Base):
    """A file of a photograph, or a sidecar of it, that an action moved."""

    __tablename__ = "file_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"), index=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), index=True)
    was: Mapped[bytes] = mapped_column(LargeBinary, doc="Its path before.")
    became: Mapped[bytes | None] = mapped_column(LargeBinary, doc="Its path since; none is the desktop's trash.")


class ImageKeyword(Base):
    """A word of a model's annotation of an image."""

    __tablename__ = "keyword"
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"), primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)
    probability: Mapped[float] = mapped_column(Float)


class ImageVector(Base):
    """An image in a model's joint space: little-endian float32, unit norm."""

    __tablename__ = "image_vector"
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"), primary_key=True)
    vector: Mapped[bytes] = mapped_column(StoredVector)


class CaptionVector(Base):
    """A caption in a model's joint space: little-endian float32, unit norm."""

    __tablename__ = "caption_vector"
    caption_id: Mapped[int] = mapped_column(ForeignKey("caption.id", ondelete="CASCADE"), primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id"), primary_key=True)
    vector: Mapped[bytes] = mapped_column(StoredVector)


class Counter(Base):
    """A number that grows; `vectors` grows with every change of what the FAISS files must hold."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class Touched(Base):
    """The images of which something changed, in the order of their latest change; triggers of a migration keep it true.

    The image 0, which does not exist, is touched when another history of the catalogue begins.
    """

    __tablename__ = "touched"
    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(unique=True)


class Position(Base):
    """Where an image was taken; kept only for those who ask for it."""

    __tablename__ = "position"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
    )
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    latitude: Mapped[float] = mapped_column(Float, doc="Degrees, north positive.")
    longitude: Mapped[float] = mapped_column(Float, doc="Degrees, east positive.")


class View(DeclarativeBase):
    """What the catalogue shows of its tables in another form; only for reading."""

    type_annotation_map: ClassVar = {int: WholeNumber}


class Sighting(View):
    """A path at which a photograph, or the film of a moment, was last seen; see `sqlite.sightings`."""

    __tablename__ = "sighting"
    id: Mapped[int] = mapped_column(primary_key=True, doc="Of the place.")
    image_id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[bytes] = mapped_column(LargeBinary)
    byte_size: Mapped[int]
    mtime_ns: Mapped[int]
