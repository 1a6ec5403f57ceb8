"""The models that a library learnt from its owner's corrections: numbered files in a folder of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from captioning.errors import ModelFileError
from captioning.files import write_atomically
from captioning.model_file import ModelFile, read_model_file
from index_data.corrections import Correction
from index_data.errors import LearntModelError, LibraryNotWritableError
from index_data.library import Library
from index_data.locations import make_own_folder, relevance_file
from index_data.small_files import read_small

CARD_KEY = "learnt"
"""In a model's card: what it learnt from, and what that gave."""

SHIPPED_NUMBER = 0
"""Stands for the model that ships."""

_FILE = re.compile(r"([1-9][0-9]{0,8})\.safetensors")
_LARGEST = 64
"""Bytes that the file may have which says the model in use."""


@dataclass(frozen=True, slots=True)
class LearntModel:
    """One of them.

    Attributes:
        number: From 1 on, in the order in which they were learnt.
        file: Its header.
    """

    number: int
    file: ModelFile

    @property
    def card(self) -> Mapping[str, Any]:
        """What it says of its learning; empty where it says nothing."""
        card = self.file.card.get(CARD_KEY)
        return card if isinstance(card, dict) else {}

    @property
    def corrections(self) -> frozenset[Correction]:
        """What it learnt from."""
        listed = self.card.get("corrections")
        return frozenset(
            Correction(*map(str, pair)) for pair in (listed if isinstance(listed, list) else ()) if len(pair) == 2
        )


class LearntModels:
    """Those of one library; the model that ships has the number 0."""

    def __init__(self, library: Library) -> None:
        self._folder = library.paths.learnt
        self._files = library.files
        self._lock = library.database.learning

    def numbers(self) -> list[int]:
        """The numbers of the models that are there, rising."""
        names = map(_FILE.fullmatch, self._files.names(self._folder))
        return sorted(int(name[1]) for name in names if name)

    def path(self, number: int) -> Path:
        """The file of one of them, with what was fitted for it beside it.

        Raises:
            LearntModelError: There is none of this number.
            LibraryNotWritableError: It is kept on a server, and this computer has no room for it.
        """
        if number not in self.numbers():
            known = ", ".join(map(str, self.numbers())) or "none"
            raise LearntModelError(f"there is no learnt model {number}; there are: {known}")
        file = self._file(number)
        self._files.bring(file, relevance_file(file))
        return file

    def read(self, number: int) -> LearntModel:
        """Reads the header of one of them.

        Raises:
            LearntModelError: There is none of this number.
            ModelFileError: Its file is damaged, or of another version.
        """
        return LearntModel(number, read_model_file(self.path(number)))

    def used(self) -> int:
        """The number of the model in use.

        Raises:
            LearntModelError: What says it cannot be read.
        """
        if self._in_use.name not in self._files.names(self._folder):
            return SHIPPED_NUMBER
        self._files.bring(self._in_use)
        try:
            return int(read_small(self._in_use, limit=_LARGEST))
        except FileNotFoundError:
            return SHIPPED_NUMBER
        except (OSError, ValueError) as error:
            raise LearntModelError(
                f"{self._in_use} does not say which model is used; go back with: imgsearch learn --forget"
            ) from error

    def path_in_use(self) -> Path | None:
        """The file of the model in use; none where it is the one that ships.

        Raises:
            LearntModelError: It is gone, or nothing says which it is.
        """
        number = self.used()
        if number == SHIPPED_NUMBER:
            return None
        try:
            return self.path(number)
        except LearntModelError as error:
            raise LearntModelError(f"{error}; go back with: imgsearch learn --forget") from error

    def use(self, number: int) -> None:
        """Has a model describe and answer from now on.

        Raises:
            LearntModelError: There is none of this number.
            ModelFileError: Its file was changed or damaged.
            LibraryNotWritableError: The library may not be changed.
        """
        if number == SHIPPED_NUMBER:
            with _explained(self._folder):
                self._files.drop(self._in_use)
            return
        self.read(number).file.verified_tensors("np")
        with _explained(self._folder):
            write_atomically(self._in_use, f"{number}\n".encode())
            self._files.keep(self._in_use)

    def add(self, write: Callable[[Path, int], None]) -> int:
        """Has a new model written under the next number, and gives the number; it is not used yet.

        Args:
            write: Writes the model to a path, and what belongs beside it, given its number.

        Raises:
            LibraryNotWritableError: The disk is full, or the library may not be changed.
        """
        number = max([*self.numbers(), SHIPPED_NUMBER]) + 1
        file = self._file(number)
        with _explained(self._folder):
            write(file, number)
            self._files.keep(*(written for written in (file, relevance_file(file)) if written.is_file()))
        return number

    def forget(self) -> int:
        """Removes all of them, so that the model that ships is used, and tells how many there were.

        Raises:
            LibraryNotWritableError: The library may not be changed.
        """
        numbers = self.numbers()
        with _explained(self._folder):
            self._files.drop(self._in_use)
            for number in numbers:
                self._remove(number)
        return len(numbers)

    def remove_unreadable(self) -> None:
        """Removes those whose files are damaged, and uses none that is not there.

        Raises:
            LibraryNotWritableError: The library may not be changed.
        """
        with _explained(self._folder):
            for number in self.numbers():
                if fault(self.path(number)):
                    self._remove(number)
            try:
                self.path_in_use()
            except LearntModelError:
                self._files.drop(self._in_use)

    def faults(self) -> list[str]:
        """What is wrong with them, a sentence each."""
        wrong = {number: fault(self.path(number)) for number in self.numbers()}
        faults = [f"the learnt model {number} is {clause}" for number, clause in wrong.items() if clause]
        try:
            self.path_in_use()
        except LearntModelError as error:
            faults.append(str(error).partition(";")[0])
        return faults

    @contextmanager
    def learning(self) -> Iterator[None]:
        """Makes the folder, and holds the lock of the one process that learns; it ends with the process.

        Raises:
            LibraryLockedError: Another process is learning.
            LibraryNotWritableError: The folder takes no files, or no locks.
        """
        with _explained(self._folder):
            make_own_folder(self._folder)
        with self._lock():
            yield

    def _remove(self, number: int) -> None:
        self._files.drop(self._file(number), relevance_file(self._file(number)))

    @property
    def _in_use(self) -> Path:
        return self._folder / "in-use"

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.safetensors"


def fault(file: Path) -> str:
    """What is wrong with a model's file, as a clause; empty for nothing."""
    try:
        read_model_file(file).verified_tensors("np")
    except ModelFileError as error:
        return f"damaged ({error})"
    return ""


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LibraryNotWritableError(f"{folder} could not be changed: {error.strerror}") from error
