"""Reads collections of captioned pictures: which file, which split, which sentences."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from captioning.errors import CaptionsFileError

SPLITS = ("train", "val", "test", "unlabelled")


@dataclass(frozen=True, slots=True)
class CaptionedImage:
    """A picture file with the sentences that people (or machines) wrote of it; possibly none."""

    path: Path
    split: str
    captions: tuple[str, ...]


def read_captions(source: Path) -> list[CaptionedImage]:
    """Reads a collection: a folder with `captions.json` and `images/`, or such a JSON file itself.

    The file is a list of ``{"filename", "split", "captions"}``; pictures lie in `images/` beside it.

    Raises:
        CaptionsFileError: The file is missing, is not such a list, or names pictures that are not there.
    """
    file = source / "captions.json" if source.is_dir() else source
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CaptionsFileError(f"there is no captions file {file}") from None
    except (OSError, ValueError) as error:
        raise CaptionsFileError(f"the captions file {file} could not be read: {error}") from error
    if not isinstance(entries, list):
        raise CaptionsFileError(f"{file} does not hold a list of pictures")
    pictures = [_entry(entry, file, number) for number, entry in enumerate(entries, start=1)]
    missing = [picture.path.name for picture in pictures if not picture.path.is_file()]
    if missing:
        raise CaptionsFileError(
            f"{file} names {len(missing)} pictures that are not in {file.parent / 'images'}, the first is {missing[0]}"
        )
    return pictures


def select_split(pictures: Iterable[CaptionedImage], split: str) -> list[CaptionedImage]:
    """Keeps the pictures of one split.

    Raises:
        CaptionsFileError: None is left.
    """
    kept = [picture for picture in pictures if picture.split == split]
    if not kept:
        raise CaptionsFileError(f"the split {split!r} holds no pictures; the splits are {', '.join(SPLITS)}")
    return kept


def read_sentences(file: Path) -> list[str]:
    """Reads captions without pictures, one a line, plain text or gzipped.

    Raises:
        CaptionsFileError: The file is missing, damaged, or not UTF-8.
    """
    try:
        if file.suffix == ".gz":
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                return [line.strip() for line in lines if line.strip()]
        return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise CaptionsFileError(f"the captions in {file} could not be read: {error}") from error


def _entry(entry: Any, file: Path, number: int) -> CaptionedImage:
    try:
        captions = tuple(str(caption) for caption in entry["captions"])
        picture = CaptionedImage(file.parent / "images" / str(entry["filename"]), str(entry["split"]), captions)
    except (KeyError, TypeError) as error:
        raise CaptionsFileError(f"{file}, entry {number}: filename, split or captions is missing ({error})") from error
    if picture.split not in SPLITS:
        raise CaptionsFileError(f"{file}, entry {number}: unknown split {picture.split!r}")
    return picture
