"""Learns tags while a person gives them, away from the interface's thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from textual.message import Message
from textual.message_pump import MessagePump

from captioning.errors import CaptioningError
from index_data.annotation.learnt_tags import TagOutcome, learn_tags
from index_data.catalogue.annotation_records import ActionRecord
from index_data.errors import LibraryError
from index_data.library import Library
from search.output.printable import photographs
from search.tui.messages import WorkFailed
from search.tui.services.write_queue import ThreadFailed

EVERY = 5
"""Photographs whose tags changed, or were judged, after which tags are learnt anew."""

HEEDED = frozenset({"tag", "accept tags", "reject tags"})
"""Actions that give examples, and those whose undoing takes them away."""


@dataclass
class TagsLearnt(Message):
    """Tags were learnt anew."""

    outcomes: list[TagOutcome]

    @property
    def sentence(self) -> str:
        """What is proposed now; empty if nothing is."""
        parts = [
            f"{photographs(outcome.proposed)} may be {outcome.name}"
            for outcome in self.outcomes
            if outcome.fresh and outcome.proposed
        ]
        return "; ".join(parts) and f"{'; '.join(parts)}: see Review, part “with proposed tags”"


class TagLearner:
    """Counts what people say of tags, and learns after every few."""

    def __init__(self, app: MessagePump, library: Library) -> None:
        """Takes the app, which gets `TagsLearnt`, and the library."""
        self._app, self._library = app, library
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="learn")
        self._changed, self._learning, self._lock = 0, False, Lock()

    def heed(self, action: ActionRecord) -> None:
        """Takes what a person did, from any thread."""
        if action.kind not in HEEDED:
            return
        with self._lock:
            self._changed += len(action.images)
            if self._learning or self._changed < EVERY:
                return
            self._changed, self._learning = 0, True
        self._thread.submit(self._learn)

    def close(self) -> None:
        """Waits until what is being learnt is stored."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _learn(self) -> None:
        try:
            self._app.post_message(TagsLearnt(learn_tags(self._library)))
        except (LibraryError, CaptioningError) as error:
            self._app.post_message(WorkFailed(f"tags could not be learnt: {error}"))
        except Exception as error:  # a thread's errors would be lost; the app ends with this one
            self._app.post_message(ThreadFailed(error))
        finally:
            with self._lock:
                self._learning = False
