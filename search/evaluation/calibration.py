"""Calibrates a model: gathers pictures with captions that people wrote, and has probabilities fitted to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from captioning.lazy_captioner import LazyCaptioner
from captioning.model_file import read_model_file
from captioning.runtime.devices import CPU, Device
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.training.datasets import read_captions, select_split
from index_data.library import Library
from index_data.scan.events import Event
from index_data.scan.pipeline import index_folders
from search.engine.relevance import Relevance, write_relevance
from search.evaluation.judgements import make_judgements
from search.evaluation.relevance_fit import fit
from search.evaluation.scratch import scratch_folder
from search.evaluation.temporary_library import link_pictures, photographs_by_picture

BANK = 2_000
"""Sentences of the bank."""

EACH = 1_500
"""Queries of each kind."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was fitted, and the file that it was written to."""

    relevance: Relevance
    file: Path


def calibrate(
    data: Sequence[Path],
    *,
    split: str,
    model: Path | None,
    sentences: Sequence[str],
    seed: int = 0,
    device: Device = CPU,
) -> Iterator[Event | Calibrated]:
    """Describes the pictures of a split, fits, and writes what was fitted beside the model file.

    Half of the questions are asked of photographs that a person captioned: the first caption of every picture then is
    the person's, and the others are asked.

    Args:
        data: Collections of captioned pictures.
        split: Which part of them; the one to choose by, never the one to report on.
        model: The model file, the shipped one without.
        sentences: More sentences of all kinds, for the bank beside those of the training split.
        seed: Draws queries and sentences.
        device: Where the network runs.

    Raises:
        CaptionsFileError: A captions file is missing or malformed, or the split is empty.
        ModelFileError: The model file is missing, damaged, or of another version.
        EvaluationError: A picture has no caption, two are the same, or one cannot be decoded.
        ConfigurationError: The packages of the extra `train` are not installed.
        OSError: What was fitted cannot be written.
    """
    file = read_model_file(model)
    collections = [read_captions(source) for source in data]
    pictures = [picture for collection in collections for picture in select_split(collection, split)]
    training_sentences = [
        text
        for collection in collections
        for picture in collection
        if picture.split == "train"
        for text in picture.captions
    ]
    generator = np.random.default_rng(seed)
    reader = NumpyTextEncoder(file)
    bank = _draw(training_sentences, BANK if not sentences else BANK // 2, generator)
    bank += _draw(sentences, BANK // 2, generator)
    start = Relevance(
        reader.identity.id, reader.encode_text(bank).astype(np.float16), 0.0, {}, {}, {}, 0.0, 0.0, 0.0, {}
    )
    describer = LazyCaptioner.open(model, device=device)
    with scratch_folder("calibrate") as scratch:
        link_pictures(pictures, scratch / "pictures")
        with Library.open(scratch / "library", create=True) as library:
            yield from index_folders(library, [scratch / "pictures"], describer, batch=device.batch)
            photographs = photographs_by_picture(library, pictures, start)
    queries = make_judgements(
        [picture.captions for picture in pictures], other_sentences=bank, count=EACH, generator=generator
    )
    relevance = fit(start, reader, photographs, [picture.captions for picture in pictures], queries, generator)
    card = {"data": [source.name for source in data], "split": split, "seed": seed, **relevance.card}
    relevance = replace(relevance, card=card)
    write_relevance(relevance, file.path)
    yield Calibrated(relevance, file.path)


def _draw(sentences: Sequence[str], count: int, generator: np.random.Generator) -> list[str]:
    return [sentences[at] for at in generator.permutation(len(sentences))[:count]]
