"""The list of words an annotation is made of, and which of them a picture's sentences name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

# Function words and words about the act of describing: they say nothing of a picture.
STOPWORDS = frozenset(
    re.split(
        r"\s+",
        """a about above across after against all along also am among an and another any are around as at away back be
    because been before behind being below beneath beside besides between both but by can could did do does
    doing down during each edge end every few for from front further get gets getting go goes going has have
    having he her here hers him himself his how i if in into inside is it its itself just like long look looking
    looks made make makes making many middle more most much near next no nor not of off on one onto or other
    others our out outside over own part past set shot show showing shown shows side sits so some someone
    something such than that the their them themselves then there these they this those three through to
    together top toward towards two several under underneath until up upon us use used uses using various very
    view wearing wears was way we were what when where which while who whose will with within without you your
    image photo photograph picture background foreground appears appear seen visible four five six first second
    different same lot""",
    )
)


def count_keywords(pictures: Iterable[Sequence[Sequence[str]]], *, largest: int) -> list[str]:
    """Collects the content words that the most pictures name.

    Args:
        pictures: For each picture its tokenised sentences.
        largest: How many words at the most.
    """
    counts: Counter[str] = Counter()
    for sentences in pictures:
        counts.update({word for sentence in sentences for word in sentence if says_something(word)})
    return [word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:largest]]


def keyword_targets(sentences: Sequence[Sequence[str]], keywords: dict[str, int]) -> list[int]:
    """Indices of the keywords that a picture's sentences name, sorted."""
    return sorted({keywords[word] for sentence in sentences for word in sentence if word in keywords})


def says_something(word: str) -> bool:
    """Whether a word may tell of a picture: short words, function words and numbers do not."""
    return len(word) > 2 and word not in STOPWORDS and not word.isdigit()
