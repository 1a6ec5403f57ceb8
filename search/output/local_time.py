"""Moments as people read them: by the clock on the wall."""

from __future__ import annotations

from datetime import UTC, datetime


def local_time(moment: datetime, *, seconds: bool = False) -> str:
    """Shows a moment, which is UTC and bears no zone, in the time of this machine."""
    return moment.replace(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
