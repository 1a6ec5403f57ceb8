"""Measures how well cuts are found: 50 films made of photographs, with cuts, fades, pans and zooms at known times.

    python -m benchmarks.shots [--seeds 100 150] [--photographs FOLDER]

Thresholds were chosen on the films of seeds 0 to 49, made of photographs of COCO, Flickr8k and ADE20K; reported are
those of seeds 100 to 149, made of the sample photographs. A cut is found if it is told within half a second, each cut
by one answer alone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from benchmarks.shot_films import STORES, CutFilm, make_cut_film
from captioning.describer import Describer
from captioning.lazy_captioner import LazyCaptioner
from captioning.videos.description import timed_shots
from tests.films import sample_photographs

TOLERANCE = 0.5


def hits(answers: Sequence[float], cuts: Sequence[float]) -> int:
    """How many cuts are found within the tolerance, each by one answer, both in order."""
    found = at = 0
    for cut in cuts:
        while at < len(answers) and answers[at] < cut - TOLERANCE:
            at += 1
        if at < len(answers) and answers[at] <= cut + TOLERANCE:
            found, at = found + 1, at + 1
    return found


def cuts_told(film: CutFilm, describer: Describer) -> list[float]:
    """The cuts that are found in a film, in seconds."""
    return [shot.start for shot in timed_shots(film.path, describer, duration=film.duration)[1:]]


def main() -> None:
    """Makes the films, finds their cuts, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs=2, default=(100, 150), metavar=("FIRST", "END"))
    parser.add_argument("--photographs", type=Path, help="folder of pictures to make films of; else the samples")
    arguments = parser.parse_args()
    photographs = _pictures(arguments.photographs) if arguments.photographs else list(sample_photographs().values())
    describer = LazyCaptioner.open()
    counts = {store: [0, 0, 0] for store in range(len(STORES))}
    seconds = spent = 0.0
    for seed in range(*arguments.seeds):
        with tempfile.TemporaryDirectory() as folder:
            film = make_cut_film(Path(folder), seed, photographs)
            begun = time.perf_counter()
            answers = cuts_told(film, describer)
            spent += time.perf_counter() - begun
        seconds += film.duration
        for place, count in enumerate((hits(answers, film.cuts), len(answers), len(film.cuts))):
            counts[seed % len(STORES)][place] += count
    print(f"{'stored as':<44}{'cuts':>6}{'precision':>11}{'recall':>8}")
    for store, (suffix, look) in enumerate(STORES):
        key_frames = "" if look["gop"] == 1 else f", key frame each {look['gop'] / look['fps']:.1f} s"
        at_cuts = " or cut" if look.get("key_frames_at_cuts", look["codec"] == "libx264") and key_frames else ""
        _print_row(f"{suffix[1:]} {look['codec']}{key_frames}{at_cuts}", *counts[store])
    _print_row("all", *(sum(column) for column in zip(*counts.values(), strict=True)))
    print(f"{seconds:.0f} s of film in {spent:.0f} s, the network's work included")


def _pictures(folder: Path) -> list[Image.Image]:
    return [Image.open(path).convert("RGB") for path in sorted(folder.iterdir()) if path.is_file()]


def _print_row(name: str, found: int, told: int, cuts: int) -> None:
    print(f"{name:<44}{cuts:>6}{found / max(told, 1):>11.3f}{found / max(cuts, 1):>8.3f}")


if __name__ == "__main__":
    main()
