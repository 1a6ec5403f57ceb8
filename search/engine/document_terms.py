"""Which terms of a query a photograph's texts contain, in any of their forms, and what share of the query that is."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from captioning.text.keywords import STOPWORDS
from captioning.text.out_of_vocabulary import Substitute, stem
from captioning.vocabulary import Vocabulary
from index_data.catalogue.records import ImageWords
from index_data.catalogue.search_words import asked_words, folded
from index_data.columns.stems import stems_of


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A word of a query that carries meaning.

    Attributes:
        word: As it was asked.
        expansion: The word, and the words that are read instead.
        stems: Of all of them.
        own_stems: Of the word as it was asked.
        weight: How much it counts: rare words tell more, and people may say how much.
    """

    word: str
    expansion: tuple[str, ...]
    stems: frozenset[str]
    own_stems: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class DocumentTerms:
    """The stems of a photograph's texts, by where they stand.

    Attributes:
        proposed: In the model's caption.
        confirmed: In a person's captions and tags.
        paths: In folder and file names.
        keywords: Of the keywords, with their probabilities in [0, 1].
    """

    proposed: frozenset[str]
    confirmed: frozenset[str]
    paths: frozenset[str]
    keywords: Mapping[str, float]

    @property
    def texts(self) -> frozenset[str]:
        """All stems but those of the keywords."""
        return self.proposed | self.confirmed | self.paths


def query_terms(
    parts: Iterable[tuple[str, float]], vocabulary: Vocabulary, substitutes: Mapping[str, Substitute | None]
) -> tuple[QueryTerm, ...]:
    """The terms of a query's parts, each with the part's weight; function words only where there are no others."""
    weights: dict[str, float] = {}
    for text, weight in parts:
        for word in asked_words(text):
            weights[word] = max(weight, weights.get(word, 0.0))
    content_words = {word: weight for word, weight in weights.items() if word not in STOPWORDS} or weights
    ranks = _ranks(vocabulary)
    terms: dict[frozenset[str], QueryTerm] = {}
    for word, weight in content_words.items():
        substitute = substitutes.get(word)
        expansion = (word, *substitute.known) if substitute else (word,)
        stems = _stems_of_words(expansion)
        # Words come by falling frequency, and that of a rank follows Zipf's law: this is their inverse frequency.
        rarity = math.log(2 + min(ranks.get(form, len(vocabulary)) for form in expansion))
        terms.setdefault(stems, QueryTerm(word, expansion, stems, _stems_of_words([word]), weight * rarity))
    return tuple(terms.values())


def _stems_of_words(words: Iterable[str]) -> frozenset[str]:
    return frozenset(stem(form) for word in map(folded, words) for form in (word, word.replace("'", "")))


def document_terms(words: ImageWords) -> DocumentTerms:
    """The terms of a photograph; a person's captions and tags count as one text."""
    keywords: dict[str, float] = {}
    for keyword, probability in words.keywords.items():
        keywords[stem(keyword)] = max(probability, keywords.get(stem(keyword), 0.0))
    return DocumentTerms(
        stems_of(words.proposed), stems_of((*words.confirmed, *words.tags)), stems_of(words.paths), keywords
    )


def matched_words(terms: Sequence[QueryTerm], stems: Collection[str]) -> tuple[str, ...]:
    """The words of the terms that are among stems."""
    return tuple(term.word for term in terms if not term.stems.isdisjoint(stems))


def matches_all(terms: Sequence[QueryTerm], stems: Collection[str]) -> bool:
    """Whether there are terms, and all of them are among stems."""
    return bool(terms) and all(not term.stems.isdisjoint(stems) for term in terms)


def says_all(terms: Sequence[QueryTerm], stems: Collection[str]) -> bool:
    """Whether there are terms, and all of them, as they were asked, are among stems."""
    return bool(terms) and all(not term.own_stems.isdisjoint(stems) for term in terms)


def matched_share(terms: Sequence[QueryTerm], stems: Collection[str]) -> float:
    """The share of the terms' weight, in [0, 1], that is among stems."""
    total = sum(term.weight for term in terms)
    return sum(term.weight for term in terms if not term.stems.isdisjoint(stems)) / total if total else 0.0


def matched_keyword_share(terms: Sequence[QueryTerm], keywords: Mapping[str, float]) -> float:
    """The same of keywords, given by their stems, each counted with its probability."""
    total = sum(term.weight for term in terms)
    matched = (term.weight * max(keywords.get(form, 0.0) for form in term.stems) for term in terms)
    return sum(matched) / total if total else 0.0


@cache
def _ranks(vocabulary: Vocabulary) -> dict[str, int]:
    return {word: rank for rank, word in enumerate(vocabulary.words)}
