"""Times indexing beside its parts in one run, and a second run beside merely asking the file system.

    python -m benchmarks.indexing [--small N] [--large N] [--unchanged N] [--model FILE] [--json FILE]

The pictures are photographs that scikit-image and scikit-learn carry, cut and scaled to 640 x 480 and 4000 x 3000. The
pipeline is compared with the slower of decoding alone, by as many threads, and the network alone; the second run over
unchanged files with `os.scandir` and `stat` over them. On a busy machine only the ratios mean something.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.harness import seconds
from captioning.describer import Describer, unheard
from captioning.images import IMAGE_SUFFIXES, load_pixels
from captioning.lazy_captioner import LazyCaptioner
from captioning.outputs import Caption, Description, ModelIdentity
from captioning.runtime.devices import CPU, available_cores
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from search.samples import copy_sample_photographs

ROUNDS = 3
"""How often each part is timed; the best counts."""


class NoNetwork:
    """Says the same of every picture, at no cost: what is left is the pipeline's own work."""

    side = 224
    path = Path("none.safetensors")
    identity = ModelIdentity("none", hashlib.sha256(b"none").hexdigest(), 512)

    def describe(self, pixels: NDArray[np.uint8], *, looked: Callable[[int], None] = unheard) -> list[Description]:
        """Gives each picture the same words and place."""
        looked(len(pixels))
        vector = np.zeros(512, np.float32)
        vector[0] = 1
        return [Description(Caption("a picture", 0.5), (), vector, vector) for _ in pixels]

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Gives each picture the same place."""
        return np.eye(1, 512, dtype=np.float32).repeat(len(pixels), 0)

    def alternatives(self, pixels: NDArray[np.uint8], *, sentences: int) -> list[list[Caption]]:
        """Has nothing else to say."""
        return [[] for _ in pixels]

    def encode_text(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Gives each sentence the same place."""
        return np.eye(1, 512, dtype=np.float32).repeat(len(sentences), 0)

    def save_text_encoder(self, path: Path) -> None:
        """Keeps nothing that could be asked."""
        path.touch()


def draw_photographs(folder: Path, count: int, size: tuple[int, int], sources: Sequence[Image.Image]) -> None:
    """Writes JPEG files of one size, each a different cut of a photograph."""
    folder.mkdir()

    def draw(number: int) -> None:
        generator = np.random.default_rng((count, number))
        source = sources[number % len(sources)]
        left, top = (int(generator.integers(0, max(1, edge // 4))) for edge in source.size)
        cut = source.crop((left, top, source.width - source.width // 8, source.height - source.height // 8))
        cut.resize(size, Image.Resampling.BICUBIC).save(folder / f"{number}.jpg", quality=90)

    with ThreadPoolExecutor(available_cores()) as threads:
        for _ in threads.map(draw, range(count)):
            pass


def taken(work: Callable[[], object]) -> tuple[float, float]:
    """Wall time and processor time of one call."""
    start = time.process_time()
    return seconds(work), time.process_time() - start


def index(library: Path, folder: Path, describer: Describer) -> None:
    """Runs a whole scan."""
    with Library.open(library, create=True) as opened:
        for _ in index_folders(opened, [folder], describer):
            pass


def measure_first(folder: Path, model: Path | None, scratch: Path) -> dict[str, float]:
    """Times decoding, network, and the pipeline of both, over the same files."""
    captioner = LazyCaptioner.open(model)
    files = [path for path in sorted(folder.rglob("*.jpg"))]
    read = partial(load_pixels, side=captioner.side)

    def decode() -> None:
        with ThreadPoolExecutor(available_cores()) as threads:
            for _ in threads.map(read, files):
                pass

    batch = np.stack([read(path) for path in files[: CPU.batch]])
    captioner.describe(batch)

    def network() -> None:
        for at in range(0, len(files), CPU.batch):
            captioner.describe(batch[: len(files) - at])

    def pipeline() -> None:
        with tempfile.TemporaryDirectory(dir=scratch) as library:
            index(Path(library) / "library", folder, captioner)

    stages = {"decode_alone": decode, "network_alone": network, "pipeline": pipeline}
    rounds = [{name: taken(stage) for name, stage in stages.items()} for _ in range(ROUNDS)]
    figures: dict[str, float] = {"files": len(files)}
    for name in stages:
        figures[f"{name}_s"] = min(times[name][0] for times in rounds)
        figures[f"{name}_processor_s"] = min(times[name][1] for times in rounds)
    for number, times in enumerate(rounds, 1):
        figures[f"pipeline_over_slower_{number}"] = times["pipeline"][0] / max(
            times["decode_alone"][0], times["network_alone"][0]
        )
    figures["pipeline_over_slower"] = figures["pipeline_s"] / max(figures["decode_alone_s"], figures["network_alone_s"])
    figures["images_per_s"] = len(files) / figures["pipeline_s"]
    return figures


def look(folder: str) -> int:
    """Lists folders and asks for size and time of every picture file."""
    count = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                count += look(entry.path)
            elif os.path.splitext(entry.name)[1].lower() in IMAGE_SUFFIXES:  # noqa: PTH122
                entry.stat()
                count += 1
    return count


def measure_second(count: int, scratch: Path) -> dict[str, float]:
    """Times a run over unchanged files, as it is over a library of nothing, and beside asking the file system."""
    folder, empty = scratch / "unchanged", scratch / "empty"
    empty.mkdir()
    for number in range(count):
        place = folder / str(number % 100)
        place.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (number % 256, number // 256, 7)).save(place / f"{number}.png")
    index(scratch / "many", folder, NoNetwork())
    index(scratch / "none", empty, NoNetwork())
    rounds = 7
    runs = {
        "scandir_and_stat_s": lambda: look(str(folder)),
        "start_s": lambda: index(scratch / "none", empty, NoNetwork()),
        "second_run_s": lambda: index(scratch / "many", folder, NoNetwork()),
    }
    best = {name: min(seconds(work) for _ in range(rounds)) for name, work in runs.items()}
    allowed = 2 * best["scandir_and_stat_s"] + best["start_s"]
    return {**best, "unchanged": count, "second_run_over_allowed": best["second_run_s"] / allowed}


def main() -> None:
    """Prints a table, and writes JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=2000, help="pictures of 640 x 480")
    parser.add_argument("--large", type=int, default=300, help="pictures of 4000 x 3000")
    parser.add_argument("--unchanged", type=int, default=10_000, help="files of the second run")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "sources").mkdir()
        copy_sample_photographs(scratch / "sources")
        sources = [Image.open(path).convert("RGB") for path in sorted((scratch / "sources").iterdir())]
        (scratch / "photographs").mkdir()
        draw_photographs(scratch / "photographs" / "small", options.small, (640, 480), sources)
        draw_photographs(scratch / "photographs" / "large", options.large, (4000, 3000), sources)
        figures |= measure_first(scratch / "photographs", options.model, scratch)
        figures |= measure_second(options.unchanged, scratch)
    figures["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for key, value in figures.items():
        print(f"{key:28} {value:10.3f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
