"""What people did, so that it can be told, undone and redone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from index_data.catalogue import schema
from index_data.catalogue.album_rows import place_in_albums
from index_data.catalogue.annotation_records import (
    NO_ALBUM,
    PRESENT,
    REJECTED,
    ActionRecord,
    Changed,
    HistoryEntry,
    Subject,
)
from index_data.catalogue.fragments import chunks, now
from index_data.catalogue.marks import put_mark
from index_data.catalogue.tag_proposals import turn_proposals
from index_data.catalogue.upsert import add_missing_rows
from index_data.catalogue.video_facts import moments_among, videos_among
from index_data.metadata.sidecars import is_sidecar


def record_action(session: Session, kind: str, changes: Sequence[Changed]) -> ActionRecord:
    """Makes changes and notes them as one action; what was undone before can no longer be redone."""
    action = begin_action(session, kind)
    session.execute(insert(schema.Change), [{"action_id": action.id, **change._asdict()} for change in changes])
    _make(session, changes)
    return _record(session, action, [change.image_id for change in changes])


def begin_action(session: Session, kind: str) -> schema.Action:
    """Notes an action whose changes follow; what was undone before can no longer be redone."""
    session.execute(update(schema.Action).where(schema.Action.state == "undone").values(state="dropped"))
    action = schema.Action(kind=kind, state="done", done_at=now())
    session.add(action)
    session.flush()
    return action


def latest_action(session: Session) -> ActionRecord | None:
    """The action that `undo_action` would take back, with the images whose words or files it changed."""
    action = _latest(session)
    if action is None:
        return None
    files = select(schema.FileChange.image_id).where(schema.FileChange.action_id == action.id)
    images = [change.image_id for change in _changes(session, action.id)]
    images += session.scalars(files.order_by(schema.FileChange.id))
    return _record(session, action, images)


def undo_action(session: Session) -> tuple[ActionRecord, list[Changed]] | None:
    """Takes the latest action back, and gives what that changed; none if nothing is left to undo."""
    action = _latest(session)
    if action is None:
        return None
    action.state, action.undone_at = "undone", now()
    # The last change of a thing is taken back first.
    back = [change._replace(was=change.became, became=change.was) for change in reversed(_changes(session, action.id))]
    _make(session, back)
    return _record(session, action, [change.image_id for change in back]), back


def redo_action(session: Session) -> tuple[ActionRecord, list[Changed]] | None:
    """Does again what was undone last, and gives what that changed; none if nothing is left to redo."""
    action = session.scalars(
        select(schema.Action).where(schema.Action.state == "undone").order_by(schema.Action.id).limit(1)
    ).one_or_none()
    if action is None:
        return None
    action.state = "done"
    changes = _changes(session, action.id)
    _make(session, changes)
    return _record(session, action, [change.image_id for change in changes]), changes


def history(session: Session, image: int) -> list[HistoryEntry]:
    """Everything that happened to the captions, tags, marks, albums and files of an image, the oldest first."""
    own = select(schema.Caption).where(schema.Caption.image_id == image)
    by_action = exists().where(schema.Change.caption_id == schema.Caption.id, schema.Change.was == "withdrawn")
    lines: list[tuple[tuple[datetime, int], HistoryEntry]] = [
        (
            (row.created_at, 0),
            HistoryEntry(row.created_at, "propose", row.author, row.text, "caption", "", "proposed", None),
        )
        for row in session.scalars(own.where(~by_action))
    ]
    changes = session.execute(
        select(schema.Change, schema.Action, schema.Caption)
        .join(schema.Action, schema.Action.id == schema.Change.action_id)
        .outerjoin(schema.Caption, schema.Caption.id == schema.Change.caption_id)
        .where(schema.Change.image_id == image)
    )
    for change, action, caption in changes:
        subjects: dict[Subject, str | None] = {"tag": change.tag, "mark": change.mark, "album": change.album}
        subject: Subject = next((name for name, text in subjects.items() if text is not None), "caption")
        author, words = (caption.author, caption.text) if caption is not None else ("person", subjects[subject] or "")
        undone = None if action.state == "done" else action.undone_at
        was, became = (_presence(state) if change.album else state for state in (change.was, change.became))
        was = "" if was in ("withdrawn", "absent") else was
        entry = HistoryEntry(action.done_at, action.kind, author, words, subject, was, became, undone)
        lines.append(((action.done_at, change.id), entry))
    lines += _moves(session, image)
    return [entry for _, entry in sorted(lines, key=lambda line: line[0])]


def _moves(session: Session, image: int) -> list[tuple[tuple[datetime, int], HistoryEntry]]:
    """Where the files of an image were moved, without its sidecars; a moment goes with its film."""
    film = [video.video_id for _, video in moments_among(session, [image]).values()]
    moves = session.execute(
        select(schema.FileChange, schema.Action)
        .join(schema.Action, schema.Action.id == schema.FileChange.action_id)
        .where(schema.FileChange.image_id.in_([image, *film]))
    )
    lines = []
    for change, action in moves:
        if is_sidecar(change.was):
            continue
        path = (change.became or change.was).decode("utf-8", "backslashreplace")
        undone = None if action.state == "done" else action.undone_at
        became = "trashed" if change.became is None else "moved"
        entry = HistoryEntry(action.done_at, action.kind, "person", path, "path", "", became, undone)
        lines.append(((action.done_at, change.id), entry))
    return lines


def removed_tags(session: Session, images: Sequence[int]) -> dict[int, set[str]]:
    """The tags that a person took off images, or rejected, and has not given back since."""
    return _removed(session, schema.Change.tag, images)


def removed_albums(session: Session, images: Sequence[int]) -> dict[int, set[str]]:
    """The albums that a person took images out of and has not put them into since."""
    return _removed(session, schema.Change.album, images)


def _removed(
    session: Session, subject: InstrumentedAttribute[str | None], images: Sequence[int]
) -> dict[int, set[str]]:
    statement = (
        select(schema.Change.image_id, subject, schema.Change.became)
        .join(schema.Action, schema.Action.id == schema.Change.action_id)
        .where(subject.is_not(None), schema.Action.state == "done")
        .order_by(schema.Change.id)
    )
    latest: dict[int, dict[str, str]] = defaultdict(dict)
    for chunk in chunks(images):
        for image, name, became in session.execute(statement.where(schema.Change.image_id.in_(chunk))):
            latest[image][name or ""] = became
    return {
        image: {name for name, became in names.items() if _presence(became) == "absent"}
        for image, names in latest.items()
    }


def _presence(state: str) -> str:
    """Whether an image has a tag, or a place in an album, whose positions say nothing to people."""
    return "absent" if state in (NO_ALBUM, REJECTED) else "present" if state.isdecimal() else state


def judged_marks(session: Session, images: Sequence[int]) -> dict[int, set[str]]:
    """The marks of images that a person set or took off here, and did not undo."""
    statement = (
        select(schema.Change.image_id, schema.Change.mark)
        .join(schema.Action, schema.Action.id == schema.Change.action_id)
        .where(schema.Change.mark.is_not(None), schema.Action.state == "done")
    )
    marks: dict[int, set[str]] = defaultdict(set)
    for chunk in chunks(images):
        for image, mark in session.execute(statement.where(schema.Change.image_id.in_(chunk))):
            marks[image].add(mark or "")
    return marks


def former_tags(session: Session, images: Sequence[int]) -> dict[int, set[str]]:
    """The tags that images ever had by an action, undone ones too; they may have them still."""
    return _ever(session, schema.Change.tag, images)


def former_albums(session: Session, images: Sequence[int]) -> dict[int, set[str]]:
    """The albums that ever held images by an action, undone ones too; they may hold them still."""
    return _ever(session, schema.Change.album, images)


def _ever(session: Session, subject: InstrumentedAttribute[str | None], images: Sequence[int]) -> dict[int, set[str]]:
    statement = select(schema.Change.image_id, subject).where(subject.is_not(None))
    names: dict[int, set[str]] = defaultdict(set)
    for chunk in chunks(images):
        for image, name in session.execute(statement.where(schema.Change.image_id.in_(chunk))):
            names[image].add(name or "")
    return names


def _latest(session: Session) -> schema.Action | None:
    done = select(schema.Action).where(schema.Action.state == "done")
    return session.scalars(done.order_by(schema.Action.id.desc()).limit(1)).one_or_none()


def _record(session: Session, action: schema.Action, images: Sequence[int]) -> ActionRecord:
    once = tuple(dict.fromkeys(images))
    moments, videos = len(moments_among(session, once)), len(videos_among(session, once))
    return ActionRecord(action.id, action.kind, action.done_at, action.undone_at, action.state, once, moments, videos)


def _changes(session: Session, action_id: int) -> list[Changed]:
    rows = session.execute(
        select(
            schema.Change.image_id,
            schema.Change.caption_id,
            schema.Change.tag,
            schema.Change.was,
            schema.Change.became,
            schema.Change.mark,
            schema.Change.album,
        )
        .where(schema.Change.action_id == action_id)
        .order_by(schema.Change.id)
    )
    return [Changed(*row) for row in rows]


def _make(session: Session, changes: Sequence[Changed]) -> None:
    _turn_captions(session, changes)
    _turn_tags(session, changes)
    marks: dict[tuple[str, str], list[int]] = defaultdict(list)
    for change in changes:
        if change.mark is not None:
            marks[change.mark, change.became].append(change.image_id)
    for (mark, value), images in marks.items():
        put_mark(session, images, mark, value)
    albums: dict[str, dict[int, str]] = defaultdict(dict)
    for change in changes:
        if change.album is not None:
            albums[change.album][change.image_id] = change.became
    place_in_albums(session, albums)


def _turn_captions(session: Session, changes: Sequence[Changed]) -> None:
    captions: dict[str, list[int]] = defaultdict(list)
    for change in changes:
        if change.caption_id is not None:
            captions[change.became].append(change.caption_id)
    for state, ids in captions.items():
        for chunk in chunks(ids):
            session.execute(update(schema.Caption).where(schema.Caption.id.in_(chunk)).values(state=state))


def _turn_tags(session: Session, changes: Sequence[Changed]) -> None:
    tags: dict[tuple[str, str], list[int]] = defaultdict(list)
    for change in changes:
        if change.tag is not None:
            tags[change.tag, change.became].append(change.image_id)
    for (name, became), images in tags.items():
        turn_proposals(session, name, images, became)
        if became == PRESENT:
            rows = [{"image_id": image, "name": name, "tagged_at": now()} for image in images]
            add_missing_rows(session, schema.Tag, rows)
        else:
            for chunk in chunks(images):
                session.execute(delete(schema.Tag).where(schema.Tag.name == name, schema.Tag.image_id.in_(chunk)))
