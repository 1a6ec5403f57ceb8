"""How sure the model is of each word of a caption, in colours and in figures."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content, Span

WordConfidences = Sequence[tuple[str, float]]
"""The words of a caption in lower case, each with the model's probability of it, in [0, 1]."""

UNSURE, VERY_UNSURE = 0.3, 0.1
"""In a caption under review a word less probable than these is marked, the second more strongly."""

SURE, UNLIKELY = 0.5, 0.2
"""In the details a word at least as probable as the first is sure, and one less probable than the second unsure."""


LEGEND = Content.from_markup(
    "[$foreground 60%]of each word the model is [/][$success]sure[/][$foreground 60%], [/]"
    "[$warning]less sure[/][$foreground 60%], [/][$error underline]unsure[/]"
)
"""Explains the colours of `colour_words`."""


def mark_unsure_words(text: str, words: WordConfidences) -> Content:
    """Underlines the words of a sentence, as it is shown, of which the model is unsure."""
    spans: list[Span] = []
    end, lower = 0, text.lower()
    for word, probability in words:
        start = lower.find(word, end)
        if start < 0:
            continue
        end = start + len(word)
        if probability < UNSURE:
            spans.append(Span(start, end, "underline $error" if probability < VERY_UNSURE else "underline $warning"))
    return Content(text, spans=spans)


def colour_words(words: WordConfidences) -> Content:
    """Colours every word by how sure the model is of it."""
    return Content(" ").join(Content.styled(word, _style(probability)) for word, probability in words)


def list_least_sure(words: WordConfidences, *, count: int = 3) -> str:
    """Names the words of which the model is least sure, with their probabilities."""
    lowest = sorted(words, key=lambda pair: pair[1])[:count]
    return "  ".join(f"{word} {probability:.0%}" for word, probability in lowest if probability < UNSURE)


def _style(probability: float) -> str:
    return "$success" if probability >= SURE else "$warning" if probability >= UNLIKELY else "$error underline"
