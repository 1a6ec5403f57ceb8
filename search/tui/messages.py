"""What the app tells its screens: facts, in the past tense."""

from __future__ import annotations

from textual.message import Message


class LibraryChanged(Message):
    """Somebody, here or in another process, changed the library."""


class ChangesRead(Message):
    """The library was asked whether it changed."""

    def __init__(self, *, changed: bool) -> None:
        self.changed = changed
        super().__init__()


class LibraryCounted(Message):
    """The photographs of the library were counted."""

    def __init__(self, images: int) -> None:
        self.images = images
        super().__init__()


class Failed(Message):
    """A worker ended with an error that a person should read."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__()
