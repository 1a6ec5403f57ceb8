"""Albums and saved searches on the command line: made, filled, asked for, renamed, deleted and taken back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import Imgsearch


@pytest.fixture
def mine(imgsearch: Imgsearch, tmp_path: Path) -> Imgsearch:
    """A copy of the library, to be changed."""
    return Imgsearch(Path(shutil.copytree(imgsearch.library, tmp_path / "library")), imgsearch.model)


def test_an_album_is_filled_asked_for_and_taken_back(mine: Imgsearch, photos: Path) -> None:
    first, second, third = (photos / f"00{number}.png" for number in range(3))
    done = mine.run("albums", "add", "My trip", third, first)
    assert b'Changed the album "My trip": 2 photographs; take it back with: imgsearch review undo' in done.stderr
    assert mine.run("albums", "add", "my TRIP", second, "--at", "1", "-n").returncode == 0
    added = mine.run("albums", "add", "my TRIP", second, "--at", "1", "--format", "json")
    assert json.loads(added.stdout) == {"album": "my TRIP", "photographs": 3, "dry_run": False}
    found = mine.run("query", 'album:"my trip"', "-f", "paths").stdout
    assert found.decode().split() == [str(second), str(third), str(first)]
    assert mine.run("albums", "remove", "My trip", third).returncode == 0
    listed = mine.run("albums", "--format", "json")
    assert json.loads(listed.stdout) == [{"name": "My trip", "photographs": 2, "query": None}]
    assert b"you took it out of the album" in mine.run("review", "history", third).stdout
    assert b"Deleted the album" in mine.run("albums", "delete", "my trip").stderr
    undone = mine.run("review", "undo")
    assert b"Undid the change of the albums of 2 photographs" in undone.stderr
    assert b"2  My trip" in mine.run("albums", "list").stdout
    assert len(mine.run("query", "album:none", "-f", "paths").stdout.split()) == 3


def test_months_are_counted_with_those_that_files_alone_date(mine: Imgsearch) -> None:
    (month,) = json.loads(mine.run("status", "--months", "--format", "json").stdout)
    assert (month["photographs"], month["by_file_date"]) == (5, 5)
    assert month["month"].encode() in mine.run("status", "--months").stdout
    assert len(mine.run("query", f"on:{month['month']}", "-f", "paths").stdout.splitlines()) == 5
    assert len(mine.run("query", "on:none", "-f", "paths").stdout.splitlines()) == 5
    assert mine.run("query", "-on:none", "-f", "paths").returncode == 3


def test_a_search_is_saved_asked_for_renamed_and_deleted(mine: Imgsearch, photos: Path) -> None:
    mine.run("review", "mark", photos / "000.png", "--rating", "4")
    saved = mine.run("albums", "save", "Best ones", "rating:>3", "-name:001*")
    assert b"""Saved "Best ones"; ask for it with: imgsearch query 'album:"Best ones"'""" in saved.stderr
    assert b"000.png" in mine.run("query", 'album:"best ones"', "-f", "paths").stdout
    again = mine.run("albums", "save", "best ones", "rating:5")
    assert (again.returncode, again.stderr) == (2, b'imgsearch: there is a saved search called "Best ones" already\n')
    assert mine.run("albums", "save", "best ones", "rating:5", "--force").returncode == 0
    assert mine.run("query", 'album:"best ones"').returncode == 3
    mine.run("albums", "rename", "Best ones", "Best")
    assert json.loads(mine.run("albums", "-f", "json").stdout) == [
        {"name": "Best", "photographs": None, "query": "rating:5"}
    ]
    deleted = mine.run("albums", "delete", "best")
    assert b"save it again with: imgsearch albums save Best rating:5" in deleted.stderr
    created = mine.run("albums", "create", "Empty", "-f", "json")
    assert json.loads(created.stdout) == {"album": "Empty", "photographs": 0}
    assert b'Deleted the album "Empty", which was empty.' in mine.run("albums", "delete", "Empty").stderr
