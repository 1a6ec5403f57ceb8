"""What the local clock showed at many moments.

Axis legend: M moments.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

NEVER: Final = np.iinfo(np.int64).min
"""Stands for a date that there is not."""

QUARTER = 900
"""Seconds; clocks are put forward and back at quarters of an hour alone."""


def local_times(seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The local clock at moments (M,), int64, seconds since 1970.

    Returns:
        Microseconds since 1970 of that clock (M,), int64; `NEVER` where no calendar has the moment.
    """
    quarters, places = np.unique(seconds // QUARTER, return_inverse=True)
    offsets = np.array([_offset(quarter * QUARTER) for quarter in quarters.tolist()], np.int64)[places]
    return np.where(offsets == NEVER, NEVER, (seconds + np.where(offsets == NEVER, 0, offsets)) * 1_000_000)


def _offset(moment: int) -> int:
    """Seconds by which the local clock is before that of Greenwich."""
    try:
        local = datetime.fromtimestamp(moment).replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return NEVER
    return int(local.timestamp()) - moment
