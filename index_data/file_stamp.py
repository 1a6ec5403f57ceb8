"""By what a file is known to be as it was seen: its size and time, as the catalogue can keep them."""

from __future__ import annotations

import os


def file_stamp(status: os.stat_result) -> tuple[int, int]:
    """Bytes, and when the content was changed, in nanoseconds."""
    # Some file systems know times beyond what SQLite's integers hold.
    return status.st_size, status.st_mtime_ns % 2**63
