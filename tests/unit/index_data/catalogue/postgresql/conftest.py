"""A library on a server, and computers that open it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index_data.addresses import ServerAddress
from tests.postgresql_server import Server


@pytest.fixture
def address(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerAddress]:
    """An empty library."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with server.database() as made:
        yield made
