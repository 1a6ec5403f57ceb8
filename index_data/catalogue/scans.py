"""The scans of folders, and what each found."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.fragments import now
from index_data.catalogue.library_records import ScanCounts


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
