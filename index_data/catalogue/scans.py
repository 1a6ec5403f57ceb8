"""Scans, and the counters by which a cache knows that it is out of date."""

from __future__ import annotations

from sqlalchemy import literal, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from index_data.catalogue import schema
from index_data.catalogue.records import LastScan, ScanCounts
from index_data.catalogue.statements import now


def start_scan(session: Session) -> int:
    """Notes that a scan began, and gives its number."""
    row = schema.Scan(started_at=now())
    session.add(row)
    session.flush()
    return row.id


def finish_scan(session: Session, scan_id: int, counts: ScanCounts) -> None:
    """Notes that a scan ended and what it found."""
    figures = {name: getattr(counts, name) for name in ScanCounts.__dataclass_fields__}
    session.execute(update(schema.Scan).where(schema.Scan.id == scan_id).values(finished_at=now(), **figures))


def last_scan(session: Session) -> LastScan | None:
    """The latest scan."""
    row = session.scalars(select(schema.Scan).order_by(schema.Scan.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    counts = ScanCounts(**{name: getattr(row, name) for name in ScanCounts.__dataclass_fields__})
    return LastScan(row.started_at, row.finished_at, counts)


def bump(session: Session, name: str) -> None:
    """Makes a counter grow by one."""
    statement = insert(schema.Counter).values(name=name, value=1)
    session.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": schema.Counter.value + literal(1)})
    )


def counter(session: Session, name: str) -> int:
    """A counter's value, 0 before it first grew."""
    return session.scalar(select(schema.Counter.value).where(schema.Counter.name == name)) or 0
