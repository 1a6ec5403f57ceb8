"""Reads the pictures that a query wants to look like: files, and photographs of the library."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from captioning.errors import UnreadableFileError
from captioning.lazy_captioner import LazyCaptioner
from index_data import catalogue
from index_data.errors import UnknownPhotographError
from index_data.file_stamp import file_stamp
from index_data.film_times import moment_at, split_time
from index_data.locations import at_home
from search.engine.answering_model import AnsweringModel
from search.engine.encoded_query import Embedding, Examples
from search.engine.pictures import network_pixels
from search.engine.query import Likeness
from search.errors import ExampleError

if TYPE_CHECKING:
    from index_data.catalogue import Session

LARGEST_NUMBER = 2**63 - 1
"""That a row of the catalogue may have."""


def read_examples(
    session: Session,
    captioner: LazyCaptioner,
    models: Sequence[AnsweringModel],
    likenesses: Sequence[Likeness],
    *,
    more: Sequence[int],
    less: Sequence[int],
) -> dict[str, Examples]:
    """The vectors of pictures by the id of each model that has embedded them all.

    Args:
        session: In which everything is read.
        captioner: Of the model in use; describes files that are not in the library as they are.
        models: Those that answer.
        likenesses: Pictures to look like or not to look like.
        more: Numbers of photographs of which more are wanted.
        less: Numbers of photographs of which fewer are wanted.

    Raises:
        ExampleError: A file is not a picture that can be decoded, or is a whole film.
        UnknownPhotographError: The library has no photograph of a number.
        FolderError: A path begins with the folder of a user whom the system does not know.
        DeviceError: The device cannot be used, or has too little memory.
    """
    image_ids = [_number(session, likeness) for likeness in likenesses]
    needed = {*(image for image in image_ids if image is not None), *more, *less}
    for number in needed:
        if number > LARGEST_NUMBER:
            raise UnknownPhotographError(f"the library holds no photograph #{number}")
    stored = {model.identity.id: _vectors(session, model.identity.id, sorted(needed)) for model in models}
    for number in sorted(needed):
        if not any(number in vectors for vectors in stored.values()):
            raise UnknownPhotographError(f"the library holds no photograph #{number}")
    described = {
        row: _described(captioner, likeness.picture)
        for row, (likeness, image) in enumerate(zip(likenesses, image_ids, strict=True))
        if image is None and isinstance(likeness.picture, str)
    }
    examples = {}
    for model_id, vectors in stored.items():
        if needed <= vectors.keys() and (not described or model_id == captioner.identity.id):
            sides: dict[bool, list[Embedding]] = defaultdict(list)
            for row, (likeness, image) in enumerate(zip(likenesses, image_ids, strict=True)):
                sides[likeness.minus].append(described[row] if image is None else vectors[image])
            examples[model_id] = Examples(
                tuple(sides[False]),
                tuple(sides[True]),
                tuple(vectors[image] for image in more),
                tuple(vectors[image] for image in less),
                frozenset(image for image in image_ids if image is not None),
            )
    return examples


def _number(session: Session, likeness: Likeness) -> int | None:
    """The number of the photograph, or of the moment of a film, if the library has the file as it is.

    Raises:
        ExampleError: It is a whole film, or shows nothing at the time.
    """
    if isinstance(likeness.picture, int):
        return likeness.picture
    path, time = _file_and_time(likeness.picture)
    try:
        status = path.stat()
    except (OSError, ValueError):
        # Reading it will say what is wrong.
        return None
    name = os.fsencode(path.parent.resolve() / path.name)
    size, changed = file_stamp(status)
    number = catalogue.image_of_file(session, name, byte_size=size, mtime_ns=changed)
    if number is None or not catalogue.videos_among(session, [number]):
        return number
    if time is None:
        raise _whole_film(likeness.picture)
    moment = moment_at(catalogue.moments_of(session, number), time)
    if moment is None:
        raise ExampleError(f"{path} shows nothing at {likeness.picture.rpartition('@')[2]}")
    return moment


def _file_and_time(picture: str) -> tuple[Path, float | None]:
    """The file that is named, and the time in it; a file that is itself called so goes before."""
    path = at_home(Path(picture))
    timed = split_time(os.fsencode(path))
    if timed is None or os.path.lexists(path):
        return path, None
    film, time = timed
    return Path(os.fsdecode(film)), time


def _vectors(session: Session, model: str, images: Sequence[int]) -> dict[int, Embedding]:
    rows = catalogue.ImageVectors(session, model).read(images)
    return dict(zip(rows.ids.tolist(), rows.vectors, strict=True))


def _described(captioner: LazyCaptioner, picture: str) -> Embedding:
    from captioning.videos import VIDEO_SUFFIXES  # and Pillow, of which a question of words needs nothing

    path, time = _file_and_time(picture)
    if time is None and path.suffix.lower() in VIDEO_SUFFIXES:
        raise _whole_film(picture)
    try:
        pixels = network_pixels(path, side=captioner.side, time=time)
    except UnreadableFileError as error:
        raise ExampleError(f"{picture} cannot be looked at: {error.reason}") from error
    return np.asarray(captioner.describe(pixels[None])[0].embedding, np.float32)


def _whole_film(picture: str) -> ExampleError:
    return ExampleError(f"{picture} is a video; name a moment of it, such as {picture}@0:05")
