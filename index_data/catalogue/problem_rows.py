"""The files and folders that were set aside."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.fragments import chunks, now
from index_data.catalogue.library_records import ProblemRecord
from index_data.catalogue.upsert import put_row

_NO_STAMP = (-1, 0)
"""A size that no file has, so that no file is taken for unchanged."""


def known_problems(session: Session) -> dict[bytes, tuple[int, int, str]]:
    """Every file set aside: size, time in nanoseconds, reason."""
    rows = session.execute(
        select(schema.Problem.path, schema.Problem.byte_size, schema.Problem.mtime_ns, schema.Problem.reason)
    )
    return {path: (size, mtime, reason) for path, size, mtime, reason in rows}


def problems(session: Session) -> list[ProblemRecord]:
    """Every file and folder set aside, by path."""
    rows = session.execute(
        select(schema.Problem.path, schema.Problem.byte_size, schema.Problem.reason, schema.Problem.noted_at).order_by(
            schema.Problem.path
        )
    )
    return [ProblemRecord(path, None if size < 0 else size, reason, noted_at) for path, size, reason, noted_at in rows]


def put_problem(session: Session, path: bytes, *, stamp: tuple[int, int] | None, reason: str) -> None:
    """Sets a file or folder aside until its stamp, size and time, changes; without a stamp, until the next scan."""
    byte_size, mtime_ns = stamp or _NO_STAMP
    facts = {"byte_size": byte_size, "mtime_ns": mtime_ns, "reason": reason, "noted_at": now()}
    put_row(session, schema.Problem, "path", {"path": path, **facts})


def remove_problems(session: Session, paths: Iterable[bytes]) -> None:
    """Forgets files that were set aside."""
    for chunk in chunks(paths):
        session.execute(delete(schema.Problem).where(schema.Problem.path.in_(chunk)))
