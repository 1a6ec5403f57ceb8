"""Every path of the program: where a library lies, what its files are called, where the migrations are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent
ENVIRONMENT_VARIABLE = "IMGSEARCH_LIBRARY"


def library_folder(option: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """Finds the folder of the library: the option, else `IMGSEARCH_LIBRARY`, else the user's data folder."""
    if option is not None:
        return option.expanduser().absolute()
    if named := environment.get(ENVIRONMENT_VARIABLE):
        return Path(named).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("imgsearch", appauthor=False) / "library"


def demo_folder() -> Path:
    """The folder of the library that the demo makes of sample photographs, beside the usual one."""
    return library_folder(None, {}).with_name("demo-library")


def migrations_folder() -> Path:
    """The folder of the schema migrations: inside an installed package, else at the root of the sources."""
    installed = _HERE / "migrations"
    return installed if installed.is_dir() else _HERE.parent / "alembic"


def relevance_file(model: Path) -> Path:
    """What was fitted to weigh the hits of a model: it lies beside the model's file, or beside its text encoder."""
    return model.with_suffix(".relevance.safetensors")


@dataclass(frozen=True, slots=True)
class LibraryPaths:
    """The files of one library."""

    folder: Path

    @property
    def catalogue(self) -> Path:
        """The SQLite database, which is the truth."""
        return self.folder / "catalogue.sqlite"

    @property
    def lock(self) -> Path:
        """Held by the one process that writes."""
        return self.folder / "writer.lock"

    @property
    def backups(self) -> Path:
        """Copies of the catalogue made before each upgrade of its schema."""
        return self.folder / "backups"

    @property
    def text_encoders(self) -> Path:
        """What reads questions for each model whose vectors the library holds."""
        return self.folder / "models"

    @property
    def thumbnails(self) -> Path:
        """Small pictures of photographs, by their content; a cache."""
        return self.folder / "thumbnails"

    @property
    def tui_state(self) -> Path:
        """What the terminal face remembers: its last query, history, saved searches and settings."""
        return self.folder / "tui.json"

    def text_encoder(self, model: str) -> Path:
        """The file of one of them, by the model's id."""
        return self.text_encoders / f"{_digest(model)}.safetensors"

    def index(self, kind: str, model: str) -> Path:
        """The FAISS file of one kind of vectors of a model, by the model's id; it is a cache."""
        return self.folder / f"{kind}-{_digest(model)}.faiss"


def _digest(model: str) -> str:
    # The name before it may hold anything.
    return model.rpartition("@")[2]
