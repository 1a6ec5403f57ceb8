"""People's word on captions and tags, by the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from index_data import catalogue
from index_data.catalogue.annotation_records import LearntTag
from index_data.library import Library
from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch
from tests.e2e.test_help import modules_after


@pytest.fixture
def mine(imgsearch: Imgsearch, tmp_path: Path) -> Imgsearch:
    """A library of the five pictures that a test may change."""
    return Imgsearch(Path(shutil.copytree(imgsearch.library, tmp_path / "library")), imgsearch.model)


def listed(mine: Imgsearch, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(mine.run("review", "list", "--format", "json", *options).stdout)
    return found


def review(mine: Imgsearch, *arguments: str | bytes | Path) -> subprocess.CompletedProcess[bytes]:
    return mine.run("review", *arguments)


def test_from_the_queue_to_the_statistics(mine: Imgsearch, photos: Path) -> None:
    queue = listed(mine)
    assert len(queue) == 5
    uncertainties = [one["uncertainty"]["value"] for one in queue]
    assert uncertainties == sorted(uncertainties, reverse=True)
    first = os.fsencode(queue[0]["path"])
    edited = review(mine, "edit", first, "our dog on the beach")
    assert (edited.returncode, edited.stdout) == (0, b"")
    assert edited.stderr == b"Wrote the caption of 1 photograph; take it back with: imgsearch review undo\n"
    paths = b"\n".join(os.fsencode(one["path"]) for one in queue[1:])
    (mine.library.parent / "paths").write_bytes(paths)
    accepted = review(mine, "accept", "--from", mine.library.parent / "paths")
    assert accepted.stderr.startswith(b"Accepted the captions of 4 photographs;")
    nothing = review(mine, "list")
    assert (nothing.stdout, nothing.stderr) == (b"", b"No photograph waits for review.\n")
    (reviewed,) = [one for one in listed(mine, "--part", "reviewed") if os.fsencode(one["path"]) == first]
    assert (reviewed["caption"], reviewed["author"], reviewed["state"]) == (
        "our dog on the beach",
        "person",
        "accepted",
    )
    stats = json.loads(review(mine, "stats", "--format", "json").stdout)
    assert (stats["images"], stats["reviewed"], stats["waiting"]) == (5, 5, 0)
    (model,) = stats["models"].values()
    assert (model["accepted"], model["edited"], model["rejected"], model["unchanged"]) == (4, 1, 0, 0.8)
    assert "80.0%" in review(mine, "stats").stdout.decode()
    # What people wrote is searched by their words.
    hit = json.loads(mine.run("query", "our dog on the beach", "--format", "json").stdout)["hits"]
    assert "our dog on the beach" in [one["caption"] for one in hit]
    undone = review(mine, "undo")
    assert undone.stderr == b"Undid the acceptance of 4 photographs; do it again with: imgsearch review redo\n"
    assert len(listed(mine)) == 4
    assert review(mine, "redo").stderr == b"Redid the acceptance of 4 photographs.\n"
    assert review(mine, "redo").returncode == ExitCode.NOTHING_FOUND
    assert listed(mine) == []


def test_the_queue_of_what_answers_a_query(mine: Imgsearch, photos: Path) -> None:
    model = ["--model", str(mine.model)]
    everything = listed(mine)
    caption = everything[2]["caption"]
    answers = listed(mine, "--query", caption, *model)
    assert caption in [one["caption"] for one in answers]
    assert answers[0]["uncertainty"] is None
    by_uncertainty = listed(mine, "--query", caption, "--order", "uncertainty", *model)
    assert {one["path"] for one in by_uncertainty} == {one["path"] for one in answers}
    assert all(one["uncertainty"] for one in by_uncertainty)
    (named,) = listed(mine, "--query", "name:000.png", *model)
    assert named["path"] == str(photos / "000.png")
    review(mine, "accept", photos / "000.png")
    assert listed(mine, "--query", "name:000.png", *model) == []
    assert len(listed(mine, "--query", "name:000.png", "--part", "all", *model)) == 1
    unclear = review(mine, "list", "--query", '"a dog', *model)
    assert unclear.returncode == ExitCode.USAGE
    assert "is never closed" in unclear.stderr.decode()
    assert review(mine, "list", "--order", "query").returncode == ExitCode.USAGE


def test_rejecting_offers_others(mine: Imgsearch, photos: Path) -> None:
    path = photos / "001.png"
    before = {one["path"]: one["caption"] for one in listed(mine)}[str(path)]
    done = review(mine, "reject", path, "--model", mine.model or "", "--format", "json")
    assert done.returncode == 0
    (rejected,) = json.loads(done.stdout)
    assert rejected["caption"] != before
    assert rejected["caption"] in rejected["alternatives"]
    assert {one["path"]: one["caption"] for one in listed(mine)}[str(path)] == rejected["caption"]
    table = review(mine, "history", path).stdout.decode().splitlines()
    expected = [
        "  the model wrote  ",
        "  you rejected  ",
        "  the model wrote instead  ",
    ]
    assert [words in line for words, line in zip(expected, table[1:], strict=True)] == [True] * 3
    states = review(mine, "history", path, "--details").stdout.decode().splitlines()
    assert [" reject " in line for line in states] == [False, False, True, True]
    history = json.loads(review(mine, "history", path, "--format", "json").stdout)
    assert [(one["action"], one["became"]) for one in history] == [
        ("propose", "proposed"),
        ("reject", "rejected"),
        ("reject", "proposed"),
    ]


def test_tags_and_dry_runs(mine: Imgsearch, photos: Path) -> None:
    names = [photos / "000.png", photos / "001.png"]
    dry = review(mine, "tag", *names, "--add", "holiday", "--dry-run")
    assert dry.stderr == b"Would change 2 photographs; nothing is stored.\n"
    assert str(names[0]) in dry.stdout.decode()
    assert [one["tags"] for one in listed(mine)] == [[]] * 5
    assert review(mine, "tag", *names, "--add", "holiday", "--add", "sea").returncode == 0
    assert review(mine, "tag", names[0], "--remove", "sea").returncode == 0
    assert {one["path"]: one["tags"] for one in listed(mine) if one["tags"]} == {
        str(names[0]): ["holiday"],
        str(names[1]): ["holiday", "sea"],
    }
    assert review(mine, "tag", *names, "--add", "holiday").stderr == b"Nothing to change.\n"


def test_a_name_that_is_not_utf8(mine: Imgsearch, photos: Path) -> None:
    path = bytes(photos) + b"/caf\xe9.png"
    assert review(mine, "edit", path, "a café").returncode == 0
    assert path in review(mine, "list", "--part", "reviewed", "--format", "paths").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["accept", "no.png"], ExitCode.NOTHING_FOUND, "the library knows no photograph or video at"),
        (["accept"], ExitCode.USAGE, "name at least one photograph"),
        (["tag", "000.png"], ExitCode.USAGE, "name a tag with --add or --remove"),
        (["edit", "000.png", "  "], ExitCode.USAGE, "there are no words"),
        (["undo"], ExitCode.NOTHING_FOUND, "there is nothing to undo"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    imgsearch: Imgsearch, photos: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, words: str
) -> None:
    monkeypatch.chdir(photos)
    done = imgsearch.run("review", *arguments)
    assert (done.returncode, done.stdout) == (code, b"")
    assert words in " ".join(done.stderr.decode().replace("│", " ").split())


def test_only_rejecting_loads_torch(mine: Imgsearch, photos: Path) -> None:
    commands = [["review", *rest] for rest in (["list"], ["edit", str(photos / "000.png"), "a dog"], ["undo"])]
    assert "torch" not in modules_after(*commands, environment=mine.environment())


def test_proposed_tags_are_learnt_listed_judged_and_found(mine: Imgsearch) -> None:
    nothing = mine.run("learn")
    assert (nothing.returncode, nothing.stdout) == (ExitCode.NOTHING_FOUND, b"")
    assert nothing.stderr.startswith(b"No photograph has a tag yet;")
    unknown = mine.run("learn", "Bella")
    assert unknown.returncode == ExitCode.NOTHING_FOUND
    assert b'no photograph has the tag "Bella"' in unknown.stderr
    *tagged, likely, doubtful = sorted(one["path"] for one in listed(mine))
    review(mine, "tag", *map(os.fsencode, tagged), "--add", "Ben")
    (learnt,) = json.loads(mine.run("learn", "--format", "json").stdout)["tags"]
    assert (learnt["tag"], learnt["examples"], learnt["refused"], learnt["learnt_now"]) == ("Ben", 3, 0, True)
    put = LearntTag("Ben", "a model", datetime(2026, 1, 1), 3, 0, 5, 0.99, "digest")
    with Library.open(mine.library) as library, library.transaction(write=True) as session:
        images = catalogue.images_at(session, [os.fsencode(likely), os.fsencode(doubtful)])
        proposals = {images[os.fsencode(likely)]: 0.9, images[os.fsencode(doubtful)]: 0.55}
        catalogue.put_learnt_tag(session, put, proposals)
    waiting = [(one["path"], one["tag"], one["probability"]) for one in listed(mine, "--tags")]
    assert waiting == [(doubtful, "Ben", 0.55), (likely, "Ben", 0.9)]
    asked = ("query", "tag:ben?", "-k", "9", "--duplicates", "--format", "json")
    hits = {hit["path"]: hit["proposed_tags"] for hit in json.loads(mine.run(*asked).stdout)["hits"]}
    assert hits == {**{path: {} for path in tagged}, likely: {"Ben": 0.9}, doubtful: {"Ben": 0.55}}
    accepted = review(mine, "accept", "--tag", "Ben", "--least", "0.8")
    assert b'Accepted the proposed tag "Ben" of 1 photograph;' in accepted.stderr
    rejected = review(mine, "reject", "--tag", "Ben", os.fsencode(doubtful))
    assert b'Rejected the proposed tag "Ben" of 1 photograph;' in rejected.stderr
    assert b"you rejected the proposed tag" in review(mine, "history", os.fsencode(doubtful)).stdout
    assert review(mine, "list", "--tags").returncode == ExitCode.NOTHING_FOUND
    assert {hit["path"] for hit in json.loads(mine.run(*asked).stdout)["hits"]} == {*tagged, likely}
