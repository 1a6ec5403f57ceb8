"""A file is replaced whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from captioning.files import replacing, write_atomically


@pytest.mark.parametrize("durable", [False, True])
def test_the_new_content_is_there_and_nothing_else(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "file"
    for content in (b"one", b"two"):
        write_atomically(path, content, durable=durable)
        assert path.read_bytes() == content
        assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"former")

    def break_off() -> None:
        with replacing(path) as fresh:
            fresh.write_bytes(b"ha")
            raise RuntimeError("broken off")

    with pytest.raises(RuntimeError, match="broken off"):
        break_off()
    assert path.read_bytes() == b"former"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_error_that_names_the_cause(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        write_atomically(tmp_path / "none" / "file", b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such permissions")
def test_a_private_file_is_its_owners_and_another_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o640)
    write_atomically(path, b"", private=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    write_atomically(path, b"")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_killed_process_leaves_is_known_by_its_name(tmp_path: Path) -> None:
    with replacing(tmp_path / "file.json") as fresh:
        assert fresh.match("file.json.*.new")
        assert fresh.is_file()


def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    path = tmp_path / ("\N{SNOWMAN}" * 84 + "abc")
    write_atomically(path, b"whole")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among its files")
@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_not_replaced(tmp_path: Path, linked: bool) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    if linked:
        (tmp_path / "link").symlink_to(path)
        path = tmp_path / "link"
    with pytest.raises(OSError, match="it is not a regular file"):
        write_atomically(path, b"", private=False)
    assert path.is_fifo()
    assert not list(tmp_path.glob("*.new"))
