"""What every screen is given: the services that it may use, and what the app remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index_data.annotation.actions import Annotations
from index_data.library import Library
from search.engine.engine import Engine
from search.tui.graphics.painter import Painter
from search.tui.services.activity import Activity
from search.tui.services.preferences import Preferences
from search.tui.services.scan_runner import ScanRunner
from search.tui.services.state import State
from search.tui.services.write_queue import WriteQueue


@dataclass(frozen=True, slots=True)
class Context:
    """Built once, by the app.

    Attributes:
        library: Open; whoever opened it closes it.
        engine: The only way to search.
        annotations: The only way to correct.
        painter: Draws photographs.
        writes: Carries out corrections in the order in which they were made.
        scans: Brings folders into the library.
        preferences: What holds for every command.
        state: What is remembered; whoever changes it calls `remember`.
        remember: Writes the state, off the interface's thread.
        activity: Gives what goes on in the library now.
    """

    library: Library
    engine: Engine
    annotations: Annotations
    painter: Painter
    writes: WriteQueue
    scans: ScanRunner
    preferences: Preferences
    state: State
    remember: Callable[[], None]
    activity: Callable[[], Activity]
