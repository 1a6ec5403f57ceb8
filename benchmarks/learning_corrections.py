"""What a model gains when a person corrects captions, and what it forgets.

    python -m benchmarks.learning_corrections DATA [--seeds N] [--validation] [--features FOLDER] [--json FILE]

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
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from captioning import metrics
from captioning.adaptation.adapted_model import AdaptedModel
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

AT_ONCE = 16


class Pictures:
    """Captioned pictures as the backbone sees them, looked at once for all seeds."""

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
        self.said = [said.caption.text for said in start.describe(self.kept)] if any(self.captions) else []


def _pixels(pictures: Sequence[CaptionedImage], side: int) -> NDArray[np.uint8]:
    return np.stack([load_pixels(picture.path, side=side) for picture in pictures])


def measure(model: AdaptedModel, pictures: Pictures, rows: Sequence[int], said: Sequence[str] | None) -> dict[str, Any]:
    """CIDEr-D, recalls and keywords of some pictures; captions are written where they are not given."""
    kept, captions = pictures.kept.select(rows), [pictures.captions[row] for row in rows]
    described = model.describe(kept)
    written = said or [one.caption.text for one in described]
    references = [[tokenize(text) for text in texts] for texts in captions]
    keywords = metrics.keyword_scores(
        [{keyword.word for keyword in one.keywords} for one in described],
        [keywords_named(" ".join(texts), model.words.keywords) for texts in captions],
    )
    return {
        "cider_d": metrics.cider_d([tokenize(text) for text in written], references)[0],
        **retrieval(model, kept, captions),
        "keyword_f1": keywords.f1,
    }


def retrieval(model: AdaptedModel, kept: KeptFeatures, captions: Sequence[Sequence[str]]) -> dict[str, float]:
    """How well sentences find their pictures; the rsum in percent."""
    owner = np.repeat(np.arange(len(captions)), [len(texts) for texts in captions])
    scores = model.embed_text([text for texts in captions for text in texts]) @ model.embed(kept).T
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
    return corrected, Examples(pictures.kept.select(replay), tuple(pictures.said[row] for row in replay)), others


def named(labelled: Pictures, start: AdaptedModel, *, seed: int) -> tuple[Examples, Examples, list[int], list[int]]:
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
    own_words = [said.caption.text for said in start.describe(labelled.kept.select(mine))]
    corrected = Examples(labelled.kept.select(mine), tuple(f"{NAME} {words}" for words in own_words))
    replayed = Examples(
        labelled.kept.select(replay), tuple(s.caption.text for s in start.describe(labelled.kept.select(replay)))
    )
    return corrected, replayed, own[NAMED:], others


def has_name(model: AdaptedModel, kept: KeptFeatures) -> float:
    """The share of pictures for which the name is written or proposed."""
    said = model.describe(kept)
    return float(np.mean([NAME in one.caption.text.split() or NAME in {k.word for k in one.keywords} for one in said]))


def runs(data: Path, *, seeds: int, validation: bool, features: Path | None, config: AdaptationConfig) -> Iterator[Any]:
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
        things = of("objects", [picture for picture in labels if picture.path.name.startswith("caltech")])
    else:
        test = [*select_split(collections["coco"], "test"), *select_split(collections["coco_more"], "val")]
        corrected, kept_back = of("test", test), of("flickr8k-test", select_split(collections["flickr8k"], "test"))
        things = of("sports", [picture for picture in labels if picture.path.name.startswith("sports100")])
    count = min(CORRECTED, len(corrected.captions) // 2) if validation else CORRECTED
    forgotten = retrieval(start, kept_back.kept, kept_back.captions)["rsum"]
    for seed in range(seeds):
        mine, replayed, others = corrections(corrected, seed=seed, count=count)
        began = time.process_time()
        model = adapt(file, mine, replayed, seed=seed, config=config)
        took = time.process_time() - began
        before = measure(start, corrected, others, [corrected.said[row] for row in others])
        after = measure(model, corrected, others, None)
        figures = {name: after[name] - before[name] for name in before}
        figures["flickr8k_rsum"] = retrieval(model, kept_back.kept, kept_back.captions)["rsum"] - forgotten
        examples, replay, own, rest = named(things, start, seed=seed)
        knows = adapt(file, examples, replay, seed=seed, config=config)
        figures["name_on_own"] = has_name(knows, things.kept.select(own))
        figures["name_on_others"] = has_name(knows, things.kept.select(rest))
        figures["name_flickr8k_rsum"] = retrieval(knows, kept_back.kept, kept_back.captions)["rsum"] - forgotten
        figures["processor_seconds"] = took
        yield {"seed": seed, "before": before, **figures}


def main() -> None:
    """Parses the command line and prints the figures."""
    parser = argparse.ArgumentParser(description="Measures what a model gains from corrections.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
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
