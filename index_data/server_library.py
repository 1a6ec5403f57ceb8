"""A library in a database of a server: its parts, by what the extra `postgresql` installs."""

from __future__ import annotations

from index_data.addresses import ServerAddress
from index_data.catalogue.database import Database
from index_data.errors import LibraryNotWritableError, MissingExtraError
from index_data.locations import LibraryPaths


def open_server(address: ServerAddress, *, create: bool) -> tuple[LibraryPaths, Database]:
    """Opens the catalogue of a library on a server, and the folder on this computer for its thumbnails and caches.

    Args:
        address: Where it is.
        create: Make it if there is none.

    Raises:
        MissingExtraError: What reaches a server is not installed.
        LibraryError: As `PostgresDatabase.open` raises them.
        LibraryNotWritableError: The folder cannot be made.
    """
    try:
        from index_data.catalogue.postgresql.database import PostgresDatabase
    except ModuleNotFoundError as error:
        if error.name not in ("psycopg", "psycopg_binary"):
            raise
        raise MissingExtraError(
            "a library on a server needs psycopg; install it with: pip install 'imgsearch-photos[postgresql]'"
        ) from error
    database = PostgresDatabase.open(address, create=create)
    folder = address.cache_folder
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryNotWritableError(f"the folder {folder} for caches cannot be made: {error.strerror}") from error
    return LibraryPaths(folder), database
