"""What `benchmarks.gpu` measures on one device at a time: describing, indexing, training."""

from __future__ import annotations

import statistics
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.harness import seconds
from benchmarks.indexing import draw_photographs
from captioning.captioner import Captioner
from captioning.config import StageConfig
from captioning.lazy_captioner import LazyCaptioner
from captioning.model_file import ModelFile, read_model_file
from captioning.network.model import CaptionNetwork, build_network
from captioning.runtime.devices import Device
from captioning.runtime.precision import learns_in_half
from captioning.training.batches import Batch
from captioning.training.data import TrainingData
from captioning.training.optim import build_optimizer
from captioning.training.pictures import DecodedPictures
from captioning.training.task import StageLosses
from captioning.vocabulary import END, START
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from search.samples import copy_sample_photographs

Row = dict[str, Any]

STAGE = StageConfig("step", 1, {"nll": 1.0, "mmi": 1.0, "keyword": 0.1}, backbone_rate=1e-4)
"""The training step that is measured: everything learns."""


def measure_describing(device: Device, model: Path | None, batches: Sequence[int], rounds: int) -> Iterator[Row]:
    """Images per second of the backbone alone and of the whole description, by the size of the batch."""
    place = torch.device(device.name)
    captioner = Captioner.load(model, device=device.name)
    for batch in batches:
        pixels = np.random.default_rng(batch).integers(0, 256, (batch, captioner.side, captioner.side, 3), np.uint8)
        tensor = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(place)

        def forward(tensor: torch.Tensor = tensor) -> None:
            with torch.inference_mode():
                captioner.network.encode_features(tensor, half=captioner.half_type if captioner.half else None)
            wait_for(place)

        bare = per_second(forward, batch, rounds)
        whole = per_second(lambda pixels=pixels: captioner.describe(pixels), batch, rounds)  # type: ignore[misc]
        yield {"device": device.name, "batch": batch, "forward": bare, "describe": whole, "share": whole / bare}


def measure_indexing(devices: Sequence[Device], model: Path | None, files: int) -> Iterator[Row]:
    """Images per second from files to a library, on each device."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        copy_sample_photographs(scratch / "sources")
        sources = [Image.open(path).convert("RGB") for path in sorted((scratch / "sources").iterdir())]
        draw_photographs(scratch / "photographs", files, (640, 480), sources)
        for device in devices:
            describer = LazyCaptioner.open(model, device=device)
            describer.describe(np.zeros((device.batch, describer.side, describer.side, 3), np.uint8))

            def index(device: Device = device, describer: LazyCaptioner = describer) -> None:
                with Library.open(scratch / device.name.replace(":", "-"), create=True) as opened:
                    for _ in index_folders(opened, [scratch / "photographs"], describer, batch=device.batch):
                        pass

            yield {"device": device.name, "batch": device.batch, "index": files / seconds(index)}


def measure_training(device: Device, model: Path | None, batches: Sequence[int], rounds: int) -> Iterator[Row]:
    """Images per second of whole training steps, and their arithmetic as a share of what the device can do."""
    place = torch.device(device.name)
    file = read_model_file(model)
    peak = peak_of(place)
    for batch in batches:
        step = training_step(file, build_network(file).to(place), batch, place)
        # What cuDNN and oneDNN do in one piece, such as an LSTM, the counter does not see.
        with (
            warnings.catch_warnings(action="ignore"),  # of what else these flags stand for
            torch.backends.cudnn.flags(enabled=False),
            torch.backends.mkldnn.flags(enabled=False),
            FlopCounterMode(display=False) as counter,
        ):
            step()
        speed = per_second(step, batch, rounds)
        done = counter.get_total_flops() / batch * speed
        yield {"device": device.name, "batch": batch, "train": speed, "tflops": done / 1e12, "share": done / peak}


def training_step(file: ModelFile, network: CaptionNetwork, batch: int, place: torch.device) -> Callable[[], None]:
    """A whole step on one batch of noise: forward, backward, and what the optimiser does."""
    optimizer = build_optimizer(network, STAGE, weight_decay=0.0)
    # Nobody is asked but the batch itself.
    training_data = TrainingData(
        pictures=(),
        captioned=0,
        validation=(),
        sentences=(),
        relations=torch.empty(0, 0),
        teacher=None,
        weights=None,
        vocabulary=file.vocabulary,
        writable=network.decoder.embed.num_embeddings,
        keywords=file.keywords,
        side=file.config.side,
        rewards=None,
        pixels=DecodedPictures((), side=file.config.side, device=place),
        validation_pixels=DecodedPictures((), side=file.config.side, device=place),
    )
    compute = StageLosses(network, STAGE, training_data, device=place, smoothing=0.1, half=learns_in_half(place))
    drawn = random_batch(batch, side=file.config.side, words=training_data.writable, keywords=len(file.keywords))
    # Where a training holds its pictures.
    drawn = replace(drawn, pixels=drawn.pixels.to(place))
    network.train()
    network.encoder.backbone.eval()

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(torch.stack(list(compute(drawn, None).values())).sum())
        optimizer.step()
        wait_for(place)

    return step


def random_batch(count: int, *, side: int, words: int, keywords: int, length: int = 12) -> Batch:
    """Noise of the shape of a batch, two sentences of each picture."""
    generator = torch.Generator().manual_seed(count)
    ids = torch.randint(4, words, (2 * count, length), generator=generator)
    start, end = torch.full((2 * count, 1), START), torch.full((2 * count, 1), END)
    return Batch(
        pixels=torch.randint(0, 256, (count, 3, side, side), generator=generator, dtype=torch.uint8),
        ids=ids,
        framed=torch.cat([start, ids, end], dim=1),
        owner=torch.arange(2 * count) // 2,
        keywords=torch.randint(0, 2, (count, keywords), generator=generator).float(),
        index=torch.arange(count),
        flipped=torch.zeros(count, dtype=torch.bool),
        caption=torch.arange(2 * count),
        weight=torch.ones(2 * count),
        borrowed=torch.zeros(2 * count, dtype=torch.bool),
        variation=torch.ones(count, 7),
        seed=torch.arange(count),
    )


def peak_of(place: torch.device, side: int = 8192) -> float:
    """Operations per second in large products of matrices, in the precision that a training multiplies in."""
    side = side if place.type == "cuda" else 1024
    matrix = torch.randn(side, side, device=place).to(torch.bfloat16 if learns_in_half(place) else torch.float32)

    def multiply() -> None:
        matrix @ matrix
        wait_for(place)

    multiply()
    return float(2 * side**3 / min(seconds(multiply) for _ in range(10)))


def per_second(work: Callable[[], object], count: int, rounds: int) -> float:
    """How many of `count` things a second work does, the median of rounds after one that warms up."""
    work()
    return count / statistics.median(seconds(work) for _ in range(rounds))


def wait_for(place: torch.device) -> None:
    """A GPU computes behind the program's back."""
    if place.type == "cuda":
        torch.cuda.synchronize(place)
