"""A library of seven pictures, of which people said something."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.catalogue.library_records import ScanCounts
from index_data.library import Library
from index_data.scan.events import ScanFinished
from index_data.scan.pipeline import index_folders
from tests.unit.index_data.conftest import FakeDescriber, encode, index

SIDECAR = b"words of another program"


class Kept:
    """The library, and what is asked of it again and again."""

    def __init__(self, library: Library, folder: Path) -> None:
        self.library, self.folder = library, folder
        self.notes = Annotations(library, encode=encode)

    def at(self, *files: Path) -> list[tuple[int, bytes]]:
        """The photographs of files."""
        images = self.library.read(catalogue.images_at, [os.fsencode(file) for file in files])
        return [(images[os.fsencode(file)], os.fsencode(file)) for file in files]

    def place(self, image: int) -> list[Path]:
        return [Path(os.fsdecode(path)) for path in self.library.read(catalogue.places_of, image)]

    def tagged(self) -> Sequence[int]:
        """The photographs that are shown and have a tag."""
        shown = self.library.read(catalogue.shown_images)
        return sorted(self.notes.tags(shown))

    def scan(self, *folders: Path) -> ScanCounts:
        """Brings folders up to date."""
        *_, last = index_folders(self.library, list(folders) or [self.folder], FakeDescriber())
        assert isinstance(last, ScanFinished)
        return last.counts


@pytest.fixture
def kept(library: Library, photos: Path) -> Kept:
    """With a person's caption and tag of the first photograph, and both kinds of sidecars beside it."""
    index(library, photos, FakeDescriber())
    made = Kept(library, photos)
    ((image, _),) = made.at(photos / "0.png")
    made.notes.edit(image, "our house")
    made.notes.tag([image], add=["home"])
    (photos / "0.png.xmp").write_bytes(SIDECAR)
    (photos / "0.xmp").write_bytes(SIDECAR)
    return made
