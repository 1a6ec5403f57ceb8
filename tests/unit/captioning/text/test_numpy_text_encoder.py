"""The text tower in NumPy against the same tower in torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from captioning.errors import ModelFileError
from captioning.model_file import read_model_file
from captioning.network.model import CaptionNetwork
from captioning.text.numpy_text_encoder import NumpyTextEncoder, _sigmoid, save_text_encoder
from captioning.vocabulary import END, Vocabulary, tokenize
from tests.tiny_model import WORDS, tiny_config, tiny_network, write_tiny_model

VOCABULARY = Vocabulary(WORDS)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.safetensors", seed=3)


@pytest.fixture(scope="module")
def encoder(path: Path) -> NumpyTextEncoder:
    return NumpyTextEncoder.load(path)


@pytest.fixture(scope="module")
def network() -> CaptionNetwork:
    """The network of the file, its weights rounded to half precision as the file holds them."""
    made = tiny_network(tiny_config(), seed=3)
    made.load_state_dict({k: v.half().float() if v.is_floating_point() else v for k, v in made.state_dict().items()})
    return made.eval()


@settings(deadline=None)  # the first strange word opens the table of near meanings
@given(sentence=st.lists(st.sampled_from([*WORDS, "zebra", "?!"]), max_size=30).map(" ".join))
def test_numpy_and_torch_agree_on_any_sentence(
    encoder: NumpyTextEncoder, network: CaptionNetwork, sentence: str
) -> None:
    ids = VOCABULARY.encode(tokenize(sentence)) or [END]
    with torch.inference_mode():
        expected = network.encode_text(torch.tensor([ids])).numpy()
    embeddings = encoder.encode_text([sentence])
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(embeddings, expected, atol=1e-4)
    assert np.linalg.norm(embeddings) == pytest.approx(1, abs=1e-5)


def test_sentences_together_are_the_sentences_one_by_one(encoder: NumpyTextEncoder) -> None:
    sentences = ["a dog", "the cat sits on the red beach", ""]
    together = encoder.encode_text(sentences)
    assert together.shape == (3, 8)
    for index, sentence in enumerate(sentences):
        np.testing.assert_array_equal(together[index], encoder.encode_text([sentence])[0])


def test_no_sentences_give_no_vectors(encoder: NumpyTextEncoder) -> None:
    assert encoder.encode_text([]).shape == (0, 8)


def test_case_and_punctuation_do_not_matter(encoder: NumpyTextEncoder) -> None:
    plain, loud = encoder.encode_text(["a dog on the beach", "A DOG, on the beach!"])
    np.testing.assert_array_equal(plain, loud)


def test_sigmoid_is_exact_and_never_overflows() -> None:
    x = np.array([-1e4, -20.0, -1.0, 0.0, 1.0, 20.0, 1e4], np.float32)
    expected = torch.sigmoid(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(_sigmoid(x), expected, atol=1e-7)


@pytest.mark.parametrize(
    "lost", ["text_encoder.embed.weight", "text_encoder.lstm.bias_hh_l0_reverse", "joint.text.outer.bias", "joint."]
)
def test_a_file_without_one_of_the_tensors_is_refused(path: Path, tmp_path: Path, lost: str) -> None:
    with safe_open(path, framework="pt") as file:
        header = file.metadata()["imgsearch"]
        tensors = {name: file.get_tensor(name) for name in file.keys() if not name.startswith(lost)}  # noqa: SIM118
    save_file(tensors, tmp_path / "less.safetensors", metadata={"imgsearch": header})
    assert json.loads(header)["name"] == read_model_file(tmp_path / "less.safetensors").name
    with pytest.raises(ModelFileError, match="lacks tensors of its text encoder"):
        NumpyTextEncoder.load(tmp_path / "less.safetensors")


def test_asking_a_question_loads_no_torch(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from captioning.text.numpy_text_encoder import NumpyTextEncoder; "
        "from captioning.lazy_captioner import LazyCaptioner; "
        f"lazy = LazyCaptioner.open(Path({str(path)!r})); assert lazy.side == 32; "
        "assert NumpyTextEncoder(lazy.file).encode_text(['a dog']).shape == (1, 8); "
        "print('torch' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_the_text_tower_alone_says_the_same_under_the_same_identity(path: Path, tmp_path: Path) -> None:
    alone = tmp_path / "side.safetensors"
    save_text_encoder(read_model_file(path), alone)
    side, whole = NumpyTextEncoder.load(alone), NumpyTextEncoder.load(path)
    assert side.identity == whole.identity
    np.testing.assert_array_equal(side.encode_text(["a dog"]), whole.encode_text(["a dog"]))
    assert alone.stat().st_size < path.stat().st_size / 2
    assert alone.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ModelFileError, match="changed or damaged"):
        read_model_file(alone).verified_tensors("pt")
