"""Files of a library that nothing uses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.locations import LibraryPaths, relevance_file


def stray_files(paths: LibraryPaths, models: Sequence[ModelIdentity]) -> list[Path]:
    """What killed processes left unfinished, and the files of models that are not among `models`."""
    used = {paths.index(kind, model.id) for model in models for kind in catalogue.VECTORS_OF}
    text_encoders = {paths.text_encoder(model.id) for model in models}
    used |= text_encoders | {relevance_file(file) for file in text_encoders}
    patterns = (
        *((paths.folder, "*.faiss*"), (paths.folder, f"{paths.tui_state.name}.*.new")),
        *((paths.text_encoders, "*"), (paths.backups, "*.new"), (paths.thumbnails, "*/*.new")),
    )
    return sorted(file for folder, pattern in patterns for file in set(folder.glob(pattern)) - used)
