"""What is written comes back as it was, and what others write is understood or refused with the line's number."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index_data.errors import ExchangeError
from index_data.exchange.coco import from_coco, to_coco
from index_data.exchange.csv import from_csv, to_csv
from index_data.exchange.jsonl import from_jsonl, to_jsonl
from index_data.exchange.notes import Aside, FileRead, Noted, NotedCaption
from index_data.exchange.source import words_of
from index_data.exchange.token_lists import from_flickr
from tests.unit.index_data.exchange.strategies import NOTES

FILE = Path("captions.file")


@given(notes=NOTES)
def test_json_lines_come_back(notes: list[Noted]) -> None:
    found = list(from_jsonl(FILE, to_jsonl(notes)).notes)
    assert found == notes
    assert [one.content_hash for one in found] == [one.content_hash for one in notes]


@given(notes=NOTES)
def test_rows_come_back(notes: list[Noted]) -> None:
    assert list(from_csv(FILE, to_csv(notes)).notes) == notes


@given(notes=NOTES)
def test_coco_comes_back(notes: list[Noted]) -> None:
    found = list(from_coco(FILE, to_coco(notes)).notes)
    assert found == notes
    assert [one.content_hash for one in found] == [one.content_hash for one in notes]


def test_a_photograph_with_tags_alone_comes_back_from_rows() -> None:
    notes = [Noted(b"/a.jpg", (), ("x;y", "z"))]
    assert list(from_csv(FILE, to_csv(notes)).notes) == notes
    assert from_csv(FILE, to_csv([Noted(b"/a.jpg")])).notes == ()


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
    assert from_flickr(FILE, text.encode()).notes == (
        Noted(b"1.jpg", (NotedCaption("A dog ."), NotedCaption("A brown dog ."))),
        Noted(b"2#3.jpg", (NotedCaption("A cat ."),)),
    )


@pytest.mark.parametrize(
    "text",
    [
        "image,caption\n1.jpg,A dog .\n",
        "\ufeffFile_Name;Comment\r\n1.jpg;A dog .\r\n",
        "image_name| comment_number| comment\n1.jpg| 0| A dog .\n",
        "tags\tdescription\tpath\n\tA dog .\t1.jpg\n",
        ",path,caption\n7,1.jpg,A dog .\n",
        "path,caption,\n1.jpg,A dog .,7\n",
        "sep=;\npath;caption\n1.jpg;A dog .\n",
        "path,caption\n\n1.jpg,A dog .\n,\n , \n",
        "path,caption\r1.jpg,A dog .\r",
    ],
)
def test_tables_of_others(text: str) -> None:
    assert from_csv(FILE, text.encode()) == FileRead((Noted(b"1.jpg", (NotedCaption("A dog ."),)),))


def test_json_lines_of_others() -> None:
    lines = b'{"image": "1.jpg", "caption": "A dog ."}\n\n{"file_name": "2.jpg", "captions": ["A cat ."]}\n'
    assert from_jsonl(FILE, lines).notes == (
        Noted(b"1.jpg", (NotedCaption("A dog ."),)),
        Noted(b"2.jpg", (NotedCaption("A cat ."),)),
    )


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (from_jsonl, "{}\n", "line 1: it is not a photograph with captions"),
        (from_jsonl, '[1]\n{"caption": "x"}\n', "line 1: it is not a photograph with captions"),
        (from_jsonl, '{"path": "a", "captions": [{"text": {}}]}', "line 1: it is not a photograph with captions"),
        (from_jsonl, '{"path": "a", "captions": [{"words": "x"}]}', "line 1: it is not a photograph with captions"),
        (from_jsonl, '{"path": "a", "label": "x"}', "neither captions nor tags under a name that is known: captions, "),
        (from_jsonl, "[" * 100_000, "line 1: it is not a photograph with captions"),
        (from_jsonl, '{"path": "a", "caption": "\\ud83d"}', "its words hold half a character"),
        (from_csv, "a,b\n1,2\n", "no header that names a path and a caption"),
        (from_csv, "", "no header that names a path and a caption"),
        (from_csv, "path,caption\n1.jpg\n", "line 2: it has too few cells"),
        (from_csv, "path,caption,state\n1.jpg,a dog,liked\n", "line 2: 'a dog' by 'person', 'liked' is not a caption"),
        (from_csv, f"path,caption,{'x' * 200_000}\n", "no header that could be read: field larger"),
        (from_csv, "path,caption\na.jpg,one,two\n", "line 2: it has more cells than the header"),
        (from_csv, "path,caption\n,words\n", "line 2: it names no path"),
        (from_flickr, "1.jpg A dog\n", "line 1: it is not of the form image#0, tabulator, caption"),
        (from_coco, '"x"', "is not a file of COCO captions"),
        (from_coco, '{"images": []}', "is not a file of COCO captions"),
        (
            from_coco,
            '{"images": [], "annotations": [{"image_id": 7, "caption": "x"}]}',
            "it points to the image 7, which is not listed",
        ),
        (from_coco, "\0", "captions.file is not text in UTF-8"),
    ],
)
def test_what_is_not_understood_is_refused(read: Callable[[Path, bytes], object], text: str, message: str) -> None:
    with pytest.raises(ExchangeError, match=message):
        read(FILE, text.encode())


ONE = Noted(b"1.jpg", (NotedCaption("A dog"),))
TWO = Noted(b"2.jpg", (NotedCaption("A cat"),), ("2019", "sea"))
ROW = "path,caption,tags\n1.jpg,A dog,\n"
LINE = '{"path": "1.jpg", "caption": "A dog"}\n'


@pytest.mark.parametrize(
    ("read", "text", "places"),
    [
        (from_csv, f"{ROW}x.jpg\n2.jpg,A cat,2019;sea\n", ["line 3"]),
        (from_csv, f"{ROW},words,\n2.jpg,A cat,2019;sea\nx,y,z,more\n", ["line 3", "line 5"]),
        (from_csv, f'{ROW}x.jpg,"never closed,\n2.jpg,A cat,2019;sea\n', ["line 3"]),
        (from_csv, f"{ROW}x.jpg,{'y' * 200_000},\n2.jpg,A cat,2019;sea\n", ["line 3"]),
        (from_jsonl, f'{LINE}[]\n{{"path": "2.jpg", "text": "A cat", "tags": [2019, "sea"]}}\n', ["line 2"]),
        (
            from_jsonl,
            f'{LINE}{{"caption": "x"}}\n{{"file": "2.jpg", "captions": "A cat", "tags": [2019, "sea"]}}\n',
            ["line 2"],
        ),
        (
            from_jsonl,
            f'{LINE}{"[" * 50_000}\n{{"Path": "2.jpg", "Sentence": ["A cat"], "Keywords": [2019, "sea"]}}',
            ["line 2"],
        ),
        (
            from_coco,
            '[{"SourceFile": "1.jpg", "Description": "A dog"}, 7, '
            '{"SourceFile": "2.jpg", "Description": "A cat", "Subject": [2019, "sea"]}]',
            ["entry 2"],
        ),
        (
            from_coco,
            '{"images": [{"id": 1, "file_name": "1.jpg"}, {"id": 2}, '
            '{"id": 3, "file_name": "2.jpg", "tags": [2019, "sea"]}],'
            '"annotations": [{"image_id": 1, "caption": "A dog"}, {"image_id": 9, "caption": "lost"},'
            '{"image_id": 3, "caption": "A cat"}, {"image_id": 1}]}',
            ["image 2", "annotation 2", "annotation 4"],
        ),
    ],
)
def test_odd_entries_are_named_and_the_others_come_in(
    read: Callable[[Path, bytes], FileRead], text: str, places: list[str]
) -> None:
    result = read(FILE, text.encode())
    assert result.notes == (ONE, TWO)
    assert [aside.path.decode() for aside in result.aside] == [f"captions.file, {place}" for place in places]
    assert all(isinstance(aside, Aside) and aside.reason for aside in result.aside)


def test_only_lines_part_the_lines_of_a_list() -> None:
    words = "one\u2028two\u2029three\x85four\x0bfive\x1csix"
    for read, text in (
        (from_flickr, f"1.jpg#0\t{words}\r\n2.jpg#0\tA cat"),
        (from_csv, f"path,caption\n1.jpg,{words}\n2.jpg,A cat\n"),
        (
            from_jsonl,
            f'{{"path": "1.jpg", "text": "{words[:14]}"}}\n{{"path": "2.jpg", "text": "A cat"}}',
        ),
    ):
        result = read(FILE, text.encode())
        assert (len(result.notes), result.aside) == (2, ())
        assert "one\u2028two\u2029three" in result.notes[0].captions[0].text


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize(
    ("read", "text"),
    [
        (from_csv, "path;caption;tags\na.jpg;{0};{0}\n"),
        (from_jsonl, '{{"path": "a.jpg", "caption": "{0}", "tags": ["{0}"]}}\n'),
        (from_coco, '[{{"path": "a.jpg", "caption": "{0}", "tags": ["{0}"]}}]'),
        (from_flickr, "a.jpg#0\t{0}\n"),
    ],
)
def test_no_letter_is_lost_whatever_the_encoding(
    read: Callable[[Path, bytes], FileRead], text: str, encoding: str
) -> None:
    words = "Möwe über Köln \N{EM DASH} „schön“, 5 €"
    result = read(FILE, text.format(words.replace(",", "")).encode(encoding))
    (note,) = result.notes
    assert [caption.text for caption in note.captions] == [words.replace(",", "")]
    assert set(note.tags) <= {words.replace(",", "")}
    assert [remark for remark in result.remarks if "Windows-1252" in remark] == (
        ["captions.file is not UTF-8 throughout; what is not was read as Windows-1252."] if encoding == "cp1252" else []
    )


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (from_csv, b"path,caption\n1.jpg,A dog\nx.jpg,M\x81we\n"),
        (from_jsonl, b'{"path": "1.jpg", "caption": "A dog"}\n{"path": "x.jpg", "caption": "M\x9dwe"}\n'),
        (from_flickr, b"1.jpg#0\tA dog\nx.jpg#0\tM\x8dwe\n"),
    ],
)
def test_what_no_encoding_can_read_is_refused(read: Callable[[Path, bytes], FileRead], text: bytes) -> None:
    result = read(FILE, text)
    assert result.notes == (ONE,)
    assert "text neither in UTF-8 nor in Windows-1252" in result.aside[0].reason


@given(words=st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), min_size=1, max_size=20))
def test_words_in_windows_1252_come_whole_or_not_at_all(words: str) -> None:
    raw = words.encode("cp1252")
    read, legacy = words_of(raw)
    # A few words in Windows-1252 are words in UTF-8, too.
    assert read == (words if legacy else raw.decode())


@given(notes=NOTES)
def test_no_word_of_a_table_runs_in_a_spreadsheet(notes: list[Noted]) -> None:
    rows = list(csv.reader(io.StringIO(to_csv(notes).decode("utf-8", "surrogateescape"), newline="")))[1:]
    for row in rows:
        for cell in [row[1], row[4], *row[4].split(";")]:
            assert cell[:1] not in {*"=+-@\t\r\uff1d\uff0b\uff0d\uff20"} or not cell
    assert list(from_csv(FILE, to_csv(notes)).notes) == notes


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@x", "'=x", "''@x", "'tis", "\uff1d1", "it's =1"])
def test_guarded_words_come_back(words: str) -> None:
    note = Noted(b"/a.jpg", (NotedCaption(words),), (words, f"a;{words}"))
    content = to_csv([note])
    assert from_csv(FILE, content).notes == (note,)


def test_what_says_nothing_is_told() -> None:
    assert from_csv(FILE, b"path,caption\n1.jpg,\n").remarks == ("captions.file holds no captions and no tags.",)
    assert from_jsonl(FILE, b"").remarks == ("captions.file holds no captions and no tags.",)
