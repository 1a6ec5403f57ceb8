"""Where images were last seen, and the files and folders that were set aside."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.records import KnownPlace, ProblemRecord
from index_data.catalogue.statements import chunks, described, now

_NO_STAMP = (-1, 0)
"""A size that no file has, so that no file is taken for unchanged."""


def known_places(session: Session, model_key: str) -> dict[bytes, KnownPlace]:
    """Every path the catalogue knows."""
    done = described(model_key, schema.Place.image_id)
    statement = select(schema.Place.path, schema.Place.image_id, schema.Place.byte_size, schema.Place.mtime_ns, done)
    # By the connection, which makes no more of a row than it is: there may be a million.
    rows = session.connection().execute(statement).all()
    return {path: KnownPlace(image, size, mtime, ready) for path, image, size, mtime, ready in rows}


def put_place(session: Session, path: bytes, *, image_id: int, byte_size: int, mtime_ns: int, scan_id: int) -> None:
    """Notes that an image was seen at a path."""
    values = {"image_id": image_id, "byte_size": byte_size, "mtime_ns": mtime_ns, "scan_id": scan_id}
    statement = insert(schema.Place).values(path=path, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["path"], set_=values))


def remove_places(session: Session, paths: Iterable[bytes]) -> None:
    """Forgets paths; their images stay, with captions and all, until they are seen again."""
    for some in chunks(paths):
        session.execute(delete(schema.Place).where(schema.Place.path.in_(some)))


def places_of(session: Session, image_id: int) -> list[bytes]:
    """The paths of an image, in order."""
    return list(
        session.scalars(select(schema.Place.path).where(schema.Place.image_id == image_id).order_by(schema.Place.path))
    )


def images_at(session: Session, paths: Iterable[bytes]) -> dict[bytes, int]:
    """The numbers of the images at paths, those left out at which there is none."""
    found: dict[bytes, int] = {}
    for some in chunks(paths):
        rows = session.execute(select(schema.Place.path, schema.Place.image_id).where(schema.Place.path.in_(some)))
        found.update({path: image for path, image in rows})
    return found


def image_of_file(session: Session, path: bytes, *, byte_size: int, mtime_ns: int) -> int | None:
    """The number of the image at a path, if the file has not changed since it was indexed."""
    same = schema.Place.byte_size == byte_size, schema.Place.mtime_ns == mtime_ns
    return session.scalar(select(schema.Place.image_id).where(schema.Place.path == path, *same))


def all_places(session: Session) -> dict[bytes, int]:
    """Every path that shows an image, with the image's number."""
    rows = session.execute(select(schema.Place.path, schema.Place.image_id))
    return {path: image for path, image in rows}


def shown_images(session: Session) -> list[int]:
    """The numbers of all images that have a place, in order."""
    return list(session.scalars(select(schema.Place.image_id).distinct().order_by(schema.Place.image_id)))


def images_by_path(session: Session) -> list[int]:
    """The numbers of all images that have a place, by the first of their paths."""
    path = func.min(schema.Place.path)
    return list(session.scalars(select(schema.Place.image_id).group_by(schema.Place.image_id).order_by(path)))


def images_by_date(session: Session) -> list[int]:
    """The numbers of all images that have a place, the oldest first: by the camera's clock, else when they came."""
    seen = exists().where(schema.Place.image_id == schema.Image.id)
    date = func.coalesce(schema.Image.taken_at, schema.Image.added_at)
    return list(session.scalars(select(schema.Image.id).where(seen).order_by(date, schema.Image.id)))


def known_problems(session: Session) -> dict[bytes, tuple[int, int, str]]:
    """Every file set aside: size, time in nanoseconds, reason."""
    rows = session.execute(
        select(schema.Problem.path, schema.Problem.byte_size, schema.Problem.mtime_ns, schema.Problem.reason)
    )
    return {path: (size, mtime, reason) for path, size, mtime, reason in rows}


def problems(session: Session) -> list[ProblemRecord]:
    """Every file and folder set aside, by path."""
    rows = session.execute(
        select(schema.Problem.path, schema.Problem.byte_size, schema.Problem.reason, schema.Problem.noted_at).order_by(
            schema.Problem.path
        )
    )
    return [ProblemRecord(path, None if size < 0 else size, reason, noted_at) for path, size, reason, noted_at in rows]


def put_problem(session: Session, path: bytes, *, stamp: tuple[int, int] | None, reason: str) -> None:
    """Sets a file or folder aside until its stamp, size and time, changes; without a stamp, until the next scan."""
    byte_size, mtime_ns = stamp or _NO_STAMP
    values = {"byte_size": byte_size, "mtime_ns": mtime_ns, "reason": reason, "noted_at": now()}
    statement = insert(schema.Problem).values(path=path, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["path"], set_=values))


def remove_problems(session: Session, paths: Iterable[bytes]) -> None:
    """Forgets files that were set aside."""
    for some in chunks(paths):
        session.execute(delete(schema.Problem).where(schema.Problem.path.in_(some)))
