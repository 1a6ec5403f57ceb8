"""Measures a GPU beside the processor: indexing, vector search, training, graphs; a table, JSON and a picture.

    python -m benchmarks.gpu [--device cuda:N] [--parts PART ...] [--files N] [--sizes N ...] [--out FOLDER]

Indexing is compared with the backbone's bare forward pass and with the processor; FAISS on the GPU with FAISS on the
processor, one question at a time and a thousand at once; a training step's arithmetic with the device's peak, which is
measured as well, by multiplying large matrices. The picture needs matplotlib (pip install 'imgsearch[train]').
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import torch

from benchmarks.gpu_graphs import measure_graphs
from benchmarks.gpu_parts import Row, measure_describing, measure_indexing, measure_training
from benchmarks.gpu_search import measure_search
from captioning.errors import ConfigurationError, DeviceError
from captioning.runtime.devices import CPU, Device, choose_device
from captioning.runtime.tuning import keep_freed_memory
from index_data.vectors.faiss_library import gpu_obstacle
from index_data.vectors.kinds import EXACT, NAMES, choose_kind

PARTS = ("describing", "indexing", "training", "search", "graphs")
DIMENSION = 512
"""Of the vectors that are searched."""

LARGEST_ON_PROCESSOR = 32
"""A larger batch gains nothing there, and takes long."""


def draw(rows_by_part: dict[str, list[Row]], file: Path) -> Path:
    """Draws a curve for every figure.

    Raises:
        ConfigurationError: Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigurationError("the picture needs matplotlib: pip install 'imgsearch[train]'") from error
    panels = [
        *(("describing", "batch", figure) for figure in ("forward", "describe")),
        *(("training", "batch", figure) for figure in ("train", "share")),
        *(("search", "size", figure) for figure in ("p50_ms", "questions_per_s")),
    ]
    figure = Figure(figsize=(12, 7), layout="constrained")
    for axes, (part, across, name) in zip(figure.subplots(2, 3).T.flat, panels, strict=True):
        lines: dict[str, list[tuple[float, float]]] = {}
        for row in rows_by_part[part]:
            lines.setdefault(f"{row['device']} {row.get('kind', '')}".strip(), []).append((row[across], row[name]))
        for label, points in lines.items():
            axes.plot(*zip(*sorted(points), strict=True), marker=".", label=label)
        axes.set(xscale="log", xlabel=across, title=f"{part}: {name}")
        if lines:
            axes.legend()
    figure.savefig(file, dpi=100)
    return file


def measure(part: str, devices: Sequence[Device], options: argparse.Namespace) -> Iterator[Row]:
    """The figures of one part, of every device in turn."""
    if part == "indexing":
        yield from measure_indexing(devices, options.model, options.files)
    elif part == "search":
        gpu = None if gpu_obstacle() else devices[0].gpu
        for size in options.sizes:
            kinds = options.kinds or list(dict.fromkeys((EXACT, choose_kind(size, DIMENSION, {}).name)))
            yield from measure_search(kinds, size, gpu, dimension=DIMENSION, wait=partial(wait_for_file, options.after))
    elif part == "graphs":
        wait = partial(wait_for_file, options.after)
        batches = sized(devices[0], options.batches)
        yield from measure_graphs(options.model, batches, options.rounds, device=devices[0].name, wait=wait)
    else:
        for device in devices:
            batches = sized(device, options.batches)
            if part == "describing":
                yield from measure_describing(device, options.model, batches, options.rounds)
            else:
                # A picture alone has no other to be told from.
                trained = [batch for batch in batches if batch > 1]
                yield from measure_training(device, options.model, trained, options.rounds)


def sized(device: Device, batches: Sequence[int]) -> list[int]:
    """Those of the sizes of a batch that a device is asked for."""
    return [batch for batch in batches if device.gpu is not None or batch <= LARGEST_ON_PROCESSOR]


def wait_for_file(file: Path | None) -> None:
    """Returns when there is this file, and says by another one, `.ready`, that it waits; at once if none is named."""
    if file is not None:
        file.with_suffix(".ready").touch()
    while file is not None and not file.exists():
        time.sleep(0.1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures, and writes them and the picture; 2 says that there is no such device."""
    parser = argparse.ArgumentParser(description="Measures a GPU beside the processor in one run.")
    parser.add_argument("--device", default="cuda", help="cuda or cuda:N; cpu measures the processor alone")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32, 128, 256])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--kinds", nargs="+", choices=NAMES, help="of index; as a rule flat and the one for the size")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--after", type=Path, help="a file to wait for between getting ready and timing")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("gpu-benchmark"))
    options = parser.parse_args(arguments)
    try:
        device = choose_device(options.device)
    except DeviceError as error:
        print(f"There is nothing to measure: {error}.", file=sys.stderr)
        return 2
    keep_freed_memory()
    options.out.mkdir(parents=True, exist_ok=True)
    devices = [device, CPU] if device.gpu is not None else [CPU]
    rows_by_part: dict[str, list[Row]] = {part: [] for part in PARTS}
    when = {"device": device.name, "gpu": device.reason, "torch": torch.__version__, "at": time.strftime("%Y-%m-%d")}
    for part in options.parts:
        for row in measure(part, devices, options):
            rows_by_part[part].append(row)
            values = {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}
            print(part, *(f"{name}={value}" for name, value in values.items()), flush=True)
            # Whatever ends it, what was measured is kept.
            text = json.dumps({**when, **rows_by_part}, indent=2) + "\n"
            (options.out / "gpu.json").write_text(text, encoding="utf-8")
    print(draw(rows_by_part, options.out / "gpu.png"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
