"""Connections to a server of PostgreSQL, and what its errors mean."""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg import errors, pq
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.types import TypeInfo

from index_data.addresses import ServerAddress
from index_data.catalogue.postgresql.vector_type import PackedVector
from index_data.errors import (
    LibraryDamagedError,
    LibraryError,
    LibraryLockedError,
    LibraryNotWritableError,
    LibraryUnreachableError,
)

CONNECT_SECONDS = 10
"""How long a server that does not answer is waited for, unless the address says otherwise."""

BUSY_SECONDS = 30
"""How long a transaction waits for another process's write to end."""

# What it warns of when a connection is lost is an error here as well.
logging.getLogger("psycopg").setLevel(logging.ERROR)

_NOT_WRITABLE = (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction, errors.InvalidSchemaName)
_FULL = (errors.DiskFull, errors.OutOfMemory)
_LOCKED = (errors.LockNotAvailable, errors.SerializationFailure, errors.DeadlockDetected)
_DAMAGED = (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction, errors.InternalError_)


def connect(address: ServerAddress, *, autocommit: bool = False) -> psycopg.Connection[Any]:
    """Opens a connection, whose clock is the local one, and which gives and takes vectors as bytes.

    Raises:
        psycopg.Error: The server cannot be reached, or lets nobody in; see `explained`.
    """
    connection = psycopg.connect(
        address.url,
        autocommit=autocommit,
        connect_timeout=CONNECT_SECONDS,
        application_name="imgsearch",
        # What was prepared is lost where a pool of the server stands between.
        prepare_threshold=None,
    )
    try:
        connection.autocommit = True
        connection.execute("SELECT set_config('TimeZone', %s, false)", [_local_zone()])
        know_vectors(connection)
        connection.autocommit = autocommit
    except BaseException:
        connection.close()
        raise
    return connection


def know_vectors(connection: psycopg.Connection[Any]) -> None:
    """Has a connection give and take the vectors of pgvector, if its database has them yet."""
    info = TypeInfo.fetch(connection, "vector")
    if info is None:
        return
    info.register(connection)
    connection.adapters.register_loader(info.oid, _TextLoader)
    connection.adapters.register_loader(info.oid, _BinaryLoader)
    connection.adapters.register_dumper(PackedVector, type("_KnownDumper", (_VectorDumper,), {"oid": info.oid}))


class _VectorDumper(Dumper):
    format = pq.Format.BINARY

    def dump(self, obj: PackedVector) -> bytes:
        vector = np.frombuffer(obj, "<f4")
        return struct.pack(">HH", len(vector), 0) + vector.astype(">f4").tobytes()


class _BinaryLoader(Loader):
    format = pq.Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return np.frombuffer(data, ">f4", offset=4).astype("<f4").tobytes()


class _TextLoader(Loader):
    format = pq.Format.TEXT

    def load(self, data: Buffer) -> bytes:
        return np.array(bytes(data)[1:-1].split(b","), "<f4").tobytes()


def _local_zone() -> str:
    """The name of the local time zone, as servers know it."""
    if named := os.environ.get("TZ", "").lstrip(":"):
        return named
    _, zone, name = str(Path("/etc/localtime").resolve()).rpartition("zoneinfo/")
    return name if zone else "UTC"


@contextmanager
def explained(address: ServerAddress) -> Iterator[None]:
    """Turns what the server says inside the block into the errors of this package; no message names a password.

    Raises:
        LibraryUnreachableError: The server cannot be reached, lets nobody in, or the connection was lost.
        LibraryNotWritableError: The role may not do this, or the server's disk is full.
        LibraryLockedError: Another process held the catalogue for longer than `BUSY_SECONDS`.
        LibraryDamagedError: The catalogue is not what its revision says.
    """
    try:
        yield
    except Exception as error:
        # SQLAlchemy wraps the error of psycopg that it met.
        cause = getattr(error, "orig", error)
        explanation = _explanation(address, cause) if isinstance(cause, psycopg.Error) else None
        if explanation is None:
            raise
        # Whatever else the error holds may name a password.
        raise explanation from None


def _explanation(address: ServerAddress, error: psycopg.Error) -> LibraryError | None:
    said = str(error).strip().partition("\n")[0]
    if isinstance(error, _NOT_WRITABLE):
        return LibraryNotWritableError(f"the library {address} may not be changed, or not by this role: {said}")
    if isinstance(error, _FULL):
        return LibraryNotWritableError(f"the library {address} could not be written ({said}); make room on the server")
    if isinstance(error, _LOCKED):
        return LibraryLockedError(f"another program holds the library {address}; try again when it has finished")
    if isinstance(error, _DAMAGED):
        return LibraryDamagedError(f"{address} is not a readable catalogue: {said}")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return LibraryUnreachableError(f"the library {address} cannot be reached: {address.without_secrets(said)}")
    return None
