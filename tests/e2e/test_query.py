"""`imgsearch query`: every format byte for byte, what is done with hits, and what bad input is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from search.cli.exit_codes import ExitCode
from search.engine.relevance import write_relevance
from tests.e2e.conftest import Imgsearch, draw
from tests.e2e.test_answers import NO_PROBABILITIES
from tests.e2e.test_bad_input import refused
from tests.e2e.test_help import modules_after
from tests.patience import PATIENCE
from tests.unit.search.conftest import NAMES, SCALE, tiny_relevance


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Imgsearch:
    """A library of four photographs with captions by a person and probabilities; three of them show no dog."""
    folder = tmp_path_factory.mktemp("query")
    model = Path(shutil.copy(tiny_model, folder / "tiny.safetensors"))
    relevance = tiny_relevance(
        model,
        hubness_weight=0.0,
        order={name: 8.0 if name == "kept_words" else 0.0 for name in NAMES},
        scale={**dict.fromkeys(SCALE, 0.0), "bias": -4.0, "order": 1.0},
        path_weight=0.0,
    )
    write_relevance(relevance, model)
    photos = draw(folder / "photos", 3)
    (photos / "002.png").rename(photos / os.fsdecode(b"caf\xe9.png"))
    made = Imgsearch(folder / "library", model)
    assert made.run("index", photos).returncode == 0
    assert made.run("review", "edit", photos / "000.png", "our dog on the beach").returncode == 0
    assert made.run("review", "edit", bytes(photos) + b"/caf\xe9.png", "a dog & a <cat>").returncode == 0
    assert made.run("review", "tag", photos / "000.png", "--add", "rex").returncode == 0
    return made


@pytest.fixture(scope="module")
def folder(known: Imgsearch) -> Path:
    return known.library.parent / "photos"


def hits(known: Imgsearch, *arguments: str | Path) -> list[bytes]:
    done = known.run("query", *arguments, "--format", "paths0")
    assert done.returncode in (0, ExitCode.NOTHING_FOUND)
    return [path.rpartition(b"/")[2] for path in done.stdout.split(b"\0")[:-1]]


CAFE = b"caf\xe9.png"


def test_paths_byte_for_byte(known: Imgsearch, folder: Path) -> None:
    first, second = bytes(folder) + b"/000.png", bytes(folder) + b"/caf\xe9.png"
    for output, end in (("paths", b"\n"), ("paths0", b"\0")):
        done = known.run("query", "dog sort:path", "--format", output)
        assert (done.returncode, done.stdout, done.stderr) == (0, first + end + second + end, b"")


def test_a_table_byte_for_byte(known: Imgsearch, folder: Path) -> None:
    first, second = f"{folder}/000.png", rf"{folder}/caf\xe9.png"
    wide = len(second)
    done = known.run("query", "dog sort:path")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == (
        f"rank  probability  {'path':{wide}}  matched  caption             \n"
        f"   1          99%  {first:{wide}}  dog      our dog on the beach\n"
        f"   2          99%  {second:{wide}}  dog      a dog & a <cat>     \n"
    )


def test_json_byte_for_byte(known: Imgsearch, folder: Path) -> None:
    done = known.run("query", "dog tag:rex", "--format", "json")
    keywords = json.loads(done.stdout)["hits"][0]["keywords"]
    written = datetime.fromtimestamp((folder / "000.png").stat().st_mtime_ns // 10**9)
    expected = {
        "hits": [
            {
                "rank": 1,
                "probability": 0.9868,
                "score": 4.313262,
                "image": json.loads(done.stdout)["hits"][0]["image"],
                "path": f"{folder}/000.png",
                "other_paths": [],
                "near_duplicates": [],
                "date": written.isoformat(),
                "date_from": "file",
                "caption": "our dog on the beach",
                "keywords": keywords,
                "tags": ["rex"],
                "proposed_tags": {},
                "marks": {},
                "matched": {"caption": ["dog"], **({"keywords": ["dog"]} if "dog" in keywords else {})},
            }
        ],
        "total": 1,
        "cursor": None,
        "calibrated": True,
        "unknown_words": [],
        "read_as": {},
    }
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == json.dumps(expected, indent=2) + "\n"
    lines = known.run("query", "dog tag:rex", "--format", "jsonl")
    assert lines.stdout.decode() == json.dumps(expected["hits"][0]) + "\n"  # type: ignore[index]


def test_nothing_on_stdout_when_nothing_matches(known: Imgsearch) -> None:
    for output in ("table", "jsonl", "paths", "paths0"):
        done = known.run("query", "red", "--format", output)
        assert (done.returncode, done.stdout) == (ExitCode.NOTHING_FOUND, b"")
        assert done.stderr == b"Nothing matches. See what comes nearest with: --all\n"
    empty = known.run("query", "red", "--format", "json")
    assert empty.returncode == ExitCode.NOTHING_FOUND
    assert json.loads(empty.stdout)["hits"] == []
    assert len(hits(known, "red", "--all")) == 3


def test_filters_and_words_together(known: Imgsearch) -> None:
    assert hits(known, "dog -beach") == [CAFE]
    assert hits(known, '"on the beach"') == [b"000.png"]
    assert hits(known, "caption:human sort:path") == [b"000.png", CAFE]
    assert hits(known, "tag:re*") == [b"000.png"]
    assert hits(known, "name:caf*") == [CAFE]
    assert hits(known, os.fsdecode(b"name:caf\xe9.png")) == [CAFE]
    assert hits(known, "caption:proposed") == [b"001.png"]
    assert hits(known, "dog width:>9999") == []


def test_words_are_read_as_others_and_said_so(known: Imgsearch) -> None:
    done = known.run("query", "feline", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["read_as"] == {"feline": ["cat"]}
    assert done.stderr == b"Read feline as cat.\n"


def test_a_cursor_goes_on_where_the_page_ended(known: Imgsearch) -> None:
    first = known.run("query", "width:>0 sort:path", "-k", "2", "--format", "json")
    page = json.loads(first.stdout)
    assert first.stderr == b"1 to 2 of 3; --page 2 for more\n"
    second = known.run("query", "width:>0 sort:path", "-k", "2", "--cursor", page["cursor"], "--format", "json")
    rest = json.loads(second.stdout)
    assert (second.stderr, rest["cursor"]) == (b"", None)
    assert [hit["rank"] for hit in (*page["hits"], *rest["hits"])] == [1, 2, 3]
    assert len({hit["image"] for hit in (*page["hits"], *rest["hits"])}) == 3


def test_json_is_printed_in_every_case_that_asked_for_it(known: Imgsearch, tmp_path: Path) -> None:
    unknown = known.run("query", "xqzzy", "-f", "json")
    assert unknown.returncode == ExitCode.NOTHING_FOUND
    assert json.loads(unknown.stdout) == {
        "hits": [],
        "total": 0,
        "cursor": None,
        "calibrated": False,
        "unknown_words": ["xqzzy"],
        "read_as": {},
    }
    mine = Imgsearch(tmp_path / "library", known.model)
    photos = draw(tmp_path / "photos", 2, seed=6)
    (photos / "broken.png").write_bytes(b"no picture")
    found = json.loads(mine.run("index", photos, "-f", "json").stdout)
    assert (found["new"], found["set_aside"], found["not_read"]) == (2, 1, {})
    assert mine.run("problems", "-f", "paths").stdout.decode() == f"{photos / 'broken.png'}\n"
    assert sorted(mine.run("captions", "a", "dog", "-f", "paths").stdout.decode().splitlines()) == [
        str(photos / "000.png"),
        str(photos / "001.png"),
    ]
    assert json.loads(mine.run("merge", known.library, "-f", "json").stdout)["images"] == 3
    assert mine.run("review", "tag", photos / "000.png", "-a", "sea").returncode == 0
    undone = mine.run("review", "undo", "-f", "json")
    assert json.loads(undone.stdout)["action"] == "tag"
    assert undone.stderr == b"Undid the tagging of 1 photograph; do it again with: imgsearch review redo\n"
    assert json.loads(mine.run("review", "redo", "-f", "json").stdout)["state"] == "done"
    assert json.loads(mine.run("prune", "-n", "-f", "json").stdout) == {"forgotten": 0, "dry_run": True}


def test_nothing_matches_says_how_many_photographs_bear_no_date(known: Imgsearch) -> None:
    done = known.run("query", "on:1999-07", "-f", "json")
    assert (done.returncode, json.loads(done.stdout)["hits"]) == (ExitCode.NOTHING_FOUND, [])
    assert done.stderr.decode() == (
        "Nothing matches. 3 photographs of the library bear no date; for these the file's date counts.\n"
    )


def test_a_photograph_without_a_date_has_that_of_its_file_which_is_marked(known: Imgsearch, tmp_path: Path) -> None:
    mine = Imgsearch(tmp_path / "library", known.model)
    photos = draw(tmp_path / "photos", 3, seed=9)
    (photos / "000.png").rename(photos / "PXL_20190714_120000123.png")
    for number, day in ((1, datetime(2021, 5, 6)), (2, datetime(2018, 5, 6))):
        os.utime(photos / f"00{number}.png", (day.timestamp(), day.timestamp()))
    assert mine.run("index", photos).returncode == 0
    hits = json.loads(mine.run("query", "after:2019", "sort:date", "-f", "json").stdout)["hits"]
    assert [(Path(hit["path"]).name, hit["date"], hit["date_from"]) for hit in hits] == [
        ("001.png", "2021-05-06T00:00:00", "file"),
        ("PXL_20190714_120000123.png", "2019-07-14T12:00:00", "photograph"),
    ]
    days = mine.run("query", "on:2018-05-06").stdout.decode().splitlines()
    assert ["date" in days[0], "2018-05-06 (file)" in days[1]] == [True, True]
    assert "date" not in mine.run("query", "format:png").stdout.decode().splitlines()[0]
    assert b"PXL_2019" in mine.run("query", "before:2020", "after:2019", "-f", "paths").stdout


def test_pages_by_number(known: Imgsearch) -> None:
    pages = [known.run("query", "width:>0 sort:path", "-k", "2", "-p", page, "-f", "json") for page in "123"]
    ranks = [[hit["rank"] for hit in json.loads(page.stdout)["hits"]] for page in pages]
    assert ranks == [[1, 2], [3], []]
    assert [page.returncode for page in pages] == [0, 0, ExitCode.NOTHING_FOUND]
    assert [page.stderr for page in pages] == [b"1 to 2 of 3; --page 2 for more\n", b"", b"There is no page 3.\n"]
    chance = known.run("query", "width:>0 sort:random", "-k", "2")
    assert chance.stderr == b"1 to 2 of 3; go on with the cursor that --format json tells\n"


@pytest.mark.parametrize(
    ("query", "pointed"),
    [("dog OR cat", "    ^"), ("dog | cat", "    ^"), ("a dog|cat", "     ^"), ("dog colour:red", "    ^")],
)
def test_a_fault_of_the_query_is_pointed_at(known: Imgsearch, query: str, pointed: str) -> None:
    done = known.run("query", query)
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, b"")
    assert done.stderr.decode().splitlines()[1:] == [f"  {query}", f"  {pointed}"]


def test_searching_the_current_folder_brings_it_up_to_date(
    known: Imgsearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Imgsearch(tmp_path / "library", known.model)
    here, elsewhere = draw(tmp_path / "here", 2, seed=3), draw(tmp_path / "elsewhere", 1, seed=4)
    assert mine.run("index", elsewhere).returncode == 0
    monkeypatch.chdir(here)
    done = mine.run("search", "width:>0", "sort:path", "-f", "paths")
    assert done.stdout.decode().splitlines() == [str(here / "000.png"), str(here / "001.png")]
    assert done.stderr.startswith(b"2 new")
    draw(here / "deeper", 1, seed=5)
    monkeypatch.chdir(here / "deeper")
    assert mine.run("search", "width:>0", "-f", "paths").stdout.decode() == f"{here / 'deeper' / '000.png'}\n"
    assert mine.run("folders", "-f", "paths").stdout.decode().splitlines() == [str(elsewhere), str(here)]
    refused = Imgsearch(tmp_path / "none", known.model).run("search", "dog", "OR", "cat")
    assert refused.returncode == ExitCode.USAGE
    assert not (tmp_path / "none").exists()


def test_more_and_less_like_hits(imgsearch: Imgsearch) -> None:
    before = hits(imgsearch, "dog cat")
    liked = hits(imgsearch, "dog cat", "--more", "3")
    unliked = hits(imgsearch, "dog cat", "--less", "3")
    assert sorted(liked) == sorted(unliked) == sorted(before)
    assert liked.index(before[2]) <= 2 <= unliked.index(before[2])
    both = imgsearch.run("query", "dog cat", "--more", "3", "--less", "1", "--format", "json")
    plain = imgsearch.run("query", "dog cat", "--format", "json")
    scores = [{hit["image"]: hit["score"] for hit in json.loads(done.stdout)["hits"]} for done in (plain, both)]
    assert scores[0].keys() == scores[1].keys()
    assert scores[0] != scores[1]


def test_what_looks_the_same_is_folded_unless_asked_for(known: Imgsearch, tmp_path: Path) -> None:
    from PIL import Image

    shutil.copytree(known.library, tmp_path / "library")
    mine = Imgsearch(tmp_path / "library", known.model)
    (tmp_path / "again").mkdir()
    with Image.open(known.library.parent / "photos" / "001.png") as picture:
        picture.save(tmp_path / "again" / "001.bmp")
    assert mine.run("index", tmp_path / "again").returncode == 0
    folded = json.loads(mine.run("query", "caption:proposed picture", "--all", "--format", "json").stdout)["hits"]
    assert len(folded) == 1
    assert len(folded[0]["near_duplicates"]) == 1
    assert b"(+1 alike)" in mine.run("query", "caption:proposed picture", "--all").stdout
    assert len(hits(mine, "caption:proposed picture", "--all", "--duplicates")) == 2


def test_a_contact_sheet_needs_no_other_file(known: Imgsearch, tmp_path: Path) -> None:
    done = known.run("query", "dog <!>", "--html", tmp_path / "sheet.html", "--format", "paths")
    assert done.returncode == 0
    assert done.stderr.endswith(f"Wrote {tmp_path / 'sheet.html'}.\n".encode())
    page = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 2
    assert "a dog &amp; a &lt;cat&gt;" in page
    assert "<title>dog &lt;!&gt;</title>" in page
    assert "http" not in page
    assert "probability 99%, matched dog" in page


def test_photographs_are_copied(known: Imgsearch, folder: Path, tmp_path: Path) -> None:
    done = known.run("query", "dog", "--copy-to", tmp_path / "copies", "--format", "paths")
    assert done.returncode == 0
    assert done.stderr.decode() == f"Copied 2 photographs to {tmp_path / 'copies'}.\n"
    copied = {os.fsencode(path.name): path.read_bytes() for path in (tmp_path / "copies").iterdir()}
    assert copied == {
        name: (Path(os.fsdecode(bytes(folder) + b"/" + name))).read_bytes() for name in (b"000.png", CAFE)
    }


def test_photographs_are_opened_by_the_systems_viewer(known: Imgsearch, folder: Path, tmp_path: Path) -> None:
    viewer = tmp_path / "bin" / "xdg-open"
    viewer.parent.mkdir()
    viewer.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> {tmp_path}/opened\n')
    viewer.chmod(0o755)
    os.mkfifo(tmp_path / "opened")
    path = f"{viewer.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**known.environment(), "PATH": path, "DISPLAY": ":0"}
    command = known.command("query", "dog sort:path", "--open", "2", "--format", "paths")
    done = subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    # Nobody waits for the viewers, which wait until somebody reads.
    opened: list[bytes] = []
    while len(opened) < 2:
        opened += (tmp_path / "opened").read_bytes().splitlines()
    assert sorted(opened) == [bytes(folder) + b"/000.png", bytes(folder) + b"/caf\xe9.png"]


def test_pictures_are_only_drawn_in_a_terminal(known: Imgsearch) -> None:
    done = known.run("query", "dog", "--show", "--format", "paths")
    assert (done.returncode, done.stderr) == (0, b"Pictures are only drawn in a terminal.\n")


def test_scores_that_are_no_probabilities_are_said(imgsearch: Imgsearch) -> None:
    assert imgsearch.run("query", "a dog", "--format", "paths").stderr == NO_PROBABILITIES


def test_of_what_only_texts_say_there_are_no_scores(known: Imgsearch) -> None:
    done = known.run("query", "rex", "--format", "paths")
    assert (done.returncode, done.stdout.count(b"\n")) == (0, 1)
    assert b"calibrate" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["query", " "], ExitCode.USAGE, "imgsearch: the query holds no word"),
        (["query", " -dog -beach"], ExitCode.USAGE, "imgsearch: the query only says what not to show"),
        (["query", "colour:red"], ExitCode.USAGE, 'imgsearch: there is no filter "colour:", at character 1'),
        (["query", "after:tuesday"], ExitCode.USAGE, 'imgsearch: "tuesday" is not a date, at character 1'),
        (["query", "dog on:2024-02-30"], ExitCode.USAGE, 'imgsearch: "2024-02-30" is not a date, at character 5'),
        (["query", os.fsdecode(b"caption:\xe9")], ExitCode.USAGE, "holds bytes that are not text"),
        (["query", os.fsdecode(b"format:\xe9")], ExitCode.USAGE, "holds bytes that are not text"),
        (["query", "width:wide"], ExitCode.USAGE, '"wide" is not a size in pixels'),
        (["query", '"a dog'], ExitCode.USAGE, "the quotation mark at character 1 is never closed"),
        (["query", "like:nowhere.jpg"], ExitCode.FILE, "nowhere.jpg cannot be looked at: there is no such file"),
        (["query", "like:#999"], ExitCode.NOTHING_FOUND, "the library holds no photograph #999"),
        (["query", "like:#99999999999999999999"], ExitCode.FILE, "there is no such file"),
        (["query", "dog" * 2000], ExitCode.USAGE, "the query has 6,000 characters, and may have 2,000"),
        (["query", "dog", "--cursor", "nonsense"], ExitCode.USAGE, "the cursor was not given by imgsearch"),
        (["query", "dog", "--cursor", "WyJxIiwxLDIsM10"], ExitCode.USAGE, "the cursor belongs to another query"),
        (["query", "dog", "--more", "50"], ExitCode.USAGE, "there is no hit 50; the query has 2 without --more"),
        (["query", "dog", "--less", "3"], ExitCode.USAGE, "there is no hit 3"),
        (["query", "xqzzy"], ExitCode.NOTHING_FOUND, "no caption, tag or path contains them: xqzzy"),
        (["query", "sort:score tag:a"], ExitCode.USAGE, "sort:score needs words or like:"),
    ],
)
def test_bad_input_is_told_in_one_sentence(known: Imgsearch, arguments: list[str], code: ExitCode, words: str) -> None:
    found, sentence = refused(known, *arguments)
    assert found == code
    assert words in sentence


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["query", "dog", "-k", "0"], "greater than or equal to 1"),
        (["query", "dog", "--more", "0"], "greater than or equal to 1"),
        (["query", "dog", "--open", "-1"], "greater than or equal to 0"),
        (["query", "dog", "--format", "xml"], "'xml' is not one of"),
    ],
)
def test_options_out_of_range_are_refused(known: Imgsearch, arguments: list[str], words: str) -> None:
    done = known.run(*arguments)
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, b"")
    assert words in " ".join(done.stderr.decode().replace("│", " ").split())


def test_what_cannot_be_written_is_told(known: Imgsearch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for option, words in (("--html", "could not be written"), ("--copy-to", "cannot be made")):
        done = known.run("query", "dog", option, tmp_path / "file" / "under", "--format", "paths")
        assert done.returncode == ExitCode.FILE
        assert words in done.stderr.decode().splitlines()[-1]
        # The hits were printed all the same.
        assert len(done.stdout.splitlines()) == 2


def test_a_photograph_that_has_gone_is_left_out_of_the_copies(known: Imgsearch, tmp_path: Path) -> None:
    photos = draw(tmp_path / "photos", 2, seed=5)
    mine = Imgsearch(tmp_path / "library", known.model)
    assert mine.run("index", photos).returncode == 0
    (photos / "000.png").unlink()
    done = mine.run("query", "width:>0", "--copy-to", tmp_path / "copies", "--html", tmp_path / "page.html")
    assert done.returncode == ExitCode.SET_ASIDE
    assert f"not copied: {photos}/000.png: No such file or directory\n" in done.stderr.decode()
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["001.png"]
    assert "cannot be read now" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_no_question_loads_torch(known: Imgsearch) -> None:
    asked = ("dog", "dog -beach tag:rex after:2001 sort:date", '"on the beach"', "like:#1 dog", "like:#2 -like:#1")
    commands = [["query", words, "--all", "--model", str(known.model)] for words in asked]
    loaded = modules_after(*commands, environment=known.environment())
    assert "search.engine.ranking" in loaded
    assert loaded & {"torch", "torchvision", "alembic"} == set()


def test_a_file_of_the_library_loads_no_torch_either(known: Imgsearch, folder: Path) -> None:
    command = ["query", f"like:{folder}/000.png", "--model", str(known.model)]
    assert "torch" not in modules_after(command, environment=known.environment())
    assert hits(known, f"like:{folder}/000.png")[0] == b"000.png"
