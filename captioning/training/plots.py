"""Draws the curves of a training: losses and validation scores over epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from captioning.errors import ConfigurationError


def draw_curves(history: Sequence[Mapping[str, Any]], file: Path) -> Path:
    """Draws one panel per loss and score into a PNG file.

    Args:
        history: One row per epoch with `stage`, `losses` and `scores`, as `Progress` of
            `captioning.training.checkpoint` keeps it.
        file: Where the picture goes.

    Raises:
        ConfigurationError: Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigurationError("the curves need matplotlib: pip install 'imgsearch-photos[train]'") from error
    series: dict[str, list[tuple[int, float]]] = {}
    for epoch, row in enumerate(history, start=1):
        for name, value in {**row["losses"], **row["scores"]}.items():
            series.setdefault(name, []).append((epoch, value))
    columns = 3
    rows = max(1, -(-len(series) // columns))
    figure = Figure(figsize=(4 * columns, 2.6 * rows), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    borders = [n + 0.5 for n in range(1, len(history)) if history[n]["stage"] != history[n - 1]["stage"]]
    for panel, (name, points) in zip(panels, series.items(), strict=False):
        panel.plot(*zip(*points, strict=True), marker=".")
        panel.set_title(name)
        panel.set_xlabel("epoch")
        for border in borders:
            panel.axvline(border, color="grey", linewidth=0.5)
    for panel in panels[len(series) :]:
        panel.set_visible(False)
    figure.savefig(file, dpi=100)
    return file
