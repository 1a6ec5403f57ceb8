"""The full-text tables stay true to captions, tags and paths, whatever happens to these."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.catalogue.conditions import Saying
from index_data.catalogue.sqlite import full_text
from index_data.errors import NothingToUndoError
from index_data.library import Library
from index_data.maintenance.merge import merge
from index_data.maintenance.prune import prune
from tests.libraries import new_library
from tests.unit.index_data.conftest import FakeDescriber, encode, index, paint

COLOURS = st.sampled_from([(10, 20, 30), (200, 20, 30), (10, 200, 30), (10, 20, 200)])
NAMES = st.sampled_from(["beach.png", "deep/dog.png", "deep/caf\udce9.png", "snow dog.png"])
SENTENCES = st.sampled_from(["a dog on the beach", "dogs run", "the Café", "snow"])
WORDS = ("dog", "beach", "cafe", "snow", "deep", "png", "fake", "holiday", "sees")


def found_by_words(library: Library) -> dict[tuple[str, str], list[int]]:
    """The rows that each word finds in each table."""
    with library.transaction() as session:
        return {
            (table, word): sorted(
                session.scalars(text(f"SELECT rowid FROM {table} WHERE {table} MATCH :w"), {"w": word})
            )
            for table in full_text.WORD_TABLES
            for word in WORDS
        }


def test_words_find_only_what_stands(library: Library, tmp_path: Path) -> None:
    for number, name in enumerate(["beach/dog.png", "beach/cat.png", "hill/cow.png", "hill/snow.png"]):
        paint(tmp_path / "photos" / name, (number * 50, 10, 200))
    index(library, tmp_path / "photos", FakeDescriber())
    notes = Annotations(library, encode=encode)
    with library.transaction() as session:
        places = {path.rpartition(b"/")[2]: image for path, image in catalogue.all_places(session).items()}
    dog, cat, cow, snow = (places[name] for name in (b"dog.png", b"cat.png", b"cow.png", b"snow.png"))
    notes.edit(cow, "the dogs of others")
    notes.tag([snow], add=["Dog days"])

    def saying(word: str) -> set[int]:
        return set(library.read(catalogue.matching_images, [Saying(word)]))

    assert saying("dog") == {dog, cow, snow}
    assert saying("beach") == {dog, cat}
    assert saying("nothing") == set()
    notes.undo()
    notes.undo()
    assert saying("dog") == {dog}


class Wordy(RuleBasedStateMachine):
    """Photographs and words come, go, move and change; each word finds what a table made anew would find."""

    @initialize()
    def start(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.photos = self.place / "photos"
        self.photos.mkdir()
        self.library = new_library(self.place / "library")
        self.describer = FakeDescriber()
        self.notes = Annotations(self.library, encode=encode)

    def teardown(self) -> None:
        self.library.close()
        shutil.rmtree(self.place)

    @rule(name=NAMES, colour=COLOURS)
    def add(self, name: str, colour: tuple[int, int, int]) -> None:
        paint(self.photos / name, colour)
        index(self.library, self.photos, self.describer)

    @rule(source=NAMES, to=NAMES)
    def move(self, source: str, to: str) -> None:
        if (self.photos / source).exists():
            (self.photos / to).parent.mkdir(parents=True, exist_ok=True)
            (self.photos / source).rename(self.photos / to)
            index(self.library, self.photos, self.describer)

    @rule(name=NAMES, forget=st.booleans())
    def delete(self, name: str, forget: bool) -> None:
        (self.photos / name).unlink(missing_ok=True)
        index(self.library, self.photos, self.describer)
        if forget:
            prune(self.library)

    @rule(which=st.integers(0, 3), sentence=SENTENCES)
    def edit(self, which: int, sentence: str) -> None:
        if shown := self.library.read(catalogue.shown_images):
            self.notes.edit(shown[which % len(shown)], sentence)

    @rule(which=st.integers(0, 3), tag=st.sampled_from(["holiday", "snow dog"]), add=st.booleans())
    def tag(self, which: int, tag: str, add: bool) -> None:
        if shown := self.library.read(catalogue.shown_images):
            self.notes.tag([shown[which % len(shown)]], add=[tag] if add else [], remove=[] if add else [tag])

    @rule(back=st.booleans())
    def undo_or_redo(self, back: bool) -> None:
        with suppress(NothingToUndoError):
            (self.notes.undo if back else self.notes.redo)()

    @rule(name=NAMES, colour=COLOURS, sentence=SENTENCES)
    def merge(self, name: str, colour: tuple[int, int, int], sentence: str) -> None:
        other = self.place / "other"
        paint(self.place / "theirs" / name, colour)
        with new_library(other) as opened:
            index(opened, self.place / "theirs", self.describer)
            Annotations(opened, encode=encode).edit(opened.read(catalogue.shown_images)[0], sentence)
        merge(self.library, other)
        shutil.rmtree(other)
        shutil.rmtree(self.place / "theirs")

    @invariant()
    def words_are_true(self) -> None:
        if not hasattr(self, "library"):
            return
        kept = found_by_words(self.library)
        with self.library.transaction(write=True) as session:
            for table in full_text.WORD_TABLES:
                session.execute(text(f"INSERT INTO {table} ({table}) VALUES ('rebuild')"))
        assert kept == found_by_words(self.library)


Wordy.TestCase.settings = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
TestWordy = Wordy.TestCase
