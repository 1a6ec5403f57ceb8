"""Where a library is: a folder, or a database on a server, whose address may hold a password that is never shown."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from index_data.errors import LibraryAddressError
from index_data.locations import ENVIRONMENT_VARIABLE, at_home, config_file, usual_library_folder

SCHEMES = ("postgresql", "postgres")
_SERVER = re.compile(rf"(?:{'|'.join(SCHEMES)}):/", re.IGNORECASE)


@dataclass(frozen=True, eq=True)
class ServerAddress:
    """A database of PostgreSQL, by an address as libpq takes it, TLS options and all.

    Attributes:
        url: Such as ``postgresql://user@host/archive?sslmode=verify-full``; it may hold a password.
    """

    url: str = field(repr=False)

    def __str__(self) -> str:
        """The address without passwords and options, for people."""
        parts = self._parts
        host = parts.netloc.rpartition("@")[2]
        user = unquote(parts.username or "")
        return f"postgresql://{user}{'@' if user else ''}{host}{parts.path}"

    @cached_property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)

    def without_secrets(self, text: str) -> str:
        """A text in which no password of this address stands."""
        options = (option.partition("=") for option in self._parts.query.split("&"))
        secrets = [self._parts.password, *(value for name, _, value in options if "pass" in name)]
        for secret in filter(None, secrets):
            for spelled in (secret, unquote(secret)):
                text = text.replace(spelled, "***")
        return text

    @property
    def cache_folder(self) -> Path:
        """The folder on this computer for thumbnails and caches of what the server holds."""
        from platformdirs import user_cache_path

        parts = self._parts
        place = f"{parts.netloc.rpartition('@')[2]}{parts.path}"
        digest = hashlib.sha256(f"{place}?{parts.query}".encode()).hexdigest()[:12]
        name = re.sub(r"[^A-Za-z0-9.]+", "-", unquote(place)).strip("-.")
        return user_cache_path("imgsearch", appauthor=False) / "servers" / f"{name}-{digest}"


def library_address(option: str | Path | None, environment: Mapping[str, str] = os.environ) -> Path | ServerAddress:
    """Finds the library: the option, else `IMGSEARCH_LIBRARY`, else the setting, else the usual folder.

    Raises:
        FolderError: It is in a folder of a user whom the system does not know.
        LibraryAddressError: It is the address of a server that cannot be read.
        SettingsError: The file of settings cannot be read, or holds what does not fit.
    """
    named = str(option or environment.get(ENVIRONMENT_VARIABLE) or "")
    if not named:
        from index_data.settings import read_settings

        named = read_settings(config_file(environment)).library
    if not named:
        return usual_library_folder()
    return _server(named) if _SERVER.match(named) else at_home(Path(named)).absolute()


def _server(url: str) -> ServerAddress:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        # What Python says would repeat the address, and with it a password.
        raise LibraryAddressError("the address of the library is no address as postgresql://user@host/name") from None
    if not parts.path.strip("/"):
        raise LibraryAddressError(f"{ServerAddress(url)} names no database; write postgresql://user@host/name")
    return ServerAddress(url)
