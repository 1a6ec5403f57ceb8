"""What should not be in a catalogue, and taking it out: for the doctor alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sqlalchemy import ColumnElement, case, delete, exists, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from index_data.catalogue import schema
from index_data.catalogue.fragments import chunks

NORM_TOLERANCE = 1e-3
"""How far the squared length of a stored vector may be from 1; rounding stays well below."""

CLOCK_TOLERANCE = 1e-3
"""Seconds by which a moment may end after its film: clocks are rounded."""

_Vectors = type[schema.ImageVector] | type[schema.CaptionVector]
_VECTORS: dict[str, tuple[_Vectors, InstrumentedAttribute[int]]] = {
    "image": (schema.ImageVector, schema.ImageVector.image_id),
    "caption": (schema.CaptionVector, schema.CaptionVector.caption_id),
}


def unfit_vectors(session: Session) -> Iterator[tuple[str, int, list[int]]]:
    """Yields kind of owner, number of the model and owners of vectors that are not of its D or not of unit length."""
    for model_id, dimension in session.execute(select(schema.Model.id, schema.Model.dimension)).all():
        for kind, (vectors, owner) in _VECTORS.items():
            rows = session.connection().execute(select(owner, vectors.vector).where(vectors.model_id == model_id))
            bad = [key for key, vector in rows if not _is_unit(vector, dimension)]
            if bad:
                yield kind, model_id, bad


def _is_unit(vector: bytes, dimension: int) -> bool:
    if len(vector) != 4 * dimension:
        return False
    numbers = np.frombuffer(vector, "<f4")
    return bool(abs(float(numbers @ numbers) - 1) < NORM_TOLERANCE)  # not so for NaN


def forget_vectors(session: Session, kind: str, owners: Sequence[int], *, model_id: int) -> None:
    """Forgets vectors; of images also what the model said of them, so that the next scan describes them anew."""
    vectors, owner = _VECTORS[kind]
    for chunk in chunks(owners):
        session.execute(delete(vectors).where(owner.in_(chunk), vectors.model_id == model_id))
    if kind == "image":
        forget_proposals(session, owners, model_id=model_id)


def forget_proposals(session: Session, images: Sequence[int], *, model_id: int | None = None) -> None:
    """Forgets captions and keywords of images by a model, or by all of them, that no person has dealt with."""
    # What a person did to a caption may be undone and redone.
    touched = exists().where(schema.Change.caption_id == schema.Caption.id)
    of_model = schema.Caption.author == "model", schema.Caption.state == "proposed", ~touched
    for chunk in chunks(images):
        captions = delete(schema.Caption).where(schema.Caption.image_id.in_(chunk), *of_model)
        keywords = delete(schema.ImageKeyword).where(schema.ImageKeyword.image_id.in_(chunk))
        if model_id is not None:
            captions = captions.where(schema.Caption.model_id == model_id)
            keywords = keywords.where(schema.ImageKeyword.model_id == model_id)
        session.execute(captions)
        session.execute(keywords)


def misplaced_moments(session: Session) -> list[int]:
    """Moments that end after their films."""
    film = schema.Video.image_id == schema.VideoMoment.video_id
    late = schema.VideoMoment.end_time > schema.Video.duration + CLOCK_TOLERANCE
    return list(session.scalars(select(schema.VideoMoment.image_id).join(schema.Video, film).where(late)))


def confine_moments(session: Session, moments: Sequence[int]) -> None:
    """Has moments end with their films at the latest; what is said of them stays."""
    moment = schema.VideoMoment
    end = select(schema.Video.duration).where(schema.Video.image_id == moment.video_id).scalar_subquery()
    times = (moment.start_time, moment.frame_time, moment.end_time)
    within = {time: case((time > end, end), else_=time) for time in times}
    for chunk in chunks(moments):
        session.execute(
            update(moment).where(moment.image_id.in_(chunk)).values(within).execution_options(synchronize_session=False)
        )


def undescribed(session: Session) -> list[int]:
    """Images with a place that no model has embedded."""
    seen = exists().where(schema.Sighting.image_id == schema.Image.id)
    vector = exists().where(schema.ImageVector.image_id == schema.Image.id)
    return list(session.scalars(select(schema.Image.id).where(seen, ~vector)))


def uncaptioned(session: Session) -> dict[int, list[int]]:
    """Images that a model embedded but of which nobody ever said anything, by the model's number."""
    caption = exists().where(schema.Caption.image_id == schema.ImageVector.image_id)
    by_model: dict[int, list[int]] = {}
    for image, model in session.execute(
        select(schema.ImageVector.image_id, schema.ImageVector.model_id).where(~caption)
    ):
        by_model.setdefault(model, []).append(image)
    return by_model


def settled_proposals(session: Session) -> int:
    """How many tags wait for a person as proposed, of images that have them already."""
    return int(session.scalar(select(func.count()).select_from(schema.ProposedTag).where(*_settled())) or 0)


def settle_proposals(session: Session) -> None:
    """Counts these as accepted; what people said stays."""
    session.execute(update(schema.ProposedTag).where(*_settled()).values(state="accepted"))


def _settled() -> tuple[ColumnElement[bool], ...]:
    proposal = schema.ProposedTag
    same = schema.Tag.image_id == proposal.image_id, schema.Tag.name == proposal.name
    return proposal.state == "proposed", exists().where(*same)
