"""What a model gains when a person corrects captions, and what it forgets.

    python -m benchmarks.learning_corrections DATA [--seeds N] [--parts corrections names] [--validation]
        [--features FOLDER] [--json FILE]

DATA holds `coco`, `coco_more`, `flickr8k` and `labelled`. Of COCO's test and `coco_more`'s validation pictures, none of
which the model has seen, a simulated person replaces the captions of 200 by a human one; the others are measured. The
same person gives a made-up name to ten photographs of one sport; it should be written or proposed for the other
photographs of that sport, and for no others. Flickr8k's test pictures tell what is forgotten. Figures are the mean and
the standard deviation over the seeds. With `--validation` settings are compared on other pictures: COCO's and
Flickr8k's validation pictures, and labelled objects.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from captioning import metrics
from captioning.adaptation.adapted_model import AdaptedModel, Said
from captioning.adaptation.examples import Examples
from captioning.adaptation.fine_tuning import AdaptationConfig, adapt
from captioning.adaptation.kept_features import KeptFeatures, look_at, side_by_side
from captioning.images import load_pixels
from captioning.model_file import read_model_file
from captioning.training.datasets import CaptionedImage, read_captions, select_split
from captioning.vocabulary import tokenize
from search.evaluation.learning import MOST_OTHERS
from search.evaluation.learning_scores import keywords_named

CORRECTED, NAMED = 200, 10
"""Photographs that the person corrects, and to which they give a name."""

NAME = "zorbo"

THINGS = 40
"""Labels of labelled pictures, the first by the alphabet, of which one gets the name and the others must not."""

PARTS = ("corrections", "names")

AT_ONCE = 16


class Pictures:
    """Pictures as the backbone sees them, looked at and described once for all seeds."""

    def __init__(self, start: AdaptedModel, pictures: Sequence[CaptionedImage], cache: Path | None) -> None:
        self.captions = [picture.captions for picture in pictures]
        self.labels = [picture.label for picture in pictures]
        if cache is not None and cache.is_file():
            self.kept = KeptFeatures(**torch.load(cache))
        else:
            parts = [pictures[at : at + AT_ONCE] for at in range(0, len(pictures), AT_ONCE)]
            self.kept = side_by_side([look_at(start.network, _pixels(part, start.config.side)) for part in parts])
            if cache is not None:
                torch.save({"grid": self.kept.grid, "pooled": self.kept.pooled}, cache)
        self._sentences = [text for texts in self.captions for text in texts]
        self._start = start
        self._said: dict[int, Said] = {}

    @cached_property
    def _places(self) -> NDArray[np.float32]:
        places: NDArray[np.float32] = self._start.embed_text(self._sentences)
        return places

    def said(self, rows: Sequence[int]) -> list[Said]:
        """What the model that it begins with says of some pictures."""
        new = [row for row in rows if row not in self._said]
        if new:
            self._said.update(zip(new, self._start.describe(self.kept.select(new)), strict=True))
        return [self._said[row] for row in rows]

    def own(self, rows: Sequence[int]) -> Examples:
        """Some pictures with that model's own sentences."""
        return Examples(self.kept.select(rows), tuple(words.caption.text for words in self.said(rows)))

    def sentences(self, model: AdaptedModel, rows: Sequence[int]) -> NDArray[np.float32]:
        """Where a model places the captions of some pictures; those without words new to it lie where they lay."""
        new = set(model.words.vocabulary.decode(model.words.unread))
        first = np.cumsum([0, *(len(texts) for texts in self.captions)])
        mine = np.concatenate([np.arange(first[row], first[row + 1]) for row in rows])
        places: NDArray[np.float32] = self._places[mine]
        anew = [at for at, row in enumerate(mine) if new & set(tokenize(self._sentences[row]))]
        if anew:
            places[anew] = model.embed_text([self._sentences[mine[at]] for at in anew])
        return places


def _pixels(pictures: Sequence[CaptionedImage], side: int) -> NDArray[np.uint8]:
    return np.stack([load_pixels(picture.path, side=side) for picture in pictures])


def measure(model: AdaptedModel, pictures: Pictures, rows: Sequence[int], said: Sequence[Said]) -> dict[str, float]:
    """CIDEr-D, recalls and keywords of what a model said of some pictures."""
    captions = [pictures.captions[row] for row in rows]
    references = [[tokenize(text) for text in texts] for texts in captions]
    keywords = metrics.keyword_scores(
        [{keyword.word for keyword in words.keywords} for words in said],
        [keywords_named(" ".join(texts), model.words.keywords) for texts in captions],
    )
    return {
        "cider_d": metrics.cider_d([tokenize(words.caption.text) for words in said], references)[0],
        **retrieval(model, pictures, rows),
        "keyword_f1": keywords.f1,
    }


def retrieval(model: AdaptedModel, pictures: Pictures, rows: Sequence[int]) -> dict[str, float]:
    """How well sentences find their pictures, among these; the rsum in percent."""
    owner = np.repeat(np.arange(len(rows)), [len(pictures.captions[row]) for row in rows])
    scores = pictures.sentences(model, rows) @ model.embed(pictures.kept.select(rows)).T
    image, caption = metrics.image_retrieval(scores, owner), metrics.caption_retrieval(scores, owner)
    recalls = {f"recall_at_{k}": getattr(image, f"recall_at_{k}") for k in (1, 5, 10)}
    return {**recalls, "rsum": 100 * metrics.rsum(image, caption)}


def corrections(pictures: Pictures, *, seed: int, count: int) -> tuple[Examples, Examples, list[int]]:
    """What the person corrects, what is replayed, and the rows that are measured, which are those that are replayed."""
    draw = random.Random(seed)
    order = draw.sample(range(len(pictures.captions)), len(pictures.captions))
    mine, others = order[:count], order[count:]
    corrected = Examples(pictures.kept.select(mine), tuple(draw.choice(pictures.captions[row]) for row in mine))
    replay = others[:MOST_OTHERS]
    return corrected, pictures.own(replay), others


def named(labelled: Pictures, *, seed: int) -> tuple[Examples, Examples, list[int], list[int]]:
    """Ten photographs of one thing with the name, others with the model's words, and who must and must not have it."""
    draw = random.Random(seed)
    by_label: dict[str, list[int]] = defaultdict(list)
    for row, label in enumerate(labelled.labels):
        by_label[label].append(row)
    thing = draw.choice(sorted(label for label, rows in by_label.items() if len(rows) >= 2 * NAMED))
    own = draw.sample(by_label[thing], len(by_label[thing]))
    rest = draw.sample([row for row in range(len(labelled.labels)) if labelled.labels[row] != thing], MOST_OTHERS * 2)
    replay, others = rest[:MOST_OTHERS], rest[MOST_OTHERS:]
    mine = own[:NAMED]
    words = labelled.own(mine)
    corrected = Examples(words.kept, tuple(f"{NAME} {sentence}" for sentence in words.sentences))
    return corrected, labelled.own(replay), own[NAMED:], others


def first_labels(pictures: Sequence[CaptionedImage], prefix: str) -> list[CaptionedImage]:
    """The pictures of one set that have one of its first labels."""
    mine = [picture for picture in pictures if picture.path.name.startswith(prefix)]
    labels = sorted({picture.label for picture in mine})[:THINGS]
    return [picture for picture in mine if picture.label in labels]


def has_name(model: AdaptedModel, kept: KeptFeatures) -> float:
    """The share of pictures for which the name is written or proposed."""
    said = model.describe(kept)
    having = [NAME in words.caption.text.split() or NAME in {k.word for k in words.keywords} for words in said]
    return float(np.mean(having))


def runs(
    data: Path,
    *,
    seeds: int,
    parts: Sequence[str],
    validation: bool,
    features: Path | None,
    config: AdaptationConfig,
) -> Iterator[dict[str, Any]]:
    """Yields the figures of each seed."""
    file = read_model_file()
    start = AdaptedModel.start(file)

    def of(name: str, pictures: Sequence[CaptionedImage]) -> Pictures:
        return Pictures(start, pictures, features and features / f"{name}.pt")

    collections = {name: read_captions(data / name) for name in ("coco", "coco_more", "flickr8k")}
    labels = read_captions(data / "labelled" / "labels.json")
    if validation:
        corrected = of("validation", select_split(collections["coco"], "val"))
        kept_back = of("flickr8k-val", select_split(collections["flickr8k"], "val")[:500])
        things = of("objects", first_labels(labels, "caltech"))
    else:
        test = [*select_split(collections["coco"], "test"), *select_split(collections["coco_more"], "val")]
        corrected, kept_back = of("test", test), of("flickr8k-test", select_split(collections["flickr8k"], "test"))
        things = of("sports", first_labels(labels, "sports100"))
    count = min(CORRECTED, len(corrected.captions) // 2) if validation else CORRECTED
    everything = range(len(kept_back.captions))
    forgotten = retrieval(start, kept_back, everything)["rsum"]
    for seed in range(seeds):
        run: dict[str, Any] = {"seed": seed}
        if "corrections" in parts:
            mine, replayed, others = corrections(corrected, seed=seed, count=count)
            began = time.process_time(), time.perf_counter()
            model = adapt(file, mine, replayed, seed=seed, config=config)
            run["processor_seconds"], run["seconds"] = time.process_time() - began[0], time.perf_counter() - began[1]
            run["before"] = measure(start, corrected, others, corrected.said(others))
            after = measure(model, corrected, others, model.describe(corrected.kept.select(others)))
            run.update({name: after[name] - run["before"][name] for name in after})
            run["flickr8k_rsum"] = retrieval(model, kept_back, everything)["rsum"] - forgotten
        if "names" in parts:
            examples, replay, own, rest = named(things, seed=seed)
            knows = adapt(file, examples, replay, seed=seed, config=config)
            run["name_on_own"] = has_name(knows, things.kept.select(own))
            run["name_on_others"] = has_name(knows, things.kept.select(rest))
            run["name_flickr8k_rsum"] = retrieval(knows, kept_back, everything)["rsum"] - forgotten
        yield run


def main() -> None:
    """Parses the command line and prints the figures."""
    parser = argparse.ArgumentParser(description="Measures what a model gains from corrections.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--features", type=Path, help="a folder that keeps what the backbone sees")
    parser.add_argument("--json", type=Path)
    for name, value in asdict(AdaptationConfig()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = vars(parser.parse_args())
    config = AdaptationConfig(**{name: given[name] for name in asdict(AdaptationConfig())})
    if given["features"]:
        given["features"].mkdir(exist_ok=True)
    measured = []
    for run in runs(
        given["data"],
        seeds=given["seeds"],
        parts=given["parts"],
        validation=given["validation"],
        features=given["features"],
        config=config,
    ):
        measured.append(run)
        print(" ".join(f"{k}={v:.4f}" for k, v in run.items() if isinstance(v, float)), flush=True)
    for name in (key for key, value in measured[0].items() if isinstance(value, float)):
        values = [run[name] for run in measured]
        print(f"{name:24} {np.mean(values):10.4f} ± {np.std(values):.4f}")
    if given["json"]:
        given["json"].write_text(json.dumps({"config": asdict(config), "runs": measured}, indent=2) + "\n")


if __name__ == "__main__":
    main()
