"""Why a caption should be looked at, and how sure each of its words is, for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content, Span

from index_data.annotation.queue import QueueItem

UNSURE, DOUBTFUL = 0.3, 0.1
"""A word less probable than these is marked, the second more strongly."""

_SIGNS = ("unsure of its words", "far from the picture", "unlike its neighbours")


def reasons(item: QueueItem) -> list[str]:
    """What speaks for looking at a photograph, the strongest reason first."""
    caption, doubt = item.caption, item.doubt
    if caption is None:
        return ["no caption stands: the last one was rejected"]
    if caption.author == "person":
        return ["your words"]
    if caption.state == "accepted":
        return ["accepted by you"]
    if doubt is None:
        return [f"proposed by {(caption.model or 'a model').partition('@')[0]}"]
    values = (doubt.confidence, doubt.agreement, doubt.consent)
    signs = zip(doubt.shares, values, _SIGNS, strict=True)
    found = [(share, value, sign) for share, value, sign in signs if share is not None and value is not None]
    told = [
        f"{sign} · {value:.2f}, worse than {share:.0%}"
        for share, value, sign in sorted(found, reverse=True)
        if share > 0.5
    ]
    return told or ["nothing speaks against it"]


def in_colours(text: str, words: Iterable[tuple[str, float]]) -> Content:
    """A sentence whose words are marked where the model is unsure of them.

    Args:
        text: The sentence, as it is shown.
        words: Its words in lower case, each with its probability in [0, 1].
    """
    spans: list[Span] = []
    at, lower = 0, text.lower()
    for word, probability in words:
        start = lower.find(word, at)
        if start < 0:
            continue
        at = start + len(word)
        if probability < UNSURE:
            spans.append(Span(start, at, "underline $error" if probability < DOUBTFUL else "underline $warning"))
    return Content(text, spans=spans)


def least_sure(words: Sequence[tuple[str, float]], *, count: int = 3) -> str:
    """The words that the model is least sure of, with their probabilities."""
    lowest = sorted(words, key=lambda pair: pair[1])[:count]
    return "  ".join(f"{word} {probability:.0%}" for word, probability in lowest if probability < UNSURE)
