"""Copies are whole or not there, and none takes another's place."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from captioning.videos import read_facts, read_frame
from index_data.catalogue.records import Moment
from search.engine.hits import Hit
from search.errors import CopyError
from search.output.copying import copy_clips, copy_photographs
from search.output.file_words import FileAct, failure
from tests.films import make_film


def write(path: Path, content: bytes) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return os.fsencode(path)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def copied(sources: list[bytes], folder: Path) -> tuple[int, list[str]]:
    """How many were copied or lay there already, and a sentence for each that could not be."""
    outcomes = list(copy_photographs(sources, folder))
    problems = [failure(FileAct.COPY, outcome) for outcome in outcomes if outcome.problem]
    return len(outcomes) - len(problems), problems


def test_files_are_copied_with_their_times(tmp_path: Path) -> None:
    source = write(tmp_path / "a" / os.fsdecode(b"caf\xe9.png"), b"one")
    os.utime(source, ns=(5_000_000_000, 7_000_000_000))
    assert copied([source], tmp_path / "deep" / "copies") == (1, [])
    (copy,) = (tmp_path / "deep" / "copies").iterdir()
    assert (os.fsencode(copy.name), copy.read_bytes(), copy.stat().st_mtime_ns) == (
        b"caf\xe9.png",
        b"one",
        7_000_000_000,
    )


def test_a_name_that_is_taken_gets_a_number_and_the_same_file_is_no_clash(tmp_path: Path) -> None:
    sources = [write(tmp_path / folder / "x.tar.png", folder.encode()) for folder in ("a", "b", "c")]
    for _ in range(2):
        assert copied(sources, tmp_path / "copies") == (3, [])
        assert contents(tmp_path / "copies") == {"x.tar.png": b"a", "x.tar-2.png": b"b", "x.tar-3.png": b"c"}


def test_what_lies_there_already_is_never_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "copies" / "x.png", b"mine")
    copied([write(tmp_path / "a" / "x.png", b"photo")], tmp_path / "copies")
    assert contents(tmp_path / "copies") == {"x.png": b"mine", "x-2.png": b"photo"}


def test_a_name_that_is_a_folder_or_a_link_to_nothing_is_taken(tmp_path: Path) -> None:
    (tmp_path / "copies" / "x.png").mkdir(parents=True)
    (tmp_path / "copies" / "y.png").symlink_to(tmp_path / "nowhere")
    sources = [write(tmp_path / "a" / name, b"photo") for name in ("x.png", "y.png")]
    assert copied(sources, tmp_path / "copies") == (2, [])
    assert (tmp_path / "copies" / "x-2.png").read_bytes() == b"photo"
    assert (tmp_path / "copies" / "y-2.png").read_bytes() == b"photo"
    assert not (tmp_path / "nowhere").exists()


def test_one_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    good = write(tmp_path / "a" / "good.png", b"good")
    gone = os.fsencode(tmp_path / "a" / os.fsdecode(b"g\xe9.png"))
    count, problems = copied([gone, good], tmp_path / "copies")
    assert count == 1
    assert problems == [f"not copied: {tmp_path}/a/g\\xe9.png: No such file or directory"]
    assert contents(tmp_path / "copies") == {"good.png": b"good"}


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "a" / "x.png", b"photo")

    def full(_: Path, target: Path) -> None:
        target.write_bytes(b"pho")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copy2", full)
    count, problems = copied([source], tmp_path / "copies")
    assert (count, len(problems)) == (0, 1)
    assert problems[0].endswith("x.png: No space left on device")
    assert contents(tmp_path / "copies") == {}


def test_another_files_unfinished_copy_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "copies" / "x.png.part", b"a person's own file")
    copied([write(tmp_path / "a" / "x.png", b"photo")], tmp_path / "copies")
    assert contents(tmp_path / "copies") == {"x.png.part": b"a person's own file", "x.png": b"photo"}


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CopyError, match=r"the folder .*file/copies cannot be made: Not a directory"):
        copied([b"/x"], tmp_path / "file" / "copies")


def test_moments_are_cut_out_of_their_film_and_photographs_copied_whole(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", [("red", 2), ("blue", 2)], gop=10, sound=True)
    write(tmp_path / "a.png", b"photo")
    first, second = Moment(0.0, 2.0, 1.0), Moment(2.0, 4.0, 3.0)
    moments = [(film, second), (film, first), (tmp_path / "a.png", None), (tmp_path / "gone.mp4", first)]
    hits = [
        Hit(rank, None, None, 1, (bytes(path),), "", (), moment=moment) for rank, (path, moment) in enumerate(moments)
    ]
    for _ in range(2):  # what lies there already is left
        outcomes = list(copy_clips(hits, tmp_path / "clips"))
        assert [outcome.problem for outcome in outcomes] == ["", "", "", "No such file or directory"]
        names = ["a.png", "film 0.00-0.02.mp4", "film 0.02-0.04.mp4"]
        assert sorted(path.name for path in (tmp_path / "clips").iterdir()) == names
    clip = tmp_path / "clips" / names[2]
    facts = read_facts(clip)
    assert (round(facts.duration, 1), facts.has_audio) == (2.0, True)
    assert int(np.asarray(read_frame(clip, 0.0)).mean((0, 1)).argmax()) == 2
