"""The browser learns tags after every few that a person gives."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from textual.message import Message

from index_data.annotation.learnt_tags import TagOutcome
from index_data.catalogue.annotation_records import ActionRecord
from index_data.errors import LibraryNotWritableError
from index_data.library import Library
from search.tui.messages import WorkFailed
from search.tui.services import tag_learner
from search.tui.services.tag_learner import EVERY, TagLearner, TagsLearnt


class App:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def post_message(self, message: Message) -> bool:
        self.messages.append(message)
        return True


def action(kind: str, count: int) -> ActionRecord:
    return ActionRecord(1, kind, datetime(2026, 1, 1), None, "done", tuple(range(count)))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.open(tmp_path / "library", create=True)


def test_it_learns_after_so_many_tags_and_not_before(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [TagOutcome("Ben", 5, 0, 0.99, 2, fresh=True), TagOutcome("sea", 9, 0, 0.99, 3)]
    monkeypatch.setattr(tag_learner, "learn_tags", lambda _: outcomes)
    app = App()
    learner = TagLearner(app, library)  # type: ignore[arg-type]
    learner.heed(action("edit", 3 * EVERY))
    learner.heed(action("tag", EVERY - 1))
    assert app.messages == []
    learner.heed(action("accept tags", 1))
    learner.close()
    (message,) = app.messages
    assert isinstance(message, TagsLearnt)
    assert message.sentence.startswith("2 photographs may be Ben: ")


def test_what_cannot_be_learnt_is_said(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Library) -> list[TagOutcome]:
        raise LibraryNotWritableError("the library is not writable")

    monkeypatch.setattr(tag_learner, "learn_tags", refuse)
    app = App()
    learner = TagLearner(app, library)  # type: ignore[arg-type]
    learner.heed(action("reject tags", EVERY))
    learner.close()
    (message,) = app.messages
    assert isinstance(message, WorkFailed)
    assert message.sentence == "tags could not be learnt: the library is not writable"
