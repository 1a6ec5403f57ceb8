"""Why a caption should be looked at is said in the order of what weighs most."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from index_data.annotation.queue import QueueItem
from index_data.annotation.uncertainty import Uncertainty
from index_data.catalogue.annotation_records import StoredCaption
from search.tui.review.reasons import explain_uncertainty
from search.tui.widgets.word_confidence import list_least_sure, mark_unsure_words

CAPTION = StoredCaption(
    1, 1, "a dog on a beach", "model", "imgsearch-2@abc", "proposed", 0.2, datetime(2026, 1, 1), None
)
UNCERTAIN = Uncertainty(0.8, 0.2, 0.31, 0.24, (0.7, 0.95, 0.4))
ITEM = QueueItem(1, (b"/a.jpg",), CAPTION, (), UNCERTAIN)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (ITEM, ["far from the picture · 0.31, worse than 95%", "unsure of its words · 0.20, worse than 70%"]),
        (
            replace(ITEM, uncertainty=replace(UNCERTAIN, shares=(0.1, 0.2, None), neighbour_agreement=None)),
            ["nothing speaks against it"],
        ),
        (replace(ITEM, uncertainty=None), ["proposed by imgsearch-2"]),
        (replace(ITEM, caption=None), ["no caption: the last one was rejected"]),
        (replace(ITEM, caption=replace(CAPTION, state="accepted")), ["accepted by you"]),
        (replace(ITEM, caption=replace(CAPTION, author="person", model=None, state="accepted")), ["your words"]),
    ],
)
def test_reasons(item: QueueItem, expected: list[str]) -> None:
    assert explain_uncertainty(item) == expected


def test_unsure_words_are_marked_where_they_stand() -> None:
    words = [("a", 0.9), ("dog", 0.05), ("on", 0.9), ("a", 0.25), ("beach", 0.9)]
    marked = mark_unsure_words("A dog, on a beach!", words)
    assert marked.plain == "A dog, on a beach!"
    assert [(marked.plain[span.start : span.end], span.style) for span in marked.spans] == [
        ("dog", "underline $error"),
        ("a", "underline $warning"),
    ]
    assert [span.start for span in marked.spans] == [2, 10]
    assert mark_unsure_words("a cat", [("dog", 0.01)]).spans == []
    assert list_least_sure(words) == "dog 5%  a 25%"
    assert list_least_sure([("dog", 0.9)]) == ""
