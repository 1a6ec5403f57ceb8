"""Keeps the pauses of Python itself shorter than a frame, for those who watch it draw."""

from __future__ import annotations

import gc
import sys

COLLECT_AFTER = (5_000, 10, 1_000)
"""New objects after which Python looks for rings among the young, the older, and all.

A picture in cells is thousands of small objects: with Python's own numbers all are looked through again and again,
which takes a tenth of a second each time.
"""

SWITCH_AFTER = 0.001
"""Seconds for which a thread that decodes or draws keeps the interface waiting; Python's own are five times as many."""


def shorten_pauses() -> None:
    """Sets the process up; called once, when everything is loaded."""
    gc.collect()
    # What is loaded stays: there is no need to look through it again.
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    sys.setswitchinterval(SWITCH_AFTER)
