"""What a library learnt from corrections, in words: the same for every face."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from search.output.local_time import local_time
from search.output.printable import counted

if TYPE_CHECKING:
    from index_data.learning_status import LearningStatus
    from index_data.learnt_models import LearntModel

_GAINS = (("cider_d", "CIDEr-D", 1.0, 3), ("recall_at_10", "R@10", 100.0, 1), ("keyword_f1", "keywords F1", 100.0, 1))
"""Figures of a learnt model, with their names, what makes them percentages, and their decimals."""


def learning_rows(status: LearningStatus) -> list[tuple[str, str]]:
    """Names and values of what is to be known of corrections; none where nobody corrected anything."""
    if status.fault:
        return [("learnt", status.fault)]
    if not status.corrections and status.model is None:
        return []
    unlearnt = counted(status.unlearnt, "correction")
    if status.model is None:
        return [("learnt", f"nothing yet; {unlearnt} to learn from with: imgsearch learn")]
    learnt = f"model {status.model.number}, {_when(status.model)}, {gains(status.model)}"
    if status.unlearnt:
        learnt += f"; {unlearnt} not learnt yet"
    if status.outdated:
        learnt += f"; {counted(status.outdated, 'correction')} undone or changed since"
    if status.other_base:
        learnt += "; from an earlier model than the one that ships"
    return [("learnt", learnt)]


def learning_record(status: LearningStatus) -> dict[str, Any]:
    """What is to be known of corrections, as JSON values."""
    return {
        "corrections": status.corrections,
        "not_learnt": status.unlearnt,
        "undone_or_changed": status.outdated,
        "model": status.model and model_record(status.model),
        "of_an_earlier_model": status.other_base,
        "fault": status.fault or None,
    }


def model_record(model: LearntModel) -> dict[str, Any]:
    """A learnt model, as JSON values."""
    return {
        "number": model.number,
        "model": model.file.identity.id,
        "corrections": len(model.corrections),
        **{key: model.card.get(key) for key in ("base", "made_at", "seed", "before", "after")},
    }


def learnt_rows(models: Sequence[LearntModel], *, used: int) -> list[list[str]]:
    """A row for each model: its number, whether it is used, when it was learnt, from how much, and what it gained."""
    return [
        [
            str(model.number),
            "yes" if model.number == used else "",
            _when(model),
            f"{len(model.corrections):,}",
            gains(model),
        ]
        for model in models
    ]


def gains(model: LearntModel) -> str:
    """What a model gained on corrections that it had not seen, as a clause."""
    before, after = model.card.get("before"), model.card.get("after")
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return "not measured"
    parts = [
        f"{name} {scale * (after[key] - before[key]):+.{decimals}f}"
        for key, name, scale, decimals in _GAINS
        if isinstance(before.get(key), float) and isinstance(after.get(key), float)
    ]
    return ", ".join(parts) or "not measured"


def _when(model: LearntModel) -> str:
    try:
        return local_time(datetime.fromisoformat(str(model.card.get("made_at"))).replace(tzinfo=None))
    except ValueError:
        return "at an unknown time"
