"""Photographs are rated by a command, found by it, and the history tells."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.e2e.conftest import Imgsearch


def test_marks_are_set_found_and_told(imgsearch: Imgsearch, tmp_path: Path, photos: Path) -> None:
    mine = Imgsearch(Path(shutil.copytree(imgsearch.library, tmp_path / "library")), imgsearch.model)
    first, second = photos / "000.png", photos / "001.png"
    assert mine.run("review", "mark", first, second, "--rating", "4", "--label", "red").returncode == 0
    done = mine.run("review", "mark", first, "--pick", "picked", "--favourite")
    assert b"Marked 1 photograph; take it back with: imgsearch review undo" in done.stderr
    found = mine.run("query", "rating:>3 label:red picked:yes favourite:yes", "--format", "json")
    (hit,) = json.loads(found.stdout)["hits"]
    assert hit["path"] == str(first)
    assert hit["marks"] == {"favourite": "yes", "label": "red", "pick": "picked", "rating": "4"}
    assert b"rating 4" in mine.run("review", "history", first).stdout
    (*_, entry) = json.loads(mine.run("review", "history", second, "--format", "json").stdout)
    assert (entry["mark"], entry["became"]) == ("label", "red")
    assert mine.run("review", "mark", second, "--rating", "0").returncode == 0
    assert b"000.png" in mine.run("query", "rating:4", "--format", "paths").stdout
    assert b"001.png" not in mine.run("query", "rating:4", "--format", "paths").stdout
    assert b"--rating, --label, --pick or --favourite" in mine.run("review", "mark", second).stderr
