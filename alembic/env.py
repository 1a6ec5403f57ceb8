"""Runs the migrations: on the connection that the program hands over, or on a library named by a developer.

IMGSEARCH_LIBRARY=LIBRARY alembic upgrade head
"""

from __future__ import annotations

from sqlalchemy import Connection

from alembic import context
from index_data.addresses import ServerAddress, library_address
from index_data.catalogue.schema import Base
from index_data.catalogue.sqlite.connection import connect
from index_data.catalogue.sqlite.full_text import is_word_table
from index_data.locations import LibraryPaths


def migrate(connection: Connection) -> None:
    """Runs in the transaction that the connection is in, which the caller ends."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        include_name=lambda name, kind, _: not (kind == "table" and is_word_table(name or "")),
    )
    context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    migrate(handed_over)
else:
    address = library_address(None)
    if isinstance(address, ServerAddress):
        from index_data.catalogue.postgresql.database import server_engine

        engine = server_engine(address)
    else:
        engine = connect(LibraryPaths(address).catalogue, foreign_keys=False)
    with engine.begin() as connection:
        migrate(connection)
