"""Every path of the program: where a library lies, what its files are called, where the migrations are."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index_data.errors import FolderError, LibraryDamagedError

_HERE = Path(__file__).resolve().parent
_SHORT_DIGEST = re.compile(r"[0-9a-f]{12}")
ENVIRONMENT_VARIABLE = "IMGSEARCH_LIBRARY"


def usual_library_folder() -> Path:
    """The folder of the library where nobody said another: in the user's data folder."""
    from platformdirs import user_data_path

    return user_data_path("imgsearch", appauthor=False) / "library"


def config_file(environment: Mapping[str, str] = os.environ) -> Path:
    """The file of settings: as `IMGSEARCH_CONFIG` says, else in the user's configuration folder."""
    if named := environment.get("IMGSEARCH_CONFIG"):
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("imgsearch", appauthor=False) / "config.toml"


def at_home(path: Path) -> Path:
    """Replaces a ~ in front by the user's folder.

    Raises:
        FolderError: It is of a user whom the system does not know.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise FolderError(f"{path} cannot be found: the system knows no folder of that user") from error


def demo_folder() -> Path:
    """The folder of the library that the demo makes of sample photographs, beside the usual one."""
    return usual_library_folder().with_name("demo-library")


def migrations_folder() -> Path:
    """The folder of the schema migrations: inside an installed package, else at the root of the sources."""
    installed = _HERE / "migrations"
    return installed if installed.is_dir() else _HERE.parent / "alembic"


def is_own_folder(folder: Path) -> bool:
    """Whether a folder in a library is there and is no link: what a link points to is not the library's to change."""
    return folder.is_dir() and not folder.is_symlink()


def make_own_folder(folder: Path) -> None:
    """Makes a folder in a library, where it is not there yet.

    Raises:
        OSError: It cannot be made, or is a link.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink():
        raise OSError(errno.ELOOP, f"{folder} is a link, and what a library holds lies in its own folder")


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
    def learnt(self) -> Path:
        """Models that learnt from the owner's corrections; they hold names and words of people."""
        return self.folder / "learnt"

    @property
    def thumbnails(self) -> Path:
        """Small pictures of photographs, by their content; a cache."""
        return self.folder / "thumbnails"

    @property
    def tui_state(self) -> Path:
        """What the terminal face remembers: its last query, history, saved searches and settings."""
        return self.folder / "tui.json"

    def new_copy_folder(self) -> Path:
        """A name that nobody can guess for a folder in which another catalogue is brought up to date."""
        return self.folder / f"merge-{os.urandom(8).hex()}.new"

    def copy_folders(self) -> list[Path]:
        """All of those that are there."""
        return [folder for folder in self.folder.glob("merge-*.new") if is_own_folder(folder)]

    def text_encoder(self, model: str) -> Path:
        """The file of one of them, by the model's id.

        Raises:
            LibraryDamagedError: The id does not end in a digest.
        """
        return self.text_encoders / f"{_digest(model)}.safetensors"

    def index(self, kind: str, model: str) -> Path:
        """The FAISS file of one kind of vectors of a model, by the model's id; it is a cache.

        Raises:
            LibraryDamagedError: The id does not end in a digest.
        """
        return self.folder / f"{kind}-{_digest(model)}.faiss"

    def columns(self, model: str) -> Path:
        """What queries weigh and filter, for a model by its id; it is a cache.

        Raises:
            LibraryDamagedError: The id does not end in a digest.
        """
        return self.folder / f"photographs-{_digest(model)}.columns"


def _digest(model: str) -> str:
    # The name before it may hold anything; a catalogue may come from anywhere, and must not lead elsewhere.
    digest = model.rpartition("@")[2]
    if not _SHORT_DIGEST.fullmatch(digest):
        raise LibraryDamagedError(f"the catalogue names a model {model!a}, which is not the id of one")
    return digest
