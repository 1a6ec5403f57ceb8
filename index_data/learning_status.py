"""Tells how much of what people corrected the model in use has learnt."""

from __future__ import annotations

from dataclasses import dataclass

from captioning.errors import ModelFileError
from captioning.model_file import read_model_file
from index_data.corrections import corrections
from index_data.errors import LearntModelError
from index_data.learnt_models import LearntModel, LearntModels
from index_data.library import Library


@dataclass(frozen=True, slots=True)
class LearningStatus:
    """What was learnt of the corrections that there are.

    Attributes:
        corrections: How many there are.
        unlearnt: How many of them the model in use did not learn from.
        model: The one in use; none where it is the one that ships.
        other_base: Whether that one was learnt from another model than the one that ships now.
        fault: What is wrong with the model in use, a sentence; empty for nothing.
        outdated: How many corrections it learnt from that were undone or changed since.
    """

    corrections: int
    unlearnt: int
    model: LearntModel | None = None
    other_base: bool = False
    fault: str = ""
    outdated: int = 0


def learning_status(library: Library) -> LearningStatus:
    """What was learnt of a library's corrections."""
    models = LearntModels(library)
    said = set(library.read(corrections))
    try:
        if models.path_in_use() is None:
            return LearningStatus(len(said), len(said))
        model = models.read(models.used())
    except (LearntModelError, ModelFileError) as error:
        return LearningStatus(len(said), len(said), fault=str(error))
    other_base = model.card.get("base") != read_model_file().identity.id
    outdated = len(model.corrections - said)
    return LearningStatus(len(said), len(said - model.corrections), model, other_base, outdated=outdated)
