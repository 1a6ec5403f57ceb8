"""Vectors as pgvector keeps them, handed over as SQLite keeps them: little-endian float32 in bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.types import UserDefinedType


class PackedVector(bytes):
    """Little-endian float32, as a parameter that is a vector of pgvector."""

    __slots__ = ()


class VectorType(UserDefinedType[bytes]):
    """The column type `vector`, of any dimension."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Its name."""
        return "vector"

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Marks bytes as a vector."""
        return lambda value: None if value is None else PackedVector(value)
