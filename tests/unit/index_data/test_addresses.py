from __future__ import annotations

from pathlib import Path

import pytest

from index_data.addresses import ServerAddress, library_address
from index_data.errors import LibraryAddressError

SECRET = "p%40ss-w0rd"


def test_an_address_of_a_server_is_no_folder() -> None:
    url = f"postgresql://me:{SECRET}@archive.example:5433/photos?sslmode=verify-full"
    address = library_address(url, {})
    assert isinstance(address, ServerAddress)
    assert address.url == url
    assert library_address(None, {"IMGSEARCH_LIBRARY": url}) == address
    assert isinstance(library_address("postgresql", {}), Path)


def test_no_password_is_ever_shown() -> None:
    for url in (
        f"postgresql://me:{SECRET}@host/photos",
        f"postgresql://host/photos?user=me&password={SECRET}&sslpassword={SECRET}",
    ):
        address = ServerAddress(url)
        assert SECRET not in f"{address} {address!r} {address.cache_folder}"
        said = address.without_secrets(f'in "{url}": {SECRET}, p@ss-w0rd')
        assert SECRET not in said
        assert "p@ss-w0rd" not in said
    assert str(ServerAddress(f"postgresql://me:{SECRET}@host:5433/photos")) == "postgresql://me@host:5433/photos"


def test_each_database_has_a_cache_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    names = ("postgresql://host/a", "postgresql://host/b", "postgresql://other/a", "postgresql://host/..%2f..%2fa")
    folders = {ServerAddress(name).cache_folder for name in names}
    assert len(folders) == len(names)
    assert {folder.parent for folder in folders} == {tmp_path / "imgsearch" / "servers"}
    # Whoever asks: the same photographs.
    assert ServerAddress("postgresql://me@host/a").cache_folder == ServerAddress("postgresql://you@host/a").cache_folder


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"postgresql://me:{SECRET}@host:port/photos", "is no address as postgresql://user@host/name"),
        (f"postgresql://me:{SECRET}@host", "names no database; write postgresql://user@host/name"),
    ],
)
def test_what_is_no_address_is_told_without_its_password(url: str, told: str) -> None:
    with pytest.raises(LibraryAddressError, match=told) as caught:
        library_address(url, {})
    assert SECRET not in str(caught.value)
