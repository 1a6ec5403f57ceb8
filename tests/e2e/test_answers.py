"""What the commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import webvtt

from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch
from tests.e2e.test_help import modules_after
from tests.films import make_film, pattern
from tests.patience import PATIENCE

NO_PROBABILITIES = b"Scores of this model are not probabilities yet; make them so with: imgsearch calibrate\n"


def test_a_table_to_read(imgsearch: Imgsearch, photos: Path) -> None:
    done = imgsearch.run("query", "a dog on the beach", "-k", "3")
    assert done.returncode == 0
    header, *rows = done.stdout.decode().splitlines()
    assert header.split() == ["rank", "score", "path", "matched", "caption"]
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert all(str(photos) in row for row in rows)


def test_json_for_programs(imgsearch: Imgsearch, photos: Path) -> None:
    done = imgsearch.run("query", "a dog", "--format", "json")
    assert (done.returncode, done.stderr) == (0, NO_PROBABILITIES)
    answer = json.loads(done.stdout)
    assert set(answer) == {"hits", "total", "cursor", "calibrated", "unknown_words", "read_as"}
    assert [answer[name] for name in ("total", "cursor", "calibrated")] == [5, None, False]
    hits = answer["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4, 5]
    assert set(hits[0]) == {
        *("rank", "probability", "score", "image", "path", "other_paths", "near_duplicates"),
        *("date", "date_from", "caption", "keywords", "tags", "proposed_tags", "marks", "matched"),
    }
    assert {os.fsencode(hit["path"]) for hit in hits} == {os.fsencode(path) for path in photos.iterdir()}


def test_paths_are_the_bytes_of_the_file_system(imgsearch: Imgsearch, photos: Path) -> None:
    done = imgsearch.run("query", "a dog", "--format", "paths")
    assert done.stderr == NO_PROBABILITIES
    assert sorted(done.stdout.splitlines()) == sorted(os.fsencode(path) for path in photos.iterdir())


def test_a_strange_name_cannot_break_a_table(imgsearch: Imgsearch) -> None:
    assert rb"caf\xe9.png" in imgsearch.run("query", "a dog").stdout


def test_a_picture_as_the_question(imgsearch: Imgsearch, photos: Path) -> None:
    done = imgsearch.run("query", "--image", photos / "002.png", "--format", "paths", "-k", "1")
    assert (done.returncode, done.stdout) == (0, os.fsencode(photos / "002.png") + b"\n")


def test_unknown_words_are_told_on_stderr(imgsearch: Imgsearch) -> None:
    done = imgsearch.run("query", "a purple dog", "--format", "paths", "-k", "1")
    assert done.returncode == 0
    assert b"The model does not know: purple. They are only looked for in captions, tags and paths.\n" in done.stderr


def test_captions_of_files_that_are_in_no_library(imgsearch: Imgsearch, photos: Path) -> None:
    done = imgsearch.run("caption", photos / "000.png", photos / "001.png", "--nearest", "2", "--format", "json")
    assert (done.returncode, done.stderr) == (0, b"")
    first, second = json.loads(done.stdout)
    assert (first["path"], second["path"]) == (str(photos / "000.png"), str(photos / "001.png"))
    assert first["caption"]
    assert 0 <= first["confidence"] <= 1
    assert [hit["rank"] for hit in first["nearest"]] == [1, 2]
    assert [word["word"] for word in first["words"]] == first["caption"].split()
    assert all(0 <= word["probability"] <= 1 and "attention" not in word for word in first["words"])
    table = imgsearch.run("caption", photos / "000.png").stdout.decode()
    assert first["caption"] in table


def test_attention_maps_on_request(imgsearch: Imgsearch, photos: Path) -> None:
    done = imgsearch.run("caption", photos / "000.png", "--attention", "--format", "json")
    (described,) = json.loads(done.stdout)
    for word in described["words"]:
        assert sum(map(sum, word["attention"])) == pytest.approx(1, abs=0.01)
    refused = imgsearch.run("caption", photos / "000.png", "--attention")
    assert (refused.returncode, refused.stdout) == (ExitCode.USAGE, b"")
    assert "only printed with --format json" in refused.stderr.decode()


def test_internals_are_shown_under_details_alone(imgsearch: Imgsearch, photos: Path) -> None:
    picture = str(photos / "000.png")
    for command, internals in (
        (["status"], ["schema", "index", "catalogue.sqlite"]),
        (["doctor"], ["the network can run"]),
        (["review", "list"], ["uncertainty"]),
        (["review", "history", picture], ["propose ", "became"]),
        (["caption", picture], ["score"]),
    ):
        plain, detailed = (imgsearch.run(*command, *more).stdout.decode() for more in ([], ["--details"]))
        assert [name in plain for name in internals] == [False] * len(internals)
        assert [name in detailed for name in internals] == [True] * len(internals)


def test_status_as_table_and_json(imgsearch: Imgsearch) -> None:
    table = imgsearch.run("status")
    assert (table.returncode, table.stderr) == (0, b"")
    assert re.search(r"^photographs +5 *$", table.stdout.decode(), re.MULTILINE)
    assert "5 new" in table.stdout.decode()
    record = json.loads(imgsearch.run("status", "--format", "json").stdout)
    assert (record["images"], record["set_aside"]) == (5, 0)
    assert record["folder"] == str(imgsearch.library)
    assert list(record["models"].values()) == [5]
    assert record["last_scan"]["new"] == 5


def test_a_reader_that_has_seen_enough(imgsearch: Imgsearch) -> None:
    query = subprocess.Popen(
        imgsearch.command("query", "a dog", "--format", "json"),
        env=imgsearch.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert query.stdout is not None
    query.stdout.close()
    _, stderr = query.communicate(timeout=PATIENCE)
    assert (query.returncode, stderr) == (1, NO_PROBABILITIES)


def test_version(imgsearch: Imgsearch) -> None:
    assert imgsearch.run("--version").stdout.strip().count(b".") == 2


def test_a_question_never_loads_torch(imgsearch: Imgsearch) -> None:
    loaded = modules_after(["query", "a dog", "--model", str(imgsearch.model)], environment=imgsearch.environment())
    assert "numpy" in loaded
    assert loaded & {"torch", "torchvision", "alembic", "faiss", "sqlalchemy", "openvino"} == set()
    # Without a GPU nothing is prepared for one.
    assert loaded & {"index_data.vectors.gpu", "index_data.vectors.gpu_process", "multiprocessing"} == set()


def test_a_film_becomes_moments_and_subtitles(imgsearch: Imgsearch, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", [("red", 3.0), (pattern(1), 3.0)], gop=10)
    picture = tmp_path / "picture.png"
    pattern(2).save(picture)
    first, *moments = json.loads(imgsearch.run("caption", picture, film, "--format", "json").stdout)
    assert "start" not in first
    assert moments[0]["path"] == str(film)
    assert (moments[0]["start"], moments[-1]["end"]) == (0.0, 6.0)
    assert all(moment["start"] <= moment["time"] < moment["end"] for moment in moments)
    sentences = [moment["caption"] for moment in moments]
    table = imgsearch.run("caption", film).stdout.decode()
    assert "film.mp4 0:00\N{EN DASH}" in table
    assert all(sentence in table for sentence in sentences)
    subtitles = imgsearch.run("caption", film, "--format", "vtt")
    assert [cue.text for cue in webvtt.from_string(subtitles.stdout.decode()).captions] == sentences
    assert imgsearch.run("caption", film, "--format", "srt").stdout.startswith(b"1\n00:00:00,000 --> 00:00:0")
    assert imgsearch.run("caption", film, "--format", "chapters").stdout.startswith(b";FFMETADATA1\n")
    refused = imgsearch.run("caption", film, picture, "--format", "srt")
    assert (refused.returncode, refused.stdout) == (ExitCode.USAGE, b"")
    assert "name one video file" in refused.stderr.decode()


def test_a_file_that_is_no_film_is_named(imgsearch: Imgsearch, tmp_path: Path) -> None:
    (tmp_path / "words.mp4").write_bytes(b"words")
    done = imgsearch.run("caption", tmp_path / "words.mp4", "--format", "srt")
    assert (done.returncode, done.stdout) == (ExitCode.FILE, b"")
    assert done.stderr.decode().startswith("not described: ")
    assert done.stderr.decode().count("\n") == 1
