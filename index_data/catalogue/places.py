"""Where images were last seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.conditions import PlaceCondition
from index_data.catalogue.fragments import READ_AT_ONCE, chunks, described
from index_data.catalogue.image_records import paths_of_images
from index_data.catalogue.path_order import all_by_path
from index_data.catalogue.place_conditions import preference
from index_data.catalogue.records import KnownPlace, SeenPlace
from index_data.catalogue.upsert import put_rows
from index_data.catalogue.video_facts import moments_among


def known_places(session: Session, model_key: str) -> dict[bytes, KnownPlace]:
    """Every path the catalogue knows."""
    done = described(model_key, schema.Place.image_id)
    statement = select(schema.Place.path, schema.Place.image_id, schema.Place.byte_size, schema.Place.mtime_ns, done)
    # A piece at a time, by the connection, which makes no more of a row than it is: there may be millions.
    rows = session.connection().execute(statement, execution_options={"yield_per": READ_AT_ONCE})
    return {path: KnownPlace(image, size, mtime, ready) for path, image, size, mtime, ready in rows}


def put_place(session: Session, path: bytes, *, image_id: int, byte_size: int, mtime_ns: int, scan_id: int) -> None:
    """Notes that an image was seen at a path."""
    put_places(session, {path: SeenPlace(image_id, byte_size, mtime_ns)}, scan_id=scan_id)


def put_places(session: Session, places: Mapping[bytes, SeenPlace], *, scan_id: int) -> None:
    """The same of many paths."""
    rows = [{"path": path, **place._asdict(), "scan_id": scan_id} for path, place in places.items()]
    put_rows(session, schema.Place, "path", rows)


def remove_places(session: Session, paths: Iterable[bytes]) -> None:
    """Forgets paths; their images stay, with captions and all, until they are seen again."""
    for chunk in chunks(paths):
        session.execute(delete(schema.Place).where(schema.Place.path.in_(chunk)))


def places_of(session: Session, image_id: int) -> list[bytes]:
    """The paths of an image, in order."""
    return list(
        session.scalars(select(schema.Place.path).where(schema.Place.image_id == image_id).order_by(schema.Place.path))
    )


def images_at(session: Session, paths: Iterable[bytes]) -> dict[bytes, int]:
    """The numbers of the images at paths, those left out at which there is none."""
    images: dict[bytes, int] = {}
    for chunk in chunks(paths):
        rows = session.execute(select(schema.Place.path, schema.Place.image_id).where(schema.Place.path.in_(chunk)))
        images.update({path: image for path, image in rows})
    return images


def image_of_file(session: Session, path: bytes, *, byte_size: int, mtime_ns: int) -> int | None:
    """The number of the image at a path, if the file has not changed since it was indexed."""
    same = schema.Place.byte_size == byte_size, schema.Place.mtime_ns == mtime_ns
    return session.scalar(select(schema.Place.image_id).where(schema.Place.path == path, *same))


def all_places(session: Session, *, videos: bool = True) -> dict[bytes, int]:
    """Every path that shows an image, with its number, and unless they are left out those of films, with theirs."""
    statement = select(schema.Place.path, schema.Place.image_id)
    if not videos:
        statement = statement.where(schema.Place.image_id.not_in(select(schema.Video.image_id)))
    rows = session.execute(statement)
    return {path: image for path, image in rows}


def places_of_images(session: Session, ids: Sequence[int]) -> dict[int, list[bytes]]:
    """The own paths of images and films, in order; those that have none are left out."""
    places: dict[int, list[bytes]] = defaultdict(list)
    for chunk in chunks(ids):
        statement = select(schema.Place.image_id, schema.Place.path).where(schema.Place.image_id.in_(chunk))
        for image, path in session.execute(statement.order_by(schema.Place.path)):
            places[image].append(path)
    return places


def images_with_copies(session: Session) -> list[int]:
    """The numbers of all photographs, and of films with moments, that have more than one place."""
    several = select(schema.Place.image_id).group_by(schema.Place.image_id).having(func.count() > 1)
    films = select(schema.Video.image_id)
    with_moments = select(schema.VideoMoment.video_id)
    whole = schema.Place.image_id.not_in(films) | schema.Place.image_id.in_(with_moments)
    return list(session.scalars(several.where(whole)))


def images_by_path(
    session: Session, *, wanted: Sequence[PlaceCondition] = (), among: Sequence[int] | None = None
) -> list[int]:
    """The numbers of images that have a place, by the path of each that comes first; see `paths_of_images`.

    Args:
        session: Open.
        wanted: What is asked of paths.
        among: Of these images alone; none for all.
    """
    if among is not None:
        paths = paths_of_images(session, among, wanted=wanted)
        return _in_films(session, {image: places[0] for image, places in paths.items()})
    if not wanted:
        everything: list[int] = all_by_path(session).tolist()
        return everything
    first: dict[int, bytes] = {}
    rows = session.execute(select(schema.Sighting.image_id, schema.Sighting.path).order_by(*preference(wanted)))
    for image, place in rows:
        first.setdefault(image, place)
    return _in_films(session, first)


def _in_films(session: Session, first: Mapping[int, bytes]) -> list[int]:
    """Images by their first paths; the moments of a film, which have the same, in their order."""
    moments = moments_among(session, first)
    starts = {image: moment.start for image, (moment, _) in moments.items()}
    return sorted(first, key=lambda image: (first[image], starts.get(image, 0.0)))
