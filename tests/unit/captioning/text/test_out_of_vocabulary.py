"""Substitutes for words that a model never learnt."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from captioning.text.out_of_vocabulary import NEIGHBOURS, OutOfVocabularyWords, Substitute, read_neighbours
from captioning.training.near_meanings import neighbours_of, relatives
from captioning.vocabulary import Vocabulary, tokenize

VOCABULARY = Vocabulary(["dog", "cat", "dogs", "running", "jump", "beach", "puppy", "kitten", "mountain", "a"])
NEAR = {"feline": ("cat", "kitten"), "bow": (), "seaside": ("shore", "beach"), "zen": ("temple",)}


@pytest.fixture(scope="module")
def outside() -> OutOfVocabularyWords:
    return OutOfVocabularyWords(VOCABULARY, NEAR)


@pytest.mark.parametrize(
    ("word", "known", "relation"),
    [
        ("puppies", "puppy", "form"),
        ("jumped", "jump", "form"),
        ("beaches", "beach", "form"),
        ("feline", "cat kitten", "meaning"),
        ("seaside", "beach", "meaning"),
        ("moutnain", "mountain", "spelling"),
        ("moutain", "mountain", "spelling"),
        ("kiten", "kitten", "spelling"),
        ("felline", "cat kitten", "spelling"),
    ],
)
def test_a_word_near_known_ones_is_read_as_them(
    outside: OutOfVocabularyWords, word: str, known: str, relation: str
) -> None:
    assert outside.substitute(word) == Substitute(word, tuple(known.split()), relation)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["sdfsdflksdfj", "bow", "zen", "cta", "1234", "xx"])
def test_a_word_with_nothing_near_stays_unknown(outside: OutOfVocabularyWords, word: str) -> None:
    assert outside.substitute(word) is None


def test_forms_of_one_word_are_read_as_the_most_frequent(outside: OutOfVocabularyWords) -> None:
    found = outside.substitute("dogged")
    assert found is not None
    assert found.known == ("dog",)


@given(word=st.text(max_size=30).flatmap(lambda text: st.sampled_from(tokenize(text) or ["q"])))
def test_substitutes_are_known_whatever_is_asked(word: str) -> None:
    found = OutOfVocabularyWords(VOCABULARY, NEAR).substitute(word)
    assert found is None or (found.known and all(known in VOCABULARY for known in found.known))


def test_the_shipped_table_holds_common_words_and_what_is_near_them() -> None:
    table = read_neighbours(NEIGHBOURS)
    assert len(table) > 20_000
    assert "cat" in table["feline"]
    assert all(word.isalpha() and word.islower() for word in table)
    assert max(len(near) for near in table.values()) == 3


class Sense:
    """A meaning as NLTK's WordNet hands it out."""

    def __init__(self, names: str, above: Sense | None = None, depth: int = 9) -> None:
        self.names, self.above, self.depth, self.below = names.split(), above, depth, list[Sense]()
        if above is not None:
            above.below.append(self)

    def lemma_names(self) -> list[str]:
        return self.names

    def hyponyms(self) -> list[Sense]:
        return self.below

    def hypernyms(self) -> list[Sense]:
        return [self.above] if self.above else []

    def similar_tos(self) -> list[Sense]:
        return []

    def lemmas(self) -> list[Sense]:
        return []

    def min_depth(self) -> int:
        return self.depth

    def pos(self) -> str:
        return "n"


class WordNet:
    """Cats are felines, felines are animals, and an animal is a thing."""

    thing = Sense("thing", depth=1)
    animal = Sense("animal", thing)
    feline = Sense("feline felid", animal)
    cat = Sense("cat", feline)
    tax = Sense("tax", thing)

    def synsets(self, word: str) -> list[Sense]:
        return [sense for sense in (self.feline, self.cat, self.animal, self.tax) if word in sense.names]


def test_relatives_have_their_steps_and_general_words_are_left_out() -> None:
    assert dict(relatives("feline", WordNet())) == {"feline": 0.0, "felid": 0.0, "cat": 1.2, "animal": 1.0}
    assert dict(relatives("tax", WordNet())) == {"tax": 0.0}
    assert dict(relatives("nothing", WordNet())) == {}


def test_neighbours_are_the_caption_words_nearest_in_wordnet_and_to_the_teacher(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    places = {
        "cat": [1.0, 0, 0],
        "dog": [0, 1.0, 0],
        "animal": [0.5, 1, 1],
        "feline": [0.99, 0.1, 0],
        "thing": [0, 0, 1.0],
    }

    def embed(sentences: list[str], folder: Path, *, device: torch.device, batch: int) -> torch.Tensor:
        rows = [places[sentence.removeprefix("a photo of ")] for sentence in sentences]
        return torch.nn.functional.normalize(torch.tensor(rows), dim=-1).half()

    monkeypatch.setattr("captioning.training.near_meanings.teacher_embeddings", embed)
    near = neighbours_of(["feline", "tax"], ["dog", "cat", "animal", "thing"], WordNet(), tmp_path)
    assert near == {"feline": ["cat"], "tax": []}
