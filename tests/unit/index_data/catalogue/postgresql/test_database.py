from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from alembic import command
from index_data import catalogue
from index_data.addresses import ServerAddress
from index_data.annotation.actions import Annotations
from index_data.catalogue import migrate
from index_data.catalogue.postgresql import database
from index_data.catalogue.postgresql.connection import connect
from index_data.catalogue.postgresql.migration import OWN_TABLES
from index_data.catalogue.schema import Base
from index_data.errors import (
    LibraryLockedError,
    LibraryMissingError,
    LibraryNotWritableError,
    LibraryUnreachableError,
    SameLibraryError,
)
from index_data.library import Library
from index_data.maintenance.doctor import examine
from index_data.maintenance.merge import merge
from index_data.maintenance.restore import restore
from index_data.scan.events import ScanProgressed
from index_data.scan.pipeline import index_folders
from tests.libraries import new_library
from tests.postgresql_server import Server
from tests.unit.index_data.conftest import TEXT_ENCODERS, FakeDescriber, encode, film, index, paint

BREAK = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE application_name = 'imgsearch' AND datname = '{name}'"
)
"""Ends every connection of the program to a database, and waits until it is."""


def said(library: Library) -> dict[bytes, tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """What the library says of each of its photographs."""
    with library.transaction() as session:
        images = catalogue.images(session, catalogue.shown_images(session))
        tags, albums = catalogue.tags_of(session, list(images)), catalogue.albums_of(session, list(images))
    return {
        record.paths[0]: (record.caption, tags.get(image, ()), albums.get(image, ()))
        for image, record in images.items()
    }


def unhealthy(library: Library) -> list[object]:
    return [finding for finding in examine(library) if finding.holds != TEXT_ENCODERS and not finding.healthy]


def test_a_scan_a_persons_words_a_backup_and_what_comes_of_it(
    address: ServerAddress, tmp_path: Path, photos: Path, describer: FakeDescriber
) -> None:
    with Library.open(address) as library:
        watch = library.database.change_watch()
        assert not watch.changed()
        index(library, photos, describer)
        assert watch.changed()
        assert not watch.changed()
        film(library, tmp_path / "film.mp4", [(1, 2, 3), (4, 5, 6)], describer)
        notes = Annotations(library, encode=encode)
        first, second, *_ = library.read(catalogue.shown_images)
        notes.edit(first, "a dog on the beach")
        notes.tag([second], add=["Köln"])
        before = said(library)
        assert library.read(catalogue.said_words, ["dogs", "koln", "zebra"]) == {"dogs", "koln"}
        library.database.back_up(tmp_path / "backup.sqlite")
        notes.edit(second, "lost with the restore")
    watch.close()
    former = restore(tmp_path / "backup.sqlite", address)
    assert former is not None
    assert former.is_file()
    with Library.open(address) as library:
        assert said(library) == before
        assert unhealthy(library) == []
        assert Annotations(library, encode=encode).undo() is not None
        with pytest.raises(SameLibraryError):
            merge(library, address)
    # A backup is a library of SQLite, and so it goes down to a folder.
    restore(tmp_path / "backup.sqlite", tmp_path / "folder")
    with Library.open(tmp_path / "folder") as library:
        assert said(library) == before


def test_libraries_are_merged_both_ways(
    address: ServerAddress, tmp_path: Path, photos: Path, describer: FakeDescriber
) -> None:
    paint(tmp_path / "theirs" / "other.png", (9, 99, 9))
    with Library.open(address) as ours, new_library(tmp_path / "library") as theirs:
        index(ours, photos, describer)
        index(theirs, tmp_path / "theirs", describer)
        Annotations(theirs, encode=encode).edit(theirs.read(catalogue.shown_images)[0], "a green field")
        alone = said(ours), said(theirs)
        assert merge(ours, tmp_path / "library").images == 1
        assert said(ours) == alone[0] | alone[1]
        assert merge(theirs, address).images == 7
        assert said(theirs) == said(ours)
        assert unhealthy(ours) == []


def test_what_is_missing_is_found_and_made_again(
    address: ServerAddress, photos: Path, describer: FakeDescriber
) -> None:
    with Library.open(address) as library:
        index(library, photos, describer)
        with library.transaction(write=True) as session:
            session.execute(text("DROP VIEW sighting"))
            session.execute(text("DROP INDEX ix_tag_words"))
            session.execute(text("DROP TRIGGER tag_touched_insert ON tag"))
        assert library.database.care.missing_views()
        assert library.database.care.untrue_words() == ["ix_tag_words"]
        assert library.database.care.missing_triggers() == ["tag_touched_insert"]
        list(examine(library, fix=True))
        assert unhealthy(library) == []


def test_one_process_writes_and_others_read(address: ServerAddress, photos: Path, describer: FakeDescriber) -> None:
    code = (
        "import sys; from index_data.addresses import ServerAddress; from index_data.library import Library\n"
        "with Library.open(ServerAddress(sys.argv[1])) as library, library.writing():\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    with Library.open(address) as library:
        index(library, photos, describer)
        holder = subprocess.Popen(
            [sys.executable, "-c", code, address.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            with pytest.raises(LibraryLockedError, match="another imgsearch is writing to the library postgresql://"):
                index(library, photos, describer)
            assert library.status().images == 7
            holder.kill()
        assert index(library, photos, describer).unchanged == 7


def test_a_reader_reads_and_is_told_that_it_may_not_write(
    server: Server, address: ServerAddress, photos: Path, describer: FakeDescriber
) -> None:
    with Library.open(address) as library:
        index(library, photos, describer)
    role = f"reader_{os.getpid()}"
    server.run(f"CREATE ROLE {role} LOGIN PASSWORD 'hidden-word'")
    with psycopg.connect(address.url, autocommit=True) as connection:
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    theirs = ServerAddress(address.url.replace("postgres:@", f"{role}:hidden-word@"))
    try:
        with Library.open(theirs) as library:
            assert library.status().images == 7
            vector = describer.encode_text(["a"])
            assert len(library.indexes.image(describer.identity).search(vector, 3)[1][0]) == 3
            with pytest.raises(LibraryNotWritableError, match="may not be changed, or not by this role") as caught:
                Annotations(library, encode=encode).tag(library.read(catalogue.shown_images), add=["no"])
        assert "hidden-word" not in f"{caught.value!r} {theirs} {theirs!r}"
    finally:
        with psycopg.connect(address.url, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {role}")
        server.run(f"DROP ROLE {role}")


def test_a_lost_connection_is_told_and_comes_back(
    server: Server, address: ServerAddress, photos: Path, describer: FakeDescriber
) -> None:
    with Library.open(address) as library:
        index(library, photos, describer)
        watch = library.database.change_watch()
        name = str(address).rpartition("/")[2]

        def read_while_it_breaks() -> None:
            with library.transaction() as session:
                server.run(BREAK.format(name=name))
                catalogue.shown_images(session)

        with pytest.raises(LibraryUnreachableError, match="cannot be reached"):
            read_while_it_breaks()
        with pytest.raises(LibraryUnreachableError, match="cannot be reached"):
            watch.changed()
        assert watch.changed()  # what happened meanwhile is not known
        assert not watch.changed()
        watch.close()
        assert library.status().images == 7
        assert index(library, photos, describer).unchanged == 7


def test_a_scan_whose_lock_was_lost_stores_no_more_and_the_next_one_goes_on(
    server: Server, address: ServerAddress, photos: Path, describer: FakeDescriber
) -> None:
    name = str(address).rpartition("/")[2]
    with Library.open(address) as library:
        scan = index_folders(library, [photos], describer, batch=2)
        while not (isinstance(event := next(scan), ScanProgressed) and event.arrivals):
            pass
        server.run(BREAK.format(name=name))
        with pytest.raises(LibraryUnreachableError, match="cannot be reached"):
            list(scan)
        stored = library.status().images
        assert 0 < stored < 7
        assert index(library, photos, describer).new == 7 - stored


def test_what_psycopg_warns_of_a_lost_connection_is_not_printed(
    server: Server, address: ServerAddress, caplog: pytest.LogCaptureFixture
) -> None:
    connection, name = connect(address), str(address).rpartition("/")[2]

    def work_while_it_breaks() -> None:
        with connection.pipeline():
            server.run(BREAK.format(name=name))
            connection.execute("SELECT 1")

    with pytest.raises(psycopg.OperationalError):
        work_while_it_breaks()
    assert caplog.text == ""


def test_what_is_wrong_with_an_address_is_told_in_one_sentence(server: Server, tmp_path: Path) -> None:
    nobody = ServerAddress(f"postgresql://me:hidden-word@/archive?host={tmp_path}")
    with pytest.raises(
        LibraryUnreachableError, match=r"the library postgresql://me@/archive cannot be reached"
    ) as told:
        Library.open(nobody)
    assert "hidden-word" not in str(told.value)
    with (
        server.database(empty=True) as empty,
        pytest.raises(LibraryMissingError, match="there is no library in postgresql://"),
    ):
        Library.open(empty)


def test_a_server_without_pgvector_is_told(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "EXTENSION", "no_such_extension")
    with (
        server.database(empty=True) as empty,
        pytest.raises(LibraryNotWritableError, match="has no pgvector, by which vectors are searched"),
    ):
        Library.open(empty, create=True)


def test_a_pgvector_that_is_too_old_is_told_and_nothing_is_made(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LEAST_VERSION", (99, 0))
    with server.database(empty=True) as empty:
        with pytest.raises(LibraryNotWritableError, match=r"has pgvector 0\.\S+, and 99\.0 or later is needed"):
            Library.open(empty, create=True)
        with pytest.raises(LibraryMissingError):
            Library.open(empty)


def test_down_and_up_again(address: ServerAddress) -> None:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(address.url))
    for revision, tables in (
        ("base", {"alembic_version"}),
        ("head", {*Base.metadata.tables, *OWN_TABLES, "alembic_version"}),
    ):
        with engine.begin() as connection:
            config = migrate.configuration()
            config.attributes["connection"] = connection
            (command.downgrade if revision == "base" else command.upgrade)(config, revision)
            there = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            assert set(there) == tables
            left = connection.scalars(text("SELECT proname FROM pg_proc WHERE proname = 'folded'")).all()
            assert bool(left) == (revision == "head")
    engine.dispose()
    with Library.open(address) as library:
        assert library.status().images == 0
