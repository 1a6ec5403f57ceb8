"""The steps of migrations that a database takes in its own way."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def took_own(op: Any, step: str) -> bool:
    """Whether the database that is migrated has its own way to take a step, and took it; else the migration does.

    Args:
        op: Alembic's operations.
        step: Its name.
    """
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":  # in whose SQL the migrations are written
        return False
    room = import_module(f"index_data.catalogue.{connection.dialect.name}.migration")
    for statement in room.OWN_STATEMENTS[step](connection):
        connection.exec_driver_sql(statement.replace("%", "%%"))
    return True
