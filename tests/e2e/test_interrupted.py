"""An index run that is killed is carried on by the next."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.conftest import Imgsearch, draw
from tests.patience import PATIENCE

COUNT = 80
"""Photographs, several batches of them."""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_kill_and_run_again(tmp_path: Path, tiny_model: Path) -> None:
    folder = draw(tmp_path / "photos", COUNT)
    imgsearch = Imgsearch(tmp_path / "library", tiny_model)
    run = subprocess.Popen(
        imgsearch.command("index", folder), env=imgsearch.environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    deadline = time.monotonic() + PATIENCE
    while stored(imgsearch.library) == 0 and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)  # the run needs the processor
    run.kill()
    run.communicate()
    left = stored(imgsearch.library)
    assert 0 < left <= COUNT
    done = imgsearch.run("index", folder)
    assert done.returncode == 0
    closing_line = (f"{COUNT - left} new, " if left < COUNT else "") + f"{left} unchanged\n"
    assert done.stderr.decode().endswith(closing_line)
    assert stored(imgsearch.library) == COUNT
    assert imgsearch.run("query", "a dog", "-k", "500", "--format", "paths").stdout.count(b"\n") == COUNT


def stored(library: Path) -> int:
    """Places in the catalogue, 0 as long as there is none."""
    try:
        with closing(sqlite3.connect(f"{(library / 'catalogue.sqlite').as_uri()}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM place").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
