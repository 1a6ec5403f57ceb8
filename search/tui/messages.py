"""What the app tells its screens, and what screens and threads tell the app: facts, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class LibraryChanged(Message):
    """Somebody, here or in another process, changed the library."""


@dataclass
class LibraryWritten(Message):
    """This process changed the library, and the app need not wait until it sees so."""


@dataclass
class ChangeMade(Message):
    """A person changed the library here; a screen that shows it says so once it can be seen, else the app does."""

    sentence: str


@dataclass
class LibraryChecked(Message):
    """The library was asked whether it changed."""

    changed: bool


@dataclass
class LibraryCounted(Message):
    """The photographs and the films of the library were counted."""

    images: int
    videos: int = 0


@dataclass
class PicturesRestyled(Message):
    """A person set how photographs are drawn, or how large."""


@dataclass
class SettingChanged(Message):
    """A person changed what holds for every command."""

    name: str


@dataclass
class WorkFailed(Message):
    """A worker ended with an error that a person should read."""

    sentence: str
