"""How much of everything there is."""

from __future__ import annotations

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema


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


def count_undated(session: Session) -> int:
    """Images with a place of which nothing tells when they were taken."""
    seen = exists().where(schema.Place.image_id == schema.Image.id)
    undated = schema.Image.taken_at.is_(None)
    return session.scalar(select(func.count()).select_from(schema.Image).where(seen, undated)) or 0


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
    words = select(schema.ImageKeyword.word).group_by(schema.ImageKeyword.word)
    return list(session.scalars(words.order_by(func.count().desc(), schema.ImageKeyword.word).limit(count)))
