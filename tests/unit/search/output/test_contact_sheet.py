"""A contact sheet is one page that shows what it is given and runs nothing."""

from __future__ import annotations

import base64
import io
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from index_data.catalogue.records import Moment
from search.engine.hits import Hit, Why
from search.errors import PageError
from search.output.contact_sheet import write_contact_sheet
from tests.films import make_film


def hit(path: Path, *, rank: int = 0, probability: float | None = 0.987, caption: str = "a dog") -> Hit:
    return Hit(rank, 1.0, probability, 1, (os.fsencode(path),), caption, ("dog",), ("rex",), Why(caption=("dog",)))


def test_each_hit_has_its_picture_words_and_place(tmp_path: Path) -> None:
    Image.new("RGB", (900, 300), (200, 10, 10)).save(tmp_path / "a.png")
    page = tmp_path / "page.html"
    write_contact_sheet(
        page, [hit(tmp_path / "a.png"), hit(tmp_path / "gone.png", rank=1, probability=None)], title="a dog"
    )
    text = page.read_text(encoding="utf-8")
    assert text.count('<img src="data:image/jpeg;base64,') == 1
    assert text.count("cannot be read now") == 1
    assert "1. probability 99%, matched dog" in text
    assert "2., matched dog" in text
    assert "rex" in text
    assert str(tmp_path / "gone.png") in text
    assert "<title>a dog</title>" in text


def test_a_moment_of_a_film_is_shown_by_its_frame_with_its_times(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", [("red", 2), ("blue", 2)])
    moments = [Moment(0.0, 2.0, 1.0), Moment(2.0, 4.0, 3.0)]
    hits = [replace(hit(film, rank=rank), moment=moment) for rank, moment in enumerate(moments)]
    write_contact_sheet(tmp_path / "page.html", hits, title="a film")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    for times in ("0:00\N{EN DASH}0:02", "0:02\N{EN DASH}0:04"):
        assert f"{film} {times}" in text
    pictures = re.findall(r"data:image/jpeg;base64,([^\"]+)", text)
    frames = [np.asarray(Image.open(io.BytesIO(base64.b64decode(picture)))) for picture in pictures]
    assert [int(frame.mean((0, 1)).argmax()) for frame in frames] == [0, 2]


def test_nothing_of_a_photograph_is_taken_for_html(tmp_path: Path) -> None:
    evil = '"><script>alert(1)</script>'
    page = tmp_path / "page.html"
    write_contact_sheet(page, [hit(tmp_path / f"{evil.replace('/', '')}.png", caption=evil)], title=evil)
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 3


def test_a_path_that_is_not_utf8_is_shown(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_contact_sheet(page, [hit(tmp_path / os.fsdecode(b"caf\xe9.png"))], title=os.fsdecode(b"caf\xe9"))
    assert r"caf\xe9.png" in page.read_text(encoding="utf-8")


def test_no_hits_make_an_empty_sheet(tmp_path: Path) -> None:
    write_contact_sheet(tmp_path / "page.html", [], title="nothing")
    assert "<figure>" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(PageError, match="could not be written: No such file or directory"):
        write_contact_sheet(tmp_path / "no" / "page.html", [], title="a dog")
