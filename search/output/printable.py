"""The one door to a terminal: how names, words, messages and counts look to people, in whichever face."""

from __future__ import annotations

import io
import os
import re

# C0 but for tabs and line ends, C1, what turns the direction of writing, ends lines, or is a tag or an annotation that
# nobody sees. What joins letters and emoji stays.
_HIDDEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
_STEERING = re.compile(f"[{_HIDDEN}]|\r(?!\n)")
# What rich writes to a terminal: colours, the cursor's line and whether the cursor is seen.
_DRAWN_OR_STEERING = re.compile(f"(\x1b\\[[\\d;]*m|\x1b\\[\\d*[AKG]|\x1b\\[\\?25[lh]|\r)|[{_HIDDEN}]")


def printable(path: bytes) -> str:
    """Shows a path that may not be UTF-8: bytes that are none appear as escapes, and nothing steers a terminal."""
    text = os.fsdecode(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def harmless(text: str) -> str:
    """Shows text that may come from anywhere: what would steer a terminal appears as escapes."""
    return _STEERING.sub(_escape, text)


def without_steering(text: str) -> str:
    """Leaves out of text what would steer a terminal: where each letter has its cell, an escape would move the rest."""
    return _STEERING.sub("", text)


def counted(count: int, noun: str) -> str:
    """Counts things whose plural ends with an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def photographs(count: int, *, moments: int = 0, videos: int = 0) -> str:
    """Counts photographs in words, and beside them moments and whole videos where there are any."""
    others = [counted(number, noun) for number, noun in ((moments, "moment"), (videos, "video")) if number]
    return " and ".join([counted(count, "photograph"), *others] if count or not others else others)


class TerminalDoor(io.TextIOWrapper):
    """A standard stream through which nothing passes that steers a terminal, be it an exception's text.

    Only colours and the movements of a progress bar pass, and these only where they can be meant: to a terminal.
    """

    def write(self, text: str, /) -> int:
        """Writes text, and what would steer a terminal as escapes."""
        drawn = self.isatty() or "FORCE_COLOR" in os.environ
        super().write(_DRAWN_OR_STEERING.sub(_drawn, text) if drawn else harmless(text))
        return len(text)


def _drawn(match: re.Match[str]) -> str:
    return match[1] or _escape(match)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
