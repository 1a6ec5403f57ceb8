"""DrawingMethod keep their shape in cells, in each way of drawing."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from search.output.terminal_pictures import DrawingMethod
from search.tui.graphics.drawing import CELL, Drawing, Frame, choose_method, draw, fit_cells, in_characters
from search.tui.graphics.painter import Drawings, Drawn


@pytest.mark.parametrize("size", [(400, 300), (300, 400), (10, 1000), (1000, 10), (1, 1)])
def test_a_picture_fits_and_keeps_its_shape(size: tuple[int, int]) -> None:
    columns, rows = fit_cells(size, 40, 20)
    assert 1 <= columns <= 40
    assert 1 <= rows <= 20
    assert columns == 40 or rows == 20
    wide = columns * CELL.width / (rows * CELL.height)
    if min(columns, rows) > 4:
        assert wide == pytest.approx(size[0] / size[1], rel=0.15)


def test_blocks_hold_the_colours_of_the_picture() -> None:
    picture = Image.new("RGB", (40, 40), (200, 10, 10))
    picture.paste((10, 10, 200), (0, 20, 40, 40))
    drawing = draw(picture, Frame(10, 5, DrawingMethod.BLOCKS))
    assert len(drawing.lines) == 5
    assert {line.cell_length for line in drawing.lines} == {drawing.width}
    first, last = next(iter(drawing.lines[0])), next(iter(drawing.lines[-1]))
    assert first.text == last.text == "▀"
    assert first.style is not None
    assert last.style is not None
    assert first.style.color is not None
    assert last.style.bgcolor is not None
    assert first.style.color.triplet == (200, 10, 10)
    assert last.style.bgcolor.triplet == (10, 10, 200)
    assert not drawing.transfer


def test_colours_are_spelled_out_as_the_terminal_has_them() -> None:
    # A colour of its own: of equal styles only the first is spelled out, the others are looked up.
    picture = Image.new("RGB", (8, 8), (203, 17, 91))
    codes = {}
    for colours in ("truecolor", "256"):
        segment = next(iter(draw(picture, Frame(2, 1, DrawingMethod.BLOCKS, colours)).lines[0]))
        assert segment.style is not None
        codes[colours] = segment.style._ansi or ""
    assert codes["truecolor"] == "38;2;203;17;91;48;2;203;17;91"
    assert re.fullmatch(r"38;5;\d+;48;5;\d+", codes["256"])


def test_kitty_gets_the_picture_once_and_cells_that_stand_for_it() -> None:
    picture = Image.effect_noise((300, 200), 90).convert("RGB")
    drawing = draw(picture, Frame(20, 10, DrawingMethod.KITTY))
    number = re.match(r"\x1b_Gi=(\d+),", drawing.transfer)
    assert number is not None
    parts = re.findall(rf"\x1b_Gi={number[1]},m=([01]),f=100,q=2;([^\x1b]*)\x1b\\", drawing.transfer)
    assert [more for more, _ in parts] == ["1"] * (len(parts) - 1) + ["0"]
    assert all(len(payload) <= 4096 for _, payload in parts)
    with Image.open(io.BytesIO(base64.b64decode("".join(payload for _, payload in parts)))) as sent:
        assert sent.size == (drawing.width * CELL.width, len(drawing.lines) * CELL.height)
    assert drawing.transfer.endswith(f"\x1b_Ga=p,i={number[1]},c={drawing.width},r={len(drawing.lines)},U=1,q=2;\x1b\\")
    assert drawing.release == f"\x1b_Ga=d,d=I,i={number[1]},q=2;\x1b\\"
    assert all(line.text.count("\U0010eeee") == drawing.width for line in drawing.lines)


def test_drawings_that_fall_out_are_released() -> None:
    sent: list[str] = []
    held = Drawings(2, sent.append)
    for number in range(3):
        held.put(number, Drawing((), transfer=f"+{number}", release=f"-{number}"))
    assert sent == ["+0", "+1", "+2", "-0"]
    assert 0 not in held
    held.put(1, Drawing((), transfer="+1b", release="-1b"))
    held.drop([2])
    held.clear()
    assert sent[4:] == ["-1", "+1b", "-2", "-1b"]
    note: Drawn = "the file is gone"
    held.put(5, note)
    assert held.get(5) == note


def test_the_setting_decides_and_colour_is_needed() -> None:
    assert choose_method("kitty", colour=True) is DrawingMethod.KITTY
    assert choose_method("blocks", colour=False) is DrawingMethod.NONE
    # The tests run without a terminal that could be asked.
    assert choose_method("auto", colour=True) is DrawingMethod.QUADRANTS
    assert choose_method("no such way", colour=True) is DrawingMethod.QUADRANTS
    assert in_characters(DrawingMethod.ITERM2) is DrawingMethod.QUADRANTS
    assert in_characters(DrawingMethod.SEXTANTS) is DrawingMethod.SEXTANTS
