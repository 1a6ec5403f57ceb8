"""Hits as people and programs read them: photographs without times, moments of films with theirs."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from index_data.catalogue.records import Moment, VideoRecord
from search.cli.hit_output import HitFormat, print_answer
from search.engine.answer import Answer
from search.engine.hits import Hit
from search.engine.query import Query
from search.engine.ranking import Ranking

DASH = "\N{EN DASH}"


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """A photograph and two moments of one film, of which the first stands for two more."""
    monkeypatch.chdir(tmp_path)
    film, others = VideoRecord(9, 4000.0), (Moment(0.0, 4.5, 2.0), Moment(4.5, 83.2, 50.0))
    photograph, video = os.fsencode(tmp_path / "beach.jpg"), os.fsencode(tmp_path / "holiday.mp4")
    hits = (
        Hit(
            *(0, 2.0, 0.88, 2, (video,), "a dog in the water", ()),
            moment=Moment(83.2, 91.04, 85.0),
            video=film,
            other_moments=others,
        ),
        Hit(1, 1.0, 0.7, 1, (photograph,), "a dog on a beach", ()),
        Hit(2, 0.5, 0.6, 3, (video,), "two people", (), moment=Moment(3590.5, 3725.0, 3600.0), video=film),
    )
    ranking = Ranking(np.array([2, 1, 3], np.int64), probabilities=np.array([0.88, 0.7, 0.6]))
    return Answer(ranking, Query(), hits=hits)


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)


def test_a_table_tells_when_a_moment_is(
    answer: Answer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    print_answer(answer, HitFormat.TABLE)
    lines = printed(capsys).splitlines()
    assert f"{tmp_path}/holiday.mp4 1:23{DASH}1:31 (+2 moments)  a dog in the water" in lines[1]
    assert re.fullmatch(rf" +2 +70%  {tmp_path}/beach.jpg +a dog on a beach", lines[2].rstrip())
    assert f"{tmp_path}/holiday.mp4 59:50{DASH}1:02:05 " in lines[3]


def test_a_terminal_of_80_columns_shows_all_of_it(
    answer: Answer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_answer(answer, HitFormat.TABLE)
    assert [line.rstrip() for line in printed(capsys).splitlines()] == [
        "rank  probability  path                                caption",
        f"   1          88%  holiday.mp4 1:23{DASH}1:31 (+2 moments)  a dog in the water",
        "   2          70%  beach.jpg                           a dog on a beach",
        f"   3          60%  holiday.mp4 59:50{DASH}1:02:05           two people",
    ]


def test_json_tells_times_of_moments_alone(answer: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(answer, HitFormat.JSON)
    first, photograph, _ = json.loads(printed(capsys))["hits"]
    assert {name: first[name] for name in ("start", "end", "time")} == {"start": 83.2, "end": 91.04, "time": 85.0}
    assert first["other_moments"] == [
        {"start": 0.0, "end": 4.5, "time": 2.0},
        {"start": 4.5, "end": 83.2, "time": 50.0},
    ]
    assert not {"start", "end", "time", "other_moments"} & photograph.keys()
    print_answer(answer, HitFormat.JSONL)
    lines = [json.loads(line) for line in printed(capsys).splitlines()]
    assert [line.get("time") for line in lines] == [85.0, None, 3600.0]


@pytest.mark.parametrize(("output", "end"), [(HitFormat.PATHS, b"\n"), (HitFormat.PATHS0, b"\0")])
def test_each_film_has_its_path_once(
    answer: Answer, output: HitFormat, end: bytes, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    print_answer(answer, output)
    here = os.fsencode(Path.cwd())
    assert capfdbinary.readouterr().out == here + b"/holiday.mp4" + end + here + b"/beach.jpg" + end
