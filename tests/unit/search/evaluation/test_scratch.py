"""Scratch folders go with the process that made them; what a kill leaves goes with the next one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from search.evaluation.scratch import scratch_folder
from tests.patience import PATIENCE

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there, files of others cannot be told from ours")

KILLED = """
import os, signal
from search.evaluation.scratch import scratch_folder
with scratch_folder("eval") as folder:
    (folder / "library").mkdir()
    (folder / "library" / "catalogue.sqlite").write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def test_it_is_empty_private_and_gone_at_the_end(place: Path) -> None:
    with scratch_folder("eval") as folder:
        assert list(folder.iterdir()) == []
        assert folder.parent.stat().st_mode & 0o077 == 0
        (folder / "file").touch()
    with pytest.raises(ValueError, match="in the middle"), scratch_folder("eval"):
        raise ValueError("in the middle")
    assert list(place.iterdir()) == []


def test_what_a_kill_left_is_removed_by_the_next(place: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(place)}
    subprocess.run([sys.executable, "-c", KILLED], env=environment, timeout=PATIENCE, check=False)
    (left,) = place.iterdir()
    with scratch_folder("calibrate") as folder:
        assert list(place.iterdir()) == [folder.parent]
    assert not left.exists()


def test_what_is_in_use_or_somebody_elses_stays(place: Path, tmp_path: Path) -> None:
    (place / "imgsearch-eval-other").mkdir()
    (place / "imgsearch-eval-other" / "file").touch()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "in-use.lock").touch()
    (place / "imgsearch-eval-link").symlink_to(tmp_path / "theirs")
    (place / "imgsearch-eval-lock").mkdir()
    (place / "imgsearch-eval-lock" / "in-use.lock").symlink_to(tmp_path / "theirs" / "in-use.lock")
    before = sorted(place.iterdir())
    with scratch_folder("eval") as first, scratch_folder("eval") as second:
        assert first.is_dir()
        assert second.is_dir()
    assert sorted(place.iterdir()) == before
    assert (tmp_path / "theirs" / "in-use.lock").exists()
