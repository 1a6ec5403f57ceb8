"""Tells how this terminal draws pictures; asked when this is imported, which must be before an app takes it."""

from __future__ import annotations

import re
import sys

from textual_image._terminal import TerminalError, capture_terminal_response
from textual_image.renderable import HalfcellImage, SixelImage, TGPImage, UnicodeImage
from textual_image.renderable import Image as Answered

Drawn = type[TGPImage | SixelImage | HalfcellImage | UnicodeImage]

PLACEHOLDERS_SINCE = (0, 28)
"""The first kitty that shows a picture where placeholders stand; earlier ones say they can, and show boxes."""

_ASK, _START, _END = "\x1b[>q", "\x1bP>|", "\x1b\\"
"""XTVERSION: asks a terminal for its name and version; see the control sequences of xterm."""


def kitty_version(answer: str) -> tuple[int, ...] | None:
    """The version in a terminal's answer to what it is; none if it is not kitty."""
    version = re.fullmatch(r"kitty\((\d+)\.(\d+)(?:\.(\d+))?\)", answer.strip())
    return tuple(int(part) for part in version.groups() if part is not None) if version else None


def ask_name() -> str:
    """Asks the terminal for its name and version; nothing where it does not say."""
    assert sys.__stdout__ is not None
    try:
        with capture_terminal_response(_START, _END, 0.1) as response:
            sys.__stdout__.write(_ASK)
            sys.__stdout__.flush()
    except (TerminalError, TimeoutError):
        return ""
    return str(response.sequence[len(_START) : -len(_END)])


def best(answered: Drawn) -> Drawn:
    """What draws pictures best here, where the terminal answered that it can draw by `answered`."""
    if answered is TGPImage and (version := kitty_version(ask_name())) is not None and version < PLACEHOLDERS_SINCE:
        return HalfcellImage
    return answered


Detected = best(Answered)
