"""Learns from the corrections of a library's people, measures what that gives, and keeps it if it is better."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from captioning.adaptation.adapted_model import AdaptedModel
from captioning.adaptation.examples import Examples
from captioning.adaptation.fine_tuning import AdaptationConfig
from captioning.adaptation.kept_features import KeptFeatures, look_at, side_by_side
from captioning.adaptation.new_words import words_with
from captioning.errors import UnreadableFileError
from captioning.model_file import ModelFile, read_model_file
from index_data import catalogue
from index_data.catalogue.records import ImageRecord
from index_data.corrections import corrections, reviewed
from index_data.learnt_models import CARD_KEY, LearntModels
from index_data.library import Library
from search.engine.pictures import network_pixels
from search.engine.relevance import read_relevance, write_relevance
from search.errors import TooLittleToLearnError
from search.evaluation.learning_scores import LearningScores, is_better
from search.evaluation.learning_trial import LearningProgressed, LearningTrial

LEAST_CORRECTIONS = 8
"""Of fewer it cannot be measured whether anything was learnt."""

LEAST_OTHERS = 8
"""Other photographs that are needed for what must not be forgotten."""

MOST_OTHERS = 300
"""Other photographs of which the model's own sentences are replayed."""

MOST_CORRECTIONS = 1_000
"""The newest that are learnt from; more take too long."""

PARTS = {"writer_rate": "sentences", "joint_rate": "places"}
"""What stays as it was where it would be no better, by the rate that is nothing then; the keywords always learn."""

LOOKED_AT_TOGETHER = 16

STATEMENT = "This model holds names and words of the person whose captions it learnt from."


@dataclass(frozen=True, slots=True)
class LearningFinished:
    """How it ended.

    Attributes:
        corrections: How many were learnt from.
        new_words: Words that the model had not.
        before: The figures of the base.
        after: The figures of what was learnt.
        left_out: What stays as it was, since with it nothing would be better.
        number: Of the new model, which is used from now on; none where nothing changed.
    """

    corrections: int
    new_words: tuple[str, ...]
    before: LearningScores
    after: LearningScores
    left_out: tuple[str, ...]
    number: int | None

    @property
    def better(self) -> bool:
        """Whether what was learnt is better."""
        return is_better(self.after, self.before)


LearningEvent = LearningProgressed | LearningFinished


def learn_corrections(
    library: Library,
    *,
    base: Path | None = None,
    seed: int = 0,
    dry_run: bool = False,
    config: AdaptationConfig | None = None,
) -> Iterator[LearningEvent]:
    """Learns from what people confirmed, always from the base on; a better model is used from now on.

    Yields how far it is, then `LearningFinished`.

    Args:
        library: Of these people.
        base: The model to begin with, the shipped one without a path.
        seed: Of every random choice.
        dry_run: Only measure.
        config: How much is learnt.

    Raises:
        TooLittleToLearnError: There are too few corrections, or other photographs.
        ModelFileError: The base is missing or damaged.
        LibraryLockedError: Another process is learning.
        LibraryNotWritableError: The library may not be changed.
    """
    # A model that cannot be kept is found out before minutes are spent on it.
    with nullcontext() if dry_run else LearntModels(library).learning():
        yield from _learn(library, read_model_file(base), seed=seed, dry_run=dry_run, config=config)


def _learn(
    library: Library, file: ModelFile, *, seed: int, dry_run: bool, config: AdaptationConfig | None
) -> Iterator[LearningEvent]:
    confirmed, others = _chosen(library, seed=seed)
    start = AdaptedModel.start(file)
    looks = yield from _look_at(start, [*confirmed, *others])
    confirmed, others = ([record for record in part if record.image_id in looks] for part in (confirmed, others))
    _check(len(confirmed), len(others))
    kept = [side_by_side([looks[record.image_id] for record in part]) for part in (confirmed, others)]
    corrected = Examples(kept[0], tuple(record.caption for record in confirmed))
    yield LearningProgressed("reading what the model says", 0, 1)
    if library.read(catalogue.answering_models) == [file.identity]:
        own = tuple(record.caption for record in others)
    else:  # what is shown was said by another model
        own = tuple(said.caption.text for said in start.describe(kept[1]))
    replayed = Examples(kept[1], own)
    trial = LearningTrial(file, start, corrected, replayed, read_relevance(file), seed)
    config = config or AdaptationConfig()
    before = trial.before()
    setting, learnt, after = yield from _best(trial, config, before)
    left_out = tuple(part for rate, part in PARTS.items() if getattr(config, rate) and not getattr(setting, rate))
    kept_as = None
    if learnt is not None and not dry_run:
        kept_as = _keep(library, trial, learnt, confirmed, (before, after), left_out=left_out)
    had = set(file.vocabulary.words)
    new = tuple(word for word in words_with(file, corrected.sentences).vocabulary.words if word not in had)
    yield LearningFinished(len(corrected), new, before, after, left_out, kept_as)


def _best(
    trial: LearningTrial, config: AdaptationConfig, before: LearningScores
) -> Generator[LearningProgressed, None, tuple[AdaptationConfig, AdaptedModel | None, LearningScores]]:
    """The first setting that gives a better model, with the model and its figures; else no model, and those of all."""
    without_writer = replace(config, writer_rate=0.0)
    measured = {}
    for setting in dict.fromkeys((config, without_writer, replace(without_writer, joint_rate=0.0))):
        measured[setting] = yield from trial.measure(setting)
        if not is_better(measured[setting], before):
            continue
        yield LearningProgressed("learning", 0, 1)
        learnt = trial.learn(setting)
        after = replace(measured[setting], probes_kept=trial.probes_kept(learnt))
        if is_better(after, before):
            return setting, learnt, after
    return config, None, measured[config]


def _chosen(library: Library, *, seed: int) -> tuple[list[ImageRecord], list[ImageRecord]]:
    """The photographs with corrections, and others at random."""
    with library.transaction() as session:
        confirmed = reviewed(session)[-MOST_CORRECTIONS:]
        own = {record.image_id for record in confirmed}
        others = [image for image in catalogue.shown_images(session) if image not in own]
        _check(len(confirmed), len(others))
        drawn = np.random.default_rng(seed).permutation(len(others))[:MOST_OTHERS]
        records = catalogue.images(session, [others[row] for row in sorted(drawn.tolist())])
    return confirmed, [records[image] for image in sorted(records)]


def _check(confirmed: int, others: int) -> None:
    if confirmed < LEAST_CORRECTIONS:
        raise TooLittleToLearnError(
            f"there are {confirmed} confirmed captions, and the model learns from {LEAST_CORRECTIONS} or more; "
            "confirm some with: imgsearch review"
        )
    if others < LEAST_OTHERS:
        raise TooLittleToLearnError(
            f"there are {others} photographs beside those with confirmed captions, and {LEAST_OTHERS} are needed "
            "so that the model forgets nothing"
        )


def _look_at(
    model: AdaptedModel, records: Sequence[ImageRecord]
) -> Generator[LearningProgressed, None, dict[int, KeptFeatures]]:
    """Looks at each photograph once; those whose files cannot be read, or are gone, are left out."""
    looks: dict[int, KeptFeatures] = {}
    pixels: dict[int, NDArray[np.uint8]] = {}
    for number, record in enumerate(records, 1):
        time = record.moment.time if record.moment else None
        with suppress(UnreadableFileError):
            path = Path(os.fsdecode(record.paths[0]))
            pixels[record.image_id] = network_pixels(path, side=model.config.side, time=time)
        if pixels and (len(pixels) == LOOKED_AT_TOGETHER or number == len(records)):
            kept = look_at(model.network, np.stack(list(pixels.values())))
            looks |= {image: kept.select([row]) for row, image in enumerate(pixels)}
            pixels.clear()
            yield LearningProgressed("looking at photographs", number, len(records))
    return looks


def _keep(
    library: Library,
    trial: LearningTrial,
    learnt: AdaptedModel,
    confirmed: Sequence[ImageRecord],
    scores: tuple[LearningScores, LearningScores],
    *,
    left_out: Sequence[str],
) -> int:
    """Writes the new model into the library, with what weighs its hits, has it used, and gives its number."""
    models, file = LearntModels(library), trial.file
    before, after = (figures.as_record() for figures in scores)
    card = {
        "statement": STATEMENT,
        "base": file.identity.id,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": trial.seed,
        "left_out": list(left_out),
        "corrections": library.read(corrections, confirmed),
        "before": before,
        "after": after,
    }

    def write(path: Path, number: int) -> None:
        # The model is there only once all of it is: whoever kills this process leaves a file that is no model's.
        fresh = path.with_suffix(".new")
        learnt.save(fresh, name=f"{file.name[:80]}+{number}", card={**file.card, CARD_KEY: card})
        if trial.relevance is not None:
            # Sentences of known words lie where they lay, so that what was fitted to them fits.
            write_relevance(replace(trial.relevance, model=read_model_file(fresh).identity.id), path)
        fresh.replace(path)

    number = models.add(write)
    models.use(number)
    return number
