from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image
from textual_image.renderable import HalfcellImage, SixelImage, TGPImage, UnicodeImage

from search.output import terminal_pictures
from search.output.terminal_pictures import DrawingMethod, best, inline_image, kitty_version


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ("kitty(0.26.5)", (0, 26, 5)),
        ("kitty(0.28)", (0, 28)),
        ("XTerm(379)", None),
        ("ghostty 1.2.0", None),
        ("", None),
    ],
)
def test_the_version_of_kitty_is_read(answer: str, version: tuple[int, ...] | None) -> None:
    assert kitty_version(answer) == version


@pytest.mark.parametrize(
    ("name", "answered", "environment", "method"),
    [
        ("kitty(0.26.5)", TGPImage, {}, "quadrants"),
        ("kitty(0.28.0)", TGPImage, {}, "kitty"),
        ("kitty(0.40.1)", TGPImage, {}, "kitty"),
        ("ghostty 1.2.0", TGPImage, {}, "kitty"),
        ("", TGPImage, {}, "kitty"),
        ("XTerm(379)", SixelImage, {}, "sixel"),
        ("WezTerm 20240203", SixelImage, {}, "iterm2"),
        ("", HalfcellImage, {"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ("", SixelImage, {"TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ("", TGPImage, {"LC_TERMINAL": "iTerm2"}, "iterm2"),
        ("", SixelImage, {"KONSOLE_VERSION": "230805"}, "iterm2"),
        ("", SixelImage, {"KONSOLE_VERSION": "211203"}, "sixel"),
        # What the terminal around tmux put there says nothing of tmux.
        ("", SixelImage, {"LC_TERMINAL": "iTerm2", "TMUX": "/tmp/x"}, "sixel"),
        ("", HalfcellImage, {"TERM_PROGRAM": "Apple_Terminal"}, "quadrants"),
        ("", HalfcellImage, {"TERM": "linux"}, "blocks"),
        ("", UnicodeImage, {}, "quadrants"),
    ],
)
def test_each_terminal_gets_the_best_that_it_knows(
    name: str, answered: type, environment: dict[str, str], method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_pictures, "ask_name", lambda: name)
    assert best(answered, environment) == DrawingMethod(method)


def test_iterm2_is_sent_the_whole_picture_and_its_place() -> None:
    sent = inline_image(Image.new("RGB", (300, 200), (200, 10, 10)), 30, 10)
    parts = re.fullmatch(
        r"\x1b\]1337;File=inline=1;size=(\d+);width=30;height=10;preserveAspectRatio=1;doNotMoveCursor=1:(.*)\x07", sent
    )
    assert parts is not None
    content = base64.b64decode(parts[2])
    assert len(content) == int(parts[1])
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (300, 200)
