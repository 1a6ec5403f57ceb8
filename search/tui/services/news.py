"""What was done, told only once it can be seen."""

from __future__ import annotations


class News:
    """Sentences that wait until what they tell of was read again."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, str]] = []

    def add(self, ticket: int, sentence: str) -> None:
        """Takes a sentence that may be told once the reading of this ticket, or a later one, is on the screen."""
        self._waiting.append((ticket, sentence))

    def due(self, ticket: int) -> list[str]:
        """Gives the sentences that may be told now, once."""
        due = [sentence for wanted, sentence in self._waiting if wanted <= ticket]
        self._waiting = [(wanted, sentence) for wanted, sentence in self._waiting if wanted > ticket]
        return due
