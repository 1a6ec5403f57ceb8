"""Bad input gets one clear sentence and the right exit code, and nothing stored is lost."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import struct
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch, draw
from tests.tiny_model import write_tiny_model


def refused(done_by: Imgsearch, *arguments: str | Path) -> tuple[int, str]:
    """Runs a command that prints no result, and gives its exit code and its last sentence."""
    done = done_by.run(*arguments)
    assert done.stdout == b""
    lines = done.stderr.decode().strip().splitlines()
    # A query's fault is shown below it.
    return done.returncode, lines[-3] if lines[-1].strip() == "^" else lines[-1]


def png_that_declares(width: int, height: int) -> bytes:
    """A small PNG file with a large promise."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.fixture
def copied(imgsearch: Imgsearch, tmp_path: Path) -> Imgsearch:
    """A library that the test may break."""
    shutil.copytree(imgsearch.library, tmp_path / "library")
    return Imgsearch(tmp_path / "library", imgsearch.model)


def test_a_folder_of_bad_files_is_gone_through_to_the_end(imgsearch: Imgsearch, tmp_path: Path) -> None:
    folder = draw(tmp_path / "photos", 2)
    whole = (folder / "000.png").read_bytes()
    (folder / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (folder / "text.jpg").write_text("hello")
    (folder / "empty.jpg").touch()
    (folder / "bomb.png").write_bytes(png_that_declares(60_000, 60_000))
    (folder / "nothing.jpg").symlink_to(folder / "gone.jpg")
    (folder / "loop").symlink_to(folder)
    (folder / "folder.jpg").mkdir()
    os.mkfifo(folder / "pipe.jpg")
    fresh = Imgsearch(tmp_path / "library", imgsearch.model)
    for counts in (
        "2 new, 5 skipped",
        "5 skipped, 2 unchanged",
    ):
        done = fresh.run("index", folder)
        words = done.stderr.decode()
        assert done.returncode == ExitCode.OK
        assert words.splitlines()[-1] == counts
        for sentence in (
            f"skipped: {folder}/bomb.png: it declares more than 300,000,000 pixels",
            f"skipped: {folder}/empty.jpg: the file is empty",
            f"skipped: {folder}/nothing.jpg: it is a link to nothing, or it vanished while it was read",
            f"skipped: {folder}/text.jpg: it is not an image that can be decoded",
            f"skipped: {folder}/truncated.png: it is damaged",
        ):
            assert sentence in words


def test_a_folder_with_nothing_but_bad_files_fails(imgsearch: Imgsearch, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "text.jpg").write_text("hello")
    fresh = Imgsearch(tmp_path / "library", imgsearch.model)
    assert refused(fresh, "index", tmp_path / "photos") == (
        ExitCode.SET_ASIDE,
        "1 skipped",
    )


def test_folders_without_photographs(imgsearch: Imgsearch, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    fresh = Imgsearch(tmp_path / "library", imgsearch.model)
    done = fresh.run("index", tmp_path / "empty")
    assert done.returncode == 0
    assert done.stderr.decode().splitlines()[0] == f"There are no photographs or videos in {tmp_path / 'empty'}."
    assert refused(fresh, "query", "a dog") == (
        ExitCode.NOTHING_FOUND,
        "The library holds no photographs yet; add some with: imgsearch index FOLDER",
    )


def test_folders_that_are_none(copied: Imgsearch, tmp_path: Path) -> None:
    code, sentence = refused(copied, "index", tmp_path / "missing")
    assert (code, sentence) == (ExitCode.FILE, f"imgsearch: there is no folder {tmp_path / 'missing'}")
    (tmp_path / "file.jpg").touch()
    code, sentence = refused(copied, "index", tmp_path / "file.jpg")
    assert (code, sentence) == (ExitCode.FILE, f"imgsearch: {tmp_path / 'file.jpg'} is not a folder")
    assert re.search(r"^photographs +5 *$", copied.run("status").stdout.decode(), re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["query", "  "], ExitCode.USAGE, "imgsearch: the query holds no word"),
        (["query", "?!"], ExitCode.USAGE, "imgsearch: the query holds no word"),
        (["query", "purple zebra"], ExitCode.NOTHING_FOUND, "no caption, tag or path contains them: purple, zebra"),
        (["query", "--image", "missing.jpg"], ExitCode.FILE, "missing.jpg cannot be looked at: there is no such file"),
        (["caption", "missing.jpg"], ExitCode.FILE, "not described: missing.jpg: there is no such file"),
    ],
)
def test_questions_that_cannot_be_answered(
    imgsearch: Imgsearch, arguments: list[str], code: ExitCode, words: str
) -> None:
    found, sentence = refused(imgsearch, *arguments)
    assert found == code
    assert words in sentence


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["query"], "give a description, or a picture with --image FILE"),
        (["query", ""], "give a description, or a picture with --image FILE"),
        (["query", "a dog", "-k", "0"], "greater than or equal to"),
        (["query", "a dog", "--format", "xml"], "xml"),
        (["frobnicate"], "frobnicate"),
        (["similar"], "Missing argument"),
    ],
)
def test_command_lines_that_are_not_understood(imgsearch: Imgsearch, arguments: list[str], words: str) -> None:
    done = imgsearch.run(*arguments)
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, b"")
    assert words in " ".join(done.stderr.decode().replace("│", " ").split())


def test_a_library_that_is_missing(tmp_path: Path, tiny_model: Path) -> None:
    code, sentence = refused(Imgsearch(tmp_path / "none", tiny_model), "query", "a dog")
    assert code == ExitCode.LIBRARY
    assert sentence == f"imgsearch: there is no library in {tmp_path / 'none'}; make one with: imgsearch index FOLDER"


def test_a_library_of_a_newer_version(copied: Imgsearch) -> None:
    with closing(sqlite3.connect(copied.library / "catalogue.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    code, sentence = refused(copied, "query", "a dog")
    assert code == ExitCode.LIBRARY
    assert "was written by a newer imgsearch" in sentence


def test_a_library_that_is_damaged(copied: Imgsearch) -> None:
    (copied.library / "catalogue.sqlite").write_bytes(b"no database" * 1000)
    code, sentence = refused(copied, "query", "a dog")
    assert code == ExitCode.LIBRARY
    assert "is not a readable catalogue" in sentence


def test_a_library_made_by_another_model(copied: Imgsearch, tmp_path: Path, photos: Path) -> None:
    other = Imgsearch(copied.library, write_tiny_model(tmp_path / "other.safetensors", name="other", seed=1))
    asked = other.run("query", "a dog")
    assert asked.returncode == 0
    assert b"still wait to be described by this model" in asked.stderr
    code, sentence = refused(other, "query", "--image", draw(tmp_path / "elsewhere", 1, seed=7) / "000.png")
    assert code == ExitCode.MODEL
    assert "the library was described by the model tiny@" in sentence
    assert "describe it anew with: imgsearch index FOLDER" in sentence
    assert other.run("index", photos).returncode == 0
    asked = other.run("query", "a dog")
    assert asked.returncode == 0
    assert b"still wait" not in asked.stderr


def test_model_files_that_are_none(imgsearch: Imgsearch, tmp_path: Path) -> None:
    assert imgsearch.model is not None
    broken = tmp_path / "broken.safetensors"
    for content, words in (
        (None, "there is no model file"),
        (b"hello", "is not a readable safetensors file"),
        (imgsearch.model.read_bytes()[:-50], "is not a readable safetensors file"),
    ):
        if content is not None:
            broken.write_bytes(content)
        code, sentence = refused(Imgsearch(imgsearch.library, broken), "query", "a dog")
        assert code == ExitCode.MODEL
        assert words in sentence
