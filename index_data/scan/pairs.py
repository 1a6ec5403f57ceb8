"""Which files of a folder are one photograph together: a raw file beside the picture that the camera made of it."""

from __future__ import annotations

import os
from collections.abc import Iterable

STILLS = frozenset(map(os.fsencode, (".jpg", ".jpeg", ".jpe", ".heic", ".heif", ".hif")))
"""Endings, in lower case, of the photographs beside which cameras and phones put other files of the same stem."""


def stem_of(path: bytes) -> bytes:
    """A path without the ending of its name."""
    return path[: path.rfind(b".")]


def stems_of_stills(paths: Iterable[bytes]) -> dict[bytes, bytes]:
    """The photographs among some paths that other files may belong to, by their stems."""
    return {stem_of(path): path for path in paths if path[path.rfind(b".") :].lower() in STILLS}
