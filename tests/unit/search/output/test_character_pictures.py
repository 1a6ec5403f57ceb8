"""What characters show of a photograph is what a slow search finds, and the finer the dots, the nearer to it."""

from __future__ import annotations

import io
from itertools import product
from pathlib import Path
from unicodedata import name as unicode_name

import numpy as np
import pytest
from PIL import Image
from rich.cells import cell_len
from rich.console import Console

from search.output.character_pictures import CharacterPicture, Dots, part_cells, rebuilt
from search.samples import copy_sample_photographs

CELL = (10, 24)
COLUMNS, ROWS = 36, 12


@pytest.mark.parametrize("dots", Dots)
def test_each_character_has_the_dots_that_its_name_says(dots: Dots) -> None:
    down, across = dots.shape
    characters = [dots.character(bits) for bits in range(2 ** (down * across))]
    assert len(set(characters)) == len(characters)
    assert all(cell_len(character) == 1 and character.isprintable() for character in characters)
    if dots is Dots.SEXTANTS:
        for bits, character in enumerate(characters):
            if character not in " ▌▐█":
                places = "".join(str(dot + 1) for dot in range(6) if bits >> dot & 1)
                assert unicode_name(character) == f"BLOCK SEXTANT-{places}"


@pytest.mark.parametrize("dots", Dots)
def test_a_cell_is_parted_as_by_trying_every_way(dots: Dots) -> None:
    down, across = dots.shape
    pixels = np.random.default_rng(3).integers(0, 256, (down * 3, across * 4, 3), np.uint8)
    cells = part_cells(Image.fromarray(pixels), 4, 3, dots)
    shown = rebuilt(cells, dots, (across, down)).astype(int)
    for row, column in product(range(3), range(4)):
        place = np.s_[row * down : (row + 1) * down, column * across : (column + 1) * across]
        cell = pixels[place].reshape(-1, 3).astype(float)
        ways = [np.array(way, bool) for way in product((True, False), repeat=len(cell)) if any(way) and not all(way)]
        if dots is Dots.BLOCKS:
            ways = ways[:1]
        least = min(sum(((part - part.mean(0)) ** 2).sum() for part in (cell[way], cell[~way])) for way in ways)
        # Colours are whole numbers.
        assert ((shown[place].reshape(-1, 3) - cell) ** 2).sum() <= least + 0.25 * cell.size + 1e-6


def test_quadrants_are_nearer_to_a_photograph_than_half_blocks_and_sextants_nearer_still(tmp_path: Path) -> None:
    copy_sample_photographs(tmp_path)
    errors: dict[Dots, list[float]] = {dots: [] for dots in Dots}
    for name in ("astronaut.png", "chelsea.png", "china.jpg"):
        with Image.open(tmp_path / name) as opened:
            picture = opened.convert("RGB")
        size = (COLUMNS * CELL[0], ROWS * CELL[1])
        wanted = np.asarray(picture.resize(size, Image.Resampling.LANCZOS), float)
        for dots in Dots:
            shown = rebuilt(part_cells(picture, COLUMNS, ROWS, dots), dots, CELL)
            errors[dots].append(float(np.sqrt(((shown - wanted) ** 2).mean())))
    means = {dots: np.mean(values) for dots, values in errors.items()}
    assert means[Dots.SEXTANTS] < 0.97 * means[Dots.QUADRANTS]
    assert means[Dots.QUADRANTS] < 0.97 * means[Dots.BLOCKS]


def test_it_is_printed_as_wide_as_said() -> None:
    console = Console(width=40, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    lines = console.render_lines(CharacterPicture(Image.new("RGB", (90, 60), "red"), 24, Dots.QUADRANTS), pad=False)
    assert [sum(segment.cell_length for segment in line) for line in lines] == [24] * 8
