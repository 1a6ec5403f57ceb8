"""The options that several commands share, each with its one help text."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        "-l",
        help="Folder of the library; else IMGSEARCH_LIBRARY, else one in your user data folder.",
        show_default=False,
    ),
]
ModelOption = Annotated[
    str,
    typer.Option("--model", help="Model file to ask; 'shipped' is the one inside the package."),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option("--exclude", "-x", help="Leave out what fits this pattern, written as in .gitignore; repeatable."),
]
HiddenOption = Annotated[bool, typer.Option("--hidden", help="Take files and folders whose names begin with a dot.")]
CountOption = Annotated[int, typer.Option("-k", "--count", min=1, help="How many hits to show.")]


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    PATHS = "paths"


FormatOption = Annotated[
    Format,
    typer.Option("--format", "-f", help="A table to read, JSON, or one path a line."),
]


def model_path(option: str) -> Path | None:
    """The model file that `--model` names; nothing for the shipped one."""
    return None if option == "shipped" else Path(option)
