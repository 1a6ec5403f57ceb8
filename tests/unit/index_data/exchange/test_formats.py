"""What is written comes back as it was, and what others write is understood or refused with the line's number."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given

from index_data.errors import ExchangeError
from index_data.exchange.coco import from_coco, to_coco
from index_data.exchange.csv import from_csv, to_csv
from index_data.exchange.jsonl import from_jsonl, to_jsonl
from index_data.exchange.notes import Noted, NotedCaption
from index_data.exchange.token_lists import from_flickr
from tests.unit.index_data.exchange.strategies import NOTES

FILE = Path("captions.file")


@given(notes=NOTES)
def test_json_lines_come_back(notes: list[Noted]) -> None:
    found = from_jsonl(FILE, to_jsonl(notes))
    assert found == notes
    assert [one.content_hash for one in found] == [one.content_hash for one in notes]


@given(notes=NOTES)
def test_rows_come_back(notes: list[Noted]) -> None:
    assert from_csv(FILE, to_csv(notes)) == notes


@given(notes=NOTES)
def test_coco_comes_back(notes: list[Noted]) -> None:
    found = from_coco(FILE, to_coco(notes))
    assert found == notes
    assert [one.content_hash for one in found] == [one.content_hash for one in notes]


def test_a_photograph_with_tags_alone_comes_back_from_rows() -> None:
    notes = [Noted(b"/a.jpg", (), ("x;y", "z"))]
    assert from_csv(FILE, to_csv(notes)) == notes
    assert from_csv(FILE, to_csv([Noted(b"/a.jpg")])) == []


def test_coco_is_what_its_readers_expect() -> None:
    one = Noted(b"/a.jpg", (NotedCaption("a dog"), NotedCaption("one dog")), ("pet",), "ab", (640, 480))
    whole = json.loads(to_coco([one]))
    assert whole["images"][0].items() >= {"id": 1, "file_name": "/a.jpg", "width": 640, "height": 480}.items()
    assert [(a["id"], a["image_id"], a["caption"]) for a in whole["annotations"]] == [
        (1, 1, "a dog"),
        (2, 1, "one dog"),
    ]


def test_flickr_lists() -> None:
    text = "1.jpg#0\tA dog .\n1.jpg#1\tA brown dog .\r\n\n2#3.jpg#0\tA cat .\n"
    assert from_flickr(FILE, text.encode()) == [
        Noted(b"1.jpg", (NotedCaption("A dog ."), NotedCaption("A brown dog ."))),
        Noted(b"2#3.jpg", (NotedCaption("A cat ."),)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "image,caption\n1.jpg,A dog .\n",
        "\ufeffFile_Name;Comment\r\n1.jpg;A dog .\r\n",
        "image_name| comment_number| comment\n1.jpg| 0| A dog .\n",
        "tags\tdescription\tpath\n\tA dog .\t1.jpg\n",
    ],
)
def test_tables_of_others(text: str) -> None:
    assert from_csv(FILE, text.encode()) == [Noted(b"1.jpg", (NotedCaption("A dog ."),))]


def test_json_lines_of_others() -> None:
    lines = b'{"image": "1.jpg", "caption": "A dog ."}\n\n{"file_name": "2.jpg", "captions": ["A cat ."]}\n'
    assert from_jsonl(FILE, lines) == [
        Noted(b"1.jpg", (NotedCaption("A dog ."),)),
        Noted(b"2.jpg", (NotedCaption("A cat ."),)),
    ]


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (from_jsonl, "{}\n", "line 1: it is not a photograph with captions"),
        (from_jsonl, '{"path": "a"}\n[1]\n', "line 2: it is not a photograph with captions"),
        (from_jsonl, '{"path": "a", "captions": [{"text": 1}]}', "line 1: it is not a photograph with captions"),
        (from_jsonl, '{"path": "a", "captions": "x"}', "captions and tags must be lists"),
        (from_csv, "a,b\n1,2\n", "no header that names a path and a caption"),
        (from_csv, "", "no header that names a path and a caption"),
        (from_csv, "path,caption\n1.jpg\n", "line 2: it has too few cells"),
        (from_csv, "path,caption,state\n1.jpg,a dog,liked\n", "line 2: 'a dog' by 'person', 'liked' is not a caption"),
        (from_flickr, "1.jpg#0\tA dog\n1.jpg A dog\n", "line 2: it is not of the form image#0, tabulator, caption"),
        (from_coco, "[]", "is not a file of COCO captions"),
        (from_coco, '{"images": []}', "is not a file of COCO captions"),
        (
            from_coco,
            '{"images": [], "annotations": [{"image_id": 7, "caption": "x"}]}',
            "captions point to the image 7, which is not listed",
        ),
        (from_coco, "\0", "captions.file is not text in UTF-8"),
    ],
)
def test_what_is_not_understood_is_refused(read: Callable[[Path, bytes], object], text: str, message: str) -> None:
    with pytest.raises(ExchangeError, match=message):
        read(FILE, text.encode())
