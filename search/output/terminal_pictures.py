"""Tells how this terminal draws pictures; asked when this is imported, which must be before an app takes it."""

from __future__ import annotations

import base64
import io
import os
import re
import sys
from collections.abc import Mapping
from enum import StrEnum

from PIL import Image
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import ControlType, Segment
from textual_image._terminal import TerminalError, capture_terminal_response
from textual_image.renderable import Image as Answered
from textual_image.renderable import SixelImage, TGPImage

from search.output.character_pictures import Dots


class DrawingMethod(StrEnum):
    """How pictures are drawn: by a protocol, or by characters from the finest to the coarsest."""

    AUTO = "auto"
    KITTY = "kitty"
    SIXEL = "sixel"
    ITERM2 = "iterm2"
    SEXTANTS = "sextants"
    QUADRANTS = "quadrants"
    BLOCKS = "blocks"
    NONE = "none"


CHARACTERS = {
    DrawingMethod.SEXTANTS: Dots.SEXTANTS,
    DrawingMethod.QUADRANTS: Dots.QUADRANTS,
    DrawingMethod.BLOCKS: Dots.BLOCKS,
}
"""What draws by characters."""

PLACEHOLDERS_SINCE = (0, 28)
"""The first kitty that shows a picture where placeholders stand; earlier ones say they can, and show boxes."""

KONSOLE_SINCE = 220400
"""The first Konsole that knows iTerm2's protocol, as it gives its version."""

_ASK, _START, _END = "\x1b[>q", "\x1bP>|", "\x1b\\"
"""XTVERSION: asks a terminal for its name and version; see the control sequences of xterm."""


def kitty_version(answer: str) -> tuple[int, ...] | None:
    """The version in a terminal's answer to what it is; none if it is not kitty."""
    version = re.fullmatch(r"kitty\((\d+)\.(\d+)(?:\.(\d+))?\)", answer.strip())
    return tuple(int(part) for part in version.groups() if part is not None) if version else None


def knows_iterm2(answer: str, environment: Mapping[str, str]) -> bool:
    """Whether a terminal knows iTerm2's protocol, by its answer to what it is or by what it put into the environment.

    In tmux and screen the environment may be that of another terminal, and the protocol does not pass.
    """
    if "TMUX" in environment or environment.get("TERM", "").startswith(("screen", "tmux")):
        return False
    if environment.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm") or environment.get("LC_TERMINAL") == "iTerm2":
        return True
    version = environment.get("KONSOLE_VERSION", "")
    if version.isdecimal():
        return int(version) >= KONSOLE_SINCE
    return answer.startswith(("iTerm2 ", "WezTerm "))


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


def best(answered: type, environment: Mapping[str, str] = os.environ) -> DrawingMethod:
    """How pictures look best here, where the terminal answered that it can draw by `answered`."""
    name = ask_name() if answered in (TGPImage, SixelImage) else ""
    if knows_iterm2(name, environment):
        return DrawingMethod.ITERM2
    if answered is SixelImage:
        return DrawingMethod.SIXEL
    version = kitty_version(name)
    if answered is TGPImage and (version is None or version >= PLACEHOLDERS_SINCE):
        return DrawingMethod.KITTY
    # The console of Linux has no more characters than its font, among which are half blocks.
    return DrawingMethod.BLOCKS if environment.get("TERM") == "linux" else DrawingMethod.QUADRANTS


def inline_image(picture: Image.Image, columns: int, rows: int) -> str:
    """What shows a picture in a place of so many cells, in iTerm2's protocol; the cursor stays where it is.

    The protocol: https://iterm2.com/documentation-images.html
    """
    content = io.BytesIO()
    picture.convert("RGB").save(content, "JPEG", quality=92)
    place = f"width={columns};height={rows};preserveAspectRatio=1;doNotMoveCursor=1"
    payload = base64.b64encode(content.getvalue()).decode()
    return f"\x1b]1337;File=inline=1;size={len(content.getvalue())};{place}:{payload}\x07"


class InlinePicture:
    """A picture that rich prints in iTerm2's protocol; a cell is twice as high as wide."""

    def __init__(self, picture: Image.Image, width: int) -> None:
        self._picture, self._width = picture, width

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Makes room, and puts the picture there."""
        width = min(self._width, options.max_width)
        rows = max(1, round(width * self._picture.height / self._picture.width / 2))
        yield Segment("\n" * rows)
        control = [(ControlType.CURSOR_UP, rows)]
        yield Segment(f"\x1b7\x1b[{rows}A{inline_image(self._picture, width, rows)}\x1b8", control=control)


Detected = best(Answered)
