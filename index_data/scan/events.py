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
class ScanProgressed:
    """`done` of the `total` new or changed files are stored or set aside."""

    done: int
    total: int


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


Event = FilesListed | ScanProgressed | FileSetAside | ScanFinished
