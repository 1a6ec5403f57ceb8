"""The images that people name by paths: photographs, films, and moments as `film.mp4@1:23`."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from index_data.catalogue.places import images_at
from index_data.catalogue.video_facts import moments_of, videos_among
from index_data.film_times import moment_at, split_time


def images_named(session: Session, names: Iterable[bytes]) -> dict[bytes, tuple[int, ...]]:
    """The images that absolute paths name; those are left out that name none.

    A film names all of its moments, in order, and with `@` and a time behind it the moment that is then. A file that
    is itself called so goes before.
    """
    named = list(dict.fromkeys(names))
    timed = {name: parts for name in named if (parts := split_time(name)) is not None}
    at = images_at(session, {*named, *(film for film, _ in timed.values())})
    films = {video: moments_of(session, video) for video in videos_among(session, at.values())}
    images: dict[bytes, tuple[int, ...]] = {}
    for name in named:
        if name in at:
            images[name] = tuple(films.get(at[name], (at[name],)))
        elif name in timed:
            film, time = timed[name]
            moment = moment_at(films.get(at.get(film, 0), {}), time)
            images[name] = () if moment is None else (moment,)
    return {name: numbers for name, numbers in images.items() if numbers}
