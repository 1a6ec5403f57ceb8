"""Queries whose answers are known, from a handful of captions."""

from __future__ import annotations

import sys
import types
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from search.evaluation.judgements import make_judgements

CAPTIONS = [
    ["a dog runs on a beach", "two dogs"],
    ["a dog sits", "the small dog"],
    ["a dog on grass", "a red car"],
    ["a cat sleeps", "the cat on a sofa"],
]
OTHERS = ["a dog and a zebra", "the elephant sleeps"]


@pytest.fixture(autouse=True)
def sentence_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the general sentence model: sentences about the same animal are near, others far."""

    def embed(texts: Sequence[str], folder: Path, *, device: torch.device) -> torch.Tensor:
        assert device.type == "cpu"
        assert folder.is_dir()
        animals = ("dog", "cat")
        rows = [
            [float(one in text) for one in animals] + [float(not any(one in text for one in animals))] for text in texts
        ]
        return torch.nn.functional.normalize(torch.tensor(rows), dim=1).half()

    fake = types.ModuleType("captioning.training.text_teacher")
    fake.teacher_embeddings = embed  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "captioning.training.text_teacher", fake)


def test_each_kind_has_its_answers() -> None:
    queries = make_judgements(CAPTIONS, other_sentences=OTHERS, count=100, generator=np.random.default_rng(0))
    answers = {text: np.flatnonzero(row).tolist() for text, row in zip(queries.texts, queries.relevant, strict=True)}
    authors = dict(zip(queries.texts, queries.author.tolist(), strict=True))
    # Sentences: their own photograph, and those of which something near was written.
    assert answers["a dog sits"] == [0, 1, 2]
    assert authors["a dog sits"] == 1
    assert answers["a red car"] == [2]
    assert answers["the cat on a sofa"] == [3]
    # Words and phrases: one caption must say all.
    assert answers["dog"] == [0, 1, 2]
    assert answers["small dog"] == [1]
    assert authors["dog"] == -1
    assert "cat" not in answers
    # Words that only others say.
    assert {text for text, found in answers.items() if not found} == {"zebra", "elephant"}
    assert queries.answered.tolist() == [bool(found) for found in map(np.count_nonzero, queries.relevant)]
    assert len(queries.texts) == len(queries.relevant) == len(queries.author)


def test_no_kind_has_more_than_were_asked_for_and_draws_repeat() -> None:
    first, other, third = (
        make_judgements(CAPTIONS, other_sentences=OTHERS, count=2, generator=np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )
    assert len(first.texts) == 6
    assert first.texts == other.texts != third.texts
    assert first.relevant.tolist() == other.relevant.tolist()
