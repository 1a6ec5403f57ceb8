"""What happens during a scan, told as it happens; the faces draw it, the pipeline never prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from index_data.catalogue.library_records import ScanCounts


@dataclass(frozen=True, slots=True)
class FilesListed:
    """The folders were walked: `count` image files, of which `pending` are new or changed."""

    count: int
    pending: int


@dataclass(frozen=True, slots=True)
class ModelNeeded:
    """The first picture is about to be described, for which the model must be loaded."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A photograph or film that the library did not know at this path.

    Attributes:
        path: Where it lies.
        kind: `new`, `changed`, `moved` or `duplicate`, as in `ScanCounts`.
        caption: What the model says of a photograph; empty where that was known before.
        moments: Of a film, how many were found in it; 0 where they were known before.
    """

    path: bytes
    kind: str
    caption: str = ""
    moments: int = 0


@dataclass(frozen=True, slots=True)
class FilmProgress:
    """A film is looked at, by now up to so many of its seconds."""

    path: bytes
    seconds: float
    duration: float

    @property
    def share(self) -> float:
        """Of the film that was looked at, in [0, 1]."""
        return min(self.seconds / self.duration, 1.0) if self.duration > 0 else 0.0


@dataclass(frozen=True, slots=True)
class ScanProgressed:
    """How far a scan is.

    Attributes:
        done: New or changed files that are stored, set aside, or were looked at by the model and will be stored.
        total: All of them.
        arrivals: What was stored since the last of these events.
        film: The one that is being looked at, which `done` does not count yet.
    """

    done: int
    total: int
    arrivals: tuple[Arrival, ...] = ()
    film: FilmProgress | None = None


@dataclass(frozen=True, slots=True)
class FileSetAside:
    """A file or folder could not be read; it is tried again when it changes."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Described:
    """What the model described in a scan."""

    photographs: int = 0
    videos: int = 0
    moments: int = 0


@dataclass(frozen=True, slots=True)
class ScanFinished:
    """Everything is stored.

    Attributes:
        counts: What was found.
        described: What of it was described.
        unread: Pictures of kinds that are not read, by the endings of their names.
        emptied: Folders that are empty though the library shows photographs in them; these are kept.
        resting: Films that were left for later, since they may still be recorded.
    """

    counts: ScanCounts
    described: Described = Described()
    unread: Mapping[str, int] = field(default_factory=dict)
    emptied: tuple[bytes, ...] = ()
    resting: int = 0


Event = FilesListed | ModelNeeded | ScanProgressed | FileSetAside | ScanFinished
