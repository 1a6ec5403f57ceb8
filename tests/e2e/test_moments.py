"""Moments of videos on the command line: found, told, named, judged, copied and looked like."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from captioning.lazy_captioner import LazyCaptioner
from captioning.videos import read_facts
from index_data import catalogue
from index_data.library import Library
from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch
from tests.films import make_film, pattern
from tests.unit.index_data.conftest import film

DASH = "\N{EN DASH}"
TIMES = [(0.0, 3.0, 1.5), (3.0, 6.0, 4.5)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of two scenes of three seconds each."""
    made = tmp_path_factory.mktemp("films")
    make_film(made / "holiday.mp4", [(pattern(1), 3), (pattern(2), 3)], gop=10, sound=True)
    return made


@pytest.fixture(scope="module")
def known(imgsearch: Imgsearch, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Imgsearch:
    """The library of the five pictures, and the video in it; tests only read it."""
    own = Imgsearch(
        Path(shutil.copytree(imgsearch.library, tmp_path_factory.mktemp("e2e") / "library")), imgsearch.model
    )
    path = folder / "holiday.mp4"
    with Library.open(own.library) as library:
        film(library, path, [(200, 40, 40), (40, 40, 200)], LazyCaptioner.open(own.model), times=TIMES)
        with library.transaction(write=True) as session:
            (number,) = catalogue.images_at(session, [bytes(path)]).values()
            stamp = {"byte_size": path.stat().st_size, "mtime_ns": path.stat().st_mtime_ns}
            catalogue.put_place(session, bytes(path), image_id=number, scan_id=1, **stamp)
    return own


@pytest.fixture
def mine(known: Imgsearch, tmp_path: Path) -> Imgsearch:
    """The same, to be changed."""
    return Imgsearch(Path(shutil.copytree(known.library, tmp_path / "library")), known.model)


def test_a_video_is_folded_and_all_of_its_moments_are_told(known: Imgsearch, folder: Path) -> None:
    table = known.run("query", "type:video").stdout.decode()
    assert f"{folder}/holiday.mp4 0:00{DASH}0:03 (+1 moment)" in table
    whole = known.run("query", "type:video", "--duplicates").stdout.decode().splitlines()
    assert [
        f"holiday.mp4 0:0{start}{DASH}0:0{start + 3} " in line for start, line in zip((0, 3), whole[1:], strict=True)
    ]
    assert known.run("query", "type:video", "--duplicates", "-f", "paths").stdout.count(b"holiday.mp4") == 1
    first, second = json.loads(known.run("query", "type:video", "--duplicates", "-f", "json").stdout)["hits"]
    assert [(hit["start"], hit["end"], hit["time"]) for hit in (first, second)] == TIMES
    lines = known.run("query", "path:photos", "-f", "jsonl").stdout.splitlines()
    assert [json.loads(line).get("start") for line in lines] == [None] * 5


def test_a_moment_is_looked_like_by_its_name(known: Imgsearch, folder: Path) -> None:
    film, whole = f"{folder}/holiday.mp4", ["--duplicates", "-f", "jsonl"]
    hits = [
        json.loads(line) for line in known.run("query", f"like:{film}@0:04", "type:video", *whole).stdout.splitlines()
    ]
    assert hits[0]["start"] == 3.0
    others = [json.loads(line) for line in known.run("similar", f"{film}@0:04", *whole).stdout.splitlines()]
    assert (3.0 in [hit.get("start") for hit in others], 0.0 in [hit.get("start") for hit in others]) == (False, True)
    refused = known.run("similar", film)
    assert (refused.returncode, refused.stdout) == (7, b"")
    assert f"{film} is a video; name a moment of it, such as {film}@0:05".encode() in refused.stderr
    assert f"{film} shows nothing at 9:00".encode() in known.run("query", f"like:{film}@9:00").stderr


def test_people_judge_a_moment_or_all_of_a_video(mine: Imgsearch, folder: Path, photos: Path) -> None:
    film = folder / "holiday.mp4"
    second = f"{film}@0:04"
    done = mine.run("review", "tag", second, "--add", "sea")
    assert done.stderr == b"Changed the tags of 1 moment; take it back with: imgsearch review undo\n"
    assert f"holiday.mp4 0:03{DASH}0:06".encode() in mine.run("query", "tag:sea").stdout
    done = mine.run("review", "mark", film, photos / "000.png", "--rating", "4")
    assert done.stderr.startswith(b"Marked 1 photograph and 2 moments; ")
    assert mine.run("review", "undo").stderr.startswith(b"Undid the marks of 1 photograph and 2 moments; ")
    shown = mine.run("review", "tag", film, "--add", "sun", "-n")
    assert f"{film} 0:00{DASH}0:03 ".encode() in shown.stdout
    assert shown.stderr == b"Would change 2 moments; nothing is stored.\n"
    assert mine.run("albums", "add", "Trip", film).returncode == 0
    assert len(mine.run("query", "album:Trip", "-f", "jsonl").stdout.splitlines()) == 2
    assert mine.run("review", "edit", second, "our dog swims").returncode == 0
    assert b"you wrote" in mine.run("review", "history", second).stdout
    (hit,) = json.loads(mine.run("query", "caption:human", "-f", "json").stdout)["hits"]
    assert (hit["caption"], hit["start"]) == ("our dog swims", 3.0)
    rejected = mine.run("review", "reject", second, "--model", mine.model or "", "-f", "json")
    assert json.loads(rejected.stdout)[0]["time"] == 4.5
    several = mine.run("review", "edit", film, "ours")
    assert several.returncode == 2
    assert "has 2 moments; name one of them" in " ".join(several.stderr.decode().replace("│", " ").split())
    nothing = mine.run("review", "accept", f"{film}@7:00")
    assert (nothing.returncode, nothing.stderr.decode()) == (3, f"imgsearch: {film} shows nothing at 7:00\n")


def test_moments_wait_for_review_each_by_its_name(mine: Imgsearch, folder: Path, tmp_path: Path) -> None:
    asked = ["review", "list", "--query", "type:video"]
    assert f"holiday.mp4 0:03{DASH}0:06 ".encode() in mine.run(*asked).stdout
    assert sorted(item["start"] for item in json.loads(mine.run(*asked, "-f", "json").stdout)) == [0.0, 3.0]
    names = sorted(mine.run(*asked, "-f", "paths").stdout.splitlines())
    assert names == [bytes(folder) + b"/holiday.mp4@0:01.5", bytes(folder) + b"/holiday.mp4@0:04.5"]
    (tmp_path / "names").write_bytes(names[1])
    accepted = mine.run("review", "accept", "--from", tmp_path / "names")
    assert accepted.stderr.startswith(b"Accepted the captions of 1 moment; ")
    assert mine.run(*asked, "-f", "paths").stdout == names[0] + b"\n"


@pytest.mark.parametrize("ending", ["jsonl", "csv", "json"])
def test_words_of_a_moment_leave_and_come_back(mine: Imgsearch, folder: Path, tmp_path: Path, ending: str) -> None:
    film, words = folder / "holiday.mp4", tmp_path / f"words.{ending}"
    mine.run("review", "edit", f"{film}@0:04", "our dog swims")
    written = mine.run("export", words, "--query", "type:video")
    assert written.stderr.decode() == f"Wrote the words of 1 moment to {words}.\n"
    assert f"{film}@0:04.5" in words.read_text()
    assert mine.run("import", words).stderr == b"Nothing to change.\n"
    mine.run("review", "undo")
    assert mine.run("import", words).stderr.startswith(b"Took the words of 1 moment; ")
    (hit,) = json.loads(mine.run("query", "caption:human", "-f", "json").stdout)["hits"]
    assert (hit["caption"], hit["start"]) == ("our dog swims", 3.0)


def test_subtitles_lie_beside_a_video_and_come_back(mine: Imgsearch, folder: Path, tmp_path: Path) -> None:
    second = f"{folder}/holiday.mp4@0:04"
    assert mine.run("review", "edit", second, "our <tent> & a dog").returncode == 0
    try:
        done = mine.run("export", "--format", "vtt")
        assert (done.returncode, done.stdout) == (ExitCode.OK, b"")
        assert "Wrote the subtitles of 1 video; 0 up to date already." in done.stderr.decode()
        again = mine.run("export", "--format", "vtt", "--proposals")
        assert again.returncode == ExitCode.SET_ASIDE
        assert "holiday.vtt could not be written: it is there already; replace it with --force" in again.stderr.decode()
    finally:
        subtitles = (folder / "holiday.vtt").rename(tmp_path / "holiday.vtt")
    assert subtitles.read_text() == "WEBVTT\n\n00:00:03.000 --> 00:00:06.000\nour &lt;tent&gt; &amp; a dog\n"
    mine.run("review", "undo")
    subtitles.write_text(subtitles.read_text().replace("a dog", "two dogs"))
    assert "Took the words of 1 moment" in mine.run("import", subtitles).stderr.decode()
    (hit,) = json.loads(mine.run("query", '"two dogs"', "-f", "json").stdout)["hits"]
    assert (hit["start"], hit["caption"]) == (3.0, "our <tent> & two dogs")
    refused = mine.run("export", tmp_path / "other.vtt")
    assert (refused.returncode, refused.stdout) == (ExitCode.USAGE, b"")
    assert "subtitles lie beside the videos" in refused.stderr.decode()


def test_words_that_mean_no_moment_are_named(mine: Imgsearch, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "words.csv").write_text(f"path,caption\n{folder}/holiday.mp4,all\n{folder}/holiday.mp4@7:00,none\n")
    done = mine.run("import", tmp_path / "words.csv")
    assert done.returncode == 4
    assert b"holiday.mp4 was passed over: it is a video; name a moment of it" in done.stderr
    assert b"holiday.mp4@7:00 was passed over: the video shows nothing at that time" in done.stderr


def test_a_moment_is_cut_out_or_its_video_copied_once(known: Imgsearch, tmp_path: Path) -> None:
    asked = ["query", "type:video", "--duplicates", "-f", "paths", "--copy-to"]
    whole = known.run(*asked, tmp_path / "whole")
    assert whole.stderr.decode() == f"Copied 1 file to {tmp_path}/whole.\n"
    assert [path.name for path in (tmp_path / "whole").iterdir()] == ["holiday.mp4"]
    cut = known.run(*asked, tmp_path / "clips", "--clip")
    assert cut.stderr.decode() == f"Copied 2 files to {tmp_path}/clips.\n"
    clips = sorted((tmp_path / "clips").iterdir())
    assert [path.name for path in clips] == ["holiday 0.00-0.03.mp4", "holiday 0.03-0.06.mp4"]
    assert [round(read_facts(clip).duration) for clip in clips] == [3, 3]
    refused = known.run("query", "type:video", "--clip")
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"name a folder with --copy-to" in refused.stderr


def test_a_page_shows_the_frames_with_their_times(known: Imgsearch, tmp_path: Path) -> None:
    assert known.run("query", "type:video", "--duplicates", "--html", tmp_path / "page.html").returncode == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('<img src="data:image/jpeg') == 2
    assert f"holiday.mp4 0:03{DASH}0:06</p>" in page


def test_stored_captions_of_moments_are_found_with_their_times(known: Imgsearch) -> None:
    hits = json.loads(known.run("captions", "a dog", "-k", "99", "-f", "json").stdout)
    assert [hit["start"] for hit in hits if hit["path"].endswith("holiday.mp4")] != []
    assert known.run("captions", "a dog", "-k", "99").stdout.decode().count(f"{DASH}0:0") == 2


def test_a_video_moves_once_and_comes_back(known: Imgsearch, folder: Path, tmp_path: Path) -> None:
    mine = Imgsearch(tmp_path / "library", known.model)
    place = tmp_path / "films"
    shutil.copytree(known.library, mine.library)
    place.mkdir()
    moved = mine.run("query", "type:video", "--duplicates", "--move-to", place, "-f", "paths")
    try:
        assert moved.stderr.decode() == f"Moved 1 file to {place}.\n"
        assert mine.run("query", "type:video", "-f", "paths").stdout == bytes(place / "holiday.mp4") + b"\n"
        told = mine.run("review", "history", f"{place}/holiday.mp4@0:04").stdout
        assert b"you moved it to" in told
    finally:
        undone = mine.run("review", "undo")
    assert undone.stderr == b"Moved 1 video back.\n"
    assert (folder / "holiday.mp4").is_file()


def test_a_backup_brings_moments_and_what_was_said_of_them_back(mine: Imgsearch, folder: Path, tmp_path: Path) -> None:
    name, backup = f"{folder}/holiday.mp4@0:04", tmp_path / "backup.sqlite"
    assert mine.run("review", "edit", name, "a blue wall").returncode == 0
    known = mine.run("query", "type:video", "--duplicates", "-f", "json").stdout
    assert b"a blue wall" in known
    assert mine.run("backup", backup).returncode == 0
    elsewhere = Imgsearch(tmp_path / "elsewhere", mine.model)
    assert elsewhere.run("restore", backup).returncode == 0
    assert elsewhere.run("query", "type:video", "--duplicates", "-f", "json").stdout == known
