"""What may not be read or written, as the system itself refuses it: root drops its rights for this."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import draw
from tests.e2e.one_process import Served, Server, ServerEndedError, serving

NOBODY = 65534
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the system has other permissions")


class Unprivileged(Served):
    """The command line run by somebody who is not root."""

    def own_environment(self) -> dict[str, str]:
        home = str(self.library.parent)
        return {**super().own_environment(), "HOME": home, "XDG_CACHE_HOME": home}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A process that is not root's."""
    rights: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if AS_ROOT else {}
    with serving(**rights) as started:
        yield started


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that belongs to the one who runs the commands; pytest's own are closed to all but root."""
    folder = Path(tempfile.mkdtemp(prefix="imgsearch-rights-"))
    give(folder)
    yield folder
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)


def give(path: Path) -> None:
    if AS_ROOT:
        for one in (path, *path.rglob("*")):
            os.chown(one, NOBODY, NOBODY)


@pytest.fixture
def somebody(place: Path, tiny_model: Path, server: Server) -> Unprivileged:
    shutil.copy(tiny_model, place / "tiny.safetensors")
    give(place)
    made = Unprivileged(place / "library", place / "tiny.safetensors", server)
    try:
        assert made.run("--version").returncode == 0
    except (ServerEndedError, BrokenPipeError):
        pytest.skip(f"nobody may run {sys.executable}")
    return made


def test_what_may_not_be_read_is_set_aside_and_nothing_known_is_lost(somebody: Unprivileged, place: Path) -> None:
    photos = draw(place / "photos", 3)
    draw(photos / "closed", 2, seed=4)
    give(photos)
    assert somebody.run("index", photos).stderr.endswith(b"5 new\n")
    draw(photos / "more", 1, seed=7)
    give(photos)
    (photos / "more" / "000.png").chmod(0)
    (photos / "closed").chmod(0)
    done = somebody.run("index", photos)
    assert done.returncode == 0
    assert b"it may not be read (permission denied)" in done.stderr
    assert b"the folder could not be listed (Permission denied)" in done.stderr
    # What lies in the closed folder is neither gone nor forgotten.
    assert done.stderr.endswith(b"2 skipped, 3 unchanged\n")
    assert somebody.run("query", "a dog", "-k", "9", "--format", "paths").stdout.count(b"\n") == 5
    (photos / "more" / "000.png").chmod(0o600)
    (photos / "closed").chmod(0o700)
    assert somebody.run("index", photos).stderr.endswith(b"1 new, 5 unchanged\n")


def test_a_library_that_may_only_be_read_is_searched(somebody: Unprivileged, place: Path) -> None:
    photos = draw(place / "photos", 4)
    give(photos)
    assert somebody.run("index", photos).returncode == 0
    tagged = [str(photos / f"00{number}.png") for number in range(3)]
    assert somebody.run("review", "tag", *tagged, "--add", "Ben").returncode == 0
    learnt = somebody.library / "learnt"
    learnt.mkdir()
    shutil.copy(place / "tiny.safetensors", learnt / "1.safetensors")
    give(learnt)
    for path in somebody.library.rglob("*"):
        path.chmod(0o500 if path.is_dir() else 0o400)
    somebody.library.chmod(0o500)
    held = {path: path.read_bytes() for path in somebody.library.rglob("*") if path.is_file()}
    out, other = str(place / "backup.sqlite"), str(place / "other")
    reading: list[list[str]] = [["query", "a dog"], ["status"], ["folders"], ["review", "list"], ["doctor"]]
    reading += [["learn", "--dry-run"], ["learn", "--list"]]
    reading += [
        ["backup", out],
        ["merge", str(somebody.library), "--library", other],
        ["export", "-f", "csv", "--proposals"],
    ]
    for command in reading:
        assert (command, somebody.run(*command).returncode) == (command, 0)
    writing = [["index", str(photos)], ["review", "accept", str(photos / "000.png")], ["rebuild"]]
    writing += [["learn"], ["learn", "--use", "1"], ["learn", "--forget"]]
    for command in writing:
        done = somebody.run(*command)
        assert (command, done.returncode) == (command, ExitCode.LIBRARY)
        assert b"not writable" in done.stderr or b"could not be" in done.stderr
    assert {path: path.read_bytes() for path in somebody.library.rglob("*") if path.is_file()} == held


def test_a_folder_that_may_not_be_read_is_refused(somebody: Unprivileged, place: Path) -> None:
    (place / "photos").mkdir()
    give(place / "photos")
    (place / "photos").chmod(0)
    done = somebody.run("index", place / "photos")
    assert (done.returncode, b"may not be read" in done.stderr) == (ExitCode.FILE, True)
