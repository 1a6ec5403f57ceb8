"""The files of models beside a file of SQLite: they lie in the library's folder, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from index_data.locations import is_own_folder

UNFINISHED = ".new"
"""The ending of a file that is being written, or was when its process was killed."""


class FolderFiles:
    """Implements `database.KeptFiles`."""

    def names(self, folder: Path) -> list[str]:
        """The names of the files in a folder, in order; see `database.KeptFiles`."""
        if not is_own_folder(folder):
            return []
        files = (file for file in folder.iterdir() if file.is_symlink() or not file.is_dir())
        return sorted(file.name for file in files if file.suffix != UNFINISHED)

    def bring(self, *files: Path) -> None:
        """Nothing: they lie here."""

    def keep(self, *files: Path) -> None:
        """Nothing: they lie where they are kept."""

    def drop(self, *files: Path) -> None:
        """Removes files; see `database.KeptFiles`."""
        for file in files:
            if is_own_folder(file.parent):
                file.unlink(missing_ok=True)
