"""The models that answer questions about the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captioning.outputs import ModelIdentity
from index_data.catalogue.statements import run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_USED = "SELECT DISTINCT newest FROM (SELECT max(model_id) AS newest FROM image_vector GROUP BY image_id) AS described"


def answering_models(session: Session) -> list[ModelIdentity]:
    """The models whose vectors find images, the newest first.

    An image is found by the newest model that described it, so that a library half described anew is found whole.
    """
    rows = run(session, "SELECT id, key, digest, dimension FROM model ORDER BY id DESC").fetchall()
    if len(rows) > 1:
        used = {number for (number,) in run(session, _USED)}
        rows = [row for row in rows if row[0] in used]
    return [identity(*row[1:]) for row in rows]


def identity(key: str, digest: str, dimension: int) -> ModelIdentity:
    """A model by the columns of its row."""
    return ModelIdentity(key.rpartition("@")[0], digest, dimension)
