"""What the migrations do otherwise in PostgreSQL: wider types, other checks, and statements of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Constraint,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from index_data.catalogue.postgresql import functions
from index_data.catalogue.postgresql.vector_type import VectorType

_SUBJECT = re.compile(r"\((\w+) IS NOT NULL\)")

_OWNERS = {
    "image": "id",
    **dict.fromkeys(("place", "caption", "tag", "keyword", "image_vector"), "image_id"),
}
_OWNERS_OF_FILMS = dict.fromkeys(("video", "moment"), "image_id")

WORD_INDEXES = {
    f"ix_{table}_words": f"CREATE INDEX ix_{table}_words ON {table} USING gin (word_vector({words}))"
    for table, words in (("caption", "text"), ("tag", "name"), ("place", "path_text(path)"))
}
"""The indexes over words, each by its name."""

_TOUCH = """
CREATE FUNCTION note_touched() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    owners text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT %1$I AS image_id FROM new_rows'
        WHEN 'DELETE' THEN 'SELECT %1$I AS image_id FROM old_rows'
        ELSE 'SELECT %1$I AS image_id FROM new_rows UNION SELECT %1$I FROM old_rows'
    END;
BEGIN
    EXECUTE format(
        'INSERT INTO touched (id, image_id)'
        ' SELECT (SELECT max(id) FROM touched) + row_number() OVER (), image_id'
        ' FROM (SELECT DISTINCT image_id FROM (' || owners || ') AS owners) AS each_once'
        ' ON CONFLICT (image_id) DO UPDATE SET id = excluded.id',
        TG_ARGV[0]
    );
    RETURN NULL;
END $$
"""

_LET_READERS_READ = """
DO $$
DECLARE
    reader text;
BEGIN
    FOR reader IN
        SELECT CASE allowed.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(allowed.grantee)) END
        FROM pg_class, aclexplode(relacl) AS allowed
        WHERE pg_class.oid = 'image'::regclass AND allowed.privilege_type = 'SELECT' AND allowed.grantee <> relowner
    LOOP
        EXECUTE 'GRANT SELECT ON kept_file, kept_file_part TO ' || reader;
    END LOOP;
END $$
"""
"""Roles that could read what there was until now can read what is added."""

_SEEN_BY = {"insert": "NEW TABLE AS new_rows", "delete": "OLD TABLE AS old_rows"}
_SEEN_BY["update"] = f"{_SEEN_BY['insert']} {_SEEN_BY['delete']}"


def _touched(owners: dict[str, str]) -> dict[str, str]:
    return {
        f"{table}_touched_{event}": f"CREATE TRIGGER {table}_touched_{event} AFTER {event} ON {table}"
        f" REFERENCING {seen} FOR EACH STATEMENT EXECUTE FUNCTION note_touched('{owner}')"
        for table, owner in owners.items()
        for event, seen in _SEEN_BY.items()
    }


OWN_TABLES = ("kept_file", "kept_file_part")
"""Those that a catalogue in a file has not: it lies in a folder, which has files."""

TRIGGERS = _touched(_OWNERS) | _touched(_OWNERS_OF_FILMS)
"""The triggers that note which photographs were touched, each by its name."""


class CataloguePostgresql(PostgresqlImpl):
    """Alembic's way to PostgreSQL, with the types of a catalogue; it is known to Alembic by being loaded."""

    __dialect__ = "postgresql"

    def create_table(self, table: Table, **options: Any) -> None:
        """Makes a table."""
        for column in table.columns:
            _fit(column)
        for constraint in table.constraints:
            _reword(constraint)
        super().create_table(table, **options)

    def add_column(self, table_name: str, column: Column[Any], **options: Any) -> None:
        """Adds a column."""
        _fit(column)
        super().add_column(table_name, column, **options)

    def add_constraint(self, const: Any, **options: Any) -> None:
        """Adds a constraint."""
        _reword(const)
        super().add_constraint(const, **options)


def _fit(column: Column[Any]) -> None:
    if column.name == "vector":
        column.type = VectorType()
    elif isinstance(column.type, Integer):
        # SQLite's numbers have 64 bits.
        column.type = BigInteger()
    elif isinstance(column.type, String):
        # Ordered as SQLite orders texts.
        column.type = String(column.type.length, collation="C")
    elif isinstance(column.type, LargeBinary):
        column.type = LargeBinary()


def _reword(constraint: Constraint) -> None:
    """A truth is no number here."""
    if isinstance(constraint, CheckConstraint) and ") + (" in str(constraint.sqltext):
        subjects = ", ".join(_SUBJECT.findall(str(constraint.sqltext)))
        constraint.sqltext = text(f"num_nonnulls({subjects}) = 1")


def _make_words(connection: Connection) -> Iterable[str]:
    known = set(connection.scalars(text("SELECT collname FROM pg_collation")))
    yield "ALTER TABLE tag DROP CONSTRAINT pk_tag"
    yield "ALTER TABLE tag ADD COLUMN id bigserial NOT NULL CONSTRAINT pk_tag PRIMARY KEY"
    yield "ALTER TABLE tag ADD CONSTRAINT uq_tag_image_id_name UNIQUE (image_id, name)"
    yield "CREATE INDEX ix_caption_author_state ON caption (author, state)"
    yield from functions.creation(next(name for name in functions.LETTERS if name in known))
    yield from WORD_INDEXES.values()


def _remove_words(connection: Connection) -> Iterable[str]:
    for name in WORD_INDEXES:
        yield f"DROP INDEX {name}"
    yield from functions.REMOVAL
    yield "DROP INDEX ix_caption_author_state"
    yield "ALTER TABLE tag DROP CONSTRAINT uq_tag_image_id_name"
    yield "ALTER TABLE tag DROP COLUMN id"
    yield "ALTER TABLE tag ADD CONSTRAINT pk_tag PRIMARY KEY (image_id, name)"


def _begin_touched(connection: Connection) -> Iterable[str]:
    yield "INSERT INTO touched (id, image_id) VALUES (1 + (random() * 1099511627776)::bigint, 0)"
    yield _TOUCH
    yield from _touched(_OWNERS).values()


def _end_touched(connection: Connection) -> Iterable[str]:
    for table in _OWNERS:
        for event in _SEEN_BY:
            yield f"DROP TRIGGER {table}_touched_{event} ON {table}"
    yield "DROP FUNCTION note_touched()"


def _note_touched_films(connection: Connection) -> Iterable[str]:
    return _touched(_OWNERS_OF_FILMS).values()


def _make_kept_files(connection: Connection) -> Iterable[str]:
    yield 'CREATE TABLE kept_file (name text COLLATE "C" CONSTRAINT pk_kept_file PRIMARY KEY, digest bytea NOT NULL)'
    yield (
        'CREATE TABLE kept_file_part (name text COLLATE "C" CONSTRAINT fk_kept_file_part_name_kept_file'
        " REFERENCES kept_file ON DELETE CASCADE, number bigint, content bytea NOT NULL,"
        " CONSTRAINT pk_kept_file_part PRIMARY KEY (name, number))"
    )
    # They are compressed already, if they can be.
    yield "ALTER TABLE kept_file_part ALTER COLUMN content SET STORAGE EXTERNAL"
    yield _LET_READERS_READ


def _remove_kept_files(connection: Connection) -> Iterable[str]:
    yield "DROP TABLE kept_file_part"
    yield "DROP TABLE kept_file"


OWN_STATEMENTS: dict[str, Callable[[Connection], Iterable[str]]] = {
    "make words": _make_words,
    "remove words": _remove_words,
    "begin touched": _begin_touched,
    "end touched": _end_touched,
    "note touched films": _note_touched_films,
    "make kept files": _make_kept_files,
    "remove kept files": _remove_kept_files,
}
"""By the step of a migration that they are in the place of."""
