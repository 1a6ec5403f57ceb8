"""Films and their moments, as a scan stores them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from captioning.outputs import Description
from index_data.catalogue import schema
from index_data.catalogue.audit import forget_proposals
from index_data.catalogue.counters import advance_vector_generation
from index_data.catalogue.fragments import chunks
from index_data.catalogue.image_rows import add_images, describe_images, forget_images, spoken_of_images
from index_data.catalogue.records import ImageFacts, Moment, MomentDescription
from index_data.catalogue.upsert import put_row
from index_data.catalogue.video_facts import moments_of

LEAST_OVERLAP = 0.5
"""Share of the shorter of two moments from which on they are one, found again."""


def moment_hash(video_hash: bytes, time: float) -> bytes:
    """The content hash (32 bytes) of a moment: of its film's and the milliseconds of its most telling frame."""
    return hashlib.blake2b(video_hash + b"@%d" % round(time * 1000), digest_size=32).digest()


def add_video(session: Session, content_hash: bytes, *, byte_size: int, facts: ImageFacts, duration: float) -> int:
    """Adds a film that no path shows yet and that has no moments; gives its number.

    Args:
        session: Writes.
        content_hash: 32 bytes, of no image and no film that is known.
        byte_size: Of the file.
        facts: Of its pictures; moments get them too. The perceptual hash is none.
        duration: Seconds, at least 0.
    """
    video_id = add_images(session, [(content_hash, byte_size, facts)])[content_hash]
    session.execute(insert(schema.Video), [{"image_id": video_id, "duration": duration}])
    return video_id


def kept_moments(session: Session, video_id: int, found: Sequence[Moment], *, model_id: int) -> dict[int, Moment]:
    """The moments with words of a person that none of those that were found takes over, by their numbers.

    They stay beside what was found; left out are those that the model has described.
    """
    known = moments_of(session, video_id)
    rest = known.keys() - _taken_over(known, found).values()
    described = set(
        session.scalars(
            select(schema.ImageVector.image_id)
            .join(schema.VideoMoment, schema.VideoMoment.image_id == schema.ImageVector.image_id)
            .where(schema.VideoMoment.video_id == video_id, schema.ImageVector.model_id == model_id)
        )
    )
    return {image: known[image] for image in sorted(spoken_of_images(session, sorted(rest)) - described)}


def put_moments(
    session: Session,
    video_id: int,
    found: Sequence[MomentDescription],
    *,
    model_id: int,
    kept: Mapping[int, Description] = MappingProxyType({}),
) -> list[int]:
    """Stores the moments of a film, with what the model says of them, in the place of those that it had.

    A moment takes over the number of the former one with the same frame, else of the one that it overlaps most, by at
    least half of the shorter, with all that people said of it. Of the other former ones those stay of which a person
    said anything.

    Args:
        session: Writes.
        video_id: The film.
        found: Its moments, of different frames by the millisecond.
        model_id: The model that described them.
        kept: What it says of the moments of `kept_moments`.

    Returns:
        The numbers of the moments that were found, in their order.
    """
    film = session.get_one(schema.Image, video_id)
    known = moments_of(session, video_id)
    taken = _taken_over(known, [each.moment for each in found])
    rest = sorted(known.keys() - taken.values())
    spoken = spoken_of_images(session, rest)
    forget_images(session, [image for image in rest if image not in spoken])
    # What models said was said of other frames; a person's words stay.
    forget_proposals(session, list(taken.values()))
    for chunk in chunks(taken.values()):
        session.execute(delete(schema.ImageVector).where(schema.ImageVector.image_id.in_(chunk)))
    hashes = [moment_hash(film.content_hash, each.moment.time) for each in found]
    facts = ImageFacts(film.width, film.height, film.format, film.taken_at, film.camera)
    added = add_images(
        session,
        [
            (content, film.byte_size, replace(facts, perceptual_hash=each.perceptual_hash))
            for at, (content, each) in enumerate(zip(hashes, found, strict=True))
            if at not in taken
        ],
    )
    images = [taken[at] if at in taken else added[content] for at, content in enumerate(hashes)]
    for at, image in taken.items():
        frame = {"content_hash": hashes[at], "perceptual_hash": found[at].perceptual_hash}
        session.execute(update(schema.Image).where(schema.Image.id == image).values(frame))
    for image, each in zip(images, found, strict=True):
        times = dict(zip(("start_time", "end_time", "frame_time"), each.moment, strict=True))
        put_row(session, schema.VideoMoment, "image_id", {"image_id": image, "video_id": video_id, **times})
    said = {image: each.description for image, each in zip(images, found, strict=True)}
    describe_images(session, said | dict(kept), model_id=model_id)
    advance_vector_generation(session)
    return images


def _taken_over(known: Mapping[int, Moment], found: Sequence[Moment]) -> dict[int, int]:
    """Which known moment each of those that were found is, by its place among them; others are new."""
    pairs = sorted(
        (_likeness(former, moment), at, image)
        for at, moment in enumerate(found)
        for image, former in known.items()
        if _likeness(former, moment) >= LEAST_OVERLAP
    )
    taken: dict[int, int] = {}
    for _, at, image in reversed(pairs):
        if at not in taken and image not in taken.values():
            taken[at] = image
    return taken


def _likeness(former: Moment, moment: Moment) -> float:
    """The share of the shorter of two moments that both hold, in [0, 1]; more where they show the same frame."""
    if round(former.time * 1000) == round(moment.time * 1000):
        return 2.0
    both = min(former.end, moment.end) - max(former.start, moment.start)
    shorter = min(former.end - former.start, moment.end - moment.start)
    return max(both, 0.0) / shorter if shorter > 0 else float(both >= 0)
