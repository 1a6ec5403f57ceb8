"""Words and their ids: how sentences become token ids, and back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from captioning.errors import ConfigurationError

PAD, START, END, UNKNOWN = 0, 1, 2, 3
SPECIAL = ("<pad>", "<start>", "<end>", "<unk>")
_CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def tokenize(sentence: str) -> list[str]:
    """Splits a sentence into lower-case words and numbers; punctuation is dropped."""
    words: list[str] = _WORD.findall(sentence.lower().replace(_CURLY, "'"))
    return words


class Vocabulary:
    """Words by falling frequency, after the four special tokens.

    The order lets the decoder write with the most frequent words only, while the text encoder reads all.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Takes the plain words, most frequent first.

        Raises:
            ConfigurationError: There are fewer than two words, or one stands twice.
        """
        if len(words) < 2:
            raise ConfigurationError(f"a vocabulary needs at least two words, this one has {len(words)}")
        self._words = (*SPECIAL, *words)
        self._ids = {word: index for index, word in enumerate(self._words)}
        if len(self._ids) != len(self._words):
            raise ConfigurationError("a word stands twice in the vocabulary")

    @classmethod
    def count(cls, sentences: Iterable[Sequence[str]], *, minimum: int, largest: int) -> Vocabulary:
        """Collects the words of tokenised sentences that occur at least `minimum` times, `largest` at most."""
        counts = Counter(word for sentence in sentences for word in sentence)
        frequent = [(-count, word) for word, count in counts.items() if count >= minimum]
        return cls([word for _, word in sorted(frequent)[:largest]])

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: str) -> bool:
        return word in self._ids

    @property
    def words(self) -> tuple[str, ...]:
        """The plain words, without the special tokens."""
        return self._words[len(SPECIAL) :]

    def encode(self, words: Iterable[str]) -> list[int]:
        """Ids of the words, `UNKNOWN` for those that are not in the vocabulary; no start or end is added."""
        return [self._ids.get(word, UNKNOWN) for word in words]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Words of the ids up to the first `END`; start and padding are left out."""
        words = []
        for index in ids:
            if index == END:
                break
            if index not in (PAD, START):
                words.append(self._words[index])
        return words
