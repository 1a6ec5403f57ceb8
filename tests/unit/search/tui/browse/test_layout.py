"""The grid fills the screen, whatever its size and however many photographs there are."""

from __future__ import annotations

import pytest

from search.tui.browse.layout import SIZES, Layout

SCREENS = {"160x45": (94, 38), "80x24": (77, 17), "60x20": (57, 13)}
"""Columns and lines that the grid has in terminals of these sizes."""


@pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
@pytest.mark.parametrize("size", SIZES)
def test_the_grid_fills_the_screen_at_any_number_of_hits(screen: tuple[int, int], size: str) -> None:
    width, height = screen
    for count in range(1, 200):
        layout = Layout.fitting(size, width, height, count)
        page = height // layout.height
        # A row fits, and there is no room for another one, nor for another cell beside those that are there.
        assert page >= 1
        assert height - page * layout.height < page
        assert layout.across * layout.width + layout.across > width
        if count <= layout.across * page:
            # All are seen at once, and no row is empty.
            assert layout.lines(count) == page * layout.height


def test_few_photographs_are_larger_than_many() -> None:
    sizes = [Layout.fitting("small", 94, 38, count) for count in (1, 2, 6, 1000)]
    areas = [layout.columns * layout.rows for layout in sizes]
    assert areas == sorted(areas, reverse=True)
    assert len(set(areas)) == len(areas)


def test_without_pictures_a_cell_is_as_high_as_its_words() -> None:
    layout = Layout.without_pictures(94)
    assert (layout.height, layout.across) == (5, 2)
