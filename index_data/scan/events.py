"""What happens during a scan, told as it happens; the faces draw it, the pipeline never prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from index_data.catalogue.records import ScanCounts


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
    """A photograph that the library did not know at this path.

    Attributes:
        path: Where it lies.
        kind: `new`, `changed`, `moved` or `duplicate`, as in `ScanCounts`.
        caption: What the model says of it; empty where that was known before.
    """

    path: bytes
    kind: str
    caption: str


@dataclass(frozen=True, slots=True)
class ScanProgressed:
    """How far a scan is.

    Attributes:
        done: New or changed files that are stored, set aside, or were looked at by the model and will be stored.
        total: All of them.
        arrivals: What was stored since the last of these events.
    """

    done: int
    total: int
    arrivals: tuple[Arrival, ...] = ()


@dataclass(frozen=True, slots=True)
class FileSetAside:
    """A file or folder could not be read; it is tried again when it changes."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class ScanFinished:
    """Everything is stored.

    Attributes:
        counts: What was found.
        unread: Pictures of kinds that are not read, by the endings of their names.
        emptied: Folders that are empty though the library shows photographs in them; these are kept.
    """

    counts: ScanCounts
    unread: Mapping[str, int] = field(default_factory=dict)
    emptied: tuple[bytes, ...] = ()


Event = FilesListed | ModelNeeded | ScanProgressed | FileSetAside | ScanFinished
