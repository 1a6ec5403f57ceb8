"""A file of columns is believed only if it is whole and of this catalogue, and what changed since is read anew."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.catalogue.photograph_facts import photograph_facts
from index_data.columns import cache
from index_data.columns.cache import ColumnCache
from index_data.columns.columns import Columns
from index_data.columns.file import load_columns
from index_data.columns.hubness import Bank
from index_data.columns.reading import read_columns
from index_data.columns.stems import number_of
from index_data.library import Library
from index_data.maintenance.restore import restore
from tests.unit.index_data.conftest import FakeDescriber, encode, index

BANK = Bank(np.eye(4, dtype=np.float16))


@pytest.fixture
def filled(library: Library, photos: Path, describer: FakeDescriber) -> Library:
    """Seven described photographs, one tagged, one captioned by a person."""
    index(library, photos, describer)
    notes = Annotations(library, encode=encode)
    notes.tag([1], add=["Rex"])
    notes.edit(2, "my own words")
    return library


def columns_of(library: Library, describer: FakeDescriber, *, bank: Bank | None = BANK) -> Columns:
    """As a process reads them that has just opened the library."""
    with library.transaction() as session:
        return ColumnCache(library.paths).columns(session, describer.identity, bank)


def tagged(columns: Columns, name: str) -> list[int]:
    lists = columns.lists["tags"]
    ids: list[int] = columns.ids[lists.of(number_of(name))].tolist()
    return ids


def test_what_is_said_of_each_photograph_is_told(filled: Library, describer: FakeDescriber) -> None:
    columns = columns_of(filled, describer)
    assert columns.ids.tolist() == list(range(1, 8))
    assert tagged(columns, "Rex") == [1]
    assert columns.ids[columns.lists["confirmed"].of(number_of("rex"))].tolist() == [1]
    assert columns.ids[columns.lists["confirmed"].of(number_of("word"))].tolist() == [2]
    assert columns.ids[columns.lists["proposed"].of(number_of("fake"))].tolist() == [1, 3, 4, 5, 6, 7]
    rows, chances = columns.lists["keywords"].weighted(number_of("colour"))
    assert (len(rows), set(chances.tolist())) == (7, {np.float32(0.9)})
    assert len(columns.lists["proposed"].of(number_of("nobody says this"))) == 0
    with filled.transaction() as session:
        vectors = catalogue.ImageVectors(session, describer.identity.id).read(columns.ids.tolist())
    order = np.argsort(vectors.ids)
    np.testing.assert_allclose(columns.facts.hubness, vectors.vectors[order].mean(1), atol=1e-6)


def test_the_file_is_read_and_only_what_changed_is_read_anew(
    filled: Library, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = columns_of(filled, describer)
    read = list[int]()

    def counting(session: object, images: list[int]) -> object:
        read.extend(images)
        return photograph_facts(session, images)  # type: ignore[arg-type]

    monkeypatch.setattr("index_data.columns.reading.photograph_facts", counting)
    assert columns_of(filled, describer).says(first)
    assert read == []
    Annotations(filled, encode=encode).tag([3], add=["Rex"])
    assert tagged(columns_of(filled, describer), "Rex") == [1, 3]
    assert read == [3]


def truncate(content: bytes) -> bytes:
    return content[:-10]


def flip(content: bytes) -> bytes:
    return content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]


def lie_about_arrays(content: bytes) -> bytes:
    first, rest = content.split(b"\n", 1)
    header = json.loads(first)
    header["arrays"][3][2] = 10**12
    return json.dumps(header).encode() + b"\n" + rest


def lack_an_array(content: bytes) -> bytes:
    first, rest = content.split(b"\n", 1)
    header = json.loads(first)
    del header["arrays"][3:]
    return json.dumps(header).encode() + b"\n" + rest


DAMAGES: tuple[Callable[[bytes], bytes], ...] = (
    *(truncate, flip, lie_about_arrays, lack_an_array),
    *(lambda _: b"", lambda _: b"no columns\n", lambda _: b"[]\n", lambda _: b"{}\n"),
    lambda content: content.replace(b'"format": 2', b'"format": 1'),
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_not_believed_and_made_anew(
    filled: Library, describer: FakeDescriber, damage: Callable[[bytes], bytes]
) -> None:
    first = columns_of(filled, describer)
    path = filled.paths.columns(describer.identity.id)
    whole = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(damage(whole))
    assert load_columns(path, model=describer.identity.id) is None
    assert columns_of(filled, describer).says(first)
    assert path.read_bytes() == whole


def test_a_file_that_somebody_put_there_is_not_waited_for(filled: Library, describer: FakeDescriber) -> None:
    first = columns_of(filled, describer)
    path = filled.paths.columns(describer.identity.id)
    path.unlink()
    os.mkfifo(path)
    assert columns_of(filled, describer).says(first)


def test_columns_of_another_model_or_bank_are_not_believed(filled: Library, describer: FakeDescriber) -> None:
    columns_of(filled, describer)
    path = filled.paths.columns(describer.identity.id)
    assert load_columns(path, model="other@0123456789ab") is None
    assert columns_of(filled, describer, bank=None).facts.hubness.tolist() == [0.0] * 7
    other = Bank(-np.eye(4, dtype=np.float16))
    assert (columns_of(filled, describer, bank=other).facts.hubness < 0).all()
    assert not columns_of(filled, FakeDescriber("later")).facts.described.any()


def test_a_library_that_takes_no_files_is_asked_all_the_same(
    filled: Library, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled.paths.columns(describer.identity.id)
    path.unlink(missing_ok=True)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "save_columns", full)
    assert tagged(columns_of(filled, describer), "Rex") == [1]
    assert not path.exists()


def test_what_comes_out_of_a_backup_is_another_history(
    filled: Library, describer: FakeDescriber, tmp_path: Path
) -> None:
    """Also to a process that had the library open all along, and where as much has happened since as before."""
    filled.database.back_up(tmp_path / "backup.sqlite")
    notes = Annotations(filled, encode=encode)
    for name in ("one", "two", "three"):
        notes.tag([4], add=[name])
    held = ColumnCache(filled.paths)
    with filled.transaction() as session:
        assert tagged(held.columns(session, describer.identity, BANK), "two") == [4]
    restore(tmp_path / "backup.sqlite", filled.address)
    for name in ("uno", "due", "tre", "quattro"):
        notes.tag([5], add=[name])
    with filled.transaction() as session:
        columns = held.columns(session, describer.identity, BANK)
        assert columns.says(read_columns(session, describer.identity, BANK))
    assert (tagged(columns, "two"), tagged(columns, "due")) == ([], [5])


OWN_STATEMENTS = {
    "sqlite": (
        "INSERT OR IGNORE INTO tag (image_id, name, tagged_at) VALUES (1, 'new', '2026-01-01 00:00:00')",
        "INSERT OR REPLACE INTO tag (image_id, name, tagged_at) VALUES (1, 'new', '2026-01-02 00:00:00')",
        "UPDATE OR IGNORE tag SET image_id = 3 WHERE name = 'new'",
        "UPDATE place SET path = CAST('/elsewhere/x.png' AS BLOB) WHERE image_id = 4",
    ),
    "postgresql": (
        "INSERT INTO tag (image_id, name, tagged_at) VALUES (1, 'new', '2026-01-01') ON CONFLICT DO NOTHING",
        "INSERT INTO tag (image_id, name, tagged_at) VALUES (1, 'new', '2026-01-02')"
        " ON CONFLICT (image_id, name) DO UPDATE SET tagged_at = excluded.tagged_at",
        "UPDATE tag SET image_id = 3 WHERE name = 'new'",
        "UPDATE place SET path = convert_to('/elsewhere/x.png', 'UTF8') WHERE image_id = 4",
    ),
}
"""What each database alone understands."""


def test_what_is_done_behind_the_program_s_back_is_noted_too(
    filled: Library, database: str, describer: FakeDescriber
) -> None:
    held = ColumnCache(filled.paths)
    statements = (
        *OWN_STATEMENTS[database],
        "UPDATE image SET width = 77 WHERE id = 3",
        "UPDATE keyword SET probability = 0.1 WHERE image_id = 4",
        "DELETE FROM image_vector WHERE image_id = 5",
        "DELETE FROM image WHERE id = 6",
    )
    for statement in ("SELECT 1", *statements):
        with filled.transaction(write=True) as session:
            session.execute(text(statement))
        with filled.transaction() as session:
            columns = held.columns(session, describer.identity, BANK)
            assert columns.says(read_columns(session, describer.identity, BANK)), statement
    assert columns.ids.tolist() == [1, 2, 3, 4, 5, 7]
    assert columns.ids[columns.facts.described].tolist() == [1, 2, 3, 4, 7]
