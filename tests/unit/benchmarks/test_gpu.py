"""What is measured on a GPU is measured here on the processor, with a model that runs in a moment."""

from __future__ import annotations

import json
import os
import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks import gpu
from benchmarks.gpu_graphs import full_search
from benchmarks.gpu_parts import peak_of, per_second
from captioning.captioner import Captioner
from captioning.decoding.beam_search import beam_search
from captioning.runtime.devices import choose_device
from index_data.vectors.kinds import ENVIRONMENT_VARIABLE
from tests.tiny_model import write_tiny_model


def test_without_a_gpu_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(gpu, "choose_device", lambda option: choose_device(option, ask=lambda: None))
    assert gpu.main([]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r"There is nothing to measure: the device cuda cannot be used: [^\n]*\.\n", told.err)


def test_every_figure_is_measured_and_drawn(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(os.environ, ENVIRONMENT_VARIABLE, "flat")
    few = ["--files", "6", "--batches", "1", "4", "--sizes", "300", "600", "--rounds", "1", "--kinds", "flat", "ivf"]
    out = ["--out", str(tmp_path / "out"), "--model", str(tiny_model)]
    assert gpu.main(["--device", "cpu", *few, *out]) == 0
    figures = json.loads((tmp_path / "out" / "gpu.json").read_text())
    assert [row["batch"] for row in figures["describing"]] == [1, 4]
    assert [row["batch"] for row in figures["training"]] == [4]
    assert [(row["size"], row["kind"]) for row in figures["search"]] == list(product((300, 600), ("flat", "ivf")))
    assert {row["part"] for row in figures["graphs"]} >= {"encoder", "search", "words", "whole"}
    assert all(row["ms"] > 0 for row in figures["graphs"])
    assert figures["indexing"][0]["index"] > 0
    assert all(row["train"] > 0 and 0 < row["share"] < 1 and row["tflops"] > 0 for row in figures["training"])
    assert capsys.readouterr().out.strip().endswith(str(tmp_path / "out" / "gpu.png"))
    with Image.open(tmp_path / "out" / "gpu.png") as picture:
        assert picture.width > 1000


@pytest.mark.parametrize("changes", [{}, {"decoder": "plain"}])
def test_a_search_of_one_shape_finds_what_the_search_does(changes: dict[str, Any], tmp_path: Path) -> None:
    captioner = Captioner.load(write_tiny_model(tmp_path / "tiny.safetensors", **changes))
    pixels = np.random.default_rng(3).integers(0, 256, (7, 32, 32, 3), np.uint8)
    with torch.inference_mode():
        decoder, memory = captioner.network.decoder, captioner.network.encode_memory(captioner._features(pixels))
        ours, theirs = full_search(decoder, memory), beam_search(decoder, memory, width=5, sentences=5)
    assert torch.equal(ours.ids, theirs.ids)
    torch.testing.assert_close(ours.log_probs, theirs.log_probs)
    torch.testing.assert_close(ours.scores, theirs.scores)


def test_rates_are_counts_over_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.gpu_parts.seconds", lambda work: (work(), 0.5)[1])
    asked: list[None] = []
    assert per_second(lambda: asked.append(None), 8, 3) == 16.0
    assert len(asked) == 4
    assert peak_of(torch.device("cpu")) == 2 * 1024**3 / 0.5


@pytest.mark.gpu
@pytest.mark.skipif(choose_device("auto").gpu is None, reason=f"no GPU can be used: {choose_device('auto').reason}")
def test_a_gpu_is_measured_beside_the_processor(tiny_model: Path, tmp_path: Path) -> None:
    few = ["--files", "20", "--batches", "2", "4", "--sizes", "20000", "--rounds", "2", "--model", str(tiny_model)]
    few += ["--kinds", "flat", "ivf-sq8"]
    assert gpu.main(["--device", choose_device("auto").name, *few, "--out", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "gpu.json").read_text())
    assert {row["device"] for row in found["describing"]} == {row["device"] for row in found["search"]}
    assert all(row["same_hits"] > 0.97 for row in found["search"])
    assert [row for row in found["graphs"] if "failed" in row] == []
