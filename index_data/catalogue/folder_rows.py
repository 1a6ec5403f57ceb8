"""The folders that a person chose to have indexed, each with what is left out there."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.fragments import chunks
from index_data.catalogue.library_records import FolderRecord
from index_data.catalogue.upsert import put_row


def folders(session: Session) -> list[FolderRecord]:
    """Every chosen folder, by path."""
    rows = session.execute(
        select(schema.Folder.path, schema.Folder.exclude, schema.Folder.hidden, schema.Folder.max_pixels).order_by(
            schema.Folder.path
        )
    )
    return [FolderRecord(path, tuple(json.loads(exclude)), hidden, limit) for path, exclude, hidden, limit in rows]


def put_folder(session: Session, folder: FolderRecord) -> None:
    """Remembers a folder, or other settings of one."""
    # In ASCII: a pattern may hold bytes that are not text.
    facts = {"exclude": json.dumps(folder.exclude), "hidden": folder.hidden, "max_pixels": folder.max_pixels}
    put_row(session, schema.Folder, "path", {"path": folder.path, **facts})


def remove_folders(session: Session, paths: Iterable[bytes]) -> None:
    """Forgets folders; the photographs in them stay as they are."""
    for chunk in chunks(paths):
        session.execute(delete(schema.Folder).where(schema.Folder.path.in_(chunk)))
