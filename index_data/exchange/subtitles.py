"""Subtitles and chapters: what is said of a video's moments, as players, editors and FFmpeg read it."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from index_data.annotation.normalize import visible

_JOINER = "\N{WORD JOINER}"
_MARKUP = re.compile(r"<(?=[/A-Za-z])|\{(?=[\\A-Za-z])|--(?=>)")
"""Where a player of SubRip would begin a tag, a command of its style, or a time."""

_SPECIAL = re.compile(r"([=;#\\])")
"""What FFmpeg's metadata would end a value with."""

_TIMES = re.compile(r"\s*(\S+)[ \t]+-->[ \t]+(\S+)(?:[ \t].*)?")
_TIME = re.compile(r"(?:(\d{1,6})[:])?([0-5]\d):([0-5]\d)[.](\d{3})")
_TAG = re.compile(r"<[^>]*>?")
_ESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&nbsp;": " ", "&lrm;": "", "&rlm;": ""}


@dataclass(frozen=True, slots=True)
class Cue:
    """A line of subtitles.

    Attributes:
        start: When it appears, in seconds from the beginning.
        end: When it goes.
        text: The words.
        identifier: What the file calls it; only WebVTT has a place for it.
    """

    start: float
    end: float
    text: str
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class CuesRead:
    """What a file of subtitles holds.

    Attributes:
        cues: Those that were understood.
        aside: The line of each of the others, counted from one, and what is wrong with it.
    """

    cues: tuple[Cue, ...]
    aside: tuple[tuple[int, str], ...] = ()


class SubtitleError(ValueError):
    """A file is not WebVTT."""


def to_srt(cues: Iterable[Cue]) -> bytes:
    """SubRip: a number, the times and a line of words for each cue that has words.

    SubRip has no way to write a word that looks like markup; an invisible joiner keeps players from taking it for one.
    """
    blocks = []
    for number, (start, end, text, _) in enumerate(_spoken(cues), start=1):
        inert = _MARKUP.sub(lambda match: match[0] + _JOINER, text)
        blocks.append(f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{inert}\n")
    return "\n".join(blocks).encode()


def to_vtt(cues: Iterable[Cue]) -> bytes:
    """WebVTT: a header, then the cues that have words."""
    blocks = ["WEBVTT\n"]
    for start, end, text, identifier in _spoken(cues):
        head = f"{_identifier(identifier)}\n" if identifier else ""
        blocks.append(f"{head}{_clock(start, '.')} --> {_clock(end, '.')}\n{html.escape(text, quote=False)}\n")
    return "\n".join(blocks).encode()


def to_chapters(cues: Iterable[Cue]) -> bytes:
    """Chapters as FFmpeg reads them from a file of metadata, with the words of each as its title."""
    blocks = [";FFMETADATA1\n"]
    for start, end, text, _ in _spoken(cues):
        title = _SPECIAL.sub(r"\\\1", text)
        blocks.append(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={title}\n")
    return "\n".join(blocks).encode()


def from_vtt(content: bytes) -> CuesRead:
    """Reads WebVTT, be it by another program: words without their markup, whatever else is in the file passed over.

    Raises:
        SubtitleError: It is not WebVTT in UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SubtitleError("it is not text in UTF-8") from error
    lines = re.split(r"\r\n|\n|\r", text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise SubtitleError("it does not begin with WEBVTT")
    cues: list[Cue] = []
    aside: list[tuple[int, str]] = []
    for number, block in _blocks(lines):
        # The times stand in the first line of a cue, or in the second below its name.
        place = next((index for index, line in enumerate(block[:2]) if "-->" in line), None)
        if place is None:
            continue
        times = _times(block[place])
        if isinstance(times, str):
            aside.append((number + place, times))
            continue
        words = visible(_plain(" ".join(block[place + 1 :])))
        if words:
            cues.append(Cue(*times, words, block[0].strip() if place else ""))
    return CuesRead(tuple(cues), tuple(aside))


def _spoken(cues: Iterable[Cue]) -> Iterator[tuple[int, int, str, str]]:
    """Start and end in milliseconds, words and name of each cue that has words and takes time."""
    for cue in cues:
        start, end = _milliseconds(cue.start), _milliseconds(cue.end)
        if (text := visible(cue.text)) and end > start:
            yield start, end, text, cue.identifier


def _milliseconds(seconds: float) -> int:
    # Halves go up, so that a cue ends where the next begins.
    return max(0, math.floor(seconds * 1000 + 0.5))


def _clock(milliseconds: int, point: str) -> str:
    seconds, fraction = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{fraction:03}"


def _identifier(name: str) -> str:
    return visible(name).replace("-->", "")


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The blocks below the header that empty lines part, each with the number of its first line, counted from one."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _times(line: str) -> tuple[float, float] | str:
    """Start and end of a cue in seconds, or what is wrong with its line."""
    parts = _TIMES.fullmatch(line)
    clocks = [_TIME.fullmatch(clock) for clock in parts.groups()] if parts else []
    if not clocks or None in clocks:
        return f"'{line.strip()}' are no times"
    start, end = (_seconds(clock) for clock in clocks if clock is not None)
    return (start, end) if end > start else f"'{line.strip()}' ends before it begins"


def _seconds(clock: re.Match[str]) -> float:
    hours, minutes, seconds, fraction = (int(part or 0) for part in clock.groups())
    return (1000 * (3600 * hours + 60 * minutes + seconds) + fraction) / 1000


def _plain(text: str) -> str:
    """Words without tags, and with what is written for special characters read."""
    return re.sub("|".join(_ESCAPED), lambda match: _ESCAPED[match[0]], _TAG.sub("", text))
