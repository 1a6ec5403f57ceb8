from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from captioning.errors import CaptionsFileError
from captioning.training.datasets import CaptionedImage, read_captions, read_sentences, select_split, shorten


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A collection with two pictures, whose captions file the test writes."""
    (tmp_path / "images").mkdir()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "images" / name).touch()
    return tmp_path


def write(folder: Path, content: Any, name: str = "captions.json") -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def pictures(folder: Path, split: str = "train") -> list[CaptionedImage]:
    return [
        CaptionedImage(folder / "images" / "a.jpg", split, ("one", "two")),
        CaptionedImage(folder / "images" / "b.jpg", split, ("three",)),
    ]


def test_the_projects_own_list(folder: Path) -> None:
    entries = [
        {"filename": "a.jpg", "split": "train", "captions": ["one", "two"]},
        {"filename": "b.jpg", "split": "train", "captions": ["three"]},
    ]
    file = write(folder, entries)
    assert read_captions(folder) == read_captions(file) == pictures(folder)


def test_karpathys_json(folder: Path) -> None:
    images = [
        {"filename": "a.jpg", "split": "restval", "sentences": [{"raw": "one"}, {"raw": "two"}]},
        {"filename": "b.jpg", "filepath": "", "split": "train", "sentences": [{"raw": "three"}]},
    ]
    assert read_captions(write(folder, {"images": images, "dataset": "coco"}, "dataset.json")) == pictures(folder)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("captions_train2014.json", "train"),
        ("captions_val2014.json", "val"),
        ("Validation.json", "val"),
        ("carnival.json", "train"),
        ("contest_photos.json", "train"),
    ],
)
def test_cocos_captions(folder: Path, name: str, split: str) -> None:
    content = {
        "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 9, "file_name": "b.jpg"}],
        "annotations": [
            {"image_id": 7, "caption": "one"},
            {"image_id": 9, "caption": "three"},
            {"image_id": 7, "caption": "two"},
        ],
    }
    assert read_captions(write(folder, content, name)) == pictures(folder, split)


def test_lines_of_picture_and_sentence(folder: Path) -> None:
    file = write(folder, "a.jpg#0\tone\na.jpg#1\ttwo\n\nb.jpg\tthree\n", "captions.tsv")
    assert read_captions(file) == pictures(folder)


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("{", "captions.json", r"captions\.json is not JSON"),
        ({"what": 1}, "captions.json", r"captions\.json is in none of the known layouts"),
        ([{"filename": "a.jpg", "split": "train"}], "captions.json", r"entry 1: .* is missing \('captions'\)"),
        ([{"filename": "a.jpg", "split": "dev", "captions": []}], "captions.json", "entry 1: unknown split 'dev'"),
        ({"images": [{"filename": "a.jpg"}]}, "captions.json", "entry 1: filename, split or sentences is missing"),
        (
            [{"filename": "a.jpg", "split": "train", "captions": "a dog"}],
            "captions.json",
            r"entry 1: .* is missing \('a dog' is not a list\)",
        ),
        (
            [{"filename": "a.jpg", "split": "train", "captions": ["x"]}, 5],
            "captions.json",
            "entry 2: filename, split or captions is missing",
        ),
        ({"images": 5}, "captions.json", r"captions\.json: `images` is not a list"),
        ({"images": [], "annotations": None}, "captions.json", "`annotations` is not a list"),
        ({"images": [{"id": 1}], "annotations": []}, "captions.json", "lacks its id or file_name"),
        ("\tone\n", "captions.tsv", "line 1: not of the form"),
        ("n" * 300 + "\tone\n", "captions.tsv", r"names 1 pictures that are not there, the first is .*nnn"),
        (
            {"images": [], "annotations": [{"image_id": 1, "caption": "x"}]},
            "captions.json",
            "entry 1: a known image_id",
        ),
        ("a.jpg one\n", "captions.tsv", r"captions\.tsv, line 1: not of the form"),
        ("a.jpg\tone\nb.jpg\t \n", "captions.tsv", r"captions\.tsv, line 2: not of the form"),
        ("c.jpg\tone\n", "captions.tsv", r"names 1 pictures that are not there, the first is .*c\.jpg"),
    ],
)
def test_malformed_files_are_named_with_the_place(folder: Path, content: Any, name: str, message: str) -> None:
    with pytest.raises(CaptionsFileError, match=message):
        read_captions(write(folder, content, name))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CaptionsFileError, match=r"there is no captions file .*captions\.json"):
        read_captions(tmp_path)


def test_an_empty_split(folder: Path) -> None:
    assert select_split(pictures(folder), "train") == pictures(folder)
    with pytest.raises(CaptionsFileError, match="the split 'val' holds no pictures"):
        select_split(pictures(folder), "val")


def test_sentences_plain_and_gzipped(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one dog\n\n two cats \n")
    with gzip.open(tmp_path / "a.txt.gz", "wt") as stream:
        stream.write("one dog\n\n two cats \n")
    assert read_sentences(tmp_path / "a.txt") == read_sentences(tmp_path / "a.txt.gz") == ["one dog", "two cats"]
    (tmp_path / "b.gz").write_text("not gzipped")
    with pytest.raises(CaptionsFileError, match=r"b\.gz could not be read"):
        read_sentences(tmp_path / "b.gz")
    with pytest.raises(CaptionsFileError, match=r"none\.txt could not be read"):
        read_sentences(tmp_path / "none.txt")


def test_plain_and_gzipped_sentences_end_at_the_same_places(tmp_path: Path) -> None:
    content = "one\N{LINE SEPARATOR}dog\r\ntwo\x0bcats\n".encode()
    (tmp_path / "a.txt").write_bytes(content)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(content))
    assert read_sentences(tmp_path / "a.txt") == read_sentences(tmp_path / "a.txt.gz")
    assert len(read_sentences(tmp_path / "a.txt")) == 2


@pytest.mark.parametrize("damage", ["cut", "overwritten", "latin"])
def test_damaged_sentences_are_named(tmp_path: Path, damage: str) -> None:
    content = bytearray(gzip.compress(b"caf\xe9" if damage == "latin" else b"a dog on a beach\n" * 40, mtime=0))
    if damage == "cut":
        del content[-12:]
    elif damage == "overwritten":
        content[10:14] = b"\xff" * 4
    (tmp_path / "a.gz").write_bytes(content)
    with pytest.raises(CaptionsFileError, match=r"a\.gz could not be read"):
        read_sentences(tmp_path / "a.gz")


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "captions.tsv").write_bytes(b"a.jpg\tcaf\xe9\n")
    with pytest.raises(CaptionsFileError, match=r"captions\.tsv could not be read"):
        read_captions(folder / "captions.tsv")


def test_pictures_may_lie_beside_the_file_and_have_no_captions(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    write(tmp_path, [{"filename": "a.jpg", "split": "unlabelled", "captions": []}])
    assert read_captions(tmp_path) == [CaptionedImage(tmp_path / "a.jpg", "unlabelled", ())]


def test_karpathys_json_may_name_folders(folder: Path) -> None:
    (folder / "images" / "val2014").mkdir()
    (folder / "images" / "val2014" / "c.jpg").touch()
    entry = {"filepath": "val2014", "filename": "c.jpg", "split": "test", "sentences": [{"raw": "one"}]}
    found = read_captions(write(folder, {"images": [entry]}))
    assert found == [CaptionedImage(folder / "images" / "val2014" / "c.jpg", "test", ("one",))]


@pytest.mark.parametrize(
    ("caption", "short"),
    [
        ("The image shows a dog on a lawn. Trees are behind it.", "a dog on a lawn."),
        ("This picture depicts two ducks", "two ducks"),
        ("A dog runs .", "A dog runs ."),
    ],
)
def test_long_descriptions_are_cut_to_what_they_begin_with(caption: str, short: str) -> None:
    assert shorten(caption) == short
