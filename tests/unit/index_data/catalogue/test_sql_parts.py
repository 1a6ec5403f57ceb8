from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest
from sqlalchemy import ColumnElement, Select, literal_column, select
from sqlalchemy.dialects import sqlite

from index_data import catalogue
from index_data.catalogue import fragments, schema, sql_parts


def spelled(element: ColumnElement[object]) -> str:
    """An expression as SQLite gets it, on one line."""
    statement: Select[tuple[int]] = select(literal_column("1")).select_from(schema.Image).order_by(element)
    compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    return " ".join(str(compiled).partition("ORDER BY ")[2].split())


@pytest.mark.parametrize(
    ("element", "part"),
    [
        (fragments.ACTIVE, sql_parts.ACTIVE),
        (fragments.CONFIRMED, sql_parts.CONFIRMED),
        (fragments.DATE, sql_parts.DATE),
        *zip(fragments.PRECEDENCE, sql_parts.PRECEDENCE.split(", "), strict=True),
    ],
)
def test_what_is_written_in_sql_is_what_sqlalchemy_writes(element: ColumnElement[object], part: str) -> None:
    assert spelled(element) == part


def test_no_public_name_of_the_catalogue_is_that_of_a_module_which_would_hide_it() -> None:
    assert not [name for name in catalogue.__all__ if importlib.util.find_spec(f"index_data.catalogue.{name}")]
    assert all(hasattr(catalogue, name) for name in catalogue.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        catalogue.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_what_answers_questions_loads_no_sqlalchemy() -> None:
    code = "import sys, search.engine.engine, index_data.library; print('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "False\n"
