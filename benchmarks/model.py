"""Times the network: placing pictures, writing captions and both, beside the bare backbone in one run.

    python -m benchmarks.model [FOLDER] [--model FILE] [--batch N] [--rounds N] [--json FILE]

Sees the photographs of a folder, or those that scikit-image and scikit-learn carry. Prints images per second, ratios to
the backbone's forward pass, and the peak memory of the process.
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

from benchmarks.harness import seconds as wall_seconds
from captioning.captioner import Captioner
from captioning.images import load_pixels
from captioning.runtime.tuning import keep_freed_memory
from index_data.scan.walk import FoundFile, resolve_folders, walk
from search.samples import copy_sample_photographs


def load_batch(folder: Path, *, side: int, batch: int) -> NDArray[np.uint8]:
    """Decodes pictures of a folder, again and again until the batch is full: (batch, side, side, 3), uint8."""
    files = [entry.path for entry in walk(resolve_folders([folder])[0]) if isinstance(entry, FoundFile)][:batch]
    pixels = np.stack([load_pixels(path, side=side) for path in files])
    return np.resize(pixels, (batch, side, side, 3))


def measure(captioner: Captioner, pixels: NDArray[np.uint8], *, rounds: int) -> dict[str, float]:
    """Times each part in turn, round by round, so that a busy machine slows all of them alike."""
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
        }
        times: dict[str, list[float]] = {name: [] for name in parts}
        # The first round warms up and is not counted.
        for number in range(rounds + 1):
            for name, work in parts.items():
                taken = wall_seconds(work)
                if number:
                    times[name].append(taken)
    seconds = {name: statistics.median(values) / batch for name, values in times.items()}
    return {
        **{f"{name}_images_per_s": 1 / value for name, value in seconds.items()},
        **{f"{name}_over_backbone": value / seconds["backbone"] for name, value in seconds.items()},
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Parses the command line and prints the figures."""
    parser = argparse.ArgumentParser(description="Times the network beside its bare backbone.")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--model", type=Path, help="a model file; the shipped one without it")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    keep_freed_memory()  # as every command does
    captioner = Captioner.load(arguments.model)
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.folder is None:
            copy_sample_photographs(Path(scratch))
        pixels = load_batch(arguments.folder or Path(scratch), side=captioner.side, batch=arguments.batch)
    figures = measure(captioner, pixels, rounds=arguments.rounds)
    for name, value in figures.items():
        print(f"{name:28} {value:10.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
