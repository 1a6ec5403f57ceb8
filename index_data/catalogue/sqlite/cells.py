"""Proves that the cells of a catalogue hold what imgsearch writes: SQLite keeps anything anywhere."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Column, DateTime, Float, Integer, LargeBinary

from index_data.catalogue import schema
from index_data.catalogue.sqlite.connection import as_it_lies, explained

_DATE = """(typeof({c}) = 'text' AND {c} >= '0001' AND datetime({c}) IS substr({c}, 1, 19)
    AND (length({c}) = 19 OR substr({c}, 20) GLOB '.[0-9][0-9][0-9][0-9][0-9][0-9]'))"""


def odd_table(connection: sqlite3.Connection) -> str | None:
    """The first table in which a cell holds something of another kind than its column, if there is one."""
    for table in schema.Base.metadata.sorted_tables:
        present = {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table.name})")}
        rules = [f"({_rule(column)})" for column in table.columns if column.name in present]
        odd = f"SELECT 1 FROM {table.name} WHERE NOT ({' AND '.join(rules)}) LIMIT 1"
        if rules and connection.execute(odd).fetchone():
            return table.name
    return None


def fault_of(catalogue: Path) -> str | None:
    """What in a catalogue's cells may have led a reader astray, as a sentence with what to do; none if all is well.

    Raises:
        LibraryDamagedError: It is not readable at all.
        LibraryLockedError: Another program holds it.
    """
    with explained(catalogue), closing(sqlite3.connect(as_it_lies(catalogue), uri=True)) as connection:
        if table := odd_table(connection):
            return f"{catalogue} is damaged: {table} holds a cell of the wrong kind; try: imgsearch restore BACKUP"
        for vectors in (schema.ImageVector.__tablename__, schema.CaptionVector.__tablename__):
            lengths = f"SELECT 1 FROM {vectors} JOIN model ON model.id = model_id WHERE length(vector) != 4 * dimension"
            if connection.execute(f"{lengths} LIMIT 1").fetchone():
                return f"{catalogue} holds vectors of another length than their model's; try: imgsearch doctor --fix"
    return None


def _rule(column: Column[object]) -> str:
    name = column.name
    if isinstance(column.type, DateTime):
        rule = _DATE.format(c=name)
    elif isinstance(column.type, LargeBinary):
        rule = f"typeof({name}) = 'blob'"
    elif isinstance(column.type, Float):
        rule = f"typeof({name}) IN ('real', 'integer')"
    elif isinstance(column.type, Integer) or column.type.python_type is bool:
        rule = f"typeof({name}) = 'integer'"
    else:
        rule = f"typeof({name}) = 'text'"
    return f"{name} IS NULL OR {rule}" if column.nullable else rule
