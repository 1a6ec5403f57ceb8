from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.columns.cache import ColumnCache
from index_data.columns.hubness import Bank
from index_data.columns.reading import read_columns
from index_data.errors import FolderError, NothingToUndoError
from tests.libraries import new_library
from tests.unit.index_data.conftest import FakeDescriber, check_invariants, encode, index, paint

NAMES = st.sampled_from(["a.png", "b.png", "c.png", "deep/a.png", "deep/b.png", "deep/er/a.png"])
BANK = Bank(np.random.default_rng(0).normal(size=(20, 4)).astype(np.float16))
COLOURS = st.sampled_from([(10, 20, 30), (200, 20, 30), (10, 200, 30), (10, 20, 200)])


class FolderLife(RuleBasedStateMachine):
    """Files come, go, move and change in any order; after each scan the library is as the folder is."""

    @initialize()
    def start(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.photos = self.place / "photos"
        self.photos.mkdir()
        self.library = new_library(self.place / "library")
        self.describer = FakeDescriber()
        self.clock = 0

    def teardown(self) -> None:
        self.library.close()
        shutil.rmtree(self.place)

    def touch(self, path: Path) -> None:
        """Gives a file a time of its own: files of one colour and one time would be taken for unchanged."""
        self.clock += 1
        os.utime(path, ns=(self.clock, self.clock))

    @rule(name=NAMES, colour=COLOURS)
    def add_or_change(self, name: str, colour: tuple[int, int, int]) -> None:
        self.touch(paint(self.photos / name, colour))

    @rule(name=NAMES)
    def spoil(self, name: str) -> None:
        (self.photos / name).parent.mkdir(parents=True, exist_ok=True)
        (self.photos / name).write_text("no picture")
        self.touch(self.photos / name)

    @rule(source=NAMES, to=NAMES)
    def move(self, source: str, to: str) -> None:
        if (self.photos / source).exists():
            (self.photos / to).parent.mkdir(parents=True, exist_ok=True)
            (self.photos / source).rename(self.photos / to)

    @rule(source=NAMES, to=NAMES)
    def copy(self, source: str, to: str) -> None:
        if (self.photos / source).exists() and source != to:
            (self.photos / to).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.photos / source, self.photos / to)
            self.touch(self.photos / to)

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        (self.photos / name).unlink(missing_ok=True)

    @rule(which=st.integers(0, 3), what=st.sampled_from(["accept", "edit", "reject", "tag", "undo", "redo"]))
    def annotate(self, which: int, what: str) -> None:
        shown = self.library.read(catalogue.shown_images)
        notes = Annotations(self.library, encode=encode)
        if what in ("undo", "redo"):
            with suppress(NothingToUndoError):
                getattr(notes, what)()
        elif shown:
            image = shown[which % len(shown)]
            if what == "edit":
                notes.edit(image, f"a person's words {which}")
            elif what == "tag":
                notes.tag([image], add=["kept"])
            else:
                getattr(notes, what)([image])

    @invariant()
    def columns_are_as_if_made_anew(self) -> None:
        """Whatever was changed, undone or moved meanwhile; kept all along, and as another process reads them."""
        with self.library.transaction() as session:
            kept = self.library.columns.columns(session, self.describer.identity, BANK)
            made = read_columns(session, self.describer.identity, BANK)
            read = ColumnCache(self.library.paths).columns(session, self.describer.identity, BANK)
        for columns in (kept, read):
            assert columns.says(made)
            assert columns.change == made.change
            np.testing.assert_allclose(columns.facts.hubness, made.facts.hubness, atol=1e-6)

    @rule()
    def lose_the_folder(self) -> None:
        self.photos.rename(self.place / "away")
        before = self.library.status()
        try:
            index(self.library, self.photos, self.describer)
        except FolderError:
            assert self.library.status().places == before.places
        else:
            raise AssertionError("a folder that is not there was scanned")
        (self.place / "away").rename(self.photos)

    def said_by_people(self) -> list[tuple[object, ...]]:
        """Whatever a person wrote, judged or tagged, and what can be undone."""
        statements = (
            "SELECT * FROM caption WHERE author = 'person' OR state != 'proposed' ORDER BY id",
            "SELECT * FROM tag ORDER BY image_id, name",
            "SELECT * FROM action ORDER BY id",
            "SELECT * FROM change ORDER BY id",
        )
        with self.library.transaction() as session:
            return [tuple(row) for statement in statements for row in session.execute(text(statement))]

    @rule(batch=st.integers(1, 4))
    def scan(self, batch: int) -> None:
        said = self.said_by_people()
        described = self.describer.described
        places = self.library.status().places
        counts = index(self.library, self.photos, self.describer, batch=batch)
        check_invariants(self.library, self.photos, self.describer.identity)
        assert self.said_by_people() == said
        present = sum(path.is_file() for path in self.photos.rglob("*"))
        assert sum(asdict(counts).values()) - counts.removed == present
        # A place is won by each file that is new somewhere, and lost by each that is gone or no longer a picture.
        assert self.library.status().places == counts.readable <= places + counts.new + counts.moved + counts.duplicate
        # Nothing is described twice: there are no more pictures than colours.
        assert self.describer.described - described <= counts.new + counts.changed + counts.duplicate
        assert self.describer.described <= 4
        again = index(self.library, self.photos, self.describer, batch=batch)
        assert (again.unchanged, again.set_aside) == (counts.readable, counts.set_aside)
        assert again.unchanged + again.set_aside == sum(asdict(again).values())


FolderLife.TestCase.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
TestFolderLife = FolderLife.TestCase
