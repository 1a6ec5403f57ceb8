from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from captioning.model_card import NOTES, main, render_card
from captioning.model_file import read_model_file, write_model_file
from tests.tiny_model import write_tiny_model

REPORT: dict[str, Any] = {
    "data": "drawn",
    "split": "test",
    "images": 7,
    "image_retrieval": {"recall_at_1": 0.1, "recall_at_5": 0.25, "recall_at_10": 0.5},
    "caption_retrieval": {"recall_at_1": 0.2, "recall_at_5": 0.3, "recall_at_10": 0.4},
    "rsum": 1.75,
    **{f"bleu_{n}": 0.1 * n for n in (1, 2, 3, 4)},
    "cider_d": 0.375,
    "rouge_l": 0.45,
    "meteor_exact": 0.35,
    "keywords": {"precision": 0.5, "recall": 0.3},
}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = read_model_file(write_tiny_model(tmp_path / "model.safetensors"))
    validation = {"rsum": 2.5, "image_recall_at_10": 0.6, "bleu_4": 0.16, "cider_d": 0.4}
    card = {"training": {"seed": 3, "stages": [{"name": "s", "epochs": 2}]}, "validation": validation, "history": []}
    write_model_file(
        file.path,
        file.tensors("pt"),
        name="drawn-1",
        config=file.config,
        vocabulary=file.vocabulary,
        keywords=file.keywords,
        card=card,
    )
    return file.path


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.toml"
    path.write_text("\n".join(f'{key} = "about its {key}"' for key in NOTES))
    return path


def test_the_card_goes_into_the_file_and_beside_it(model: Path, notes: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps(REPORT))
    out = tmp_path / "weights" / "shipped.safetensors"
    out.parent.mkdir()
    assert main([str(model), "--notes", str(notes), "--report", str(report), "--out", str(out)]) == 0
    before, after = read_model_file(model), read_model_file(out)
    assert (after.name, after.config, after.vocabulary.words) == (before.name, before.config, before.vocabulary.words)
    theirs = after.tensors("pt")
    assert all(torch.equal(theirs[name], tensor) for name, tensor in before.tensors("pt").items())
    assert after.card["scores"] == [REPORT]
    assert after.card["validation"] == before.card["validation"]
    text = (out.parent / "README.md").read_text()
    assert text == render_card("drawn-1", after.card)
    assert all(f"about its {key}" in text for key in NOTES)
    assert "| image retrieval R@1/5/10 | 10.0 25.0 50.0 |" in text
    assert "| CIDEr-D | 0.375 |" in text
    assert "Seed 3, stages: s (2 epochs)." in text
    assert "rsum 250.0, image R@10 60.0" in text


def test_a_mean_of_models_says_of_which(model: Path) -> None:
    training = {"seed": 3, "stages": [], "start": {"a.safetensors": 0.7, "b.safetensors": 0.3}}
    card = {**read_model_file(model).card, "training": training, "scores": [REPORT], "notes": dict.fromkeys(NOTES, "-")}
    assert "The mean of 0.7 of a.safetensors and 0.3 of b.safetensors. The whole recipe" in render_card("mean", card)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("notes", "could not be read"),
        ("report", "could not be read"),
        ("list", "does not hold a table"),
        ("lack", "lack weaknesses, licences"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_written(
    model: Path, notes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str, message: str
) -> None:
    report = tmp_path / "report.json"
    report.write_text("[]" if damage == "list" else "{" if damage == "report" else json.dumps(REPORT))
    if damage == "notes":
        notes.unlink()
    if damage == "lack":
        notes.write_text('summary = "x"\ndata = "y"')
    out = tmp_path / "out.safetensors"
    assert main([str(model), "--notes", str(notes), "--report", str(report), "--out", str(out)]) == 1
    assert message in capsys.readouterr().err
    assert not out.exists()
