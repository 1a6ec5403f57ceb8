"""A library on a server, and computers that open it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index_data.addresses import ServerAddress
from tests.postgresql_server import Server


@pytest.fixture
def address(server: Server) -> Iterator[ServerAddress]:
    """An empty library."""
    with server.database() as made:
        yield made
