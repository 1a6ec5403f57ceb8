"""The scans of folders, and what each found."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.fragments import now
from index_data.catalogue.records import LastScan, ScanCounts


def start_scan(session: Session) -> int:
    """Notes that a scan began, and gives its number."""
    row = schema.ScanRun(started_at=now())
    session.add(row)
    session.flush()
    return row.id


def finish_scan(session: Session, scan_id: int, counts: ScanCounts) -> None:
    """Notes that a scan ended and what it found."""
    figures = {name: getattr(counts, name) for name in ScanCounts.__dataclass_fields__}
    session.execute(update(schema.ScanRun).where(schema.ScanRun.id == scan_id).values(finished_at=now(), **figures))


def last_scan(session: Session) -> LastScan | None:
    """The latest scan."""
    row = session.scalars(select(schema.ScanRun).order_by(schema.ScanRun.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    counts = ScanCounts(**{name: getattr(row, name) for name in ScanCounts.__dataclass_fields__})
    return LastScan(row.started_at, row.finished_at, counts)
