"""What must never be lost or exposed: the place that was asked for, folders that nobody chose, files that are there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import Imgsearch, draw


@pytest.fixture
def own(tmp_path: Path, tiny_model: Path) -> Imgsearch:
    """A library that is not there yet."""
    return Imgsearch(tmp_path / "library", tiny_model)


def test_the_place_that_met_the_filter_comes_first_everywhere(own: Imgsearch, tmp_path: Path) -> None:
    first, copy = draw(tmp_path / "v" / "2021", 2) / "000.png", tmp_path / "v" / "family" / "copy.png"
    copy.parent.mkdir()
    shutil.copy(first, copy)
    assert own.run("index", tmp_path / "v").returncode == 0
    for asked, place in (("name:copy*", copy), ("path:family", copy), ("path:2021 name:000*", first)):
        paths = own.run("query", asked, "-f", "paths").stdout.decode().splitlines()
        assert paths == [str(place)]
        (hit,) = json.loads(own.run("query", asked, "-f", "json").stdout)["hits"]
        assert hit["path"] == str(place)
        assert hit["other_paths"] == [str(first if place == copy else copy)]
        listed = own.run("review", "list", "--query", asked, "-f", "paths").stdout.decode().splitlines()
        assert listed == [str(place)]
    assert str(copy) in own.run("query", "name:copy*").stdout.decode()
    own.run("query", "name:copy*", "--copy-to", tmp_path / "out", "--html", tmp_path / "sheet.html")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["copy.png"]
    assert str(copy) in (tmp_path / "sheet.html").read_text()
    similar = own.run("similar", tmp_path / "v" / "2021" / "001.png", "name:copy*", "-f", "paths")
    assert similar.stdout.decode().splitlines() == [str(copy)]
    ordered = own.run("query", "path:v sort:path path:family", "-f", "paths").stdout.decode().splitlines()
    assert ordered == [str(copy)]
