"""Which files of a folder are one photograph together: what a camera or phone put beside it under the same stem.

That is a raw file beside the picture that the camera made of it, and the film of a Live Photo.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from captioning.errors import UnreadableImageError
from captioning.images import open_image
from captioning.videos.facts import VideoFacts
from index_data.metadata.facts import facts_of, live_photo_identifier

STILLS = frozenset(map(os.fsencode, (".jpg", ".jpeg", ".jpe", ".heic", ".heif", ".hif")))
"""Endings, in lower case, of the photographs beside which cameras and phones put other files of the same stem."""

LIVE = frozenset((".mov", ".mp4", ".m4v"))
"""Endings of the films of Live Photos, as phones write them and as services hand them out."""

LONGEST = 5.0
"""Seconds: phones record about three around a photograph."""


def stem_of(path: bytes) -> bytes:
    """A path without the ending of its name."""
    return path[: path.rfind(b".")]


def stems_of_stills(paths: Iterable[bytes]) -> dict[bytes, bytes]:
    """The photographs among some paths that other files may belong to, by their stems."""
    return {stem_of(path): path for path in paths if path[path.rfind(b".") :].lower() in STILLS}


def is_live_photo(photograph: bytes, film: VideoFacts) -> bool:
    """Whether a film is the moving side of the photograph that lies beside it under the same stem.

    Both have the same identifier; where one of them has lost it, the film is short.
    """
    if film.content_identifier:
        identifier = _identifier(photograph)
        if identifier:
            return identifier == film.content_identifier
    return film.duration <= LONGEST


def _identifier(photograph: bytes) -> str:
    try:
        with open_image(photograph) as image:
            return live_photo_identifier(facts_of(image))
    except UnreadableImageError:
        return ""
