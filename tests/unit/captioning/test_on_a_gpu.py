"""What runs on a GPU: proved on one where there is one, and by tensors that only pretend elsewhere.

PyTorch's fake tensors have a device and a shape and no content; an operation on tensors of two devices fails with them
as it would on a GPU. What depends on content, such as where a beam ends, cannot be run with them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from benchmarks.gpu_parts import random_batch
from captioning.captioner import Captioner
from captioning.config import StageConfig
from captioning.network.backbones import build_backbone
from captioning.network.model import CaptionNetwork
from captioning.network.text_encoder import TextEncoder
from captioning.runtime.batching import MemorySafeBatchRunner
from captioning.runtime.devices import choose_device
from captioning.training.data import TrainingData
from captioning.training.pictures import DecodedPictures
from captioning.training.task import StageLosses
from captioning.training.teacher import Teacher
from captioning.vocabulary import Vocabulary
from tests.tiny_model import KEYWORDS, WORDS, tiny_config, write_tiny_model

GPU = choose_device("auto")
needs_gpu = pytest.mark.skipif(GPU.gpu is None, reason=f"no GPU can be used: {GPU.reason}")
CUDA = torch.device("cuda:0")


def pretended(decoder: str = "attention", encoder: str = "grid") -> CaptionNetwork:
    """A network that lies on a GPU that is not there."""
    config = tiny_config(decoder=decoder, encoder=encoder)
    backbone = build_backbone(config.backbone)
    network = CaptionNetwork(config, backbone, words=len(Vocabulary(WORDS)), keywords=len(KEYWORDS))
    for module in network.modules():
        for name, parameter in list(module._parameters.items()):
            if parameter is not None:
                module._parameters[name] = nn.Parameter(
                    torch.empty(parameter.shape, dtype=parameter.dtype, device=CUDA)
                )
        for name, buffer in list(module._buffers.items()):
            if buffer is not None:
                module._buffers[name] = torch.empty(buffer.shape, dtype=buffer.dtype, device=CUDA)
    return network


ON_PICTURES = dict.fromkeys(["nll", "mmi", "triplet", "soft_target", "image_teacher"], 1.0)


def training_data(pictures: int, sentences: int) -> TrainingData:
    """A teacher and relations, which lie in the processor's memory."""
    teacher = Teacher(torch.randn(pictures, 8).half(), torch.randn(sentences, 8).half(), 10.0)
    none = DecodedPictures([], side=32, device=torch.device("cpu"))
    rest = (torch.randn(sentences, 6).half(), teacher, None, Vocabulary(WORDS), 15, KEYWORDS, 32, None, none, none)
    return TrainingData((), 0, (), (), *rest)


def test_pretended_devices_do_not_mix() -> None:
    with FakeTensorMode(), pytest.raises(RuntimeError, match="found at least two devices"):
        torch.empty(2, device=CUDA) + torch.empty(2)
    with FakeTensorMode(), pytest.raises(RuntimeError, match="found at least two devices"):
        pretended().encoder(torch.empty(2, 3, 32, 32, dtype=torch.uint8))


def pretend_lstm(
    layer: nn.LSTM, words: Tensor, state: tuple[Tensor, Tensor] | None = None
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """The shapes and devices of an LSTM, which really asks cuDNN."""
    size = layer.hidden_size * (2 if layer.bidirectional else 1)
    out = words @ words.new_empty(words.shape[-1], size)
    last = out[:, -1].unsqueeze(0) if state is None else state[0] + out[:, -1]
    return out, (last, last)


def pretend_text(encoder: TextEncoder, ids: Tensor) -> Tensor:
    """The shape and device of read sentences."""
    read: Tensor = encoder.embed(ids).mean(1)
    return read @ torch.empty(encoder.embed.embedding_dim, encoder.size, device=ids.device)


@pytest.mark.parametrize(("decoder", "encoder"), [("attention", "grid"), ("plain", "grid"), ("attention", "crnn")])
def test_a_training_step_stays_on_its_device(decoder: str, encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nn.LSTM, "forward", pretend_lstm)
    monkeypatch.setattr(TextEncoder, "forward", pretend_text)
    # The keywords' loss looks at the content of a mask.
    on_text = {"text_relation": 1.0, "text_teacher": 1.0}
    stage = StageConfig("all", 1, {**ON_PICTURES, **on_text}, text_batch=5)
    said = training_data(4, 8)
    with FakeTensorMode(allow_non_fake_inputs=True):
        network = pretended(decoder, encoder)
        compute = StageLosses(network, stage, said, device=CUDA, smoothing=0.1, half=False)
        losses = compute(
            random_batch(4, side=32, words=15, keywords=len(KEYWORDS)), (torch.arange(5), torch.ones(5, 7).long())
        )
        assert set(losses) == set(stage.objectives)
        assert all(loss.device.type == "cuda" for loss in losses.values())


@needs_gpu
@pytest.mark.gpu
def test_a_gpu_describes_as_the_processor_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # By themselves GPUs that multiply halves also round what float32 is convolved with; GPUs that do not, do neither.
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    path = write_tiny_model(tmp_path / "tiny.safetensors", prior_weight=0.2)
    pixels = np.random.default_rng(3).integers(0, 256, (9, 32, 32, 3), np.uint8)
    on_cpu, on_gpu = (Captioner.load(path, device=name) for name in ("cpu", GPU.name))
    on_cpu.half = on_gpu.half = False
    for ours, theirs in zip(on_gpu.describe(pixels), on_cpu.describe(pixels), strict=True):
        assert ours.caption.text == theirs.caption.text
        np.testing.assert_allclose(ours.embedding, theirs.embedding, atol=1e-3)
    assert [len(some) for some in on_gpu.alternatives(pixels, sentences=3)] == [3] * 9
    maps = on_gpu.attention(pixels[:1], ["a dog"])
    np.testing.assert_allclose(maps[0], on_cpu.attention(pixels[:1], ["a dog"])[0], atol=1e-3)


@needs_gpu
@pytest.mark.gpu
def test_half_precision_hardly_moves_a_picture() -> None:
    # A network of random weights would magnify what is rounded, on a processor too.
    captioner = Captioner.load(device=GPU.name)
    pixels = np.random.default_rng(3).integers(0, 256, (9, captioner.side, captioner.side, 3), np.uint8)
    assert captioner.half
    halves = captioner.embed(pixels)
    captioner.half = False
    assert (halves * captioner.embed(pixels)).sum(1).min() > 0.99


@needs_gpu
@pytest.mark.gpu
@pytest.mark.filterwarnings("ignore::captioning.runtime.devices.DeviceWarning")
@pytest.mark.parametrize("cause", ["a limit", "others"])
def test_a_gpu_short_of_memory_goes_on_with_smaller_batches(cause: str) -> None:
    # What torch says of memory is said of one GPU.
    torch.cuda.set_device(GPU.name)
    captioner = Captioner.load(device=GPU.name)
    pixels = np.random.default_rng(3).integers(0, 256, (512, captioner.side, captioner.side, 3), np.uint8)
    few = captioner.describe(pixels[:4])
    torch.cuda.empty_cache()
    used, (free, total) = torch.cuda.memory_reserved(), torch.cuda.mem_get_info()
    filling = torch.empty(free - 2**28 if cause == "others" else 0, dtype=torch.uint8, device=GPU.name)
    try:
        if cause == "a limit":
            torch.cuda.set_per_process_memory_fraction((used + 2**28) / total)
        described = captioner.describe(pixels)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        del filling
        torch.cuda.empty_cache()
    assert len(described) == 512
    assert isinstance(captioner.batches, MemorySafeBatchRunner)
    assert captioner.batches.most is not None
    for ours, theirs in zip(described, few, strict=False):
        assert float(ours.embedding @ theirs.embedding) > 0.99
