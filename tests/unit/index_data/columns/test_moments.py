"""Whatever happens to films, columns that were kept say the same as those that are made anew."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.columns.cache import ColumnCache
from index_data.columns.reading import read_columns
from index_data.errors import NothingToUndoError
from index_data.maintenance.prune import prune
from tests.libraries import new_library
from tests.unit.index_data.conftest import FakeDescriber, encode, film, index, seven_pictures

FILMS = st.sampled_from(["a.mp4", "b.mp4"])
COLOURS = ((250, 0, 0), (0, 250, 0), (0, 0, 250))


class FilmLife(RuleBasedStateMachine):
    """Films come, move and go, their shots are found anew, and people speak of moments."""

    @initialize()
    def start(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.library = new_library(self.place / "library")
        self.describer = FakeDescriber()
        index(self.library, seven_pictures(self.place / "photos"), self.describer)

    def teardown(self) -> None:
        self.library.close()
        shutil.rmtree(self.place)

    @rule(name=FILMS, shots=st.integers(1, 3), shift=st.sampled_from([0.0, 3.0, 8.0]))
    def scan(self, name: str, shots: int, shift: float) -> None:
        times = [(10.0 * at + shift, 10.0 * at + 10 + shift, 10.0 * at + 5 + shift) for at in range(shots)]
        film(self.library, self.place / name, COLOURS[:shots], self.describer, times=times)

    @rule(name=FILMS)
    def delete(self, name: str) -> None:
        with self.library.transaction(write=True) as session:
            catalogue.remove_places(session, [os.fsencode(self.place / name)])

    @rule(name=FILMS, to=FILMS)
    def move(self, name: str, to: str) -> None:
        if name != to:
            with self.library.transaction(write=True) as session:
                catalogue.move_place(session, os.fsencode(self.place / name), os.fsencode(self.place / to))

    @rule(which=st.integers(7, 12), what=st.sampled_from(["edit", "tag", "undo"]))
    def annotate(self, which: int, what: str) -> None:
        notes = Annotations(self.library, encode=encode)
        shown = self.library.read(catalogue.shown_images)
        image = shown[which % len(shown)]
        if what == "edit":
            notes.edit(image, f"a person's words {which}")
        elif what == "tag":
            notes.tag([image], add=["kept"])
        else:
            with suppress(NothingToUndoError):
                notes.undo()

    @rule(everything=st.booleans())
    def forget(self, everything: bool) -> None:
        prune(self.library, everything=everything)

    @invariant()
    def columns_are_as_if_made_anew(self) -> None:
        with self.library.transaction() as session:
            kept = self.library.columns.columns(session, self.describer.identity, None)
            made = read_columns(session, self.describer.identity, None)
            read = ColumnCache(self.library.paths).columns(session, self.describer.identity, None)
            shown = catalogue.shown_images(session)
        assert kept.says(made)
        assert read.says(made)
        assert made.ids.tolist() == shown
        assert made.facts.described.all()


FilmLife.TestCase.settings = settings(max_examples=8, stateful_step_count=12, deadline=None)
TestFilmLife = FilmLife.TestCase
