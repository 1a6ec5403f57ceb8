"""The table of near meanings is made from WordNet and a sentence teacher."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from captioning.training.near_meanings import neighbours_of, relatives


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
    embeddings = {
        "cat": [1.0, 0, 0],
        "dog": [0, 1.0, 0],
        "animal": [0.5, 1, 1],
        "feline": [0.99, 0.1, 0],
        "thing": [0, 0, 1.0],
    }

    def embed(sentences: list[str], folder: Path, *, device: torch.device, batch: int) -> torch.Tensor:
        rows = [embeddings[sentence.removeprefix("a photo of ")] for sentence in sentences]
        return torch.nn.functional.normalize(torch.tensor(rows), dim=-1).half()

    monkeypatch.setattr("captioning.training.near_meanings.teacher_embeddings", embed)
    near = neighbours_of(["feline", "tax"], ["dog", "cat", "animal", "thing"], WordNet(), tmp_path)
    assert near == {"feline": ["cat"], "tax": []}
