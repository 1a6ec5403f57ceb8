from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect

from alembic import command
from index_data import upgrades
from index_data.database import connect
from index_data.errors import LibraryDamagedError, LibraryTooNewError
from index_data.library import Library
from index_data.locations import LibraryPaths, migrations_folder
from index_data.schema import Base
from tests.unit.index_data.conftest import FakeDescriber, index

NEXT = '''
"""One more column."""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None
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
    (folder / "versions" / "next.py").write_text(NEXT.format(failure=failure))
    monkeypatch.setattr(upgrades, "migrations_folder", lambda: folder)
    monkeypatch.setattr(upgrades, "HEAD", "0002")
    monkeypatch.setattr("index_data.library.HEAD", "0002")


def contents(paths: LibraryPaths) -> dict[str, int]:
    with closing(sqlite3.connect(paths.catalogue)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [upgrades.HEAD]


def test_models_and_migrated_schema_agree(library: Library) -> None:
    found = inspect(connect(library.paths.catalogue))
    assert set(found.get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    for name, table in Base.metadata.tables.items():
        columns = {c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(name)}
        dialect = connect(library.paths.catalogue).dialect
        assert columns == {c.name: (c.type.compile(dialect), bool(c.nullable)) for c in table.columns}
        assert found.get_pk_constraint(name)["constrained_columns"] == [c.name for c in table.primary_key]
        keys = {(k["name"], k["options"].get("ondelete")) for k in found.get_foreign_keys(name)}
        assert keys == {(k.name, k.ondelete) for k in table.foreign_key_constraints}
        assert {i["name"] for i in found.get_indexes(name)} == {i.name for i in table.indexes}
        checks = {(c["name"], c["sqltext"]) for c in found.get_check_constraints(name)}
        assert checks == {(c.name, str(c.sqltext)) for c in table.constraints if isinstance(c, CheckConstraint)}


def test_down_and_up_again(library: Library) -> None:
    engine = connect(library.paths.catalogue, foreign_keys=False)
    for step, tables in ((command.downgrade, {"alembic_version"}), (command.upgrade, None)):
        with engine.begin() as connection:
            setup = config()
            setup.attributes["connection"] = connection
            step(setup, "base" if tables else "head")
        assert set(contents(library.paths)) == (tables or {*Base.metadata.tables, "alembic_version"})


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
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        assert copy.execute("SELECT count(*) FROM caption").fetchone() == (7,)


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
    assert upgrades.current_revision(library.paths) == "0001"
    assert "note" not in {c["name"] for c in inspect(connect(library.paths.catalogue)).get_columns("image")}


def test_a_newer_library_is_refused_untouched(library: Library) -> None:
    library.close()
    with closing(sqlite3.connect(library.paths.catalogue)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = library.paths.catalogue.read_bytes()
    with pytest.raises(LibraryTooNewError, match=r"newer imgsearch \(its schema is 9999, this version knows 0001\)"):
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
