"""The models that described images of the library."""

from __future__ import annotations

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from captioning.outputs import ModelIdentity
from index_data.catalogue import schema


def model_row(session: Session, identity: ModelIdentity) -> int:
    """The number of a model in this catalogue, which is given when it is first used."""
    known = session.scalar(select(schema.Model.id).where(schema.Model.key == identity.id))
    if known is not None:
        return known
    row = schema.Model(key=identity.id, digest=identity.digest, dimension=identity.dimension)
    session.add(row)
    session.flush()
    return row.id


def retire_models(session: Session, model_id: int) -> None:
    """Forgets what other models said, once every image that has a place is described by this one; kept words stay."""
    if session.scalar(select(func.count()).select_from(schema.Model)) == 1:
        return
    own = schema.ImageVector.image_id == schema.Sighting.image_id, schema.ImageVector.model_id == model_id
    if session.scalar(select(schema.Sighting.id).where(~exists().where(*own)).limit(1)) is not None:
        return
    # Of images without a place the words stay until they come back.
    anew = select(schema.ImageVector.image_id).where(schema.ImageVector.model_id == model_id)
    of_models = (schema.Caption.author == "model", schema.Caption.state == "proposed")
    # What a person did to a caption may be undone and redone.
    touched = exists().where(schema.Change.caption_id == schema.Caption.id)
    session.execute(
        delete(schema.Caption).where(
            *of_models, schema.Caption.model_id != model_id, schema.Caption.image_id.in_(anew), ~touched
        )
    )
    captions = select(schema.Caption.id).where(schema.Caption.image_id.in_(anew))
    for table, owner in (
        (schema.ImageKeyword, schema.ImageKeyword.image_id.in_(anew)),
        (schema.CaptionVector, schema.CaptionVector.caption_id.in_(captions)),
        (schema.ImageVector, schema.ImageVector.image_id.in_(anew)),
    ):
        session.execute(delete(table).where(table.model_id != model_id, owner))
    in_use = (
        exists().where(column == schema.Model.id)
        for column in (schema.ImageVector.model_id, schema.CaptionVector.model_id, schema.Caption.model_id)
    )
    # A model that comes back is the newest again.
    session.execute(delete(schema.Model).where(schema.Model.id != model_id, *(~used for used in in_use)))
