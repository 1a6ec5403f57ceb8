"""Where people moved the files of photographs: the journal of it, and the places that follow."""

from __future__ import annotations

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.annotation_records import FileChanged
from index_data.catalogue.fragments import now
from index_data.catalogue.journal import begin_action
from index_data.catalogue.problem_rows import remove_problems


def begin_file_action(session: Session, kind: str) -> int:
    """Notes an action whose files follow one by one, and gives its number."""
    return begin_action(session, kind).id


def note_file_change(session: Session, action_id: int, change: FileChanged) -> None:
    """Notes a file that an action moves."""
    session.add(schema.FileChange(action_id=action_id, **change._asdict()))


def forget_file_change(session: Session, action_id: int, was: bytes) -> bool:
    """Takes back that an action moves a file, and says whether it moves others; one that moves none is forgotten."""
    session.execute(
        delete(schema.FileChange).where(schema.FileChange.action_id == action_id, schema.FileChange.was == was)
    )
    if session.scalar(select(exists().where(schema.FileChange.action_id == action_id))):
        return True
    session.execute(delete(schema.Action).where(schema.Action.id == action_id))
    return False


def file_changes(session: Session, action_id: int) -> list[FileChanged]:
    """The files that an action moved, in that order."""
    change = schema.FileChange
    rows = session.execute(
        select(change.image_id, change.was, change.became).where(change.action_id == action_id).order_by(change.id)
    )
    return [FileChanged(*row) for row in rows]


def end_file_action(session: Session, action_id: int) -> None:
    """Notes that an action was undone, which is not offered for another time."""
    session.execute(update(schema.Action).where(schema.Action.id == action_id).values(state="dropped", undone_at=now()))


def move_place(session: Session, was: bytes, became: bytes, *, mtime_ns: tuple[int, int] | None = None) -> bool:
    """Lets a place follow its file, and says whether there was one.

    Args:
        session: Open.
        was: The path that the catalogue knows.
        became: Where the file lies now; whatever the catalogue knew there is gone.
        mtime_ns: The time of the file before and now, if a copy did not keep it to the nanosecond; what had changed
            before the move is still seen to have changed after it.
    """
    if session.scalar(select(schema.Place.id).where(schema.Place.path == was)) is None:
        return False
    session.execute(delete(schema.Place).where(schema.Place.path == became))
    remove_problems(session, [became])
    if mtime_ns is not None:
        before, after = mtime_ns
        same = schema.Place.path == was, schema.Place.mtime_ns == before
        session.execute(update(schema.Place).where(*same).values(mtime_ns=after))
    session.execute(update(schema.Place).where(schema.Place.path == was).values(path=became))
    return True


def put_place_back(session: Session, path: bytes, *, image_id: int, byte_size: int, mtime_ns: int) -> None:
    """Notes that a file lies again where it was, unless it has another size than its image."""
    image = session.get(schema.Image, image_id)
    known = session.scalar(select(schema.Place.id).where(schema.Place.path == path))
    if image is not None and image.byte_size == byte_size and known is None:
        scan = session.scalar(select(func.max(schema.ScanRun.id)))
        facts = {"image_id": image_id, "byte_size": byte_size, "mtime_ns": mtime_ns, "scan_id": scan}
        session.add(schema.Place(path=path, **facts))
