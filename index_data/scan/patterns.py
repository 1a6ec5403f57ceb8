"""Patterns in the syntax of `.gitignore` that take time in proportion to a path's length, whoever wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

MOST_DEEP = 2
"""Times that `**` may stand in the middle of a pattern: each multiplies the ways in which a path may fit."""

MOST_PATTERNS = 2_000
"""Lines of one file: each is compared with every path below it."""

LONGEST = 1_000
"""Characters of a pattern."""

_STAR = "[^/]*"
_STARS = re.compile(r"(?:\[\^/\]\*){2,}")
_ONE_CHARACTER = re.compile(r"\[(?:\\.|[^\]\\])+\]|\\.")
_DEEP = "(?:/.+)?/"


class LinearPattern(GitIgnoreSpecPattern):
    """A pattern that settles for the first place at which each of its parts fits, as no later one could do better."""

    @classmethod
    def pattern_to_regex(  # type: ignore[override] # the base takes bytes as well
        cls, pattern: str
    ) -> tuple[str | None, bool | None]:
        """Translates a pattern.

        Raises:
            ValueError: It is none, too long, or has `**` too often in its middle.
        """
        if len(pattern) > LONGEST:
            raise ValueError(f"{pattern[:40]!r}... has more than {LONGEST:,} characters")
        regex, include = super().pattern_to_regex(pattern)
        if regex is None:
            return None, include
        if regex.count(_DEEP) > MOST_DEEP:
            raise ValueError(f"{pattern!r} has ** more than {MOST_DEEP} times in its middle")
        return _settled(_STARS.sub(lambda _: _STAR, regex)), include


def compiled(lines: Iterable[str]) -> GitIgnoreSpec:
    """Reads the patterns of some lines.

    Raises:
        ValueError: A line is no pattern, or one that could take for ever, or there are too many.
    """
    lines = list(lines)
    if len(lines) > MOST_PATTERNS:
        raise ValueError(f"there are {len(lines):,} lines, and {MOST_PATTERNS:,} are read at most")
    return GitIgnoreSpec.from_lines(lines, LinearPattern, backend="simple")


def _settled(regex: str) -> str:
    """A regular expression in which a star never takes back what stands between it and the next star."""
    head, *parts = regex.split(_STAR)
    if not parts:
        return regex
    made = [head]
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        # Only inside one name: after a slash another name begins, in which the star has no say.
        settles = following is not None and part and "/" not in _ONE_CHARACTER.sub("", part)
        made.append(f"(?>[^/]*?{part})" if settles else _STAR + part)
    return "".join(made)
