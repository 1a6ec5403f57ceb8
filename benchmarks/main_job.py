"""Times the main job beside its parts in one run: indexing, a run over unchanged files, a cold query.

    python -m benchmarks.main_job FOLDER [--json FILE]

Prints seconds and ratios. On a busy machine only the ratios mean something.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks.harness import process_seconds, seconds
from captioning.captioner import Captioner
from captioning.images import load_pixels
from captioning.lazy_captioner import LazyCaptioner
from index_data.library import Library
from index_data.scan.events import ScanFinished
from index_data.scan.pipeline import index_folders
from index_data.scan.walk import FoundFile, resolve_folders, walk

COMMAND = [sys.executable, "-c", "from search.cli import main; main()"]


def measure(folder: Path) -> dict[str, float]:
    """Runs everything once over a folder of photographs."""
    files = [entry.path for root in resolve_folders([folder]) for entry in walk(root) if isinstance(entry, FoundFile)]
    captioner = Captioner.load()
    pictures = np.stack([load_pixels(path, side=captioner.side) for path in files[:32]])
    captioner.describe(pictures)
    encoder = captioner.network.encoder
    batch = torch.from_numpy(pictures).permute(0, 3, 1, 2)

    def backbone() -> None:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=captioner.half):
            encoder(batch)

    network_s = statistics.median(seconds(lambda: captioner.describe(pictures)) for _ in range(5)) / len(pictures)
    backbone_s = statistics.median(seconds(backbone) for _ in range(5)) / len(pictures)
    decode_s = seconds(lambda: [load_pixels(path, side=captioner.side) for path in files[:200]]) / min(200, len(files))

    with tempfile.TemporaryDirectory() as scratch:
        describer = LazyCaptioner.open()
        describer.describe(pictures)
        with Library.open(Path(scratch) / "library", create=True) as library:

            def run() -> None:
                *_, last = index_folders(library, [folder], describer)
                assert isinstance(last, ScanFinished)

            first_s = seconds(run) / len(files)
            second_s = seconds(run)
        listing_s = seconds(lambda: [os.stat(path) for path in files])  # noqa: PTH116
        environment = {**os.environ, "IMGSEARCH_LIBRARY": str(Path(scratch) / "library")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        query_s = process_seconds([*COMMAND, "query", "a dog on a beach"], repeats=5, environment=environment)
        torch_s = process_seconds([sys.executable, "-c", "import torch"], repeats=5, environment=environment)
    return {
        "images": len(files),
        "decode_images_per_s_one_thread": 1 / decode_s,
        "backbone_images_per_s": 1 / backbone_s,
        "describe_images_per_s": 1 / network_s,
        "index_images_per_s": 1 / first_s,
        "index_over_describe": first_s / network_s,
        "describe_over_backbone": network_s / backbone_s,
        "unchanged_run_s": second_s,
        "unchanged_run_over_stat": second_s / listing_s,
        "cold_query_s": query_s,
        "cold_query_over_import_torch": query_s / torch_s,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Parses the command line and prints the figures."""
    parser = argparse.ArgumentParser(description="Times the main job beside its parts.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = measure(arguments.folder)
    for name, value in figures.items():
        print(f"{name:34} {value:10.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
