from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from captioning.errors import ConfigurationError
from captioning.training.plots import draw_curves

HISTORY: list[dict[str, Any]] = [
    {"stage": "text", "epoch": 1, "losses": {"text_nll": 5.0}, "scores": {}},
    {"stage": "whole", "epoch": 1, "losses": {"nll": 4.0, "mmi": 2.0}, "scores": {"rsum": 1.0}},
    {"stage": "whole", "epoch": 2, "losses": {"nll": 3.0, "mmi": 1.0}, "scores": {"rsum": 2.0}},
]


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The figures that were saved."""
    # Here: every process that runs tests reads this module.
    from matplotlib.figure import Figure

    seen: list[Any] = []
    save = Figure.savefig

    def keep(figure: Any, *arguments: Any, **options: Any) -> None:
        seen.append(figure)
        save(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    return seen


def test_one_panel_a_series_at_the_epochs_where_it_was_measured(tmp_path: Path, figures: list[Any]) -> None:
    file = draw_curves(HISTORY, tmp_path / "curves.png")
    with Image.open(file) as picture:
        assert picture.format == "PNG"
    panels = [panel for panel in figures[0].axes if panel.get_visible()]
    assert [panel.get_title() for panel in panels] == ["text_nll", "nll", "mmi", "rsum"]
    drawn = [list(zip(*panel.lines[0].get_data(), strict=True)) for panel in panels]
    assert drawn == [[(1, 5.0)], [(2, 4.0), (3, 3.0)], [(2, 2.0), (3, 1.0)], [(2, 1.0), (3, 2.0)]]


def test_a_line_parts_the_stages(tmp_path: Path, figures: list[Any]) -> None:
    draw_curves(HISTORY, tmp_path / "curves.png")
    assert all(list(panel.lines[1].get_xdata()) == [1.5, 1.5] for panel in figures[0].axes[:4])


def test_an_empty_history_gives_an_empty_picture(tmp_path: Path) -> None:
    assert draw_curves([], tmp_path / "curves.png").is_file()


def test_without_matplotlib_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ConfigurationError, match=r"curves need matplotlib: pip install 'imgsearch-photos\[train\]'"):
        draw_curves(HISTORY, tmp_path / "curves.png")
