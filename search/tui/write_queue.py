"""Does what a person asks of the library, one thing after the other and away from the interface's thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from textual.message import Message
from textual.message_pump import MessagePump

from captioning.errors import CaptioningError
from index_data.catalogue.annotation_records import ActionRecord
from index_data.errors import LibraryError, NothingToUndoError

Act = Callable[[], ActionRecord | None]
"""Changes the library; none where that would change nothing."""


class Acted(Message):
    """The library was changed, and the change is on the disk."""

    def __init__(self, what: str, action: ActionRecord | None) -> None:
        self.what, self.action = what, action
        super().__init__()


class Refused(Message):
    """What was asked could not be done; nothing changed."""

    def __init__(self, sentence: str, *, harmless: bool) -> None:
        self.sentence, self.harmless = sentence, harmless
        super().__init__()


class Broke(Message):
    """A thread met an error that nobody expects."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        super().__init__()


class Desk:
    """Takes any number of wishes at once, and finishes all of them before the program ends."""

    def __init__(self, app: MessagePump) -> None:
        """Takes the app, which gets `Broke` where nobody expected an error."""
        self._app = app
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")

    def ask(self, what: str, act: Act, *, answer: MessagePump) -> None:
        """Does a thing as soon as those before it are done.

        Args:
            what: Is done, such as ``accept``.
            act: Does it, in a thread.
            answer: Gets `Acted` or `Refused`.
        """
        self._thread.submit(self._do, what, act, answer)

    def close(self) -> None:
        """Waits for what was asked."""
        self._thread.shutdown(wait=True)

    def _do(self, what: str, act: Act, answer: MessagePump) -> None:
        try:
            answer.post_message(Acted(what, act()))
        except NothingToUndoError as error:
            answer.post_message(Refused(str(error), harmless=True))
        except (LibraryError, CaptioningError) as error:
            answer.post_message(Refused(str(error), harmless=False))
        except Exception as error:  # a thread's errors would be lost; the app ends with this one
            self._app.post_message(Broke(error))
