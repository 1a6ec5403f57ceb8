"""Which words of a question are said of a photograph, in any of their forms, and what share of the question that is."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from captioning.text.keywords import STOPWORDS
from captioning.text.out_of_vocabulary import StandIn, stem
from captioning.vocabulary import Vocabulary, tokenize
from index_data.catalogue.records import ImageWords


@dataclass(frozen=True, slots=True)
class QuestionWord:
    """A word of a question that says something.

    Attributes:
        word: As it was asked.
        read: The word, and the words that stand in for it.
        stems: Of all of them.
        weight: How much it counts: rare words tell more, and people may say how much.
    """

    word: str
    read: tuple[str, ...]
    stems: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class Said:
    """The stems of what is said of a photograph, by who says it; keywords with their probabilities."""

    proposed: frozenset[str]
    kept: frozenset[str]
    paths: frozenset[str]
    keywords: Mapping[str, float]


def question_words(
    parts: Iterable[tuple[str, float]], vocabulary: Vocabulary, stand_ins: Mapping[str, StandIn | None]
) -> tuple[QuestionWord, ...]:
    """The words of a question's parts, each with the part's weight; function words only where there are no others."""
    weights: dict[str, float] = {}
    for text, weight in parts:
        for word in tokenize(text):
            weights[word] = max(weight, weights.get(word, 0.0))
    telling = {word: weight for word, weight in weights.items() if word not in STOPWORDS} or weights
    ranks = _ranks(vocabulary)
    words: dict[frozenset[str], QuestionWord] = {}
    for word, weight in telling.items():
        found = stand_ins.get(word)
        read = (word, *found.known) if found else (word,)
        stems = frozenset(map(stem, read))
        # Words come by falling frequency, and that of a rank follows Zipf's law: this is their inverse frequency.
        rarity = math.log(2 + min(ranks.get(one, len(vocabulary)) for one in read))
        words.setdefault(stems, QuestionWord(word, read, stems, weight * rarity))
    return tuple(words.values())


def stems_of(texts: Iterable[str]) -> frozenset[str]:
    """The stems of all words of texts."""
    return frozenset(stem(word) for text in texts for word in tokenize(text))


def said_of(words: ImageWords) -> Said:
    """The stems of what is said of an image; a person's captions and tags count as one."""
    keywords: dict[str, float] = {}
    for keyword, probability in words.keywords.items():
        keywords[stem(keyword)] = max(probability, keywords.get(stem(keyword), 0.0))
    return Said(stems_of(words.proposed), stems_of((*words.kept, *words.tags)), stems_of(words.paths), keywords)


def words_said(words: Sequence[QuestionWord], stems: Collection[str]) -> tuple[str, ...]:
    """The words of a question that are among stems."""
    return tuple(one.word for one in words if not one.stems.isdisjoint(stems))


def share_said(words: Sequence[QuestionWord], stems: Collection[str]) -> float:
    """The share of a question's weight, in [0, 1], in words that are among stems."""
    total = sum(one.weight for one in words)
    return sum(one.weight for one in words if not one.stems.isdisjoint(stems)) / total if total else 0.0


def share_of_keywords(words: Sequence[QuestionWord], keywords: Mapping[str, float]) -> float:
    """The same of keywords, given by their stems, each counted with its probability."""
    total = sum(one.weight for one in words)
    found = (one.weight * max(keywords.get(part, 0.0) for part in one.stems) for one in words)
    return sum(found) / total if total else 0.0


@cache
def _ranks(vocabulary: Vocabulary) -> dict[str, int]:
    return {word: rank for rank, word in enumerate(vocabulary.words)}
