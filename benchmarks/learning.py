"""Measures how well a tag is known from a few examples.

    python -m benchmarks.learning DATA [--vectors FILE] [--json FILE]

DATA is a folder with `labels.json`, a list of {"filename", "set", "label"}, and `images/`. Each label is a tag that
3, 5, 10 or 20 of its pictures get, drawn by the seeds 0 to 4; it is looked for among all other pictures of the set.
What the learner does was chosen on every third label; the others are reported beside all.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from captioning.lazy_captioner import LazyCaptioner
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from index_data.annotation.learnt_tags import LEAST_PROBABILITY, LEAST_QUALITY
from index_data.annotation.tag_classifier import Surveyor, Vectors, learn, probabilities, standing
from index_data.duplicates import LEAST_COSINE
from search.engine.pictures import network_pixels

EXAMPLES = (3, 5, 10, 20)
SEEDS = range(5)
LEAST_LEFT = 1
"""Pictures of a label that must be left to be found."""

TUNED_ON = 3
"""Every so manyth label was looked at when the learner was made."""

BATCH = 32
BINS = 10

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Pictures:
    """All pictures of the set.

    Attributes:
        vectors: Their places in the joint space (N, D), float32.
        labels: The number of each one's label (N,), int64.
        names: Of the labels, with the set that each is of.
        places: Of the labels' names in the joint space (labels, D), float32; zero where a word is unknown.
    """

    vectors: Vectors
    labels: NDArray[np.int64]
    names: list[tuple[str, str]]
    places: Vectors


def read_pictures(data: Path, kept: Path | None) -> Pictures:
    """Places the pictures, or reads where they were placed before."""
    rows = json.loads((data / "labels.json").read_text())
    names = sorted({(row["set"], row["label"]) for row in rows})
    labels = np.array([names.index((row["set"], row["label"])) for row in rows])
    reader = NumpyTextEncoder.load()
    places = reader.encode_text([name for _, name in names])
    places[[bool(reader.unknown_words(name)) for _, name in names]] = 0
    if kept is not None and kept.is_file():
        return Pictures(np.load(kept), labels, names, places)
    captioner = LazyCaptioner.open()
    paths = [data / "images" / row["filename"] for row in rows]
    parts = []
    for at in range(0, len(paths), BATCH):
        pixels = np.stack([network_pixels(path, side=captioner.side) for path in paths[at : at + BATCH]])
        parts.append(captioner.embed(pixels))
    vectors = np.concatenate(parts)
    if kept is not None:
        np.save(kept, vectors)
    return Pictures(vectors, labels, names, places)


def average_precision(scores: Scores, relevant: NDArray[np.bool_]) -> float:
    """The mean, over the relevant pictures, of the precision where each is found, in [0, 1]."""
    hits = relevant[np.argsort(-scores, kind="stable")]
    return float((np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean())


@dataclass
class Calibration:
    """Probabilities, and whether they were right."""

    chances: list[NDArray[np.float64]]
    right: list[NDArray[np.bool_]]

    def error(self) -> float:
        """The expected calibration error of what is proposed, in [0, 1]."""
        chances, right = np.concatenate(self.chances), np.concatenate(self.right)
        bins = np.minimum((chances * BINS).astype(int), BINS - 1)
        gaps = [abs(chances[bins == n].mean() - right[bins == n].mean()) * (bins == n).mean() for n in set(bins)]
        return float(np.sum(gaps))


@dataclass(frozen=True)
class Trial:
    """A tag learnt once.

    Attributes:
        label: Its number.
        seed: That drew the examples.
        precisions: Average precision by way of looking.
        same: The same among pictures of the label that no number of examples takes.
        proposed: How many pictures it is proposed for.
        right: How many of these have the label.
        left: Pictures of the label that could be found.
    """

    label: int
    seed: int
    precisions: Mapping[str, float]
    same: Mapping[str, float]
    proposed: int
    right: int
    left: int


def measure(pictures: Pictures, count: int, calibration: Calibration) -> list[Trial]:
    """Learns every label that has pictures enough, from so many examples."""
    surveyor = Surveyor(pictures.vectors.shape[1])
    surveyor.take(pictures.vectors)
    surroundings = surveyor.surroundings()
    nobody = pictures.vectors[:0]
    likeness = pictures.vectors @ pictures.vectors.T
    trials = []
    for seed in SEEDS:
        for label in range(len(pictures.names)):
            has = np.flatnonzero(pictures.labels == label)
            if len(has) < count + LEAST_LEFT:
                continue
            order = np.random.default_rng([seed, label]).permutation(has)
            drawn, never = order[:count], order[max(n for n in EXAMPLES if n + LEAST_LEFT <= len(has)) :]
            place = pictures.places[label]
            name = place if place.any() else None
            classifier = learn(surroundings, pictures.vectors[drawn], nobody, name)
            without = learn(surroundings, pictures.vectors[drawn], nobody, None)
            ways = {
                "the label's name": pictures.vectors @ place,
                "nearest to the examples' mean": likeness[:, drawn].mean(1),
                "learnt, without the name": without.scores(pictures.vectors),
                "learnt": classifier.scores(pictures.vectors),
            }
            others = np.ones(len(pictures.labels), bool)
            others[drawn] = False
            relevant = pictures.labels == label
            alone = ~relevant
            alone[never] = True
            scores = ways["learnt"]
            alike = likeness[:, drawn].max(1) >= LEAST_COSINE
            rest = scores[others & ~alike]
            chances = probabilities(scores, classifier.left_out, rest)
            sure = standing(classifier.left_out, rest) >= LEAST_QUALITY
            likely = others & (chances >= LEAST_PROBABILITY) & sure
            calibration.chances.append(chances[likely])
            calibration.right.append(relevant[likely])
            trials.append(
                Trial(
                    label,
                    seed,
                    {way: average_precision(values[others], relevant[others]) for way, values in ways.items()},
                    {way: average_precision(values[alone], relevant[alone]) for way, values in ways.items()},
                    int(likely.sum()),
                    int(relevant[likely].sum()),
                    int(relevant[others].sum()),
                )
            )
    return trials


def by_seed(trials: Sequence[Trial], value: Callable[[Trial], float]) -> tuple[float, float]:
    """The mean over the seeds of the mean over the labels, and its standard deviation over the seeds."""
    seeds: dict[int, list[float]] = defaultdict(list)
    for trial in trials:
        seeds[trial.seed].append(value(trial))
    means = [float(np.mean(values)) for values in seeds.values()]
    return float(np.mean(means)), float(np.std(means))


def report(title: str, trials: Mapping[int, Sequence[Trial]], *, same: bool = False) -> dict[str, list[float]]:
    """Prints a table of mean average precisions, and gives their means."""
    counts = [count for count in EXAMPLES if trials.get(count)]
    labels = [len({trial.label for trial in trials[count]}) for count in counts]
    print(f"\n{title}")
    print(f"{'examples':32}" + "".join(f"{count:>16}" for count in counts))
    print(f"{'labels':32}" + "".join(f"{count:>16}" for count in labels))
    means: dict[str, list[float]] = {}
    for way in trials[counts[0]][0].precisions:
        cells = [
            by_seed(trials[count], lambda trial, way=way: (trial.same if same else trial.precisions)[way])  # type: ignore[misc]
            for count in counts
        ]
        means[way] = [mean for mean, _ in cells]
        print(f"{way:32}" + "".join(f"{mean:>9.3f} ±{spread:.3f}" for mean, spread in cells))
    return means


def main() -> None:
    """Measures, and prints tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--vectors", type=Path, help="a .npy file in which the pictures' vectors are kept")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    pictures = read_pictures(arguments.data, arguments.vectors)
    calibrations = {count: Calibration([], []) for count in EXAMPLES}
    trials = {count: measure(pictures, count, calibrations[count]) for count in EXAMPLES}
    results: dict[str, object] = {"all labels": report("All labels, among all other pictures", trials)}
    reported = {count: [trial for trial in part if trial.label % TUNED_ON] for count, part in trials.items()}
    results["labels not tuned on"] = report("Labels that were not looked at before", reported)
    for least in (21, 13):
        enough = {label for label in range(len(pictures.names)) if (pictures.labels == label).sum() >= least}
        part = {
            count: [trial for trial in some if trial.label in enough] for count, some in trials.items() if count < least
        }
        title = f"Labels of {least} pictures or more, always among the same pictures"
        results[title] = report(title, part, same=True)
    sets = sorted({kind for kind, _ in pictures.names})
    for kind in sets:
        part = {
            count: [trial for trial in some if pictures.names[trial.label][0] == kind] for count, some in trials.items()
        }
        results[kind] = report(kind, part)
    print("\nWhat is proposed")
    for count in EXAMPLES:
        proposed = sum(trial.proposed for trial in trials[count])
        right, left = (sum(getattr(trial, name) for trial in trials[count]) for name in ("right", "left"))
        error = calibrations[count].error()
        shares = f"{right / proposed:.1%} of it right, {right / left:.1%} of what there is"
        print(f"{count:>3} examples: {shares}, expected calibration error {error:.3f}")
        results[f"proposed, {count} examples"] = [right / proposed, right / left, error]
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
