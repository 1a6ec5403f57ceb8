from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from captioning.metrics import DocumentFrequency, cider_d
from captioning.metrics.ngrams import count_ngrams
from captioning.training.consensus import FEWEST, SentenceBank, plain_sentences
from captioning.vocabulary import tokenize

SENTENCES = [
    "a dog runs on the beach",
    "a brown dog runs along the beach",
    "a dog on a beach",
    "two cats sit on a red sofa",
    "a green train in a station",
]


def embeddings(count: int) -> torch.Tensor:
    return F.normalize(torch.randn(count, 6, generator=torch.Generator().manual_seed(2)), dim=-1)


def frequency(sentences: list[str]) -> DocumentFrequency:
    counts: dict[tuple[str, ...], int] = {}
    for sentence in sentences:
        for run in count_ngrams(tokenize(sentence)):
            counts[run] = counts.get(run, 0) + 1
    return DocumentFrequency(len(sentences), counts)


def test_agreement_is_mean_cider_d_against_the_others() -> None:
    bank = SentenceBank(SENTENCES, embeddings(5))
    positions = [0, 1, 3, 4]
    agreement = bank.agreement(np.array(positions))
    words = [tokenize(SENTENCES[position]) for position in positions]
    for row in range(len(positions)):
        others = [other for column, other in enumerate(words) if column != row]
        expected = cider_d([words[row]], [others], frequency=frequency(SENTENCES))[0]
        assert agreement[row] == pytest.approx(expected, rel=1e-4)


def test_copies_of_a_pictures_own_captions_are_left_out() -> None:
    vectors = embeddings(5)
    bank = SentenceBank(SENTENCES, vectors)
    everything = bank.neighbours(vectors[1], count=5).nearest
    assert everything[0] == 1
    # Six of its words are the second sentence's as well, four are the first's: 12 of 13 and 8 of 12 count as shared.
    kept = bank.neighbours(vectors[1], count=5, without=["a brown dog runs along a beach"]).nearest
    assert kept == tuple(position for position in everything if position != 1)


def test_the_nearest_come_first_and_the_most_agreed_is_chosen() -> None:
    vectors = embeddings(5)
    bank = SentenceBank(SENTENCES, vectors)
    neighbours = bank.neighbours(vectors[1], count=4)
    similarity = vectors @ vectors[1]
    assert neighbours.nearest[0] == 1
    assert all(similarity[nearer] >= similarity[farther] for nearer, farther in pairwise(neighbours.nearest))
    assert set(neighbours.agreed) == set(neighbours.nearest)
    agreement = bank.agreement(np.array(neighbours.nearest))
    assert neighbours.agreed[0] == neighbours.nearest[int(agreement.argmax())]


def test_a_label_is_said_by_all_or_nobody() -> None:
    many = [f"{number} pizzas on a table" for number in range(FEWEST)] + SENTENCES
    bank = SentenceBank(many, embeddings(len(many)))
    neighbours = bank.neighbours(embeddings(1)[0], count=20, label="pizza")
    assert len(neighbours.nearest) == FEWEST
    assert all("pizzas" in many[position] for position in neighbours.nearest + neighbours.agreed)
    assert bank.neighbours(embeddings(1)[0], count=20, label="green train").nearest == ()
    assert bank.neighbours(embeddings(1)[0], count=20, label="trombone").nearest == ()
    assert all("accordion" in sentence for sentence in plain_sentences("accordion"))


def test_an_empty_sentence_agrees_with_nothing() -> None:
    bank = SentenceBank([*SENTENCES, "!"], embeddings(6))
    assert bank.agreement(np.array([0, 1, 5]))[2] == 0.0
