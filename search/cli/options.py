"""The options that several commands share, each with its one help text."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from captioning.runtime.devices import Device
    from index_data.library import Library

LibraryOption = Annotated[
    str | None,
    typer.Option(
        "--library",
        "-l",
        help="Folder of the library, or postgresql://user@host/name; else IMGSEARCH_LIBRARY, else the setting, else "
        "a folder of your user data.",
        metavar="FOLDER",
        show_default=False,
    ),
]
ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        help="Model file to ask; 'shipped' is the one inside the package, else it is the one that the library learnt.",
        metavar="FILE",
        show_default=False,
    ),
]
MeasuredModelOption = Annotated[
    str,
    typer.Option("--model", help="Model file to ask; 'shipped' is the one inside the package.", metavar="FILE"),
]
OWN_MODEL = ""
"""Stands for the model of the library: the one that it learnt, if it did."""
DeviceOption = Annotated[
    str,
    typer.Option(
        "--device",
        help="Where the network runs: cpu, cuda or cuda:N; auto takes a GPU if there is one.",
        metavar="NAME",
    ),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        "-x",
        help="Leave out what fits this pattern, from now on; written as in .gitignore, repeatable.",
        metavar="PATTERN",
    ),
]
HiddenOption = Annotated[
    bool | None,
    typer.Option(
        "--hidden/--no-hidden",
        help="From now on, take files and folders whose names begin with a dot, or leave them out again.",
        show_default=False,
    ),
]
MaxPixelsOption = Annotated[
    int | None,
    typer.Option(
        "--max-pixels",
        min=1,
        help="From now on, skip pictures of more pixels; at first 300 million.",
        show_default=False,
    ),
]
ForceOption = Annotated[
    bool,
    typer.Option("--force", help="Replace a file of the same kind; a photograph of the library never is."),
]
DetailsOption = Annotated[bool, typer.Option("--details", help="Also figures and names that the program works with.")]
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


class ReportFormat(StrEnum):
    """How figures are printed."""

    TABLE = "table"
    JSON = "json"


FiguresOption = Annotated[ReportFormat, typer.Option("--format", "-f", help="A table to read, or JSON.")]


def index_gpu(device: Device) -> int | None:
    """The GPU on which the vectors are searched too; what somebody asked for and cannot have is said."""
    from index_data.vectors.faiss_library import gpu_obstacle
    from search.cli.console import say

    obstacle = gpu_obstacle() if device.gpu is not None else None
    if obstacle and device.asked:
        say(f"The vectors are searched on the processor: {obstacle}.")
    return None if obstacle else device.gpu


def model_path(option: str, library: Library | None = None) -> Path | None:
    """The model file that `--model` names, or that a library learnt; nothing for the shipped one.

    Raises:
        LearntModelError: What the library learnt is gone.
        LibraryNotWritableError: It is kept on a server, and this computer has no room for it.
    """
    if option != OWN_MODEL:
        return None if option == "shipped" else Path(option)
    if library is None or not library.files.names(library.paths.learnt):
        return None
    from index_data.learnt_models import LearntModels

    return LearntModels(library).path_in_use()
