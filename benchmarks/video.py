"""Times reading a film by its key frames beside PyAV decoding the same key frames alone, in one run.

    python -m benchmarks.video [--minutes N] [--model FILE] [--json FILE]

The film is 1080p H.264 at 30 frames a second with a key frame at every other second: ten seconds of pans over the
photographs that scikit-image and scikit-learn carry, again and again. On a busy machine only the ratio of the
processor's time means something.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

import av
import numpy as np

from benchmarks.harness import processor_seconds, seconds
from captioning.lazy_captioner import LazyCaptioner
from captioning.runtime.devices import CPU
from captioning.videos import read_facts, sampled_frames
from tests.films import make_film, pan, sample_photographs

ROUNDS = 2
"""How often each part is timed; the best counts."""

SIZE, FPS, GOP, SCENE = (1920, 1080), 30, 60, 2.0
SCENES = ("china", "flower", "coffee", "rocket", "chelsea")


def draw_film(path: Path) -> Path:
    """Encodes what the films repeat."""
    photographs = sample_photographs()
    scenes = [(pan(photographs[name].resize(SIZE), size=SIZE), SCENE) for name in SCENES]
    return make_film(path, scenes, size=SIZE, fps=FPS, gop=GOP, key_frames_at_cuts=False)


def repeat_film(once: Path, path: Path, *, minutes: float) -> Path:
    """Repeats a film's packets until another one is as long as wanted."""
    with av.open(str(once)) as source, av.open(str(path), "w") as container:
        pictures = source.streams.video[0]
        assert pictures.time_base is not None
        stream = container.add_stream_from_template(pictures)
        length = round(len(SCENES) * SCENE / pictures.time_base)
        for repeat in range(round(minutes * 60 / (len(SCENES) * SCENE))):
            source.seek(0, stream=pictures)
            for packet in source.demux(pictures):
                if packet.pts is None or packet.dts is None:  # the end
                    continue
                packet.pts += repeat * length
                packet.dts += repeat * length
                packet.stream = stream
                container.mux(packet)
    return path


def decode_alone(film: Path) -> int:
    """Decodes the key frames, and does nothing with them."""
    with av.open(str(film)) as container:
        pictures = container.streams.video[0]
        pictures.thread_type = "AUTO"
        pictures.codec_context.skip_frame = "NONKEY"
        return sum(1 for _ in container.decode(pictures))


def read(film: Path, side: int) -> int:
    """Reads it as indexing does, up to what the network takes."""
    return sum(1 for _ in sampled_frames(film, side=side))


READING = """
import resource, sys
from pathlib import Path
from captioning.apart.process import ApartProcess
from captioning.errors import UnreadableVideoError

film, side = sys.argv[1:]
process = ApartProcess("captioning.videos.apart", error=UnreadableVideoError, too_slow="")
for wanted in ({"wanted": "facts"}, {"wanted": "samples", "side": int(side)})[: 1 + (side != "0")]:
    for _ in process.ask(Path(film), seconds=600, **wanted):
        pass
process.end()
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
"""
"""Has a film decoded by a process whose parent is smaller: what a process takes is at least what its parent took."""


def decoder_usage(film: Path, side: int) -> tuple[float, float]:
    """Processor time in seconds, and the most memory in MB, of a process that reads a film, or with side 0 opens it."""
    command = [sys.executable, "-c", READING, str(film), str(side)]
    taken, memory = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(taken), float(memory)


def embed(film: Path, captioner: LazyCaptioner) -> None:
    """Reads it and places its frames in the joint space."""
    frames = sampled_frames(film, side=captioner.side)
    while batch := list(islice(frames, CPU.batch)):
        captioner.embed(np.stack([frame.pixels for frame in batch]))


def measure(film: Path, short: Path, captioner: LazyCaptioner) -> dict[str, float]:
    """Times reading, its parts, and what follows; and asks for the memory."""
    side = captioner.side
    figures: dict[str, float] = {"seconds": read_facts(film).duration, "key_frames": decode_alone(film)}
    _, figures["decoder_peak_of_a_minute_mb"] = decoder_usage(short, side)
    figures["decode_alone_processor_s"] = min(processor_seconds(lambda: decode_alone(film)) for _ in range(ROUNDS))
    opening, _ = decoder_usage(film, 0)
    reading, figures["decoder_peak_mb"] = decoder_usage(film, side)
    figures["read_processor_s"] = reading - opening
    figures["read_over_decode_processor"] = figures["read_processor_s"] / figures["decode_alone_processor_s"]
    figures["times_real_time_of_one_core"] = figures["seconds"] / figures["read_processor_s"]
    rounds = [(seconds(lambda: decode_alone(film)), seconds(lambda: read(film, side))) for _ in range(ROUNDS)]
    figures["decode_alone_s"], figures["read_s"] = (min(times) for times in zip(*rounds, strict=True))
    for number, (alone, whole) in enumerate(rounds, 1):
        figures[f"read_over_decode_{number}"] = whole / alone
    figures["read_over_decode"] = figures["read_s"] / figures["decode_alone_s"]
    figures["times_real_time"] = figures["seconds"] / figures["read_s"]
    figures["with_network_s"] = seconds(lambda: embed(film, captioner))
    figures["times_real_time_with_network"] = figures["seconds"] / figures["with_network_s"]
    figures["peak_memory_with_network_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def main() -> None:
    """Prints a table, and writes JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="of the film")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        once = draw_film(Path(name) / "once.mp4")
        film, short = (
            repeat_film(once, Path(name) / f"{minutes:g}.mp4", minutes=minutes) for minutes in (options.minutes, 1.0)
        )
        figures = measure(film, short, LazyCaptioner.open(options.model))
    for key, value in figures.items():
        print(f"{key:32} {value:10.3f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
