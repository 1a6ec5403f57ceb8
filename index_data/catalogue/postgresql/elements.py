"""The elements of statements in PostgreSQL's words; loaded with its room."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from index_data.catalogue.elements import Alike, AlikeStrange, AmongNumbers, FileDate, Month, PathText, Says, written


@compiles(FileDate, "postgresql")
def _(element: FileDate, compiler: SQLCompiler, **options: Any) -> str:
    (nanoseconds,) = written(element, compiler, options)
    return f"to_timestamp({nanoseconds} / 1000000000)::timestamp"


@compiles(Month, "postgresql")
def _(element: Month, compiler: SQLCompiler, **options: Any) -> str:
    (date,) = written(element, compiler, options)
    return f"to_char({date}, 'YYYY-MM')"


@compiles(PathText, "postgresql")
def _(element: PathText, compiler: SQLCompiler, **options: Any) -> str:
    (path,) = written(element, compiler, options)
    return f"path_text({path})"


@compiles(Alike, "postgresql")
@compiles(AlikeStrange, "postgresql")
def _(element: Alike, compiler: SQLCompiler, **options: Any) -> str:
    text, pattern = written(element, compiler, options)
    return rf"folded({text}) LIKE {pattern} ESCAPE '\'"


@compiles(AmongNumbers, "postgresql")
def _(element: AmongNumbers, compiler: SQLCompiler, **options: Any) -> str:
    number, numbers = written(element, compiler, options)
    return f"{number} = ANY(ARRAY(SELECT json_array_elements_text({numbers}::json)::bigint))"


@compiles(Says, "postgresql")
def _(element: Says, compiler: SQLCompiler, **options: Any) -> str:
    _, text, _, phrases = element.clauses.clauses
    said = compiler.process(text, **options), compiler.process(phrases, **options)
    return f"word_vector({said[0]}) @@ words_query({said[1]})"
