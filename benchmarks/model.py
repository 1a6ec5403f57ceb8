"""Times the network on one thread, compiled and in torch: placing pictures, writing captions, and both.

    python -m benchmarks.model [FOLDER] [--model FILE] [--batch N] [--rounds N] [--json FILE]

Sees the photographs of a folder, or those that scikit-image and scikit-learn carry. Prints images per second of
processor time, ratios to the forward pass of torch's backbone, how much faster the compiled network describes than
torch does (the median of pairs that ran one after the other), how often both say the same, and the peak memory of the
process.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.harness import processor_seconds
from captioning.captioner import Captioner
from captioning.compiled.captioner import CompiledCaptioner
from captioning.images import load_pixels
from captioning.model_file import read_model_file
from captioning.runtime.devices import BATCH
from captioning.runtime.tuning import keep_freed_memory
from index_data.scan.walk import FoundFile, resolve_folders, walk
from search.samples import copy_sample_photographs


def load_batch(folder: Path, *, side: int, batch: int) -> NDArray[np.uint8]:
    """Decodes pictures of a folder, again and again until the batch is full: (batch, side, side, 3), uint8."""
    files = [entry.path for entry in walk(resolve_folders([folder])[0]) if isinstance(entry, FoundFile)][:batch]
    pixels = np.stack([load_pixels(path, side=side) for path in files])
    return np.resize(pixels, (batch, side, side, 3))


def measure(
    captioner: Captioner, compiled: CompiledCaptioner, pixels: NDArray[np.uint8], *, rounds: int
) -> dict[str, float]:
    """Times each part in turn, round by round, so that a busy machine slows all of them alike.

    Args:
        captioner: The network in torch.
        compiled: The same, compiled.
        pixels: Shape (B, side, side, 3), uint8.
        rounds: How often each part is timed.
    """
    network, batch = captioner.network, len(pixels)
    tensor = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    maps = network.encoder.normalize(tensor).contiguous(memory_format=torch.channels_last)

    def half(work: Callable[[], torch.Tensor]) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=captioner.half):
            return work()

    def backbone() -> object:
        return half(lambda: network.encoder.backbone(maps))

    def encode() -> object:
        return network.encode_image(network.encoder.summarize(half(lambda: network.encoder.backbone(maps))))

    with torch.inference_mode():
        features = network.encode_features(tensor)
        embeddings = network.encode_image(features)
        memory = network.decoder.encode_memory(features, embeddings)
        parts: dict[str, Callable[[], object]] = {
            "backbone": backbone,
            "encode": encode,
            "caption": lambda: captioner.write(memory, embeddings, sentences=1),
            "both": lambda: captioner.describe(pixels),
            "compiled": lambda: compiled.describe(pixels),
        }
        times: dict[str, list[float]] = {name: [] for name in parts}
        # The first round warms up and is not counted.
        for number in range(rounds + 1):
            for name, work in parts.items():
                taken = processor_seconds(work)
                if number:
                    times[name].append(taken)
    said = [[description.caption.text for description in side.describe(pixels)] for side in (captioner, compiled)]
    seconds = {name: statistics.median(values) / batch for name, values in times.items()}
    return {
        **{f"{name}_images_per_s": 1 / value for name, value in seconds.items()},
        **{f"{name}_over_backbone": value / seconds["backbone"] for name, value in seconds.items()},
        "compiled_over_torch": statistics.median(
            torchs / ours for torchs, ours in zip(times["both"], times["compiled"], strict=True)
        ),
        "equal_captions": statistics.mean(ours == theirs for ours, theirs in zip(*said, strict=True)),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Parses the command line and prints the figures."""
    parser = argparse.ArgumentParser(description="Times the network, compiled and in torch.")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--model", type=Path, help="a model file; the shipped one without it")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    keep_freed_memory()  # as every command does
    torch.set_num_threads(1)
    captioner = Captioner.load(arguments.model)
    compiled = CompiledCaptioner(read_model_file(arguments.model))
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.folder is None:
            copy_sample_photographs(Path(scratch))
        pixels = load_batch(arguments.folder or Path(scratch), side=captioner.side, batch=arguments.batch)
    figures = measure(captioner, compiled, pixels, rounds=arguments.rounds)
    for name, value in figures.items():
        print(f"{name:28} {value:10.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
