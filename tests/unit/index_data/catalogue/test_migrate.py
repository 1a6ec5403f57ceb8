from __future__ import annotations

import gc
import os
import sqlite3
import stat
import subprocess
import sys
import warnings
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect, text

from alembic import command
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.catalogue import migrate as upgrades
from index_data.catalogue.annotation_records import LearntTag
from index_data.catalogue.schema import Base
from index_data.catalogue.sqlite import revision as revisions
from index_data.catalogue.sqlite.connection import connect
from index_data.catalogue.sqlite.full_text import is_word_table
from index_data.errors import LibraryDamagedError, LibraryNotWritableError, LibraryTooNewError
from index_data.library import Library
from index_data.locations import LibraryPaths, migrations_folder
from tests.unit.index_data.conftest import FakeDescriber, encode, film, index

pytestmark = pytest.mark.library_in_a_folder

THIS = upgrades.HEAD
"""The revision of this version, whatever a test pretends later."""

NEXT = '''
"""One more column."""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9000", "{head}", None, None
def upgrade():
    with op.batch_alter_table("image") as batch:
        batch.add_column(sa.Column("note", sa.String(), nullable=True))
        batch.alter_column("camera", existing_type=sa.String(), new_column_name="camera_model")
    {failure}
def downgrade():
    with op.batch_alter_table("image") as batch:
        batch.drop_column("note")
        batch.alter_column("camera_model", existing_type=sa.String(), new_column_name="camera")
'''


def config(folder: Path | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(folder or migrations_folder()))
    return made


def later_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str = "") -> None:
    """Pretends that this is a version with one more migration."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for file in [*migrations_folder().glob("*.*"), *migrations_folder().glob("versions/*.py")]:
        (folder / file.relative_to(migrations_folder())).write_bytes(file.read_bytes())
    (folder / "versions" / "next.py").write_text(NEXT.format(failure=failure, head=THIS))
    monkeypatch.setattr(upgrades, "migrations_folder", lambda: folder)
    monkeypatch.setattr(upgrades, "HEAD", "9000")


def contents(paths: LibraryPaths) -> dict[str, int]:
    with closing(sqlite3.connect(paths.catalogue)) as connection:
        found = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        names = [name for name in found if not is_word_table(name)]
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


def rows(paths: LibraryPaths) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(paths.catalogue)) as connection:
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in contents(paths)}


def definitions(paths: LibraryPaths) -> dict[str, str]:
    """What a catalogue is made of, each thing by its name, as SQL."""
    with closing(sqlite3.connect(paths.catalogue)) as connection:
        return dict(connection.execute("SELECT name, sql FROM sqlite_master"))


def migrate(paths: LibraryPaths, revision: str, *, folder: Path | None = None) -> None:
    """Migrates up or down, whichever way the revision lies."""
    known = ScriptDirectory.from_config(config(folder))
    here = revisions.current_revision(paths.catalogue)
    below = {script.revision for script in known.iterate_revisions(here, "base")} if here else set()
    step = command.downgrade if revision == "base" or revision in below else command.upgrade
    with connect(paths.catalogue, foreign_keys=False).begin() as connection:
        setup = config(folder)
        setup.attributes["connection"] = connection
        step(setup, revision)


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [upgrades.HEAD]


def test_models_and_migrated_schema_agree(library: Library) -> None:
    inspector = inspect(connect(library.paths.catalogue))
    tables = {name for name in inspector.get_table_names() if not is_word_table(name)}
    assert tables == {*Base.metadata.tables, "alembic_version"}
    for name, table in Base.metadata.tables.items():
        columns = {c["name"]: (str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)}
        dialect = connect(library.paths.catalogue).dialect
        assert columns == {c.name: (c.type.compile(dialect), bool(c.nullable)) for c in table.columns}
        assert inspector.get_pk_constraint(name)["constrained_columns"] == [c.name for c in table.primary_key]
        keys = {(k["name"], k["options"].get("ondelete")) for k in inspector.get_foreign_keys(name)}
        assert keys == {(k.name, k.ondelete) for k in table.foreign_key_constraints}
        assert {i["name"] for i in inspector.get_indexes(name)} == {i.name for i in table.indexes}
        checks = {(c["name"], c["sqltext"]) for c in inspector.get_check_constraints(name)}
        assert checks == {(c.name, str(c.sqltext)) for c in table.constraints if isinstance(c, CheckConstraint)}


def test_alembic_itself_finds_nothing_to_migrate(library: Library) -> None:
    with connect(library.paths.catalogue).begin() as connection:
        setup = config()
        setup.attributes["connection"] = connection
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            options = {"include_name": lambda name, kind, _: not (kind == "table" and is_word_table(name))}
            added = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    assert added == []


def test_down_and_up_again(library: Library) -> None:
    for revision, tables in (("base", {"alembic_version"}), ("head", {*Base.metadata.tables, "alembic_version"})):
        migrate(library.paths, revision)
        assert set(contents(library.paths)) == tables


def test_down_and_up_again_keeps_the_rows_of_what_remains(
    tmp_path: Path, library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    before = rows(library.paths)
    later_version(tmp_path, monkeypatch)
    for revision in ("head", THIS):
        migrate(library.paths, revision, folder=tmp_path / "migrations")
        assert contents(library.paths)["image"] == 7
    assert rows(library.paths) == before


def test_annotations_go_down_as_far_as_the_first_schema_holds_them_and_up_again(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    migrate(library.paths, "0001")
    first = rows(library.paths)
    migrate(library.paths, "head")
    assert {name: len(first[name]) for name in first} == {name: contents(library.paths)[name] for name in first}
    with library.transaction() as session:
        for number, state in enumerate(("proposed", "accepted", "rejected", "edited", "withdrawn"), start=1):
            session.execute(text(f"UPDATE caption SET state = '{state}' WHERE id = {number}"))
        session.execute(text("UPDATE caption SET origin_id = 4 WHERE id = 2"))
    migrate(library.paths, "0001")
    with closing(sqlite3.connect(library.paths.catalogue)) as connection:
        states = [state for (state,) in connection.execute("SELECT state FROM caption ORDER BY id LIMIT 5")]
    assert states == ["proposed", "accepted", "rejected", "rejected", "rejected"]
    assert set(contents(library.paths)) == set(first)
    migrate(library.paths, "head")
    # The perceptual hash, which the first schema has no room for, is made when an image is described anew.
    assert [row[:-1] for row in rows(library.paths)["image"]] == first["image"]


def test_rejected_tags_go_down_and_what_people_gave_comes_up_again(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    notes = Annotations(library, encode=encode)
    notes.tag([1, 5], add=["Ben"])
    notes.tag([5], remove=["Ben"])
    with library.writing(), library.transaction(write=True) as session:
        learnt = LearntTag("Ben", "drawn", datetime(2026, 11, 26), 1, 1, 7, 0.5, "digest")
        catalogue.put_learnt_tag(session, learnt, {2: 0.9, 3: 0.8, 4: 0.7})
    right, wrong, _ = library.read(catalogue.proposed_tags)
    notes.judge_tags([wrong], accept=False)
    notes.judge_tags([right], accept=True)
    migrate(library.paths, "0012")
    with closing(sqlite3.connect(library.paths.catalogue)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        changes = connection.execute("SELECT image_id, was, became FROM change ORDER BY id").fetchall()
        (actions,) = connection.execute("SELECT count(*) FROM action").fetchone()
    # The former version knows nothing of proposals, so that rejecting one changed nothing there.
    given = [(1, "absent", "present"), (5, "absent", "present")]
    assert (changes, actions) == ([*given, (5, "present", "absent"), (2, "absent", "present")], 3)
    migrate(library.paths, "head")
    assert library.read(catalogue.proposed_tags) == []
    assert notes.tags([1, 2, 3, 4, 5]) == {1: ("Ben",), 2: ("Ben",)}
    notes.undo()
    assert notes.tags([2]) == {}
    notes.undo()
    assert notes.tags([1, 5]) == {1: ("Ben",), 5: ("Ben",)}


def test_films_go_down_without_becoming_photographs(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    before = rows(library.paths)
    moments = film(library, photos / "a.mp4", ((250, 0, 0), (0, 250, 0)), describer)
    Annotations(library, encode=encode).tag(moments, add=["sea"])
    migrate(library.paths, "0011")
    with closing(sqlite3.connect(library.paths.catalogue)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    after = rows(library.paths)
    kept = ("image", "place", "caption", "tag", "keyword", "image_vector", "caption_vector", "action", "change")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    migrate(library.paths, "head")
    assert library.status().images == 7


def test_an_older_library_is_backed_up_and_upgraded_with_its_rows(
    tmp_path: Path, library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    before = contents(library.paths)
    library.close()
    later_version(tmp_path, monkeypatch)
    with Library.open(library.paths.folder) as upgraded:
        assert contents(upgraded.paths) == before
        assert upgraded.status().images == 7
        columns = {c["name"] for c in inspect(connect(upgraded.paths.catalogue)).get_columns("image")}
        assert {"note", "camera_model"} <= columns
    (backup,) = library.paths.backups.iterdir()
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [(THIS,)]
        assert copy.execute("SELECT count(*) FROM caption").fetchone() == (7,)


def test_what_only_adds_changes_nothing_that_was_there_and_makes_no_copy(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    index(library, photos, describer)
    Annotations(library, encode=encode).tag([1, 5], add=["Ben"])
    library.close()
    scripts = list(ScriptDirectory.from_config(config()).walk_revisions())
    adding = [script for script in scripts if getattr(script.module, "ONLY_ADDS", False)]
    assert THIS in {script.revision for script in adding}
    for script in adding:
        migrate(library.paths, str(script.down_revision))
        schema, before = definitions(library.paths), rows(library.paths)
        del before["alembic_version"]
        migrate(library.paths, script.revision)
        assert schema.items() <= definitions(library.paths).items()
        assert before.items() <= rows(library.paths).items()
    migrate(library.paths, "head")
    migrate(library.paths, str(adding[0].down_revision))
    Library.open(library.paths.folder).close()
    assert revisions.current_revision(library.paths.catalogue) == THIS
    assert not library.paths.backups.exists()
    # Of several migrations one that changes former rows suffices.
    migrate(library.paths, "0001")
    Library.open(library.paths.folder).close()
    (backup,) = library.paths.backups.iterdir()
    assert backup.name.startswith("catalogue-0001-")


def test_a_failing_migration_changes_nothing(
    tmp_path: Path, library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    before = contents(library.paths)
    library.close()
    later_version(tmp_path, monkeypatch, failure='raise RuntimeError("power cut")')
    with pytest.raises(RuntimeError, match="power cut"):
        Library.open(library.paths.folder)
    assert contents(library.paths) == before
    assert revisions.current_revision(library.paths.catalogue) == THIS
    assert "note" not in {c["name"] for c in inspect(connect(library.paths.catalogue)).get_columns("image")}


def test_a_newer_library_is_refused_untouched(library: Library) -> None:
    library.close()
    with closing(sqlite3.connect(library.paths.catalogue)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = library.paths.catalogue.read_bytes()
    with pytest.raises(LibraryTooNewError, match=rf"newer imgsearch \(its schema is 9999, this version knows {THIS}\)"):
        Library.open(library.paths.folder)
    assert library.paths.catalogue.read_bytes() == before
    assert not library.paths.backups.exists()


def test_what_is_no_catalogue_is_refused_untouched(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path)
    paths.catalogue.write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(LibraryDamagedError, match="is not a readable catalogue"):
        Library.open(tmp_path)
    assert paths.catalogue.read_bytes().startswith(b"this is not")
    paths.catalogue.unlink()
    with closing(sqlite3.connect(paths.catalogue)) as connection, connection:
        connection.execute("CREATE TABLE recipes (id INTEGER)")
    with pytest.raises(LibraryDamagedError, match="is a database, but not one of imgsearch"):
        Library.open(tmp_path)


@pytest.mark.parametrize("tables", ["alembic_version (version_num TEXT)", "image (id INTEGER)"])
def test_another_programs_database_is_refused(tmp_path: Path, tables: str) -> None:
    with closing(sqlite3.connect(LibraryPaths(tmp_path).catalogue)) as connection, connection:
        connection.execute(f"CREATE TABLE {tables}")
        connection.execute("CREATE TABLE recipes (id INTEGER)")
        if tables.startswith("alembic"):
            connection.execute("INSERT INTO alembic_version VALUES ('0001')")
    before = LibraryPaths(tmp_path).catalogue.read_bytes()
    with pytest.raises(LibraryDamagedError, match="is a database, but not one of imgsearch"):
        Library.open(tmp_path, create=True)
    assert LibraryPaths(tmp_path).catalogue.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["catalogue.sqlite"]


def test_an_empty_file_becomes_an_empty_library(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path)
    paths.catalogue.touch(mode=0o644)
    with Library.open(tmp_path) as library:
        assert library.status().images == 0
    assert stat.S_IMODE(paths.catalogue.stat().st_mode) == 0o600
    assert not paths.backups.exists()


def test_a_library_migrated_down_to_nothing_is_an_empty_one(library: Library) -> None:
    migrate(library.paths, "base")
    with Library.open(library.paths.folder) as again:
        assert again.status().images == 0


def test_an_upgrade_keeps_the_children_of_a_rebuilt_parent(
    tmp_path: Path, library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    later_version(tmp_path, monkeypatch)
    with Library.open(library.paths.folder) as upgraded, upgraded.transaction() as session:
        counts = [session.execute(text(f"SELECT count(*) FROM {name}")).scalar() for name in ("place", "caption")]
        assert counts == [7, 7]
        # And they are on again afterwards.
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_an_upgrade_that_would_leave_orphans_changes_nothing(
    tmp_path: Path, library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    before = rows(library.paths)
    later_version(tmp_path, monkeypatch, failure='op.execute("DELETE FROM model")')
    with pytest.raises(LibraryDamagedError, match=r"the upgrade would leave \d+ rows of .* without parent"):
        Library.open(library.paths.folder)
    assert rows(library.paths) == before


def test_a_backup_that_fails_leaves_neither_half_a_copy_nor_an_upgrade(
    tmp_path: Path, library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    later_version(tmp_path, monkeypatch)
    sqlite_connect = sqlite3.connect

    def connect_to_full_disk(path: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite_connect(path, **options)  # type: ignore[call-overload]
        if "backups" in str(path):
            connection.execute("PRAGMA max_page_count = 2")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_to_full_disk)
    with pytest.raises(LibraryNotWritableError, match="full"):
        Library.open(library.paths.folder)
    monkeypatch.setattr(sqlite3, "connect", sqlite_connect)
    assert list(library.paths.backups.iterdir()) == []
    assert revisions.current_revision(library.paths.catalogue) == THIS


def test_an_older_library_in_a_read_only_folder_says_so(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    later_version(tmp_path, monkeypatch)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(LibraryNotWritableError, match="not writable, so the library cannot be brought up to date"):
        Library.open(library.paths.folder)


def test_only_the_owner_may_read_a_backup(tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    later_version(tmp_path, monkeypatch)
    Library.open(library.paths.folder).close()
    (backup,) = library.paths.backups.iterdir()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert stat.S_IMODE(backup.parent.stat().st_mode) == 0o700


def test_the_command_line_of_alembic_works_on_a_named_library(tmp_path: Path) -> None:
    root = migrations_folder().parent
    run = [sys.executable, "-m", "alembic.config", "upgrade", "head"]
    environment = {**os.environ, "IMGSEARCH_LIBRARY": str(tmp_path)}
    done = subprocess.run(run, cwd=root, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert revisions.current_revision(LibraryPaths(tmp_path).catalogue) == upgrades.HEAD


def test_a_backup_folder_that_cannot_be_made_says_so(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    later_version(tmp_path, monkeypatch)
    library.paths.backups.touch()
    with pytest.raises(LibraryNotWritableError, match="takes no new folder: File exists"):
        Library.open(library.paths.folder)
    assert revisions.current_revision(library.paths.catalogue) == THIS


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY_CANTINIT])
def test_the_revision_is_read_where_sqlite_may_make_no_files(
    library: Library, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    read = revisions._revision

    def refuse(catalogue: Path, address: str) -> str | None:
        if "immutable" in address:
            return read(catalogue, address)
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorcode = code
        raise error

    monkeypatch.setattr(revisions, "_revision", refuse)
    assert revisions.current_revision(library.paths.catalogue) == upgrades.HEAD


def test_a_library_just_made_lies_in_its_file_alone(tmp_path: Path) -> None:
    gc.disable()
    try:
        Library.open(tmp_path / "library", create=True).close()
        assert not list((tmp_path / "library").glob("catalogue.sqlite-*"))
    finally:
        gc.enable()
