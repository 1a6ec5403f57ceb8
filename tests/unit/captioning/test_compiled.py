"""The compiled network says what torch's says; what keeps a model from it is told, and then torch answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from captioning.captioner import Captioner
from captioning.compiled.captioner import CompiledCaptioner
from captioning.compiled.encoder import PICTURES
from captioning.compiled.obstacles import obstacle
from captioning.compiled.sentences import best_words
from captioning.compiled.writer import BLOCK, IMPOSSIBLE, Step
from captioning.errors import DeviceError, ModelFileError
from captioning.lazy_captioner import LazyCaptioner
from captioning.model_file import read_model_file, write_model_file
from captioning.outputs import Caption
from captioning.runtime.devices import DeviceWarning
from captioning.vocabulary import Vocabulary
from tests.tiny_model import KEYWORDS, WORDS, tiny_config, tiny_network, write_tiny_model

MODELS: dict[str, dict[str, object]] = {
    "plain": {},
    "lite0": {"backbone": "efficientnet_lite0", "seed": 1},
    "lite2": {"backbone": "efficientnet_lite2", "seed": 2},
    "embedding": {"embedding_cells": 3, "side": 64, "nearness_weight": 20.0},
    "agreement": {"agreement_weight": 3.0, "seed": 3},
    "prior": {"prior_weight": 0.9, "seed": 1},
    "few words": {"writable": 6, "seed": 4},
}


def decided(path: Path, *, seed: int = 0, **changes: object) -> Path:
    """A tiny model whose words are far from equally likely, so that rounding decides nothing."""
    config = tiny_config(**changes)
    network = tiny_network(config, seed=seed)
    with torch.no_grad():
        network.decoder.output.weight.mul_(30)
    write_model_file(
        path,
        network.state_dict(),
        name="tiny",
        config=config,
        vocabulary=Vocabulary(WORDS),
        keywords=KEYWORDS,
        card={},
    )
    return path


def alike(ours: Caption, theirs: Caption) -> bool:
    return (
        ours.text == theirs.text
        and ours.confidence == pytest.approx(theirs.confidence, rel=1e-3)
        and ours.word_confidences == pytest.approx(theirs.word_confidences, rel=1e-3)
    )


@pytest.mark.parametrize("name", MODELS)
def test_it_says_what_torch_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = read_model_file(decided(tmp_path / "tiny.safetensors", **MODELS[name]))  # type: ignore[arg-type]
    torch_side, compiled = Captioner.load(file.path), CompiledCaptioner(file, cores=2)
    monkeypatch.setattr(torch_side, "half", False)
    side = file.config.side
    # As many as two cores share, the last of which do not fill the encoder.
    pixels = np.random.default_rng(1).integers(0, 256, (9, side, side, 3), np.uint8)
    looked: dict[str, list[int]] = {"torch": [], "compiled": []}
    described = torch_side.describe(pixels, looked=looked["torch"].append)
    for ours, theirs in zip(compiled.describe(pixels, looked=looked["compiled"].append), described, strict=True):
        assert alike(ours.caption, theirs.caption)
        assert [keyword.word for keyword in ours.keywords] == [keyword.word for keyword in theirs.keywords]
        assert float(ours.embedding @ theirs.embedding) > 0.9999
        assert float(ours.caption_embedding @ theirs.caption_embedding) > 0.9999
        assert ours.embedding.dtype == ours.caption_embedding.dtype == np.float32
    assert {side: sum(counts) for side, counts in looked.items()} == {"torch": 9, "compiled": 9}
    assert max(looked["compiled"]) <= PICTURES
    for captioner in (compiled, torch_side):
        embeddings = captioner.embed(pixels)
        assert embeddings.dtype == np.float32
        np.testing.assert_allclose(embeddings, [one.embedding for one in captioner.describe(pixels)], atol=1e-5)
    for count in (1, 3, 8):
        offered = zip(
            compiled.alternatives(pixels[:2], sentences=count),
            torch_side.alternatives(pixels[:2], sentences=count),
            strict=True,
        )
        assert all(alike(*pair) for ours, theirs in offered for pair in zip(ours, theirs, strict=True))
    sentences = ["a dog on the beach", "zebra", ""]
    for ours_map, theirs_map in zip(
        compiled.attention(pixels[:3], sentences), torch_side.attention(pixels[:3], sentences), strict=True
    ):
        np.testing.assert_allclose(ours_map, theirs_map, atol=1e-4)
    groups = [["a dog", "zebra on the beach"], [], ["the cat sits"]]
    ours_guesses, theirs_guesses = (side.guess_words(pixels[:3], groups) for side in (compiled, torch_side))
    for kind in ("log_probs", "confidence", "correct"):
        np.testing.assert_allclose(getattr(ours_guesses, kind), getattr(theirs_guesses, kind), rtol=1e-3, atol=1e-4)


def test_no_pictures_no_answers(tiny_model: Path) -> None:
    compiled = CompiledCaptioner(read_model_file(tiny_model))
    none = np.zeros((0, 32, 32, 3), np.uint8)
    assert compiled.describe(none) == []
    assert compiled.alternatives(none, sentences=3) == []
    assert compiled.embed(none).shape == Captioner.load(tiny_model).embed(none).shape == (0, 8)


def test_the_best_words_are_those_of_a_full_sort() -> None:
    generator = np.random.default_rng(5)
    for blocks in (1, 3, 7):
        # Few values, so that many are equal.
        logits = generator.integers(-4, 5, (40, blocks, BLOCK)).astype(np.float32)
        logits[generator.random(logits.shape) < 0.9] = IMPOSSIBLE
        norm = generator.random((40, 1)).astype(np.float32)
        step = Step(logits, logits.max(2), norm, np.zeros((1, 1, 1), np.float32))
        values, _ = best_words(step, 5)
        flat = logits.reshape(40, -1)
        expected = -np.sort(-flat, axis=1)[:, :5]
        np.testing.assert_array_equal(values, np.where(expected == IMPOSSIBLE, -np.inf, expected - norm))
        distinct = generator.permuted(np.arange(40 * flat.shape[1], dtype=np.float32)).reshape(logits.shape)
        step = Step(distinct, distinct.max(2), norm, step.attention)
        np.testing.assert_array_equal(best_words(step, 5)[1], (-distinct.reshape(40, -1)).argsort(1)[:, :5])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"backbone": "resnet18"}, "the backbone resnet18 runs in torch alone"),
        ({"encoder": "crnn"}, "an encoder that reads rows runs in torch alone"),
        ({"decoder": "plain"}, "a plain writer runs in torch alone"),
    ],
)
def test_what_is_not_compiled_runs_in_torch_and_says_so(
    tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    assert obstacle(tiny_config(**changes)) == reason
    path = write_tiny_model(tmp_path / "other.safetensors", **changes)  # type: ignore[arg-type]
    pixels = np.random.default_rng(1).integers(0, 256, (2, 32, 32, 3), np.uint8)
    with pytest.warns(DeviceWarning, match=f"^{reason}: describing takes longer, in torch$"):
        described = LazyCaptioner.open(path).describe(pixels)
    assert [one.caption.text for one in described] == [
        one.caption.text for one in Captioner.load(path).describe(pixels)
    ]


def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captioning.compiled.obstacles.find_spec", lambda _: None)


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "captioning.compiled.captioner", None)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(missing, "OpenVINO is not installed: "), (broken, r"OpenVINO cannot be used \(import of \S+ halted.*\): ")],
)
def test_without_openvino_torch_describes_and_it_is_said(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[pytest.MonkeyPatch], None], reason: str
) -> None:
    spoil(monkeypatch)
    pixels = np.random.default_rng(1).integers(0, 256, (2, 32, 32, 3), np.uint8)
    with pytest.warns(DeviceWarning, match=f"^{reason}describing takes longer, in torch$"):
        described = LazyCaptioner.open(tiny_model).describe(pixels)
    assert len(described) == 2


def test_what_openvino_cannot_run_is_one_sentence(tiny_model: Path) -> None:
    compiled = CompiledCaptioner(read_model_file(tiny_model))
    with pytest.raises(DeviceError, match=r"^the processor could not run the network, perhaps for want of memory: \S+"):
        compiled.describe(np.zeros((1, 16, 16, 3), np.uint8))


def test_a_damaged_model_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.safetensors"
    content = bytearray(tiny_model.read_bytes())
    content[-3] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"damaged\.safetensors was changed or damaged since it was written"):
        CompiledCaptioner(read_model_file(damaged))


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
from search.cli import run
for arguments in (["index", "photos", "--model", sys.argv[1]], ["caption", "photos/0.png", "--model", sys.argv[1]]):
    sys.argv[1:] = arguments
    try:
        run()
    except SystemExit as stop:
        assert not stop.code, (arguments, stop.code)
    sys.argv[1:] = [arguments[-1]]
assert sys.modules["openvino_telemetry"] is None
"""


def test_indexing_and_captions_need_no_torch(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for number in range(3):
        Image.effect_noise((40, 30), 20 + number).save(tmp_path / "photos" / f"{number}.png")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, str(tiny_model)],
        cwd=tmp_path,
        env={"PATH": "", "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "3 new" in done.stderr
    # It reports nothing to its makers, and leaves no mark by which it would.
    assert not (tmp_path / "intel").exists()


SIGNALLED = """
import os, signal, sys, threading
from pathlib import Path
from captioning.compiled.captioner import CompiledCaptioner
from captioning.compiled.encoder import PICTURES
from captioning.model_file import read_model_file

held = [CompiledCaptioner(read_model_file(Path(sys.argv[1])))]
dropping = threading.Thread(target=held.clear)
dropping.start()
dropping.join()
signal.signal(signal.SIGTERM, lambda *_: print("heard"))
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_signals_are_heard_when_a_network_has_gone(tiny_model: Path) -> None:
    command = [sys.executable, "-c", SIGNALLED, str(tiny_model)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "heard\n"), done.stderr
