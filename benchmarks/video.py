"""Times reading a film by its key frames beside PyAV decoding the same key frames alone, in one run.

    python -m benchmarks.video [--minutes N] [--model FILE] [--json FILE]

The film is 1080p H.264 at 30 frames a second with a key frame at every other second: ten seconds of pans over the
photographs that scikit-image and scikit-learn carry, again and again. On a busy machine only the ratio of the
processor's time means something.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
from itertools import islice
from pathlib import Path

import av
import numpy as np

from benchmarks.harness import processor_seconds, seconds
from captioning.apart.process import ApartProcess
from captioning.errors import UnreadableVideoError
from captioning.lazy_captioner import LazyCaptioner
from captioning.runtime.devices import CPU
from captioning.videos import read_facts, sampled_frames
from captioning.videos.limits import SECONDS, TOO_SLOW
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


def processor_seconds_of_children(film: Path, side: int, *, reading: bool) -> float:
    """The processor's time of a process that opens a film, and reads it if asked."""
    before = os.times()
    process = ApartProcess("captioning.videos.apart", error=UnreadableVideoError, too_slow=TOO_SLOW)
    list(process.ask(film, seconds=SECONDS, wanted="facts"))
    if reading:
        for _ in process.ask(film, seconds=SECONDS, wanted="samples", side=side):
            pass
    process.end()
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def most_of_children_mb() -> float:
    """The most memory of a process that has decoded until now."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def embed(film: Path, captioner: LazyCaptioner) -> None:
    """Reads it and places its frames in the joint space."""
    frames = sampled_frames(film, side=captioner.side)
    while batch := list(islice(frames, CPU.batch)):
        captioner.embed(np.stack([frame.pixels for frame in batch]))


def measure(film: Path, short: Path, captioner: LazyCaptioner) -> dict[str, float]:
    """Times reading, its parts, and what follows; and asks for the memory."""
    side = captioner.side
    figures: dict[str, float] = {"seconds": read_facts(film).duration, "key_frames": decode_alone(film)}
    processor_seconds_of_children(short, side, reading=True)
    figures["decoder_peak_of_a_minute_mb"] = most_of_children_mb()
    figures["decode_alone_processor_s"] = min(processor_seconds(lambda: decode_alone(film)) for _ in range(ROUNDS))
    opening, reading = (
        min(processor_seconds_of_children(film, side, reading=reading) for _ in range(ROUNDS))
        for reading in (False, True)
    )
    figures["decoder_peak_mb"] = most_of_children_mb()
    figures["read_processor_s"] = reading - opening
    figures["read_over_decode_processor"] = figures["read_processor_s"] / figures["decode_alone_processor_s"]
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
