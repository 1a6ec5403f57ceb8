"""The model that ships answers with sense, on photographs that packages carry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from captioning.model_file import SHIPPED, read_model_file
from search.cli.exit_codes import ExitCode
from search.samples import copy_sample_photographs
from tests.e2e.conftest import Imgsearch
from tests.films import make_film, sample_photographs


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Imgsearch:
    """A library of the sample photographs, described by the model inside the package."""
    folder = tmp_path_factory.mktemp("samples")
    copy_sample_photographs(folder / "photographs")
    pictures = sample_photographs()
    scenes = [(pictures["china"], 7.0), (pictures["motorcycle_left"], 3.0)]
    make_film(folder / "photographs" / "holiday.mp4", scenes, size=(320, 240), sound=True)
    made = Imgsearch(folder / "library", None)
    assert made.run("index", folder / "photographs").returncode == 0
    return made


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("a cat", "chelsea.png"),
        ("a motorcycle", "motorcycle_left.png"),
        ("a flower", "flower.jpg"),
        ("a cup of coffee on a table", "coffee.png"),
    ],
)
def test_it_finds_what_is_asked_for(shipped: Imgsearch, question: str, name: str) -> None:
    found = shipped.run("query", question, "-k", "3", "--format", "paths").stdout.decode().splitlines()
    assert name in [Path(path).name for path in found]


def test_a_moment_of_a_film_is_found_by_its_words_with_its_time(shipped: Imgsearch) -> None:
    hits = json.loads(shipped.run("query", "a motorcycle type:video", "-f", "json").stdout)["hits"]
    (moment,) = hits
    assert Path(moment["path"]).name == "holiday.mp4"
    assert (moment["start"], moment["end"]) == (pytest.approx(7, abs=0.5), pytest.approx(10, abs=0.5))
    assert 7 <= moment["time"] <= 10


def test_a_cup_is_among_the_nearest_though_too_unlikely_to_be_shown(shipped: Imgsearch) -> None:
    found = shipped.run("query", "a cup", "--all", "-k", "3", "--format", "paths").stdout.decode().splitlines()
    assert "coffee.png" in [Path(path).name for path in found]


def test_it_says_when_nothing_matches(shipped: Imgsearch) -> None:
    for nonsense in ("sdfsdflksdfj", "a spreadsheet of taxes"):
        done = shipped.run("query", nonsense)
        assert (done.returncode, done.stdout) == (ExitCode.NOTHING_FOUND, b"")


def test_words_that_a_person_wrote_count_nearly_as_certain(shipped: Imgsearch) -> None:
    folder = Path(shipped.run("query", "width:>0", "-k", "1", "-f", "paths").stdout.decode().strip()).parent
    before = json.loads(shipped.run("query", "dog", "-f", "json").stdout)["hits"]
    assert shipped.run("review", "edit", folder / "coins.png", "our dog Ben").returncode == 0
    assert shipped.run("review", "tag", folder / "moon.png", "--add", "Ben").returncode == 0
    try:
        for question in ("Ben", '"Ben"'):
            hits = json.loads(shipped.run("query", question, "-f", "json").stdout)["hits"]
            assert {Path(hit["path"]).name for hit in hits} == {"coins.png", "moon.png"}
            assert min(hit["probability"] for hit in hits) > 0.9
        first, *others = json.loads(shipped.run("query", "our dog", "-f", "json").stdout)["hits"]
        assert (Path(first["path"]).name, first["probability"] > 0.9) == ("coins.png", True)
        # They hide nothing that was an answer without them.
        assert {hit["path"] for hit in before} <= {hit["path"] for hit in (first, *others)}
    finally:
        shipped.run("review", "undo")
        shipped.run("review", "undo")


def test_it_is_small_enough_and_says_what_it_is() -> None:
    assert SHIPPED.stat().st_size <= 60_000_000
    card = read_model_file().card
    assert card["validation"]["rsum"] >= 3.7
    assert card["validation"]["cider_d"] >= 0.55
    assert sum(card["training"]["start"].values()) == pytest.approx(1)


def test_the_demo_shows_questions_with_their_hits(tmp_path: Path) -> None:
    demo = Imgsearch(tmp_path / "library", None)
    done = demo.run("demo", "--library", tmp_path / "library")
    assert done.returncode == ExitCode.OK
    assert b"15 new" in done.stderr
    assert done.stderr.count(b"$ imgsearch query") == 5
    assert done.stdout.count(b"rank") == 4
    assert b'$ imgsearch query "a spreadsheet of taxes" -k 3\nNothing matches.\n' in done.stderr
