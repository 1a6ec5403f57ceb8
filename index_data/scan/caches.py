"""Knows the folders in which other programs keep thumbnails, previews and what was thrown away."""

from __future__ import annotations

import os
import re

_NAMES = frozenset(
    {
        # Synology, QNAP, Asustor and others
        *("@eadir", "eadir_tmp", "@tmp", "@sharebin", "@sharesnap", "#recycle", "#snapshot", "#deleted"),
        *("@recycle", "@recently-snapshot", "@__thumb", ".@__thumb", ".@upload_cache", "@snapshots", ".ezsync"),
        # Windows
        *("$recycle.bin", "recycler", "recycled", "system volume information"),
        # macOS
        *(".trash", ".trashes", "__macosx", ".documentrevisions-v100", ".temporaryitems", "network trash folder"),
        *("temporary items", "ipod photo cache"),
        # Linux, Android, cameras' cards
        *("lost+found", ".thumbnails", ".thumbs", ".xvpics"),
        # Picasa, digiKam, Capture One, Nextcloud
        *(".picasaoriginals", "picasaoriginals", ".dtrash", "captureone", "files_trashbin", "files_versions"),
    }
)

_ENDINGS = re.compile(r"\.(?:lrdata|lrcat-data|lrprev|cocatalogdb|fcpcache|dopcache)$")

_PATTERNS = re.compile(r"\.trash-\d+|appdata_oc[0-9a-z]+|found\.\d{3}")

_PHOTO_LIBRARY = re.compile(r"\.(?:photoslibrary|photolibrary|migratedphotolibrary|aplibrary|migratedaplibrary)$")
_ORIGINALS = frozenset({"originals", "masters"})
"""What a photo library's package holds of its owner's; the rest are previews, faces and databases."""

_SEPARATOR = os.fsencode(os.sep)


def is_cache(path: bytes) -> bool:
    """Whether a folder, by its name and the one around it, holds no photographs of its own."""
    above, _, name = path.rpartition(_SEPARATOR)
    folder = os.fsdecode(name).lower()
    if folder in _NAMES or _ENDINGS.search(folder) or _PATTERNS.fullmatch(folder):
        return True
    around = os.fsdecode(above.rpartition(_SEPARATOR)[2]).lower()
    return bool(_PHOTO_LIBRARY.search(around)) and folder not in _ORIGINALS
