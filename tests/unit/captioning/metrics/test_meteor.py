from __future__ import annotations

from collections import Counter
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioning.metrics import meteor_exact
from captioning.metrics.meteor import fewest_chunks
from tests.unit.captioning.metrics.corpora import Sentence, split

short_sentences = st.lists(st.sampled_from("abc"), max_size=6)


def score(candidate: str, *references: str) -> float:
    _, (only,) = meteor_exact(split(candidate), [split(*references)])
    return only


def test_an_equal_sentence_is_one_chunk() -> None:
    assert score("the cat sat on the mat", "the cat sat on the mat") == pytest.approx(1 - 0.5 * (1 / 6) ** 3)


def test_broken_order_costs_chunks() -> None:
    # on the mat | sat | the cat
    assert score("on the mat sat the cat", "the cat sat on the mat") == pytest.approx(1 - 0.5 * (3 / 6) ** 3)


def test_recall_weighs_nine_times_precision() -> None:
    # m = 2, one chunk: P = 1, R = 1/2
    assert score("a b", "a b c d") == pytest.approx(10 * 0.5 / (0.5 + 9) * (1 - 0.5 / 8))
    assert score("a b c d", "a b") == pytest.approx(10 * 0.5 / (1 + 9 * 0.5) * (1 - 0.5 / 8))


def test_the_best_reference_counts() -> None:
    assert score("a b", "c d", "a b", "b a") == score("a b", "a b")


def test_only_equal_words_match() -> None:
    assert score("dogs running", "dog runs", "hounds race") == 0.0


def test_the_corpus_score_comes_from_summed_counts() -> None:
    corpus, scores = meteor_exact(split("a b", "x"), [split("a b"), split("y")])
    # m = 2, one chunk, 3 words on either side
    assert corpus == pytest.approx(2 / 3 * (1 - 0.5 / 8))
    assert scores == pytest.approx([1 - 0.5 / 8, 0.0])


def test_agrees_with_meteor_1_5() -> None:
    # The figures were printed by METEOR 1.5 with -m exact -w 1.0 -p '0.9 3.0 0.5 0.5' -x 2000, which makes
    # its formula that of the first paper.
    candidates = split(
        "a dog runs across the green field",
        "two children play in the sand at the beach",
        "a man in a red jacket climbs a steep rock",
        "the red bus and the blue bus stop at the corner of the street",
        "a cat",
    )
    references = [
        split(
            "a brown dog is running across a field",
            "the dog runs through the green grass",
            "a dog plays outside",
        ),
        split(
            "children are playing at the beach",
            "two kids play in the sand",
            "at the beach two children dig in the sand",
        ),
        split(
            "a climber in red on a rock face",
            "a man climbs a rock wall in a red jacket",
            "someone is rock climbing",
        ),
        split(
            "the blue bus and the red bus wait at the street corner",
            "two buses stop at a corner",
            "a street with a red bus and a blue bus at the stop",
        ),
        split("birds sit on a wire", "a wire with birds", "three birds"),
    ]
    corpus, scores = meteor_exact(candidates, references)
    assert corpus == pytest.approx(0.7409375136647863, abs=1e-12)
    assert scores == pytest.approx(
        [0.5357142857142857, 0.8654513888888887, 0.8604938271604938, 0.8284785259449939, 0.13157894736842105],
        abs=1e-12,
    )


@settings(deadline=None, max_examples=300)
@given(short_sentences, short_sentences)
def test_chunks_agree_with_trying_every_alignment(candidate: Sentence, reference: Sentence) -> None:
    matches = (Counter(candidate) & Counter(reference)).total()
    choices = [[None, *(place for place, other in enumerate(reference) if other == word)] for word in candidate]
    fewest = len(candidate)
    for alignment in product(*choices):
        taken = [place for place in alignment if place is not None]
        if len(taken) == matches == len(set(taken)):
            joints = sum(
                left is not None and right is not None and right == left + 1 for left, right in pairwise(alignment)
            )
            fewest = min(fewest, matches - joints)
    assert fewest_chunks(candidate, reference) == fewest


def test_a_sentence_that_only_repeats_itself_stays_cheap_and_exact() -> None:
    assert fewest_chunks(["a"] * 30, ["a"] * 30) == 1
    assert fewest_chunks(["a", "b"] * 12, ["b", "a"] * 12) == 2
