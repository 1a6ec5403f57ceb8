from __future__ import annotations

import pytest
from textual_image.renderable import HalfcellImage, SixelImage, TGPImage

from search.output import terminal_pictures
from search.output.terminal_pictures import best, kitty_version


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
    ("name", "answered", "drawn"),
    [
        ("kitty(0.26.5)", TGPImage, HalfcellImage),
        ("kitty(0.28.0)", TGPImage, TGPImage),
        ("kitty(0.40.1)", TGPImage, TGPImage),
        ("ghostty 1.2.0", TGPImage, TGPImage),
        ("", TGPImage, TGPImage),
        ("WezTerm 20240203", SixelImage, SixelImage),
    ],
)
def test_a_kitty_without_placeholders_gets_half_blocks(
    name: str, answered: type, drawn: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_pictures, "ask_name", lambda: name)
    assert best(answered) is drawn
