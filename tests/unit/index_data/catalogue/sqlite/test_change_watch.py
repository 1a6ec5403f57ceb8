"""A watch notices what this process and others commit, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from index_data.annotation.actions import Annotations
from index_data.catalogue.sqlite.change_watch import ChangeWatch
from index_data.errors import LibraryNotWritableError
from index_data.library import Library
from index_data.locations import LibraryPaths
from tests.unit.index_data.conftest import FakeDescriber, encode, index

pytestmark = pytest.mark.library_in_a_folder

OTHER = """
import sys
from pathlib import Path
from index_data.annotation.actions import Annotations
from index_data.library import Library

with Library.open(Path(sys.argv[1])) as opened:
    Annotations(opened).tag([1], add=["sea"])
"""


def test_what_is_committed_is_noticed_once(library: Library, photos: Path, describer: FakeDescriber) -> None:
    watch = ChangeWatch(library.paths)
    assert not watch.changed()
    index(library, photos, describer)
    assert watch.changed()
    assert not watch.changed()
    notes = Annotations(library, encode=encode)
    notes.accept([1], dry_run=True)
    assert notes.history(1)
    assert not watch.changed()
    notes.accept([1])
    assert watch.changed()
    subprocess.run([sys.executable, "-c", OTHER, library.paths.folder], check=True, cwd=Path(__file__).parents[5])
    assert watch.changed()
    assert not watch.changed()
    watch.close()


def test_a_library_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotWritableError, match="could not be opened"):
        ChangeWatch(LibraryPaths(tmp_path))


def test_whoever_asks_after_the_end_sees_no_change(library: Library) -> None:
    watch = ChangeWatch(library.paths)
    watch.close()
    assert watch.changed() is False


def test_it_may_end_while_other_threads_ask(library: Library) -> None:
    for _ in range(30):
        watch = ChangeWatch(library.paths)
        threads = [Thread(target=lambda watch=watch: [watch.changed() for _ in range(50)]) for _ in range(3)]
        for thread in threads:
            thread.start()
        watch.close()
        for thread in threads:
            thread.join()
