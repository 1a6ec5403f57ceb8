"""What weighs features: by hand-computed numbers, against slow code, and through its file."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from captioning.errors import ModelFileError
from captioning.model_card import render_card
from captioning.model_file import SHIPPED, read_model_file
from index_data.columns.hubness import NEAREST
from index_data.locations import relevance_file
from search.engine.relevance import (
    FIRST,
    Relevance,
    RelevanceFeatures,
    probability,
    read_relevance,
    write_relevance,
)
from tests.tiny_model import write_tiny_model

SINGLE = (
    *("likeness", "kept", "caption_likeness", "proposed_words", "kept_words", "keyword_words"),
    *("likeness_if_kept", "keyword_words_if_kept"),
)


def column(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, np.float32)


def relevance(model: str = "m@1", **changes: object) -> Relevance:
    order = {name: float(number) for number, name in enumerate(SINGLE, 1)}
    order |= {f"{name}_by_length": 0.25 * number for number, name in enumerate(SINGLE, 1)}
    strength = {**dict.fromkeys(order, 0.0), "likeness": 2.0, "kept_words_by_length": 1.0, "bias": -1.0, "length": 0.5}
    scale = {"bias": -2.0, "length": -0.5, "best": 0.3, "best_by_length": 0.1, "kept": -1.0, "kept_by_length": 0.2}
    values: dict[str, object] = {
        **{
            "model": model,
            "bank": np.eye(4, dtype=np.float16),
            "hubness_weight": 0.5,
            "order": order,
            "strength": strength,
        },
        **{"scale": {**scale, "order": 0.5, "order_by_length": 0.05}, "path_weight": 3.0, "least": 0.1, "share": 0.3},
        **{"card": {"made": "by hand"}, **changes},
    }
    return Relevance(**values)  # type: ignore[arg-type]


def features_of(words: int = 2) -> RelevanceFeatures:
    return RelevanceFeatures(
        *(column(0.5, -0.25), column(0.1, 0.0), column(1.0, 0.0), column(0.0, 1.0), column(0.5, 0.0)),
        *(column(0.2, 0.9), column(0.0, 1.0)),
        words=words,
    )


@pytest.mark.parametrize("words", [1, 2, 5])
def test_log_odds_by_hand(words: int) -> None:
    length = math.log(words)

    def ordered(likeness: float, caption: float, kept: float, proposed: float, said: float, keyword: float) -> float:
        single = 1 * likeness + 2 * kept + 3 * caption + 4 * proposed + 5 * said + 6 * keyword
        return (single + 7 * kept * likeness + 8 * kept * keyword) * (1 + 0.25 * length)

    strengths = (2 * 0.5 + length * 0.5 - 1 + 0.5 * length, 2 * -0.25 - 1 + 0.5 * length)
    best = sum(strengths) / 2
    assert relevance().strongest(features_of(words)) == pytest.approx(best, abs=1e-5)
    constant = -2 - 0.5 * length + (0.3 + 0.1 * length) * best
    rising = 0.5 + 0.05 * length
    expected = [
        constant + rising * ordered(0.5, 0.1, 1.0, 0.0, 0.5, 0.2) - 1.0 + 0.2 * length,
        constant + rising * ordered(-0.25, 0.0, 0.0, 1.0, 0.0, 0.9) + 3.0,
    ]
    log_odds = relevance().log_odds(features_of(words))
    assert log_odds.dtype == np.float32
    assert log_odds.tolist() == pytest.approx(expected, abs=1e-4)
    of_all = relevance().log_odds(features_of(words), strongest=best)
    assert of_all.tolist() == pytest.approx(log_odds.tolist(), abs=1e-5)


def test_only_the_first_few_tell_how_far_a_question_is_answered() -> None:
    none = np.zeros(6, np.float32)
    likeness = column(0.9, -1.0, 0.6, 0.3, -0.5, 0.0)
    asked = RelevanceFeatures(likeness, none, none, none, none, none, none, 1)
    assert FIRST == 3
    assert relevance().strongest(asked) == pytest.approx(2 * (0.9 + 0.6 + 0.3) / 3 - 1, abs=1e-6)
    nothing = np.zeros(0, np.float32)
    assert relevance().strongest(RelevanceFeatures(*(nothing,) * 7, words=1)) == 0.0


def test_probability_is_the_logistic_function_and_never_overflows() -> None:
    assert probability(column(0.0, math.log(3), -math.log(3))).tolist() == pytest.approx([0.5, 0.75, 0.25])
    with np.errstate(all="raise"):
        assert probability(column(-1e30, 1e30)).tolist() == [0.0, 1.0]


def test_the_cut_off_is_the_higher_of_both() -> None:
    assert relevance().cut_off(0.2) == 0.1
    assert relevance().cut_off(0.9) == pytest.approx(0.27)


@pytest.mark.parametrize("sentences", [1, NEAREST - 1, NEAREST, 57])
def test_hubness_is_the_mean_of_the_nearest(sentences: int) -> None:
    draw = np.random.default_rng(sentences)
    bank = draw.normal(size=(sentences, 6)).astype(np.float16)
    pictures = draw.normal(size=(20, 6)).astype(np.float32)
    found = relevance(bank=bank).hubness(pictures)
    for picture, value in zip(pictures, found.tolist(), strict=True):
        near = sorted((float(picture @ one.astype(np.float32)) for one in bank), reverse=True)[:NEAREST]
        assert value == pytest.approx(sum(near) / len(near), abs=1e-5)
    assert relevance(bank=bank).hubness(np.empty((0, 6), np.float32)).shape == (0,)


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(tiny_model, tmp_path / "tiny.safetensors"))


def test_what_is_written_is_read_back(model: Path) -> None:
    file = read_model_file(model)
    assert read_relevance(file) is None
    for least in (0.1, 0.2):
        written = relevance(file.identity.id, least=least)
        write_relevance(written, model)
        read = read_relevance(file)
        assert read is not None
        for one in fields(Relevance):
            if one.name != "bank":
                assert getattr(read, one.name) == getattr(written, one.name)
        assert read.bank.dtype == np.float16
        assert read.bank.tolist() == written.bank.tolist()
    assert sorted(path.name for path in model.parent.iterdir()) == [
        "tiny.relevance.safetensors",
        "tiny.safetensors",
    ]


def test_another_models_relevance_counts_as_none(model: Path) -> None:
    write_relevance(relevance("another@0"), model)
    assert read_relevance(read_model_file(model)) is None
    write_relevance(relevance(read_model_file(model).identity.id), model)
    write_tiny_model(model, name="tiny", seed=3)
    assert read_relevance(read_model_file(model)) is None


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def no_tensors(path: Path) -> None:
    path.write_text("hello")


def no_header(path: Path) -> None:
    path.write_bytes(save({"bank": np.eye(2, dtype=np.float16)}))


def rewritten(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    header = {"format": 1, **{one.name: getattr(relevance(), one.name) for one in fields(Relevance)}}
    del header["bank"]
    change(header)
    path.write_bytes(save({"bank": np.eye(2, dtype=np.float16)}, metadata={"imgsearch-relevance": json.dumps(header)}))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (cut_short, "could not be read"),
        (no_tensors, "could not be read"),
        (no_header, "could not be read"),
        (lambda path: rewritten(path, lambda header: header.pop("order")), "could not be read"),
        (lambda path: rewritten(path, lambda header: header.update(more=1)), "could not be read"),
        (lambda path: rewritten(path, lambda header: header.update(format=99)), "is of another version of imgsearch"),
    ],
)
def test_a_damaged_file_is_told_with_its_remedy(model: Path, damage: Callable[[Path], None], words: str) -> None:
    file = read_model_file(model)
    write_relevance(relevance(file.identity.id), model)
    damage(relevance_file(model))
    with pytest.raises(ModelFileError, match=f"{words}.*make it anew with: imgsearch calibrate"):
        read_relevance(file)


def test_the_shipped_models_readme_is_its_card() -> None:
    shipped = read_model_file()
    fitted = read_relevance(shipped)
    assert fitted is not None
    assert (SHIPPED.parent / "README.md").read_text(encoding="utf-8") == render_card(
        shipped.name, shipped.card, fitted.card
    )
