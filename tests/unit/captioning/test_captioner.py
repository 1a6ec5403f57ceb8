from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from captioning.captioner import Captioner
from captioning.decoding.beam_search import beam_search
from captioning.decoding.reranking import rerank
from captioning.network.image_encoder import ImageFeatures
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.text.wording import KEYWORD_FLOOR
from captioning.vocabulary import tokenize
from tests.tiny_model import KEYWORDS, WORDS, write_tiny_model

SENTENCES = ["a dog on the beach", "cat", "two blue dog runs on a green beach", "a zebra", "zebra", "the the the"]


@pytest.fixture(scope="module")
def captioner(tmp_path_factory: pytest.TempPathFactory) -> Captioner:
    return Captioner.load(write_tiny_model(tmp_path_factory.mktemp("m") / "tiny.safetensors"))


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)


def test_descriptions_hold_everything(captioner: Captioner, pixels: np.ndarray) -> None:
    described = captioner.describe(pixels)
    assert len(described) == 5
    for description in described:
        assert set(description.caption.text.split()) <= set(WORDS)
        assert 0 < description.caption.confidence <= 1
        assert description.embedding.shape == description.caption_embedding.shape == (8,)
        assert description.embedding.dtype == description.caption_embedding.dtype == np.float32
        assert np.linalg.norm(description.embedding) == pytest.approx(1, abs=1e-5)
        probabilities = [keyword.probability for keyword in description.keywords]
        assert probabilities == sorted(probabilities, reverse=True)
        assert all(p >= KEYWORD_FLOOR for p in probabilities)
        assert {keyword.word for keyword in description.keywords} <= set(KEYWORDS)
        np.testing.assert_allclose(
            description.caption_embedding, captioner.encode_text([description.caption.text])[0], atol=1e-6
        )


def test_what_would_be_said_of_any_picture_counts_less_where_the_model_asks_for_it(
    pixels: np.ndarray, tmp_path: Path
) -> None:
    plain, weighed = (
        Captioner.load(write_tiny_model(tmp_path / f"{weight}.safetensors", prior_weight=weight, seed=1))
        for weight in (0.0, 0.9)
    )
    with torch.inference_mode():
        memory = plain.network.encode_memory(plain._features(pixels))
        dtype = torch.bfloat16 if plain.half else torch.float32
        beam = beam_search(plain.network.decoder, memory, width=5, sentences=5, dtype=dtype)
        best = rerank(plain.network.decoder, beam, weight=0.9, dtype=dtype)
    expected = [plain._vocabulary.decode(row) for row in best.ids[:, 0].tolist()]
    assert [one.caption.text for one in weighed.describe(pixels)] == [" ".join(words) for words in expected]
    unweighed = [one.caption.text for one in plain.describe(pixels)]
    assert unweighed == [" ".join(plain._vocabulary.decode(row)) for row in beam.ids[:, 0].tolist()]
    assert unweighed != [" ".join(words) for words in expected]


@pytest.mark.parametrize("sentences", [1, 3, 8])
def test_alternatives_differ_and_begin_with_the_description(
    captioner: Captioner, pixels: np.ndarray, sentences: int
) -> None:
    described = captioner.describe(pixels)
    for description, offered in zip(described, captioner.alternatives(pixels, sentences=sentences), strict=True):
        texts = [other.text for other in offered]
        assert len(set(texts)) == len(texts) <= sentences
        assert all(0 < other.confidence <= 1 and len(other.word_confidences) > 0 for other in offered)
        if sentences <= 5:
            assert len(texts) == sentences
            assert texts[0] == description.caption.text
    assert captioner.alternatives(pixels[:0], sentences=sentences) == []


def test_one_by_one_is_the_same_as_together(
    captioner: Captioner, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captioner, "half", False)
    together = captioner.describe(pixels)
    for index, description in enumerate(together):
        alone = captioner.describe(pixels[index : index + 1])[0]
        assert alone.caption.text == description.caption.text
        # What batches of different sizes round differently; two pictures are a thousand times further apart.
        np.testing.assert_allclose(alone.embedding, description.embedding, atol=1e-4)


def test_half_precision_changes_little(
    captioner: Captioner, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captioner, "half", False)
    full = np.stack([one.embedding for one in captioner.describe(pixels)])
    monkeypatch.setattr(captioner, "half", True)
    half = np.stack([one.embedding for one in captioner.describe(pixels)])
    # Random weights pass rounding on louder than trained ones; even so a picture stays near itself, while two pictures
    # stand at right angles in the mean.
    assert (full * half).sum(1).min() > 0.9


def test_no_pictures_no_descriptions(captioner: Captioner, pixels: np.ndarray) -> None:
    assert captioner.describe(pixels[:0]) == []


def test_the_numpy_side_gives_the_vectors_of_the_torch_side(captioner: Captioner, tmp_path: Path) -> None:
    encoder = NumpyTextEncoder.load(write_tiny_model(tmp_path / "tiny.safetensors"))
    assert encoder.identity == captioner.identity
    found = encoder.encode_text(SENTENCES)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, captioner.encode_text(SENTENCES), atol=1e-5)


def test_unknown_words_are_named_in_order(tmp_path: Path) -> None:
    encoder = NumpyTextEncoder.load(write_tiny_model(tmp_path / "tiny.safetensors"))
    assert encoder.unknown_words("A zebra on the purple beach") == ["zebra", "purple"]


def test_confidence_is_the_geometric_mean_of_the_word_probabilities(
    captioner: Captioner, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captioner, "half", False)
    network = captioner.network
    description = captioner.describe(pixels[:1])[0]
    with torch.inference_mode():
        batch = torch.from_numpy(pixels[:1]).permute(0, 3, 1, 2)
        memory = network.encode_memory(batch)
        words = [WORDS.index(word) + 4 for word in tokenize(description.caption.text)]
        ids = torch.tensor([[1, *words, 2]])
        steps = network.decoder(ids[:, :-1], memory).log_softmax(-1).gather(-1, ids[:, 1:, None])[0, :, 0]
    if len(words) == 20:
        steps[-1] = 0.0  # a sentence of the largest length ends for free
    assert description.caption.confidence == pytest.approx(float(steps.mean().exp()), rel=1e-3)


def test_words_have_their_own_confidence(captioner: Captioner, pixels: np.ndarray) -> None:
    for one in captioner.describe(pixels):
        words = one.caption.word_confidences
        assert len(words) == len(one.caption.text.split())
        assert all(0 < value <= 1 for value in words)


def test_attention_is_a_map_for_each_word(captioner: Captioner, pixels: np.ndarray) -> None:
    sentences = ["a dog on the beach", "zebra", ""]
    maps = captioner.attention(pixels[:3], sentences)
    assert [one.shape[0] for one in maps] == [5, 1, 0]
    assert maps[0].shape[1] == maps[0].shape[2]
    np.testing.assert_allclose(maps[0].sum((1, 2)), 1.0, atol=1e-5)
    alone = captioner.attention(pixels[:1], ["a dog"])[0]
    # What comes later does not change where the writer has looked.
    np.testing.assert_allclose(alone, maps[0][:2], atol=1e-5)


def test_words_are_guessed_from_the_picture_and_the_words_before(pixels: np.ndarray, tmp_path: Path) -> None:
    captioner = Captioner.load(write_tiny_model(tmp_path / "tiny.safetensors"))
    captioner.half = False
    # A backbone as it is made hardly tells pictures apart: here it tells how bright they are.
    captioner.network.encoder.register_forward_hook(
        lambda _, pictures, features: ImageFeatures(
            *(part * pictures[0].float().mean((1, 2, 3)).div(64).view(-1, *[1] * (part.ndim - 1)) for part in features)
        )
    )
    guesses = captioner.guess_words(pixels[:2], [["a dog", "zebra"], ["cat on the beach"]])
    # Three, two and five words with their ends.
    assert guesses.log_probs.shape == guesses.confidence.shape == guesses.correct.shape == (10,)
    assert (np.log(guesses.confidence) >= guesses.log_probs - 1e-5).all()
    right = guesses.correct
    np.testing.assert_allclose(np.log(guesses.confidence[right]), guesses.log_probs[right], atol=1e-5)
    alone = captioner.guess_words(pixels[1:2], [["cat on the beach"]])
    np.testing.assert_allclose(alone.log_probs, guesses.log_probs[5:], rtol=1e-4, atol=1e-4)
    dark = captioner.guess_words(pixels[1:2] // 8, [["cat on the beach"]])
    assert np.abs(dark.log_probs - alone.log_probs).max() > 0.01


def test_a_written_sentence_has_the_confidence_that_was_told(
    captioner: Captioner, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captioner, "half", False)
    for description, picture in zip(captioner.describe(pixels), pixels, strict=True):
        guesses = captioner.guess_words(picture[None], [[description.caption.text]])
        words = len(description.caption.text.split())
        np.testing.assert_allclose(np.exp(guesses.log_probs[:words]), description.caption.word_confidences, rtol=1e-4)


def test_attention_over_the_grid_sums_to_one_where_embeddings_are_read(tmp_path: Path) -> None:
    reader = Captioner.load(write_tiny_model(tmp_path / "reader.safetensors", embedding_cells=3, side=64))
    pixels = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    maps = reader.attention(pixels, ["a dog", "the red cat"])
    assert [found.shape for found in maps] == [(2, 2, 2), (3, 2, 2)]
    for found in maps:
        np.testing.assert_allclose(found.sum((1, 2)), 1.0, rtol=1e-5)


def test_the_caption_is_the_one_that_agrees_most_where_the_model_asks_for_it(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    plain = Captioner.load(write_tiny_model(tmp_path / "plain.safetensors"))
    chooser = Captioner.load(write_tiny_model(tmp_path / "chooser.safetensors", agreement_weight=100.0))
    for first, second, best in zip(
        plain.alternatives(pixels, sentences=5),
        chooser.alternatives(pixels, sentences=5),
        chooser.describe(pixels),
        strict=True,
    ):
        assert {caption.text for caption in first} == {caption.text for caption in second}
        assert best.caption.text == second[0].text


def test_the_caption_is_the_one_nearest_to_the_picture_where_the_model_asks_for_it(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    chooser = Captioner.load(write_tiny_model(tmp_path / "chooser.safetensors", nearness_weight=1000.0))
    for description, captions in zip(chooser.describe(pixels), chooser.alternatives(pixels, sentences=5), strict=True):
        nearness = chooser.encode_text([caption.text for caption in captions]) @ description.embedding
        assert all(before >= after - 1e-4 for before, after in pairwise(nearness))
        assert description.caption.text == captions[0].text
