"""Reads collections of captioned pictures: which file, which split, which sentences.

Four layouts are told apart by what they hold: this project's list, Karpathy's JSON, COCO's captions JSON, and plain
lines of `picture<TAB>sentence`. Pictures lie in `images/` beside the file if there is such a folder, else beside it.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from captioning.errors import CaptionsFileError, SplitError

SPLITS = ("train", "val", "test", "unlabelled")
_ALSO_TRAINED_ON = {"restval": "train"}
"""Karpathy's name for the part of COCO's validation pictures that everybody trains on."""


@dataclass(frozen=True, slots=True)
class CaptionedImage:
    """A picture file with the sentences that people (or machines) wrote of it; possibly none.

    Attributes:
        path: The file.
        split: One of `SPLITS`.
        captions: The sentences.
        label: What it shows in a word or a few, if that is all that is known.
        borrowed: Nobody wrote the captions of this picture: they are those of others that show much the same.
    """

    path: Path
    split: str
    captions: tuple[str, ...]
    label: str = ""
    borrowed: bool = False


def read_captions(source: Path) -> list[CaptionedImage]:
    """Reads a collection: a folder with `captions.json`, or a captions file in one of the four layouts.

    COCO's layout and plain lines know no splits: the file's name tells it if one of its words is `val` or `test`
    (`captions_val2017.json`), else the pictures are for training.

    Raises:
        CaptionsFileError: The file is missing, in none of the layouts, or names pictures that are not there.
    """
    file = source / "captions.json" if source.is_dir() else source
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CaptionsFileError(f"there is no captions file {file}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CaptionsFileError(f"the captions file {file} could not be read: {error}") from error
    pictures = list(_from_json(text, file) if file.suffix == ".json" else _from_lines(text, file))
    missing = [picture.path for picture in pictures if not _is_file(picture.path)]
    if missing:
        raise CaptionsFileError(f"{file} names {len(missing)} pictures that are not there, the first is {missing[0]}")
    return pictures


def select_split(pictures: Iterable[CaptionedImage], split: str) -> list[CaptionedImage]:
    """Keeps the pictures of one split.

    Raises:
        SplitError: None is left.
    """
    selected = [picture for picture in pictures if picture.split == split]
    if not selected:
        raise SplitError(f"the split {split!r} holds no pictures; the splits are {', '.join(SPLITS)}")
    return selected


def read_sentences(file: Path) -> list[str]:
    """Reads captions without pictures, one a line, plain text or gzipped.

    Raises:
        CaptionsFileError: The file is missing, damaged, or not UTF-8.
    """
    try:
        if file.suffix == ".gz":
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                return [line.strip() for line in lines if line.strip()]
        with file.open(encoding="utf-8") as lines:
            return [line.strip() for line in lines if line.strip()]
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise CaptionsFileError(f"the captions in {file} could not be read: {error}") from error


def shorten(caption: str) -> str:
    """Cuts a long description by a machine to its first sentence, without the words that only introduce it."""
    first = re.split(r"(?<=[.!?])\s", caption.strip(), maxsplit=1)[0]
    return re.sub(r"^(the|this) (image|picture|photo) (shows|depicts|features) ", "", first, flags=re.IGNORECASE)


def _from_json(text: str, file: Path) -> Iterator[CaptionedImage]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise CaptionsFileError(f"the captions file {file} is not JSON: {error}") from error
    if isinstance(content, dict):
        for key in sorted({"images", "annotations"} & content.keys()):
            if not isinstance(content[key], list):
                raise CaptionsFileError(f"{file}: `{key}` is not a list")
    if isinstance(content, list):
        yield from (_own(entry, file, number) for number, entry in enumerate(content, start=1))
    elif isinstance(content, dict) and "annotations" in content:
        yield from _coco(content, file)
    elif isinstance(content, dict) and "images" in content:
        yield from (_karpathy(entry, file, number) for number, entry in enumerate(content["images"], start=1))
    else:
        raise CaptionsFileError(f"{file} is in none of the known layouts: a list, Karpathy's JSON, COCO's JSON")


def _own(entry: Any, file: Path, number: int) -> CaptionedImage:
    try:
        captions = tuple(str(caption) for caption in _listed(entry["captions"]))
        picture = _picture(file, str(entry["filename"]), str(entry["split"]), captions)
        return replace(picture, label=str(entry.get("label", "")))
    except (KeyError, TypeError, CaptionsFileError) as error:
        raise _entry_error(file, number, "filename, split or captions", error) from error


def _karpathy(entry: Any, file: Path, number: int) -> CaptionedImage:
    try:
        captions = tuple(str(sentence["raw"]) for sentence in _listed(entry["sentences"]))
        name = str(Path(str(entry.get("filepath", "")), str(entry["filename"])))
        split = str(entry["split"])
        return _picture(file, name, _ALSO_TRAINED_ON.get(split, split), captions)
    except (KeyError, TypeError, AttributeError, CaptionsFileError) as error:
        raise _entry_error(file, number, "filename, split or sentences", error) from error


def _coco(content: dict[str, Any], file: Path) -> Iterator[CaptionedImage]:
    try:
        names = {entry["id"]: str(entry["file_name"]) for entry in content["images"]}
    except (KeyError, TypeError) as error:
        raise CaptionsFileError(f"{file}: an entry of `images` lacks its id or file_name ({error})") from error
    captions: dict[Any, list[str]] = {key: [] for key in names}
    for number, annotation in enumerate(content["annotations"], start=1):
        try:
            captions[annotation["image_id"]].append(str(annotation["caption"]))
        except (KeyError, TypeError) as error:
            raise _entry_error(file, number, "a known image_id or caption", error) from error
    for key, name in names.items():
        yield _picture(file, name, _split_of_name(file), tuple(captions[key]))


def _from_lines(text: str, file: Path) -> Iterator[CaptionedImage]:
    captions: dict[str, list[str]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        name, tab, caption = line.partition("\t")
        if not tab or not name or not caption.strip():
            raise CaptionsFileError(f"{file}, line {number}: not of the form picture<TAB>sentence")
        # Flickr8k's own list numbers the sentences of a picture: name.jpg#0, name.jpg#1 ...
        captions.setdefault(re.sub(r"#\d+$", "", name), []).append(caption.strip())
    for name, sentences in captions.items():
        yield _picture(file, name, _split_of_name(file), tuple(sentences))


def _picture(file: Path, name: str, split: str, captions: tuple[str, ...]) -> CaptionedImage:
    if split not in SPLITS:
        raise CaptionsFileError(f"unknown split {split!r}")
    folder = file.parent / "images"
    return CaptionedImage((folder if folder.is_dir() else file.parent) / name, split, captions)


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.40} is not a list")
    return value


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False


def _split_of_name(file: Path) -> str:
    split = re.search(r"(?<![a-z])(val|test)(?:idation)?(?![a-z])", file.stem.lower())
    return split[1] if split else "train"


def _entry_error(file: Path, number: int, missing: str, error: Exception) -> CaptionsFileError:
    if isinstance(error, CaptionsFileError):
        return CaptionsFileError(f"{file}, entry {number}: {error}")
    return CaptionsFileError(f"{file}, entry {number}: {missing} is missing ({error})")
