"""Patterns to leave files out mean what they mean to Git, and never take for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from index_data.errors import FolderError
from index_data.scan.ignore import MOST_BYTES, NO_RULES
from index_data.scan.patterns import LONGEST, MOST_PATTERNS, compiled

PARTS = ("a", "b", "*", "?", "/", "**", "**/", "/**/", ".", "[ab]", "[!a]", "[a/]", "!", "-")
PATTERNS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=8).map("".join)
PATHS = st.text(alphabet="ab./-", min_size=1, max_size=16).filter(lambda path: "//" not in path and path[0] != "/")


@given(pattern=PATTERNS, path=PATHS)
@example("*a*b*a", "abaabxa")
@example("**/a/**/b*a", "x/a/b/a/ba")
@example("a*/b*?*a/", "ab/bxa/c")
@example("*[a/]*[ab]*b", "aab/ab")
def test_they_mean_what_they_mean_to_git(pattern: str, path: str) -> None:
    try:
        expected = GitIgnoreSpec.from_lines([pattern], backend="simple").check_file(path).include
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            compiled([pattern])
        return
    assert compiled([pattern]).check_file(path).include == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 25 + "b",
        "a*" * 100 + "b",
        "*?a" * 30 + "b",
        "*[a-c]" * 30 + "x",
        "**" * 30 + "b",
        "*a/" * 12 + "b",
        "*[a/]" * 20 + "b",
    ],
)
@pytest.mark.parametrize("path", ["a" * 250, "a/" * 120 + "a", "ab" * 125])
def test_none_takes_for_ever(pattern: str, path: str) -> None:
    assert compiled([pattern]).check_file(path).include in (None, True)


def test_folders_within_folders_within_folders_are_refused() -> None:
    with pytest.raises(FolderError, match=r"--exclude holds an invalid pattern: .* has \*\* more than 2 times"):
        NO_RULES.under(b"/photos", ["a/**/b/**/c/**/d"], source="--exclude")
    assert NO_RULES.under(b"/photos", ["**/a/**/b/**/c/**"], source="--exclude").specs


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_an_ignore_file_that_is_none_says_so_and_never_blocks(tmp_path: Path) -> None:
    path = tmp_path / ".imgsearchignore"
    os.mkfifo(path)
    with pytest.raises(FolderError, match="could not be read: it is not a regular file"):
        NO_RULES.read(bytes(tmp_path))
    path.unlink()
    path.write_bytes(b"x\n" * MOST_BYTES)
    with pytest.raises(FolderError, match="could not be read: it is larger than 262,144 bytes"):
        NO_RULES.read(bytes(tmp_path))
    path.write_bytes(b"\xef\xbb\xbf*.png\r\n")
    assert NO_RULES.read(bytes(tmp_path)).verdict(bytes(tmp_path / "a.png"), folder=False)


def test_long_and_many_patterns_are_refused() -> None:
    assert compiled(["*.png"] * MOST_PATTERNS).match_file("a.png")
    with pytest.raises(ValueError, match="there are 2,001 lines, and 2,000 are read at most"):
        compiled(["*.png"] * (MOST_PATTERNS + 1))
    assert compiled(["a" * LONGEST]).match_file("a" * LONGEST)
    with pytest.raises(ValueError, match="has more than 1,000 characters"):
        compiled(["a*" * LONGEST])
