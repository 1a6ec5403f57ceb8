"""Reads and writes of the catalogue: functions of a session that hand out frozen records, never rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
from sqlalchemy import Exists, delete, exists, func, literal, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from captioning.describer import Description, ModelIdentity
from index_data import schema
from index_data.records import CaptionRecord, ImageFacts, ImageRecord, KnownPlace, LastScan, ScanCounts, VectorRows

T = TypeVar("T")

CHUNK = 500
"""Ids asked for at once, below SQLite's limit on variables."""


def now() -> datetime:
    """The time, UTC, without a zone, as SQLite keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def model_row(session: Session, identity: ModelIdentity) -> int:
    """The number of a model in this catalogue, which is given when it is first used."""
    known = session.scalar(select(schema.Model.id).where(schema.Model.key == identity.id))
    if known is not None:
        return known
    row = schema.Model(key=identity.id, digest=identity.digest, dimension=identity.dimension)
    session.add(row)
    session.flush()
    return row.id


def known_places(session: Session, model_key: str) -> dict[bytes, KnownPlace]:
    """Every path the catalogue knows."""
    described = _described(model_key, schema.Place.image_id)
    rows = session.execute(
        select(schema.Place.path, schema.Place.image_id, schema.Place.byte_size, schema.Place.mtime_ns, described)
    )
    return {path: KnownPlace(image, size, mtime, bool(done)) for path, image, size, mtime, done in rows}


def known_hashes(session: Session, model_key: str) -> dict[bytes, tuple[int, bool]]:
    """Every image's content hash, with its number and whether the model has described it."""
    rows = session.execute(select(schema.Image.content_hash, schema.Image.id, _described(model_key, schema.Image.id)))
    return {content: (image, bool(done)) for content, image, done in rows}


def known_problems(session: Session) -> dict[bytes, tuple[int, int, str]]:
    """Every file set aside: size, time in nanoseconds, reason."""
    rows = session.execute(
        select(schema.Problem.path, schema.Problem.byte_size, schema.Problem.mtime_ns, schema.Problem.reason)
    )
    return {path: (size, mtime, reason) for path, size, mtime, reason in rows}


def _described(model_key: str, image_id: InstrumentedAttribute[int]) -> Exists:
    return exists().where(
        schema.ImageVector.image_id == image_id,
        schema.ImageVector.model_id == schema.Model.id,
        schema.Model.key == model_key,
    )


def start_scan(session: Session) -> int:
    """Notes that a scan began, and gives its number."""
    row = schema.Scan(started_at=now())
    session.add(row)
    session.flush()
    return row.id


def finish_scan(session: Session, scan_id: int, counts: ScanCounts) -> None:
    """Notes that a scan ended and what it found."""
    figures = {name: getattr(counts, name) for name in ScanCounts.__dataclass_fields__}
    session.execute(update(schema.Scan).where(schema.Scan.id == scan_id).values(finished_at=now(), **figures))


def last_scan(session: Session) -> LastScan | None:
    """The latest scan."""
    row = session.scalars(select(schema.Scan).order_by(schema.Scan.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    counts = ScanCounts(**{name: getattr(row, name) for name in ScanCounts.__dataclass_fields__})
    return LastScan(row.started_at, row.finished_at, counts)


def add_image(session: Session, content_hash: bytes, byte_size: int, facts: ImageFacts) -> int:
    """Adds an image that no path shows yet, and gives its number."""
    row = schema.Image(
        content_hash=content_hash,
        byte_size=byte_size,
        width=facts.width,
        height=facts.height,
        format=facts.format,
        taken_at=facts.taken_at,
        camera=facts.camera,
        added_at=now(),
    )
    session.add(row)
    session.flush()
    return row.id


def put_place(session: Session, path: bytes, *, image_id: int, byte_size: int, mtime_ns: int, scan_id: int) -> None:
    """Notes that an image was seen at a path, and that nothing is wrong with the file there."""
    values = {"image_id": image_id, "byte_size": byte_size, "mtime_ns": mtime_ns, "scan_id": scan_id}
    statement = insert(schema.Place).values(path=path, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["path"], set_=values))
    session.execute(delete(schema.Problem).where(schema.Problem.path == path))


def remove_places(session: Session, paths: Iterable[bytes]) -> None:
    """Forgets paths; their images stay, with captions and all, until they are seen again."""
    for some in _chunks(list(paths)):
        session.execute(delete(schema.Place).where(schema.Place.path.in_(some)))


def put_problem(session: Session, path: bytes, *, byte_size: int, mtime_ns: int, reason: str) -> None:
    """Sets a file or folder aside."""
    values = {"byte_size": byte_size, "mtime_ns": mtime_ns, "reason": reason, "noted_at": now()}
    statement = insert(schema.Problem).values(path=path, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["path"], set_=values))


def remove_problems(session: Session, paths: Iterable[bytes]) -> None:
    """Forgets files that were set aside."""
    for some in _chunks(list(paths)):
        session.execute(delete(schema.Problem).where(schema.Problem.path.in_(some)))


def places_of(session: Session, image_id: int) -> list[bytes]:
    """The paths of an image, in order."""
    return list(
        session.scalars(select(schema.Place.path).where(schema.Place.image_id == image_id).order_by(schema.Place.path))
    )


def describe_image(session: Session, image_id: int, model_id: int, description: Description) -> None:
    """Stores what a model says of an image, in place of what models said before; a person's words stay."""
    session.execute(
        delete(schema.Caption).where(
            schema.Caption.image_id == image_id, schema.Caption.author == "model", schema.Caption.state == "proposed"
        )
    )
    session.execute(delete(schema.Keyword).where(schema.Keyword.image_id == image_id))
    session.execute(delete(schema.ImageVector).where(schema.ImageVector.image_id == image_id))
    caption = schema.Caption(
        image_id=image_id,
        text=description.caption.text,
        author="model",
        model_id=model_id,
        state="proposed",
        confidence=description.caption.confidence,
        created_at=now(),
    )
    session.add(caption)
    session.add_all(
        schema.Keyword(image_id=image_id, model_id=model_id, word=keyword.word, probability=keyword.probability)
        for keyword in description.keywords
    )
    session.add(schema.ImageVector(image_id=image_id, model_id=model_id, vector=_packed(description.embedding)))
    session.flush()
    vector = _packed(description.caption_embedding)
    session.add(schema.CaptionVector(caption_id=caption.id, model_id=model_id, vector=vector))


def bump(session: Session, name: str) -> None:
    """Makes a counter grow by one."""
    statement = insert(schema.Counter).values(name=name, value=1)
    session.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": schema.Counter.value + literal(1)})
    )


def counter(session: Session, name: str) -> int:
    """A counter's value, 0 before it first grew."""
    return session.scalar(select(schema.Counter.value).where(schema.Counter.name == name)) or 0


def image_vectors(session: Session, model_key: str) -> VectorRows:
    """A model's vectors of all images that have a place."""
    seen = exists().where(schema.Place.image_id == schema.ImageVector.image_id)
    rows = session.execute(
        select(schema.ImageVector.image_id, schema.ImageVector.vector)
        .join(schema.Model, schema.Model.id == schema.ImageVector.model_id)
        .where(schema.Model.key == model_key, seen)
        .order_by(schema.ImageVector.image_id)
    ).all()
    return _unpacked([(key, vector) for key, vector in rows])


def caption_vectors(session: Session, model_key: str) -> VectorRows:
    """A model's vectors of all captions, the rejected left out, whose image has a place."""
    seen = exists().where(schema.Place.image_id == schema.Caption.image_id)
    rows = session.execute(
        select(schema.Caption.id, schema.CaptionVector.vector)
        .join(schema.CaptionVector, schema.CaptionVector.caption_id == schema.Caption.id)
        .join(schema.Model, schema.Model.id == schema.CaptionVector.model_id)
        .where(schema.Model.key == model_key, schema.Caption.state != "rejected", seen)
        .order_by(schema.Caption.id)
    ).all()
    return _unpacked([(key, vector) for key, vector in rows])


def images(session: Session, ids: Sequence[int]) -> dict[int, ImageRecord]:
    """The images of these numbers that have a place."""
    paths = _paths(session, ids)
    captions: dict[int, str] = {}
    keywords: dict[int, list[str]] = defaultdict(list)
    for some in _chunks(list(ids)):
        # A person's caption comes last, so it overwrites a model's.
        rows = session.execute(
            select(schema.Caption.image_id, schema.Caption.text)
            .where(schema.Caption.image_id.in_(some), schema.Caption.state != "rejected")
            .order_by(schema.Caption.author, schema.Caption.id)
        )
        captions.update({image: text for image, text in rows})
        words = session.execute(
            select(schema.Keyword.image_id, schema.Keyword.word)
            .where(schema.Keyword.image_id.in_(some))
            .order_by(schema.Keyword.probability.desc())
        )
        for image, word in words:
            keywords[image].append(word)
    return {
        image: ImageRecord(image, places, captions.get(image, ""), tuple(keywords[image]))
        for image, places in paths.items()
    }


def captions(session: Session, ids: Sequence[int]) -> dict[int, CaptionRecord]:
    """The captions of these numbers whose image has a place."""
    found: dict[int, tuple[int, str]] = {}
    for some in _chunks(list(ids)):
        rows = session.execute(
            select(schema.Caption.id, schema.Caption.image_id, schema.Caption.text).where(schema.Caption.id.in_(some))
        )
        found.update({key: (image, text) for key, image, text in rows})
    paths = _paths(session, [image for image, _ in found.values()])
    return {
        key: CaptionRecord(key, image, text, paths[image]) for key, (image, text) in found.items() if image in paths
    }


def _paths(session: Session, ids: Sequence[int]) -> dict[int, tuple[bytes, ...]]:
    paths: dict[int, list[bytes]] = defaultdict(list)
    for some in _chunks(list(ids)):
        rows = session.execute(
            select(schema.Place.image_id, schema.Place.path)
            .where(schema.Place.image_id.in_(some))
            .order_by(schema.Place.path)
        )
        for image, path in rows:
            paths[image].append(path)
    return {image: tuple(places) for image, places in paths.items()}


def count_images(session: Session) -> tuple[int, int]:
    """Images that have a place, and their places."""
    return (
        session.scalar(select(func.count(func.distinct(schema.Place.image_id)))) or 0,
        session.scalar(select(func.count()).select_from(schema.Place)) or 0,
    )


def count_captions(session: Session) -> dict[tuple[str, str], int]:
    """Captions by author and state."""
    rows = session.execute(
        select(schema.Caption.author, schema.Caption.state, func.count()).group_by(
            schema.Caption.author, schema.Caption.state
        )
    )
    return {(author, state): count for author, state, count in rows}


def count_problems(session: Session) -> int:
    """Files and folders set aside."""
    return session.scalar(select(func.count()).select_from(schema.Problem)) or 0


def count_models(session: Session) -> dict[str, int]:
    """Images described by each model."""
    rows = session.execute(
        select(schema.Model.key, func.count(schema.ImageVector.image_id))
        .join(schema.ImageVector, schema.ImageVector.model_id == schema.Model.id)
        .group_by(schema.Model.key)
    )
    return {key: count for key, count in rows}


def frequent_keywords(session: Session, count: int) -> list[str]:
    """The words that the most images are annotated with, most frequent first."""
    words = select(schema.Keyword.word).group_by(schema.Keyword.word)
    return list(session.scalars(words.order_by(func.count().desc(), schema.Keyword.word).limit(count)))


def _packed(vector: np.ndarray) -> bytes:
    return vector.astype("<f4").tobytes()


def _unpacked(rows: Sequence[tuple[int, bytes]]) -> VectorRows:
    ids = np.array([key for key, _ in rows], dtype=np.int64)
    if not rows:
        return VectorRows(ids, np.empty((0, 0), np.float32))
    flat = np.frombuffer(b"".join(vector for _, vector in rows), dtype="<f4").astype(np.float32)
    return VectorRows(ids, flat.reshape(len(rows), -1))


def _chunks(items: list[T]) -> Iterable[list[T]]:
    return (items[at : at + CHUNK] for at in range(0, len(items), CHUNK))
