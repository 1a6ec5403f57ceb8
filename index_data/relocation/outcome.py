"""What came of one photograph whose file was to be moved or copied."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it.

    Attributes:
        path: Where the file lay.
        problem: Why it still lies there, as the end of a sentence; empty if all went well.
    """

    path: bytes
    problem: str = ""


def reason_of(error: OSError | UnicodeError) -> str:
    """Why a file could not be moved, in the system's words."""
    return (getattr(error, "strerror", None) or str(error)) if isinstance(error, OSError) else "its name is not text"
