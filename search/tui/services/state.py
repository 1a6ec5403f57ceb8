"""What the app remembers from one start to the next: a small JSON file in the library's folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from captioning.files import write_atomically
from index_data.small_files import read_small
from search.tui.themes import DARK

REMEMBERED = 200
"""Queries that the history keeps."""

DRAFTS = 50
"""Unfinished captions that are kept."""

LARGEST = 10_000_000
"""Bytes that the file may have."""

_KEYS = {"mode": "room"}
"""Of the file, where they differ from the attributes: files of earlier versions must stay readable."""

_ATTRIBUTES = {key: name for name, key in _KEYS.items()}


@dataclass(slots=True)
class State:
    """Everything that survives a restart.

    Attributes:
        theme: By name.
        thumbnails: How large: `small`, `medium` or `large`.
        detail: Whether the detail pane is open.
        word_confidence: Whether the detail pane asks the model how sure it is of each word.
        review_order: What comes first in the review: `uncertainty`, `date` or `path`.
        mode: Which mode was open.
        query: The last one, as it was typed.
        history: Queries, the latest last.
        saved: Saved searches: the query by its name.
        drafts: Captions that somebody began to write, by the photograph's path.
    """

    theme: str = DARK
    thumbnails: str = "medium"
    detail: bool = True
    word_confidence: bool = False
    review_order: str = "uncertainty"
    mode: str = "browse"
    query: str = ""
    history: list[str] = field(default_factory=list)
    saved: dict[str, str] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)

    def remember(self, query: str) -> None:
        """Puts a query at the end of the history, once."""
        if query:
            self.history = [*(earlier for earlier in self.history if earlier != query), query][-REMEMBERED:]

    def keep_draft(self, path: bytes, text: str) -> None:
        """Keeps what somebody is writing about a photograph."""
        others = [(key, kept) for key, kept in self.drafts.items() if key != os.fsdecode(path)]
        # A new mapping: a thread may be writing the former one to the disk.
        self.drafts = dict([*others, (os.fsdecode(path), text)][-DRAFTS:])

    def draft(self, path: bytes) -> str | None:
        """What somebody began to write about a photograph, if that was not finished."""
        return self.drafts.get(os.fsdecode(path))

    def drop_draft(self, path: bytes) -> None:
        """Forgets what was finished or given up."""
        self.drafts = {key: kept for key, kept in self.drafts.items() if key != os.fsdecode(path)}


def read_state(path: Path) -> tuple[State, str]:
    """Reads the state, and says in a sentence what is wrong with the file; empty if nothing is.

    A damaged file gives a fresh state; single values that do not fit are left out.
    """
    try:
        stored = json.loads(read_small(path, limit=LARGEST))
    except FileNotFoundError:
        return State(), ""
    except (OSError, ValueError, RecursionError) as error:
        return State(), f"{path.name} could not be read ({error}); history and settings start afresh"
    if not isinstance(stored, Mapping):
        return State(), f"{path.name} does not hold what this program wrote; history and settings start afresh"
    fresh = State()
    stored = {_ATTRIBUTES.get(key, key): value for key, value in stored.items()}
    known = {known.name: stored[known.name] for known in fields(State) if known.name in stored}
    fitting = {name: value for name, value in known.items() if _fits(value, getattr(fresh, name))}
    odd = sorted(_KEYS.get(name, name) for name in known.keys() - fitting.keys())
    return State(**fitting), f"{path.name} holds invalid values for {', '.join(odd)}; they were left out" if odd else ""


def write_state(path: Path, state: State) -> None:
    """Replaces the file at once, so that a reader finds the former state or this one.

    Raises:
        OSError: The folder takes no files.
    """
    stored = {_KEYS.get(name, name): value for name, value in asdict(state).items()}
    write_atomically(path, json.dumps(stored, indent=1).encode())


class StateFile:
    """Keeps the state of an app in its file, and says once where that fails."""

    def __init__(self, path: Path, *, complain: Callable[[str], object]) -> None:
        """Takes the file, and what is told why nothing can be kept."""
        self._path, self._complain, self._warned = path, complain, False

    def write(self, state: State) -> None:
        """Replaces what the file holds."""
        try:
            write_state(self._path, state)
        except OSError as error:
            if not self._warned:
                self._warned = True
                self._complain(f"history and settings cannot be kept: {error.strerror}")


def _fits(value: Any, example: Any) -> bool:
    if isinstance(example, list):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if isinstance(example, dict):
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    return type(value) is type(example)
