"""The doctor sees every kind of damage, says nothing of a whole library, and takes nothing from people."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text, update

from captioning.lazy_captioner import LazyCaptioner
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.catalogue import schema
from index_data.catalogue.sqlite.touch_log import TRIGGERS
from index_data.errors import LibraryDamagedError, LibraryLockedError
from index_data.library import Library
from index_data.maintenance.doctor import Finding, examine
from index_data.scan.pipeline import index_folders
from tests.unit.index_data.catalogue.test_migrate import rows
from tests.unit.index_data.conftest import FakeDescriber, encode, film


@pytest.fixture(scope="module")
def captioner(tiny_model: Path) -> LazyCaptioner:
    return LazyCaptioner.open(tiny_model)


@pytest.fixture
def described(library: Library, photos: Path, captioner: LazyCaptioner) -> Library:
    """Seven photographs, one with a person's caption and a tag."""
    list(index_folders(library, [photos], captioner))
    notes = Annotations(library)
    notes.edit(1, "a dog")
    notes.tag([1], add=["rex"])
    library.save_all_caches()
    return library


def execute(library: Library, statement: str, **values: object) -> None:
    with library.transaction(write=True) as session:
        session.execute(text(statement), values)


def unhealthy(library: Library, *, fix: bool = False) -> dict[str, Finding]:
    return {one.holds: one for one in examine(library, fix=fix) if not one.healthy}


@pytest.mark.every_database
def test_a_whole_library_is_found_whole(described: Library) -> None:
    findings = list(examine(described))
    assert len(findings) == 15
    assert [one.faults for one in findings] == [()] * 15
    assert unhealthy(described, fix=True) == {}


def test_an_empty_library_is_whole(library: Library) -> None:
    assert unhealthy(library) == {}


def break_mode(library: Library) -> None:
    library.paths.catalogue.chmod(0o644)


def break_image_vector(library: Library) -> None:
    with library.transaction(write=True) as session:
        session.execute(update(schema.ImageVector).where(schema.ImageVector.image_id == 2).values(vector=bytes(32)))


def cut_image_vector(library: Library) -> None:
    execute(library, "UPDATE image_vector SET vector = substr(vector, 5) WHERE image_id IN (2, 3)")


def break_caption_vector(library: Library) -> None:
    with library.transaction(write=True) as session:
        broken = update(schema.CaptionVector).where(schema.CaptionVector.caption_id == 2)
        session.execute(broken.values(vector=bytes(32)))


def lose_caption_vector(library: Library) -> None:
    execute(library, "DELETE FROM caption_vector WHERE caption_id = 2")


def lose_caption(library: Library) -> None:
    execute(library, "DELETE FROM caption WHERE image_id = 4")


def lose_image_vector(library: Library) -> None:
    execute(library, "DELETE FROM image_vector WHERE image_id = 5")


def spoil(library: Library, pattern: str) -> None:
    """Changes the last byte of files of the library."""
    for file in library.paths.folder.glob(pattern):
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)


def damage_index(library: Library) -> None:
    spoil(library, "images-*.faiss")


def outdate_index_without_saying_so(library: Library) -> None:
    execute(library, "DELETE FROM place WHERE image_id = 6")


def damage_columns(library: Library) -> None:
    spoil(library, "*.columns")


def change_what_is_said_unnoticed(library: Library) -> None:
    execute(library, "DROP TRIGGER tag_touched_insert")
    execute(library, "INSERT INTO tag (image_id, name, tagged_at) VALUES (3, 'ghost', '2026-01-01 00:00:00')")
    execute(library, TRIGGERS["tag_touched_insert"])


def note_no_changes(library: Library) -> None:
    execute(library, "DROP TRIGGER place_touched_update")


def lose_text_encoder(library: Library) -> None:
    library.files.drop(*library.paths.text_encoders.iterdir())


def damage_text_encoder(library: Library) -> None:
    for file in library.paths.text_encoders.iterdir():
        file.write_bytes(file.read_bytes()[:-100])
        library.files.keep(file)


def lose_words_of_a_caption(library: Library) -> None:
    execute(library, "INSERT INTO caption_words (caption_words, rowid, text) SELECT 'delete', id, text FROM caption")


def keep_words_of_no_tag(library: Library) -> None:
    execute(library, "INSERT INTO tag_words (rowid, name) VALUES (999, 'ghost')")


def lose_words_of_paths(library: Library) -> None:
    execute(library, "INSERT INTO place_words (place_words) VALUES ('delete-all')")


def leave_files_over(library: Library) -> None:
    (library.paths.folder / "images-0123.faiss.77.new").touch(mode=0o600)
    (library.paths.folder / "captions-beef.faiss").touch(mode=0o600)


WEIGHED = "what queries weigh is what the catalogue says"


def use_a_learnt_model_that_is_gone(library: Library) -> None:
    library.paths.learnt.mkdir(0o700)
    in_use = library.paths.learnt / "in-use"
    in_use.touch(0o600)
    in_use.write_text("2\n")
    library.files.keep(in_use)


def damage_a_learnt_model(library: Library) -> None:
    library.paths.learnt.mkdir(0o700)
    model = library.paths.learnt / "1.safetensors"
    model.touch(0o600)
    model.write_bytes(b"nonsense")
    library.files.keep(model)


DAMAGES: dict[Callable[[Library], None], str] = {
    break_image_vector: "every vector fits its model",
    break_caption_vector: "every vector fits its model",
    lose_caption_vector: "every caption has a vector",
    lose_caption: "what has a vector has a caption",
    lose_image_vector: "every image is described",
    damage_columns: WEIGHED,
    lose_text_encoder: "every model has its text encoder",
    damage_text_encoder: "every model has its text encoder",
    leave_files_over: "no file is left over",
    use_a_learnt_model_that_is_gone: "what was learnt from corrections is whole",
    damage_a_learnt_model: "what was learnt from corrections is whole",
}
DAMAGES_IN_A_FOLDER: dict[Callable[[Library], None], str] = {
    break_mode: "only you can read the library",
    cut_image_vector: "every vector fits its model",
    damage_index: "the indexes hold the catalogue's vectors",
    outdate_index_without_saying_so: "the indexes hold the catalogue's vectors",
    change_what_is_said_unnoticed: WEIGHED,
    note_no_changes: WEIGHED,
    lose_words_of_a_caption: "captions, tags and paths are found by their words",
    keep_words_of_no_tag: "captions, tags and paths are found by their words",
    lose_words_of_paths: "captions, tags and paths are found by their words",
}
"""A server takes no such vectors, cares for its indexes, and has other triggers and indexes of words."""


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_is_seen_and_mended(
    described: Library, photos: Path, captioner: LazyCaptioner, damage: Callable[[Library], None]
) -> None:
    damage(described)
    check_seen_and_mended(described, photos, captioner, DAMAGES[damage])


@pytest.mark.library_in_a_folder
@pytest.mark.parametrize("damage", DAMAGES_IN_A_FOLDER)
def test_every_damage_in_a_folder_is_seen_and_mended(
    described: Library, photos: Path, captioner: LazyCaptioner, damage: Callable[[Library], None]
) -> None:
    damage(described)
    check_seen_and_mended(described, photos, captioner, DAMAGES_IN_A_FOLDER[damage])


def check_seen_and_mended(described: Library, photos: Path, captioner: LazyCaptioner, holds: str) -> None:
    assert holds in unhealthy(described)
    left = unhealthy(described, fix=True)
    # What only the network can make again is made by the next scan, and by nothing else.
    assert left.keys() <= {"every image is described", "every model has its text encoder"}
    assert all(one.remedy == "imgsearch index FOLDER" for one in left.values())
    list(index_folders(described, [photos], captioner))
    assert unhealthy(described) == {}
    # What the person said is still there, and is found.
    assert described.read(catalogue.images, [1])[1].caption == "a dog"
    assert Annotations(described).tags([1]) == {1: ("rex",)}
    (model,) = described.read(catalogue.answering_models)
    assert len(described.indexes.image(model)) == 7
    assert len(described.indexes.caption(model)) == 7


def files(library: Library) -> list[tuple[Path, int]]:
    return sorted((path, path.stat().st_mtime_ns) for path in library.paths.folder.glob("*-*.*"))


@pytest.mark.library_in_a_folder
def test_looking_changes_nothing(described: Library) -> None:
    for damage in (break_image_vector, lose_caption_vector, lose_caption, damage_index, break_mode, leave_files_over):
        damage(described)
    before = rows(described.paths), files(described)
    assert len(unhealthy(described)) == 6
    assert (rows(described.paths), files(described)) == before


@pytest.mark.library_in_a_folder
def test_a_damaged_catalogue_is_said_at_once_and_left_to_a_backup(described: Library) -> None:
    with closing(sqlite3.connect(described.paths.catalogue)) as connection, connection:
        connection.execute("DELETE FROM model")
    (finding,) = [one for one in examine(described, fix=True) if not one.healthy]
    assert finding.holds == "the catalogue is whole"
    assert finding.remedy == "imgsearch restore BACKUP"


def test_mending_waits_for_no_other_writer(described: Library) -> None:
    with described.writing(), pytest.raises(LibraryLockedError):
        list(examine(described, fix=True))


@pytest.fixture(autouse=True)
def ordinary_rights() -> Iterator[None]:
    """Files are made readable for others unless the program says otherwise."""
    former = os.umask(0o022)
    yield
    os.umask(former)


def test_everything_a_library_holds_is_its_owners_alone(described: Library) -> None:
    described.paths.backups.mkdir(mode=0o700, exist_ok=True)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in described.paths.folder.rglob("*")}
    assert len(modes) >= 4
    assert {path.name: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}


@pytest.mark.library_in_a_folder
def test_the_triggers_are_those_that_the_migrations_make(library: Library) -> None:
    with closing(sqlite3.connect(library.paths.catalogue)) as connection:
        made = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    assert {name: made[name] for name in TRIGGERS} == TRIGGERS


@pytest.mark.every_database
def test_moments_stay_within_their_films_and_are_seen(library: Library, photos: Path, describer: FakeDescriber) -> None:
    moments = film(library, photos / "a.mp4", ((250, 0, 0), (0, 250, 0)), describer)
    notes = Annotations(library, encode=encode)
    notes.tag([moments[1]], add=["kept"])
    execute(library, "UPDATE video SET duration = 12")
    execute(library, "DROP VIEW sighting")
    with pytest.raises(LibraryDamagedError):
        library.read(catalogue.images, moments)
    found = unhealthy(library, fix=True)
    assert not {"photographs and moments are found where they lie", "every moment lies within its video"} & found.keys()
    assert library.read(catalogue.images, moments)[moments[1]].moment == (10.0, 12.0, 12.0)
    assert library.read(catalogue.tags_of, moments) == {moments[1]: ("kept",)}
