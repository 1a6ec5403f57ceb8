"""Carries out what a person changes in the library, one change after the other and away from the interface's thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from textual.message import Message
from textual.message_pump import MessagePump

from captioning.errors import CaptioningError
from index_data.catalogue.annotation_records import ActionRecord
from index_data.errors import LibraryError, NothingToUndoError

Write = Callable[[], ActionRecord | None]
"""Changes the library; gives none where that would change nothing."""


@dataclass
class WriteFinished(Message):
    """The library was changed, and the change is on the disk; `action` is none where there was nothing to change."""

    kind: str
    action: ActionRecord | None


@dataclass
class WriteRefused(Message):
    """A change could not be made; nothing changed."""

    sentence: str
    harmless: bool


@dataclass
class ThreadFailed(Message):
    """A thread met an error that nobody expects."""

    error: Exception


class WriteQueue:
    """Takes any number of changes at once, and finishes all of them before the program ends."""

    def __init__(self, app: MessagePump, *, heed: Callable[[ActionRecord], None]) -> None:
        """Takes the app, which gets `ThreadFailed` where nobody expected an error, and who is told of each change."""
        self._app, self._heed = app, heed
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="write")

    def submit(self, kind: str, write: Write, *, reply_to: MessagePump) -> None:
        """Makes a change as soon as those before it are made.

        Args:
            kind: Of change, such as ``accept``.
            write: Makes it, in a thread.
            reply_to: Gets `WriteFinished` or `WriteRefused`.
        """
        self._thread.submit(self._run, kind, write, reply_to)

    def close(self) -> None:
        """Waits for what was submitted."""
        self._thread.shutdown(wait=True)

    def _run(self, kind: str, write: Write, reply_to: MessagePump) -> None:
        try:
            action = write()
            reply_to.post_message(WriteFinished(kind, action))
            if action is not None:
                self._heed(action)
        except NothingToUndoError as error:
            reply_to.post_message(WriteRefused(str(error), harmless=True))
        except (LibraryError, CaptioningError) as error:
            reply_to.post_message(WriteRefused(str(error), harmless=False))
        except Exception as error:  # a thread's errors would be lost; the app ends with this one
            self._app.post_message(ThreadFailed(error))
