"""Where photographs were taken: read from them, kept and forgotten on request only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import ExifTags

from captioning.errors import UnreadableImageError
from captioning.images import open_image
from captioning.images.exif import Directory, Entry
from index_data import catalogue
from index_data.catalogue.sqlite.backup import forget_positions_in
from index_data.errors import LibraryDamagedError, LibraryNotWritableError
from index_data.library import Library
from index_data.metadata.facts import facts_of, plain
from index_data.scan.walk import is_inside, resolve_folders

Position = tuple[float, float]
"""Latitude and longitude in degrees, north and east positive."""


def read_position(path: bytes) -> Position | None:
    """Reads a photograph's EXIF facts; none where they name no point on Earth.

    Raises:
        UnreadableImageError: It is missing, or no picture.
    """
    with open_image(path, max_pixels=10**12) as image:
        return _position(facts_of(image).below(ExifTags.IFD.GPSInfo))


def keep_positions(library: Library, folders: Sequence[Path]) -> int:
    """Reads where the library's photographs in some folders were taken, of those of which it is not known yet.

    Without folders, in all that the library knows.

    Returns:
        How many became known.

    Raises:
        FolderError: A folder is missing or may not be read.
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The disk is full, or the library may not be changed.
    """
    count = 0
    with library.writing():
        with library.transaction() as session:
            roots = resolve_folders(folders) or [folder.path for folder in catalogue.folders(session)]
            images_with_position = catalogue.images_with_position(session)
            places = catalogue.all_places(session, videos=False)
        paths_by_image = {
            image: path
            for path, image in sorted(places.items())
            if image not in images_with_position and any(is_inside(path, root) for root in roots)
        }
        for chunk in catalogue.chunks(paths_by_image.items()):
            read = {image: position for image, path in chunk if (position := _read_if_readable(path)) is not None}
            with library.transaction(write=True) as session:
                catalogue.add_positions(session, read)
            count += len(read)
    return count


def forget_positions(library: Library) -> int:
    """Forgets where all photographs were taken, and says of how many it was known.

    Raises:
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The library may not be changed.
    """
    with library.writing():
        with library.transaction(write=True) as session:
            count = catalogue.forget_positions(session)
        if count:
            # SQLite leaves what was deleted in free pages until the file is written anew.
            library.compact()
    return count


def forget_positions_in_backups(library: Library) -> tuple[int, tuple[Path, ...]]:
    """Takes where photographs were taken out of the backups in the library's folder.

    Returns:
        How many backups held it, and those of which it could not be taken, or which could not be read.

    Raises:
        LibraryLockedError: Another process is writing.
        LibraryNotWritableError: The library may not be changed.
    """
    cleaned = 0
    kept: list[Path] = []
    with library.writing():
        for backup in sorted(library.paths.backups.glob("*.sqlite")):
            # What a link leads to is no backup of ours.
            if backup.is_symlink():
                continue
            try:
                cleaned += bool(forget_positions_in(backup))
            except (LibraryNotWritableError, LibraryDamagedError):
                kept.append(backup)
    return cleaned, tuple(kept)


def _read_if_readable(path: bytes) -> Position | None:
    try:
        return read_position(path)
    except UnreadableImageError:
        return None  # the next scan says so


def _position(facts: Directory) -> Position | None:
    latitude = _degrees(facts.get(ExifTags.GPS.GPSLatitude), facts.get(ExifTags.GPS.GPSLatitudeRef), "N", "S")
    longitude = _degrees(facts.get(ExifTags.GPS.GPSLongitude), facts.get(ExifTags.GPS.GPSLongitudeRef), "E", "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return latitude, longitude


def _degrees(value: Entry | None, side: Entry | None, positive: str, negative: str) -> float | None:
    letter, parts = plain(side).upper(), value.numbers() if value else ()
    if letter not in (positive, negative) or len(parts) != 3:
        return None
    degrees = sum(part / 60.0**power for power, part in enumerate(parts))
    if not math.isfinite(degrees):
        return None
    return round(degrees if letter == positive else -degrees, 7)
