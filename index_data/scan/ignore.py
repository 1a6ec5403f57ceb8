"""Says which files of a folder are wanted: hidden names, patterns to exclude, and `.imgsearchignore` files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index_data.errors import FolderError, PatternError
from index_data.small_files import read_small

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = b".imgsearchignore"
"""Patterns in the syntax of `.gitignore`, for the folder that the file lies in and everything below."""


MOST_BYTES = 256 * 1024
"""Of an `.imgsearchignore` file."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a scan leaves out beside the `.imgsearchignore` files.

    Attributes:
        exclude: Patterns in the syntax of `.gitignore`, from each folder that is scanned.
        hidden: Whether names with a leading dot are taken too.
    """

    exclude: tuple[str, ...] = ()
    hidden: bool = False

    def start(self, folder: bytes) -> Rules:
        """The rules at the top of a scan.

        Raises:
            FolderError: A pattern is invalid.
        """
        return NO_RULES.under(folder, self.exclude, source="--exclude")


@dataclass(frozen=True, slots=True)
class Rules:
    """Patterns that hold in a folder, each with the length of the path of the folder that they are written for."""

    specs: tuple[tuple[int, GitIgnoreSpec], ...]

    def under(self, folder: bytes, lines: Iterable[str], *, source: str) -> Rules:
        """These rules and some more.

        Raises:
            PatternError: A line is not a valid pattern.
        """
        lines = list(lines)
        if not lines:
            return self
        from index_data.scan.patterns import compiled

        try:
            spec = compiled(lines)
        except ValueError as error:
            raise PatternError(f"{source} holds an invalid pattern: {error}") from error
        return Rules((*self.specs, (len(folder.rstrip(b"/")) + 1, spec)))

    def read(self, folder: bytes) -> Rules:
        """These rules and those of the folder's own `.imgsearchignore`.

        Raises:
            FolderError: It cannot be read, or a line is not a valid pattern; what it hides must not come to light.
        """
        path = Path(os.fsdecode(folder)) / os.fsdecode(IGNORE_FILE)
        try:
            text = read_small(path, limit=MOST_BYTES).decode("utf-8-sig", "surrogateescape")
        except OSError as error:
            raise FolderError(f"{path} could not be read: {error.strerror}") from error
        try:
            return self.under(folder, text.splitlines(), source=str(path))
        except PatternError as error:
            raise FolderError(str(error)) from error

    def verdict(self, path: bytes, *, folder: bool) -> bool | None:
        """Whether a path is excluded, or taken in so many words, or neither.

        The last pattern that fits decides, those of deeper folders first.
        """
        ending = "/" if folder else ""
        for length, spec in reversed(self.specs):
            verdict = spec.check_file(os.fsdecode(path[length:]) + ending).include
            if verdict is not None:
                return verdict
        return None


NO_RULES = Rules(())

EVERYTHING = Selection()
