"""What each database says in SQL of its own, as parts of statements of SQLAlchemy; here in SQLite's words.

The room of another database registers its own words when it is loaded.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, DateTime, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class FileDate(FunctionElement[datetime]):
    """Nanoseconds since 1970 as a date of the local clock; null where no calendar has it."""

    name = "file_date"
    type = DateTime()
    inherit_cache = True


class Month(FunctionElement[str]):
    """The month of a date, such as ``2019-07``."""

    name = "month"
    type = String()
    inherit_cache = True


class PathText(FunctionElement[str]):
    """A path, which is bytes, as text."""

    name = "path_text"
    type = String()
    inherit_cache = True


class Alike(FunctionElement[bool]):
    """Whether a text is as a folded pattern of `LIKE` says, without regard to case, accents and forms of letters."""

    name = "alike"
    type = Boolean()
    inherit_cache = True


class AlikeStrange(Alike):
    """The same with a pattern that holds more than ASCII."""

    name = "alike_strange"
    inherit_cache = True


class AmongNumbers(FunctionElement[bool]):
    """Whether a number is among a list in JSON: one value, however many they are, since variables are bounded."""

    name = "among_numbers"
    type = Boolean()
    inherit_cache = True


class Says(FunctionElement[bool]):
    """Whether a row's text says a phrase: the row's key, the text, the phrases for FTS5, and each on a line."""

    name = "says"
    type = Boolean()
    inherit_cache = True


@compiles(FileDate)
def _(element: FileDate, compiler: SQLCompiler, **options: Any) -> str:
    # As dates are stored, so that they compare as texts.
    (nanoseconds,) = written(element, compiler, options)
    return f"datetime({nanoseconds} / 1000000000, 'unixepoch', 'localtime') || '.000000'"


@compiles(Month)
def _(element: Month, compiler: SQLCompiler, **options: Any) -> str:
    (date,) = written(element, compiler, options)
    return f"substr({date}, 1, 7)"


@compiles(PathText)
def _(element: PathText, compiler: SQLCompiler, **options: Any) -> str:
    (path,) = written(element, compiler, options)
    return f"CAST({path} AS VARCHAR)"


_STRANGE = "*[^\x01-\x7f]*"
"""What is not ASCII alone."""


@compiles(Alike)
def _(element: Alike, compiler: SQLCompiler, **options: Any) -> str:
    # SQLite folds the case of ASCII letters alone, and does so faster. Each part is written anew: its values count.
    plain, pattern = written(element, compiler, options)
    return rf"({plain} LIKE {pattern} ESCAPE '\' OR {_folded_alike(element, compiler, options)})"


@compiles(AlikeStrange)
def _(element: AlikeStrange, compiler: SQLCompiler, **options: Any) -> str:
    return _folded_alike(element, compiler, options)


def _folded_alike(element: Alike, compiler: SQLCompiler, options: dict[str, Any]) -> str:
    (strange,) = written(element, compiler, options, 1)
    text, pattern = written(element, compiler, options)
    return rf"({strange} GLOB '{_STRANGE}' AND folded(CAST({text} AS BLOB)) LIKE {pattern} ESCAPE '\')"


@compiles(AmongNumbers)
def _(element: AmongNumbers, compiler: SQLCompiler, **options: Any) -> str:
    number, numbers = written(element, compiler, options)
    return f"{number} IN (SELECT value FROM json_each({numbers}))"


@compiles(Says)
def _(element: Says, compiler: SQLCompiler, **options: Any) -> str:
    row, _, match, _ = element.clauses.clauses
    words = f"{row.table.name}_words"
    spelled = compiler.process(row, **options), compiler.process(match, **options)
    return f"{spelled[0]} IN (SELECT rowid FROM {words} WHERE {words} MATCH {spelled[1]})"


def written(
    element: FunctionElement[Any], compiler: SQLCompiler, options: dict[str, Any], count: int | None = None
) -> list[str]:
    """The arguments of an element, or the first of them, as SQL."""
    return [compiler.process(argument, **options) for argument in list(element.clauses)[:count]]
