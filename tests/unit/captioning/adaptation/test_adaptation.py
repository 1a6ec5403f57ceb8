"""A tiny model learns a name and new sentences, and says of all else what it said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from captioning.adaptation.adapted_model import AdaptedModel
from captioning.adaptation.examples import Examples
from captioning.adaptation.fine_tuning import AdaptationConfig, adapt
from captioning.adaptation.kept_features import KeptFeatures, look_at, side_by_side
from captioning.adaptation.new_keywords import fit_logistic
from captioning.adaptation.new_words import words_with
from captioning.compiled.captioner import CompiledCaptioner
from captioning.lazy_captioner import LazyCaptioner
from captioning.model_file import ModelFile, read_model_file
from captioning.network.model import build_network
from captioning.vocabulary import SPECIAL
from tests.tiny_model import KEYWORDS, WORDS

QUICK = AdaptationConfig(epochs=1, least_steps=60, writer_rate=0.03, joint_rate=0.005, keyword_rate=0.005)


@pytest.fixture(scope="module")
def file(tiny_model: Path) -> ModelFile:
    return read_model_file(tiny_model)


@pytest.fixture(scope="module")
def pixels() -> NDArray[np.uint8]:
    """Six dark pictures, then six bright ones."""
    draw = np.random.default_rng(5)
    dark, bright = draw.integers(0, 60, (6, 32, 32, 3)), draw.integers(190, 256, (6, 32, 32, 3))
    return np.concatenate([dark, bright]).astype(np.uint8)


@pytest.fixture(scope="module")
def kept(file: ModelFile, pixels: NDArray[np.uint8]) -> KeptFeatures:
    return look_at(build_network(file).eval(), pixels)


@pytest.fixture(scope="module")
def examples(file: ModelFile, kept: KeptFeatures) -> tuple[Examples, Examples]:
    """The dark pictures as a person's, of ben, and the bright ones as the model's."""
    bright = kept.select(range(6, 12))
    said = AdaptedModel.start(file).describe(bright)
    return (
        Examples(kept.select(range(6)), ("ben",) * 6),
        Examples(bright, tuple(one.caption.text for one in said)),
    )


@pytest.fixture(scope="module")
def learnt(file: ModelFile, examples: tuple[Examples, Examples]) -> AdaptedModel:
    return adapt(file, *examples, seed=1, config=QUICK)


def test_new_words_are_written_and_rare_ones_are_not(file: ModelFile) -> None:
    words = words_with(file, ["Ben runs", "ben sits", "our ben", "zoe once", "sits"])
    # `sits` is read, but the tiny writer has no room for it.
    writable = words.vocabulary.words[: words.writable - len(SPECIAL)]
    assert writable == (*WORDS[:11], "ben", "sits")
    assert set(words.vocabulary.words) == {*WORDS, "ben"}
    assert words.keywords == (*KEYWORDS, "ben")
    assert (words.vocabulary.decode(words.unread), words.new_keywords) == (["ben"], 1)
    assert words_with(file, []).vocabulary.words == WORDS


def test_a_network_with_room_for_words_says_what_it_said(
    file: ModelFile, pixels: NDArray[np.uint8], kept: KeptFeatures
) -> None:
    grown = AdaptedModel.start(file, ["ben runs"] * 3)
    plain = LazyCaptioner(file)
    np.testing.assert_allclose(grown.embed(kept), plain.embed(pixels), atol=0.02)
    sentences = ["a dog on the beach", "the cat sits"]
    np.testing.assert_allclose(grown.embed_text(sentences), plain.encode_text(sentences), atol=1e-5)
    said = AdaptedModel.start(file).describe(kept)
    assert [one.caption.text for one in said] == [one.caption.text for one in plain.describe(pixels)]


def test_it_writes_and_names_what_it_learnt_and_forgets_nothing(
    file: ModelFile, learnt: AdaptedModel, examples: tuple[Examples, Examples], kept: KeptFeatures
) -> None:
    said = learnt.describe(kept)
    assert {one.caption.text for one in said[:6]} == {"ben"}
    assert all("ben" in {keyword.word for keyword in one.keywords} for one in said[:6])
    assert not any("ben" in one.caption.text for one in said[6:])
    assert not any("ben" in {keyword.word for keyword in one.keywords} for one in said[6:])
    before = AdaptedModel.start(file)
    sentences = ["a red dog", "two cat on the beach"]
    # Queries of known words lie where they lay, to the last bit.
    assert np.array_equal(learnt.embed_text(sentences), before.embed_text(sentences))
    for name, tensor in before.network.encoder.state_dict().items():
        assert torch.equal(tensor, learnt.network.encoder.state_dict()[name])


def test_the_same_seed_gives_the_same_model(
    file: ModelFile, learnt: AdaptedModel, examples: tuple[Examples, Examples]
) -> None:
    torch.manual_seed(77)
    again = adapt(file, *examples, seed=1, config=QUICK)
    state = learnt.network.state_dict()
    assert all(torch.equal(tensor, state[name]) for name, tensor in again.network.state_dict().items())


def test_what_is_saved_describes_compiled_and_is_the_owners_alone(
    learnt: AdaptedModel, pixels: NDArray[np.uint8], tmp_path: Path
) -> None:
    path = tmp_path / "1.safetensors"
    learnt.save(path, name="tiny+1", card={"recipe": "none"})
    assert path.stat().st_mode & 0o077 == 0
    file = read_model_file(path)
    compiled = CompiledCaptioner(file).describe(pixels)
    assert [one.caption.text == "ben" for one in compiled] == [True] * 6 + [False] * 6
    assert ["ben" in {keyword.word for keyword in one.keywords} for one in compiled] == [True] * 6 + [False] * 6
    np.testing.assert_allclose(
        LazyCaptioner(file).encode_text(["ben sits"]), learnt.embed_text(["ben sits"]), atol=5e-3
    )


def test_one_correction_and_contradictory_ones_are_learnt_as_well_as_can_be(
    file: ModelFile, kept: KeptFeatures, examples: tuple[Examples, Examples]
) -> None:
    alone = adapt(file, Examples(kept.select([0]), ("red",)), examples[1], seed=0, config=QUICK)
    assert alone.describe(kept.select([0]))[0].caption.text == "red"
    twice = Examples(side_by_side([kept.select([0]), kept.select([0])]), ("red", "blue"))
    both = adapt(file, twice, examples[1], seed=0, config=QUICK)
    assert all(torch.isfinite(tensor).all() for tensor in both.network.state_dict().values())


def test_a_classifier_tells_its_examples_from_the_others() -> None:
    draw = torch.Generator().manual_seed(0)
    features = torch.randn(40, 20, generator=draw)
    targets = torch.stack([(features[:, 0] > 1).float(), torch.zeros(40)], 1)
    weight, bias = fit_logistic(features, targets, penalty=0.1)
    guesses = (features @ weight.T + bias) > 0
    assert torch.equal(guesses.float(), targets)
