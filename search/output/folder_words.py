"""The settings of a folder in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index_data.catalogue.library_records import FolderRecord


def folder_words(folder: FolderRecord) -> str:
    """What is left out in a folder, and what is not; empty where everything is as usual."""
    parts = [f"without {', '.join(folder.exclude)}"] if folder.exclude else []
    parts += ["with hidden files"] if folder.hidden else []
    parts += [f"up to {folder.max_pixels:,} pixels"] if folder.max_pixels else []
    return "; ".join(parts)
