"""Albums hold photographs in an order of a person's; what is done to them is told, taken back and carried by files."""

from __future__ import annotations

from pathlib import Path

import pytest

from index_data import catalogue
from index_data.albums import (
    add_to_album,
    delete_album,
    make_album,
    move_within,
    remove_from_album,
    rename_album,
    save_search,
)
from index_data.annotation.actions import Annotations
from index_data.errors import AlbumError, NoWordsError, UnknownAlbumError
from index_data.exchange.formats import FileFormat
from index_data.exchange.transfer import bring_in, collect, read_file, write_file
from index_data.library import Library
from index_data.maintenance.restore import restore
from tests.unit.index_data.conftest import FakeDescriber, encode, index


@pytest.fixture
def notes(library: Library, photos: Path, describer: FakeDescriber) -> Annotations:
    """Of a library of seven described images."""
    index(library, photos, describer)
    return Annotations(library, encode=encode)


def held(library: Library) -> dict[str, list[int]]:
    """Every album with what it holds, in order."""
    with library.transaction() as session:
        return {
            album.name: list(catalogue.positions_in(session, album.album_id)) for album in catalogue.albums(session)
        }


def test_photographs_come_in_go_out_and_are_taken_back(library: Library, notes: Annotations) -> None:
    action = add_to_album(library, "Holiday", [3, 1, 3])
    assert action is not None
    assert (action.kind, action.images) == ("album", (3, 1))
    assert add_to_album(library, "HOLIDAY", [1]) is None
    assert add_to_album(library, "holiday", [5], dry_run=True) is not None
    add_to_album(library, "holiday", [2])
    assert held(library) == {"Holiday": [3, 1, 2]}
    remove_from_album(library, "Holiday", [1, 7])
    assert held(library) == {"Holiday": [3, 2]}
    assert library.read(catalogue.details, 2).albums == ("Holiday",)  # type: ignore[union-attr]
    notes.undo()
    assert held(library) == {"Holiday": [3, 1, 2]}
    told = [(entry.text, entry.subject, entry.was, entry.became) for entry in notes.history(1)][1:]
    assert told == [("Holiday", "album", "", "present"), ("Holiday", "album", "present", "absent")]
    notes.undo()
    notes.undo()
    # An album that an action made goes with it, and one that a person made on purpose stays.
    assert held(library) == {}
    notes.redo()
    assert held(library) == {"Holiday": [3, 1]}


def test_a_place_in_an_album_can_be_chosen(library: Library, notes: Annotations) -> None:
    add_to_album(library, "Holiday", [1, 2, 3, 4])
    add_to_album(library, "Holiday", [4, 5], at=1)
    assert held(library) == {"Holiday": [1, 4, 5, 2, 3]}
    add_to_album(library, "Holiday", [6, 1], at=99)
    assert held(library) == {"Holiday": [4, 5, 2, 3, 6, 1]}
    notes.undo()
    assert held(library) == {"Holiday": [1, 4, 5, 2, 3]}
    notes.undo()
    assert held(library) == {"Holiday": [1, 2, 3, 4]}


def test_a_photograph_is_moved_past_the_next_one_that_is_seen(library: Library, notes: Annotations) -> None:
    add_to_album(library, "Holiday", [1, 2, 3, 4])
    everything = range(1, 8)
    assert move_within(library, "Holiday", 4, 1, among=everything) is None
    assert move_within(library, "Holiday", 5, 1, among=everything) is None
    action = move_within(library, "holiday", 4, -1, among=everything)
    assert action is not None
    assert held(library) == {"Holiday": [1, 2, 4, 3]}
    move_within(library, "Holiday", 4, -1, among={1, 3, 4})
    assert held(library) == {"Holiday": [4, 1, 2, 3]}
    move_within(library, "Holiday", 4, 1, among={3, 4})
    assert held(library) == {"Holiday": [1, 2, 3, 4]}
    notes.undo()
    assert held(library) == {"Holiday": [4, 1, 2, 3]}
    told = [(entry.was, entry.became) for entry in notes.history(4)][-1]
    assert told == ("present", "present")
    save_search(library, "Dogs", "dog")
    with pytest.raises(AlbumError, match='"Dogs" is a saved search'):
        move_within(library, "Dogs", 1, 1, among=everything)


@pytest.mark.every_database
def test_an_album_that_was_deleted_comes_back_with_its_order(library: Library, notes: Annotations) -> None:
    make_album(library, "Empty")
    add_to_album(library, "Empty", [1])
    notes.undo()
    assert held(library) == {"Empty": []}
    assert delete_album(library, "empty")[1] is None
    add_to_album(library, "Holiday", [3, 1])
    rename_album(library, "holiday", "Sylt")
    assert held(library) == {"Sylt": [3, 1]}
    album, action = delete_album(library, "Sylt")
    assert action is not None
    assert (album.name, action.images) == ("Sylt", (3, 1))
    assert held(library) == {}
    save_search(library, "SYLT", "beach")
    with pytest.raises(AlbumError, match='"SYLT" is a saved search now; give it another name first'):
        notes.undo()
    rename_album(library, "Sylt", "Beaches")
    notes.undo()
    assert held(library) == {"Beaches": [], "Sylt": [3, 1]}
    # What was done before the album was renamed is undone in the album as it is called now.
    notes.undo()
    assert held(library) == {"Beaches": []}


@pytest.mark.parametrize("name", ["none", 'the "best"', "best*", "why?", "x" * 201])
def test_what_a_query_could_not_ask_for_is_no_name(library: Library, name: str) -> None:
    with pytest.raises(AlbumError):
        make_album(library, name)
    assert held(library) == {}


def test_names_are_taken_once(library: Library, notes: Annotations) -> None:
    make_album(library, "Holiday")
    save_search(library, "Beaches", "beach")
    with pytest.raises(AlbumError, match='there is an album called "Holiday" already'):
        make_album(library, "HOLIDAY")
    with pytest.raises(AlbumError, match='there is a saved search called "Beaches" already'):
        rename_album(library, "Holiday", "beaches")
    with pytest.raises(AlbumError, match='there is an album called "Holiday" already'):
        save_search(library, "holiday", "dog", replace=True)
    with pytest.raises(AlbumError, match='there is a saved search called "Beaches" already'):
        save_search(library, "Beaches", "dog")
    with pytest.raises(AlbumError, match='"Beaches" is a saved search, which holds what its query finds'):
        add_to_album(library, "Beaches", [1])
    with pytest.raises(AlbumError, match='"Beaches" is a saved search'):
        remove_from_album(library, "Beaches", [1])
    with pytest.raises(UnknownAlbumError, match='there is no album or saved search "nowhere"'):
        remove_from_album(library, "nowhere", [1])
    with pytest.raises(NoWordsError):
        make_album(library, " ")
    assert save_search(library, "beaches", "beach -dog", replace=True) == "Beaches"
    assert [album.query for album in library.read(catalogue.albums)] == ["beach -dog", None]


def test_albums_follow_a_photograph_that_moves_and_one_that_is_copied(
    library: Library, notes: Annotations, photos: Path, describer: FakeDescriber
) -> None:
    (image,) = library.read(catalogue.images_at, [bytes(photos / "0.png")]).values()
    add_to_album(library, "Holiday", [image])
    (photos / "0.png").rename(photos / "deep" / "moved.png")
    (photos / "copy.png").write_bytes((photos / "deep" / "moved.png").read_bytes())
    index(library, photos, describer)
    for name in ("deep/moved.png", "copy.png"):
        (same,) = library.read(catalogue.images_at, [bytes(photos / name)]).values()
        assert library.read(catalogue.albums_of, [same]) == {image: ("Holiday",)}
    assert library.read(catalogue.albums)[0].count == 1


def test_a_backup_holds_albums(library: Library, notes: Annotations, tmp_path: Path) -> None:
    add_to_album(library, "Holiday", [2, 1])
    library.database.back_up(tmp_path / "b.sqlite")
    delete_album(library, "Holiday")
    library.close()
    restore(tmp_path / "b.sqlite", library.address)
    with Library.open(library.address) as restored:
        assert held(restored) == {"Holiday": [2, 1]}


@pytest.mark.parametrize("kind", [FileFormat.JSONL, FileFormat.CSV, FileFormat.COCO])
def test_files_of_captions_carry_albums(library: Library, notes: Annotations, tmp_path: Path, kind: FileFormat) -> None:
    notes.tag([1], add=["sea"])
    add_to_album(library, "a; b", [1, 2])
    add_to_album(library, "=Holiday", [2])
    before = collect(library)
    assert [note.albums for note in before if note.albums] == [("a; b",), ("=Holiday", "a; b")]
    write_file(tmp_path / "words", before, kind=kind)
    notes.undo()
    notes.undo()
    read = read_file(tmp_path / "words", kind=kind).notes
    assert bring_in(library, read).action is not None
    assert held(library) == {"=Holiday": [2], "a; b": [1, 2]}
    assert bring_in(library, read).action is None
    # What a person took out stays out, and what no album can be called is left out.
    remove_from_album(library, "a; b", [1])
    delete_album(library, "=Holiday")
    save_search(library, "=Holiday", "beach")
    assert bring_in(library, read).action is None
